package display

import "strings"

const (
	// fragment is how many bytes of a secret may not show where else it stands, as
	// in package redact.
	fragment = 8
	// shortest is the length of the shortest secret that is looked for elsewhere:
	// shorter ones cannot be told from words.
	shortest = 6
	// manySecrets is how many bytes of secrets a document may have. Beyond that no
	// text of it is compared any more, and none is shown.
	manySecrets = 4 << 10
)

// secrets are the texts that must not show, not even in part.
type secrets struct {
	known map[string]bool
	short []string // up to fragment bytes
	long  string   // all others, with a byte between them that is in no text
	size  int
}

func (s *secrets) add(text string) {
	text = strings.TrimSpace(text)
	if len(text) < shortest || s.known[text] || s.tooMany() {
		return
	}
	s.size += len(text)
	switch {
	case s.tooMany():
		*s = secrets{size: s.size}
		return
	case len(text) <= fragment:
		s.short = append(s.short, text)
	default:
		s.long += text + "\xff"
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text] = true
}

func (s *secrets) tooMany() bool { return s.size > manySecrets }

// shownIn reports whether a text shows a secret or a part of one.
func (s *secrets) shownIn(text string) bool {
	if s.tooMany() {
		return len(text) >= shortest
	}
	for _, short := range s.short {
		if strings.Contains(text, short) {
			return true
		}
	}
	for i := 0; s.long != "" && i+fragment <= len(text); i++ {
		if strings.Contains(s.long, text[i:i+fragment]) {
			return true
		}
	}
	return false
}
