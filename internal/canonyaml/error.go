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
