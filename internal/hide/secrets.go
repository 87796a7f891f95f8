package hide

import (
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

const (
	fragment = secretscan.Fragment
	shortest = secretscan.Shortest
	// manySecrets is how many bytes of secrets the documents may have. Beyond that
	// no text is compared any more, and none is shown.
	manySecrets = 256 << 10
)

// secrets are the texts that must not show, not even in part.
type secrets struct {
	known map[string]bool
	// parts are the pieces of fragment bytes, and secrets that are shorter, by
	// their length.
	parts [fragment + 1]map[string]bool
	size  int
}

func (s *secrets) add(text string) {
	text = strings.TrimSpace(text)
	if len(text) < shortest || s.known[text] || s.tooMany() {
		return
	}
	if s.size += len(text); s.tooMany() {
		*s = secrets{size: s.size}
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[text] = true
	s.split(text)
	quoted := strconv.QuoteToGraphic(text) // as paths and values show it
	s.split(quoted[1 : len(quoted)-1])
}

func (s *secrets) split(text string) {
	n := min(len(text), fragment)
	if s.parts[n] == nil {
		s.parts[n] = map[string]bool{}
	}
	for i := 0; i+n <= len(text); i++ {
		s.parts[n][text[i:i+n]] = true
	}
}

func (s *secrets) tooMany() bool { return s.size > manySecrets }

// shownIn reports whether a text shows a secret or a part of one.
func (s *secrets) shownIn(text string) bool {
	if s.tooMany() {
		return len(text) >= shortest
	}
	for n, parts := range s.parts {
		for i := 0; parts != nil && i+n <= len(text); i++ {
			if parts[text[i:i+n]] {
				return true
			}
		}
	}
	return false
}
