package exporter

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// Package is a finished package. Its documents are in memory; behaviors and
// verbatim provider files are read from the project again when they are needed,
// so the project must stay in place. A file that has changed in between is an
// error (errors.Is(err, ErrChanged)), never a wrong package.
//
// A Package is immutable. It is safe for concurrent use if the project's file
// system is.
type Package struct {
	name     string
	set      *zipfile.Set
	notes    []validator.Problem
	sources  sources
	progress func(Progress)
}

// ErrChanged reports a project file that changed after the package was built.
var ErrChanged = zipfile.ErrChanged

// Name returns the project's name.
func (p *Package) Name() string { return p.name }

// Size returns the size of the archive in bytes.
func (p *Package) Size() int64 { return p.set.Size() }

// Notes returns what a person should know about the package, ordered by file,
// line and column. Each has the severity note, or warning for what may be a
// secret.
func (p *Package) Notes() []validator.Problem { return slices.Clone(p.notes) }

// FS returns the content of the package as a read-only file system, every file
// with mode 0644 and the time of the archive.
func (p *Package) FS() fs.FS { return p.set.FS() }

// Source returns a problem of the package, as validator.FS reports it of FS, at
// the place in the project that its value comes from: File, Pointer, Line and
// Column are those of the file that a person edits. A value that the export made
// has the place of the nearest value around it that the project has.
//
// It returns p as it is, and false, for a file that has no source in the project:
// the provenance and the checksums.
func (p *Package) Source(problem validator.Problem) (validator.Problem, bool) {
	return p.sources.locate(problem)
}

// WriteTo writes the archive to w. The number of bytes is Size unless there is
// an error, after which w holds no valid archive.
func (p *Package) WriteTo(w io.Writer) (int64, error) {
	return p.Write(context.Background(), w)
}

// Write is WriteTo that stops with the error of ctx when ctx is done. For a
// project file that changed or cannot be read any more, errors.As finds a
// validator.Problem; every other error comes from w or ctx.
func (p *Package) Write(ctx context.Context, w io.Writer) (int64, error) {
	var report func(string, int64)
	if p.progress != nil {
		total := p.set.Size()
		report = func(file string, written int64) {
			p.progress(Progress{Stage: StageWrite, File: file, Done: written, Total: total})
		}
	}
	n, err := p.set.Write(ctx, w, report)
	if err == nil && report != nil {
		report("", n)
	}
	return n, p.explain(err)
}

// explain names the project file for the package file that could not be read.
func (p *Package) explain(err error) error {
	var changed *zipfile.ChangedError
	var unreadable *fs.PathError
	switch {
	case errors.As(err, &changed):
		return p.failed(validator.CodeChanged, changed.Name, "changed while it was exported", err)
	case errors.As(err, &unreadable) && p.sources.files[unreadable.Path] != nil:
		return p.failed(validator.CodeUnreadable, unreadable.Path, unreadable.Err.Error(), err)
	}
	return err // of w or of ctx
}

func (p *Package) failed(code validator.Code, name, msg string, err error) error {
	info, _ := validator.Info(code)
	problem := validator.Problem{Severity: validator.Error, Code: code, File: name, Message: msg, Hint: info.Fix}
	if origin := p.sources.files[name]; origin != nil {
		problem.File = origin.file
	}
	return &refusal{validator.ProblemList{problem}, []error{err}}
}
