// Package fault collects what is wrong with a project, so that one run names
// everything.
package fault

import (
	"cmp"
	"errors"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Code is the stable name of a kind of fault.
type Code string

const (
	Layout       Code = "layout"        // not a project
	MissingFile  Code = "missing-file"  // a referenced file is not there
	Unreadable   Code = "unreadable"    // a file or directory cannot be read
	UnsafePath   Code = "unsafe-path"   // absolute, with a drive letter, or leaving the project
	Syntax       Code = "syntax"        // not readable YAML or JSON
	DuplicateKey Code = "duplicate-key" // a key twice in one mapping
	Structure    Code = "structure"     // a value is missing or of the wrong kind
	Schema       Code = "schema"        // breaks the machine-profile schema
	Secret       Code = "secret"        // a secret would be packaged
	Conflict     Code = "conflict"      // two things want one name
	Limit        Code = "limit"         // larger or deeper than allowed
	Option       Code = "option"        // the caller asked for something impossible
)

// Fault is one thing that is wrong, and where.
type Fault struct {
	Code Code
	File string // slash path in the project; "" is the project itself
	Pos  doc.Pos
	Path string // key path as people write it, "" for the file as a whole
	// Pointer is the same path as a JSON Pointer.
	Pointer string
	Msg     string
	Err     error // the cause, if it is another error
}

// In returns f with the key path set.
func (f Fault) In(path doc.Path) Fault {
	f.Path, f.Pointer = "", path.Pointer()
	if len(path) > 0 {
		f.Path = path.String()
	}
	return f
}

// List gathers faults.
type List struct {
	faults []Fault
}

// Add appends a fault.
func (l *List) Add(f Fault) { l.faults = append(l.faults, f) }

// At appends a fault of the value n, or of its absence when n is nil.
func (l *List) At(code Code, file string, n *doc.Node, path doc.Path, msg string) {
	f := Fault{Code: code, File: file, Msg: msg}
	if n != nil {
		f.Pos = n.Pos
	}
	l.Add(f.In(path))
}

// Document appends every fault that a reader found in a file.
func (l *List) Document(file string, err error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			l.Document(file, e)
		}
		return
	}
	f := Fault{Code: Syntax, File: file, Msg: err.Error(), Err: err}
	var inYAML *canonyaml.Error
	var inJSON *strictjson.Error
	switch {
	case errors.As(err, &inYAML):
		f = f.In(inYAML.Path)
		f.Pos, f.Msg = inYAML.Pos, inYAML.Msg
		switch {
		case errors.Is(err, canonyaml.ErrDuplicateKey):
			f.Code = DuplicateKey
		case errors.Is(err, canonyaml.ErrLimit):
			f.Code = Limit
		}
	case errors.As(err, &inJSON):
		f = f.In(inJSON.Path)
		f.Pos, f.Msg = inJSON.Pos, inJSON.Msg
		switch {
		case errors.Is(err, strictjson.ErrDuplicateKey):
			f.Code = DuplicateKey
		case errors.Is(err, strictjson.ErrLimit):
			f.Code = Limit
		}
	}
	l.Add(f)
}

// Empty reports whether nothing is wrong so far.
func (l *List) Empty() bool { return len(l.faults) == 0 }

// Len is the number of faults so far.
func (l *List) Len() int { return len(l.faults) }

// Sorted returns the faults by file, place and path, each once.
func (l *List) Sorted() []Fault {
	sorted := slices.Clone(l.faults)
	slices.SortStableFunc(sorted, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Pointer, b.Pointer),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Msg, b.Msg),
		)
	})
	return slices.CompactFunc(sorted, func(a, b Fault) bool {
		return a.Code == b.Code && a.File == b.File && a.Pos == b.Pos && a.Msg == b.Msg && a.Pointer == b.Pointer
	})
}
