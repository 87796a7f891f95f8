// Package canonyaml reads YAML as PyYAML's safe loader understands it and
// writes it as PyYAML's safe_dump(sort_keys=False) spells it.
//
// Handoff Package v1 demands byte-exact documents, so both halves are settled
// by observation of that loader and that dumper and pinned by recorded cases.
//
// Reading is stricter than the loader where it would lose, hide or explode
// something. This is all that the loader takes and Read refuses, found by
// comparing the two on 100,000 generated texts:
//
//   - a key that appears twice in one mapping
//   - a document that contains itself
//   - more than MaxDepth levels, MaxValues keys and values as written, MaxNodes
//     values with aliases followed, or MaxNodes entries that merge keys bring
//   - an escape in double quotes for half a surrogate pair
//   - digits other than those of ASCII in a number with a tag
//   - a scalar with a tag that is written as a mapping with the key =
//
// The members of a set keep their order in the file; the reference has none.
//
// The reference has one fault that is kept, since the bytes are its own: beyond
// some 80 columns of nesting it writes a text in double quotes that it reads back
// with a backslash in the place of a space.
//
// Differences lists what the YAML reader of the runtime reads in another way.
//
// All functions are safe for concurrent use and depend on nothing but their
// arguments.
package canonyaml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Reasons that callers tell apart with errors.Is. Every other fault is a text
// that is not loadable YAML.
var (
	ErrDuplicateKey = errors.New("duplicate key")
	ErrLimit        = errors.New("document limit exceeded")
)

// Error is one fault of a document. Its message never repeats a value of the
// document, which could be a secret.
type Error struct {
	Pos  doc.Pos
	Path doc.Path // as far as it is known
	Msg  string
	Err  error // ErrDuplicateKey, ErrLimit or nil
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d, column %d: ", e.Pos.Line, e.Pos.Column)
	if len(e.Path) > 0 {
		b.WriteString(e.Path.String())
		b.WriteString(": ")
	}
	b.WriteString(e.Msg)
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Errors is every fault found in one document, in source order.
type Errors []*Error

func (l Errors) Error() string {
	parts := make([]string, len(l))
	for i, e := range l {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "\n")
}

// Unwrap lets errors.Is and errors.As look at each fault.
func (l Errors) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

func place(p doc.Pos) string {
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
}
