package exporter

import (
	"fmt"
	"strings"
)

// Code names a kind of Problem. The values are stable.
type Code string

const (
	CodeLayout       Code = "layout"        // the directory is no project
	CodeMissingFile  Code = "missing-file"  // a file that the project names is not there
	CodeUnreadable   Code = "unreadable"    // a file cannot be read
	CodeUnsafePath   Code = "unsafe-path"   // a path is absolute, has a drive letter, or leaves the project
	CodeSyntax       Code = "syntax"        // a document is not readable YAML or JSON
	CodeDuplicateKey Code = "duplicate-key" // a key appears twice in one mapping
	CodeStructure    Code = "structure"     // a value is missing or of the wrong kind
	CodeSchema       Code = "schema"        // the machine profile breaks its schema
	CodeSecret       Code = "secret"        // a secret would be packaged
	CodeConflict     Code = "conflict"      // two things need one name in the package
	CodeLimit        Code = "limit"         // a document is too large, too deep, or explodes
	CodeOption       Code = "option"        // the options ask for what the project does not have
	CodeChanged      Code = "changed"       // a file changed while it was exported
)

// Problem is one reason why a project cannot be exported.
type Problem struct {
	Code Code
	// File is the slash path in the project, empty for the project itself or
	// the options.
	File string
	// Line and Column count from 1, columns in characters; 0 is unknown, as for
	// a file that is not there.
	Line, Column int
	// Path is the key path as people write it, such as providers[0].args, and
	// Pointer the same as a JSON Pointer (RFC 6901). Both are empty when the
	// problem is the file as a whole.
	Path    string
	Pointer string
	Message string
	// Err is the cause where there is one, such as an error of the file system.
	Err error
}

// Error is the problem on one line: file:line:column: path: message. It never
// contains a secret.
func (p *Problem) Error() string {
	return oneLine(p.File, p.Line, p.Column, p.Path, p.Message)
}

// oneLine is a message behind its place, as far as there is one.
func oneLine(file string, line, column int, path, message string) string {
	var b strings.Builder
	if file != "" {
		b.WriteString(file)
		if line > 0 {
			fmt.Fprintf(&b, ":%d:%d", line, column)
		}
		b.WriteString(": ")
	}
	if path != "" {
		b.WriteString(path)
		b.WriteString(": ")
	}
	b.WriteString(message)
	return b.String()
}

func (p *Problem) Unwrap() error { return p.Err }

// Problems is every reason why a project cannot be exported, ordered by file,
// line and column. errors.As finds it in an error of Build, and each *Problem
// in it.
type Problems []*Problem

// Error has one line for each problem.
func (l Problems) Error() string {
	lines := make([]string, len(l))
	for i, p := range l {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As look at each problem.
func (l Problems) Unwrap() []error {
	errs := make([]error, len(l))
	for i, p := range l {
		errs[i] = p
	}
	return errs
}

// problems are the faults so far, as a caller may see them.
func (b *builder) problems() Problems {
	faults := b.faults.Sorted()
	b.hideSecrets(faults)
	var list Problems
	for _, f := range faults {
		list = append(list, &Problem{
			Code: Code(f.Code), File: f.File, Line: f.Pos.Line, Column: f.Pos.Column,
			Path: f.Path, Pointer: f.Pointer, Message: f.Msg, Err: f.Err,
		})
	}
	return list
}
