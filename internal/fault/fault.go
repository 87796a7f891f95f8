// Package fault collects everything that is to say about a project, so that one
// run names all of it.
package fault

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Severity is how bad a fault is. The values are those of validator.Severity.
type Severity string

const (
	Error   Severity = "error"   // there is no package
	Warning Severity = "warning" // a person should look at it
	Note    Severity = "note"    // a person should know it
)

func (s Severity) rank() int {
	switch s {
	case Error:
		return 0
	case Warning:
		return 1
	}
	return 2
}

// Code is the stable name of a kind of fault. The values are codes of package
// validator, which explains them.
type Code string

const (
	Layout       Code = "layout"            // not a project
	MissingFile  Code = "reference-missing" // a file that the project names does not exist
	Unreadable   Code = "unreadable"        // a file or directory cannot be read
	UnsafePath   Code = "unsafe-path"       // absolute, with a drive letter, or leaving the project
	YAMLSyntax   Code = "yaml-syntax"       // not readable YAML
	JSONSyntax   Code = "json-syntax"       // not readable JSON
	DuplicateKey Code = "duplicate-key"     // a key twice in one mapping
	Structure    Code = "structure"         // a value is missing or has the wrong type
	Schema       Code = "profile-schema"    // breaks the machine-profile schema
	Secret       Code = "secret"            // a secret would be packaged
	Conflict     Code = "conflict"          // two things need one name
	Limit        Code = "document-limit"    // a document is larger or deeper than allowed
	Option       Code = "option"            // the caller asked for something impossible

	Reader            Code = "reader-dependent"   // YAML readers disagree about a value
	Suspicious        Code = "suspicious"         // something that may be a secret
	OmittedVariant    Code = "omitted-variant"    // a runtime profile that is not packaged
	MissingVariant    Code = "missing-variant"    // a runtime profile whose file does not exist
	UnusedProvider    Code = "unused-provider"    // a declared provider that is not packaged
	UnusedPin         Code = "unused-pin"         // a component pin without effect
	DeployToken       Code = "deploy-token"       // a path on the target, read as a file of the project
	DanglingReference Code = "dangling-reference" // an optional path to no file of the package
	ConfigReplaced    Code = "config-replaced"    // a provider gets another config than its arguments name
	SecretRemoved     Code = "secret-removed"     // a secret that must come back at deploy time
	SidecarIgnored    Code = "sidecar-ignored"    // a workbench.json that cannot be read
	CreatedUnreadable Code = "created-unreadable" // a creation date that is not a date
	IncludeNotPacked  Code = "include-not-packed" // a behavior includes a file that is not packaged
)

// Fault is one thing to say about a project, and where. It is an Error unless it
// has another Severity.
type Fault struct {
	Severity Severity // "" is Error
	Code     Code
	File     string // slash path in the project; "" is the project itself
	Pos      doc.Pos
	Pointer  string // JSON Pointer of the value, "" for the file as a whole
	Msg      string
	Hint     string // what else to do than the code says, to be read behind that
	Err      error  // the cause, if it is another error
}

// In returns f at the key path.
func (f Fault) In(path doc.Path) Fault {
	f.Pointer = pointer(path)
	return f
}

// maxPointer is the length in bytes of the keys in a pointer. A thousand faults
// below a key of a megabyte must not repeat it.
const maxPointer = 4096

// pointer is a JSON Pointer, or that of the innermost value around it whose
// pointer is not too long.
func pointer(path doc.Path) string {
	n := 0
	for i, step := range path {
		if key, ok := step.(string); ok {
			n += len(key)
		}
		if n > maxPointer {
			return path[:i].Pointer()
		}
	}
	return path.Pointer()
}

// most is how many faults of one code and severity a list keeps. One more then
// says how many there are besides, so that a hostile project costs no more.
const most = 1000

type kind struct {
	severity Severity
	code     Code
}

// List gathers faults. The zero List is empty. A List is for one goroutine.
type List struct {
	faults []Fault
	count  map[kind]int
	errors int
}

// Add appends a fault.
func (l *List) Add(f Fault) {
	f.Severity = cmp.Or(f.Severity, Error)
	if f.Severity == Error {
		l.errors++
	}
	if l.count == nil {
		l.count = map[kind]int{}
	}
	k := kind{f.Severity, f.Code}
	if l.count[k]++; l.count[k] <= most {
		l.faults = append(l.faults, f)
	}
}

// At appends an error about the value n, or about its absence when n is nil.
func (l *List) At(code Code, file string, n *doc.Node, path doc.Path, msg string) {
	l.at(Error, code, file, n, path, msg)
}

// Note appends a note about the value n.
func (l *List) Note(code Code, file string, n *doc.Node, path doc.Path, msg string) {
	l.at(Note, code, file, n, path, msg)
}

func (l *List) at(severity Severity, code Code, file string, n *doc.Node, path doc.Path, msg string) {
	f := Fault{Severity: severity, Code: code, File: file, Msg: msg}
	if l.count[kind{severity, code}] >= most {
		l.Add(f) // which only counts it
		return
	}
	if n != nil {
		f.Pos = n.Pos
	}
	l.Add(f.In(path))
}

// Document appends every fault that a reader found in a file. A fault of no other
// kind gets the code syntax.
func (l *List) Document(file string, syntax Code, err error) {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, e := range joined.Unwrap() {
			l.Document(file, syntax, e)
		}
		return
	}
	f := Fault{Code: syntax, File: file, Msg: err.Error(), Err: err}
	var inYAML *canonyaml.Error
	var inJSON *strictjson.Error
	switch {
	case errors.As(err, &inYAML):
		f = f.In(inYAML.Path)
		f.Pos, f.Msg = inYAML.Pos, inYAML.Msg
	case errors.As(err, &inJSON):
		f = f.In(inJSON.Path)
		f.Pos, f.Msg = inJSON.Pos, inJSON.Msg
	}
	switch {
	case errors.Is(err, canonyaml.ErrDuplicateKey), errors.Is(err, strictjson.ErrDuplicateKey):
		f.Code = DuplicateKey
	case errors.Is(err, canonyaml.ErrLimit), errors.Is(err, strictjson.ErrLimit):
		f.Code = Limit
	}
	l.Add(f)
}

// Unpackaged appends the faults of a file that stays out of the package. A
// duplicate key there harms nobody: the reference reads such a file.
func (l *List) Unpackaged(faults *List) {
	for _, f := range faults.Sorted() {
		if f.Code == DuplicateKey && f.Severity == Error {
			f.Severity = Note
			f.Msg += "; the file is not packaged"
		}
		l.Add(f)
	}
}

// Errors is the number of errors so far.
func (l *List) Errors() int { return l.errors }

// Sorted returns the faults by file, place and path, each once.
func (l *List) Sorted() []Fault {
	sorted := slices.Clone(l.faults)
	for k, n := range l.count {
		if n > most {
			sorted = append(sorted, Fault{Severity: k.severity, Code: k.code,
				Msg: strconv.Itoa(n-most) + " more problems of this kind are not listed"})
		}
	}
	slices.SortStableFunc(sorted, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Pointer, b.Pointer),
			cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Msg, b.Msg),
		)
	})
	return slices.CompactFunc(sorted, func(a, b Fault) bool {
		return a.Severity == b.Severity && a.Code == b.Code && a.File == b.File && a.Pos == b.Pos && a.Msg == b.Msg && a.Pointer == b.Pointer
	})
}
