package validator

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

// fileSecrets are the secrets in the keys and values of a document.
type fileSecrets struct {
	at    map[doc.Pos]string // the pointer, as far as it may be shown
	parts map[string]bool    // of fragment bytes
}

const fragment = 8

func (s *fileSecrets) find(findings []secretscan.Finding, root *doc.Node) {
	if len(findings) == 0 {
		return
	}
	s.at, s.parts = map[doc.Pos]string{}, map[string]bool{}
	for _, f := range findings {
		s.at[doc.Pos{Line: f.Line, Column: f.Column}] = f.Pointer
	}
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		for _, n := range []*doc.Node{key, value} {
			if n == nil || !n.IsString() {
				continue
			}
			if shown, ok := s.at[n.Pos]; ok {
				s.add(n.Text)
				s.addSteps(path, shown)
			}
		}
		return true
	})
}

// longSecret is how much of a secret is remembered at both of its ends. No check
// quotes from the middle of a long text.
const longSecret = 4 << 10

func (s *fileSecrets) add(text string) {
	if len(text) > 2*longSecret {
		s.add(text[:longSecret])
		text = text[len(text)-longSecret:]
	}
	for i := 0; i+fragment <= len(text); i++ {
		s.parts[text[i:i+fragment]] = true
	}
}

// addSteps adds the keys that redact does not show: they can be the secret.
func (s *fileSecrets) addSteps(path doc.Path, shown string) {
	for i, step := range strings.Split(shown, "/")[1:] {
		if step == hidden && i < len(path) {
			if key, ok := path[i].(string); ok {
				s.add(key)
			}
		}
	}
}

func (s *fileSecrets) isAt(line, column int) bool {
	if s == nil {
		return false
	}
	_, ok := s.at[doc.Pos{Line: line, Column: column}]
	return ok
}

func (s *fileSecrets) in(text string) bool {
	if s == nil || len(s.parts) == 0 {
		return false
	}
	for i := 0; i+fragment <= len(text); i++ {
		if s.parts[text[i:i+fragment]] {
			return true
		}
	}
	return false
}
