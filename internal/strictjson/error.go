package strictjson

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// maxProblems bounds how many duplicate keys one error lists, so that a
// document made of nothing else costs no more memory than any other.
const maxProblems = 1000

// maxShown is how many characters of a key a message shows.
const maxShown = 64

// Reasons that callers tell apart with errors.Is. Any other error of Read means
// that Python, given the text as UTF-8, does not read it either.
var (
	// ErrDuplicateKey: an object has a key twice; readers keep either value.
	ErrDuplicateKey = errors.New("duplicate key")
	// ErrNotPortable: NaN, Infinity or half a surrogate pair, which Python reads
	// and others refuse or replace.
	ErrNotPortable = errors.New("not portable JSON")
	// ErrLimit: nested deeper than MaxDepth, or more than MaxValues.
	ErrLimit = errors.New("document limit exceeded")
)

// Error is one reason why a text is refused. It names keys, never values.
type Error struct {
	Pos  doc.Pos  // zero for a node without a place
	Path doc.Path // the value being read, as far as it was known
	Msg  string
	Err  error // ErrDuplicateKey, ErrNotPortable, ErrLimit or nil
}

// Unwrap lets errors.Is find the reason.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) because(reason error) *Error {
	e.Err = reason
	return e
}

// Error is the message with its place: "line 3, column 5: topology: duplicate
// key ...". Long keys are shortened.
func (e *Error) Error() string {
	msg := e.Msg
	if len(e.Path) > 0 {
		short := make(doc.Path, len(e.Path))
		for i, step := range e.Path {
			if key, ok := step.(string); ok {
				step = show.Cut(key, maxShown)
			}
			short[i] = step
		}
		msg = short.String() + ": " + msg
	}
	if e.Pos.IsZero() {
		return msg
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, msg)
}

func quoteKey(key string) string { return show.Quote(key, maxShown) }

// problems collects what is wrong with a text that can still be read on.
type problems struct {
	list []error
	cut  bool // the list is full: add nothing more
}

func (p *problems) add(e *Error) {
	if len(p.list) == maxProblems {
		e.Msg = "more duplicate keys from here on, not listed"
		p.cut = true
	}
	p.list = append(p.list, e)
}

// err is nil, the only problem itself, or all of them joined.
func (p *problems) err() error {
	if len(p.list) == 1 {
		return p.list[0]
	}
	return errors.Join(p.list...)
}

// describe names what stands at the start of b.
func describe(b []byte) string {
	if len(b) == 0 {
		return "the end of the text"
	}
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size == 1 {
		return "a byte that is not UTF-8"
	}
	return strconv.QuoteRuneToGraphic(r)
}
