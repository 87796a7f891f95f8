package redact

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Removal says that a key was removed and where it stood. It does not hold the
// value.
type Removal struct {
	Path   string `json:"path"`   // as in Policy.Removals
	Line   int    `json:"line"`   // of the value, from 1; 0 if the document was made by a program
	Column int    `json:"column"` // in characters, from 1
}

// Apply removes the keys of p.Removals from a document, in place and whatever
// their values are. A mapping that becomes empty stays. A mapping that the
// document shares between places loses the key in all of them.
//
// It is for the packages of this module: the document model is internal. Redact
// does the same to text.
func (p Policy) Apply(root *doc.Node) []Removal {
	var removed []Removal
	for _, dotted := range p.Removals {
		steps := strings.Split(dotted, ".")
		parent := root
		for _, step := range steps[:len(steps)-1] {
			parent = parent.Get(step)
		}
		last := steps[len(steps)-1]
		if value := parent.Get(last); value != nil && parent.Delete(last) {
			removed = append(removed, Removal{dotted, value.Line, value.Column})
		}
	}
	return removed
}

// Redact reads a YAML document, removes the keys of p.Removals and writes the
// document in canonical form: comments and spelling are lost, order and values
// stay. A document in canonical form without such a key comes back byte for
// byte.
//
// The error is a *ReadError when text is no YAML document, and that of Validate
// when the policy is at fault.
func (p Policy) Redact(text []byte) (clean []byte, removed []Removal, err error) {
	if err := p.Validate(); err != nil {
		return nil, nil, err
	}
	root, err := canonyaml.Read(text)
	if err != nil {
		return nil, nil, readError(err)
	}
	removed = p.Apply(root)
	return canonyaml.Append(nil, root), removed, nil
}
