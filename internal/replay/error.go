package replay

import (
	"errors"
	"fmt"
)

// What an [*Error] of an extraction may be about, for errors.Is.
var (
	// ErrUnsafe is an entry that is not extracted because of its name, or because
	// it is neither a file nor a directory.
	ErrUnsafe = errors.New("unsafe to extract")
	// ErrLimit is a package that is larger than the options allow.
	ErrLimit = errors.New("over the limit")
)

// Error says why a replay could not be carried out.
type Error struct {
	Op   string // "prepare", "extract", "run" or "remove"
	File string // of the package; empty when it is about the extraction as a whole
	Err  error
}

// Error is the error on one line. It does not name the temporary directory.
func (e *Error) Error() string {
	if e.File == "" {
		return fmt.Sprintf("replay: %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("replay: %s %q: %v", e.Op, e.File, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
