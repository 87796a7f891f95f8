package exporter

import (
	"cmp"
	"slices"
)

// NoteCode names a kind of Note. The values are stable.
type NoteCode string

const (
	// NoteOmittedVariant is a runtime profile that stayed out of the package.
	NoteOmittedVariant NoteCode = "omitted-variant"
	// NoteMissingVariant is a runtime profile whose file is not there.
	NoteMissingVariant NoteCode = "missing-variant"
	// NoteReader is a value that another YAML reader could take for another one.
	NoteReader NoteCode = "reader-dependent"
	// NoteDeployToken is a behavior path that was read as one of this project.
	NoteDeployToken NoteCode = "deploy-token"
	// NoteDangling is an optional reference to a file that the package lacks.
	NoteDangling NoteCode = "dangling-reference"
	// NoteRemoved is a secret that was taken out and must come back at deploy
	// time.
	NoteRemoved NoteCode = "secret-removed"
	// NoteSuspicious is something that may be a secret.
	NoteSuspicious NoteCode = "suspicious"
	// NoteConfigReplaced is a provider that will run with another config than
	// its arguments named.
	NoteConfigReplaced NoteCode = "config-replaced"
	// NoteUnusedPin is a component pin that nothing in the project uses.
	NoteUnusedPin NoteCode = "unused-pin"
	// NoteSidecar is a workbench.json that was ignored.
	NoteSidecar NoteCode = "sidecar-ignored"
	// NoteCreated is a creation date that is no date.
	NoteCreated NoteCode = "created-unreadable"
)

// Note is something that a person should know about a package that was made all
// the same.
type Note struct {
	Code NoteCode
	// File, Line, Column, Path and Pointer are the place in the project, as in
	// Problem.
	File         string
	Line, Column int
	Path         string
	Pointer      string
	// Source is the value as the project spells it, and Result as the package
	// does. They are set for NoteReader, and *** where the value could be a
	// secret.
	Source, Result string
	Message        string
}

// String is the note on one line: file:line:column: path: message.
func (n Note) String() string {
	return oneLine(n.File, n.Line, n.Column, n.Path, n.Message)
}

// sortNotes orders notes by place and drops repetitions, which a value behind an
// alias would cause.
func sortNotes(notes []Note) []Note {
	slices.SortStableFunc(notes, func(a, b Note) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.CompactFunc(notes, func(a, b Note) bool {
		return a.Code == b.Code && a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
}
