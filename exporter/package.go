package exporter

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/archive"
)

// Package is a finished package. Its documents are in memory; behaviors and
// verbatim provider files are read from the project again when they are needed,
// so the project must stay in place, and one that has changed in between is an
// error (errors.Is(err, ErrChanged)), never a wrong package.
//
// A Package is immutable. It is safe for concurrent use if the project's file
// system is.
type Package struct {
	name     string
	set      *archive.Set
	notes    []Note
	sources  map[string]string // project files that are read again, by package file
	progress func(Progress)
}

// ErrChanged reports a project file that is no longer what it was when the
// package was built.
var ErrChanged = archive.ErrChanged

// Name is the project's name.
func (p *Package) Name() string { return p.name }

// Size is the size of the archive in bytes.
func (p *Package) Size() int64 { return p.set.Size() }

// Notes is what a person should know about the package, ordered by place.
func (p *Package) Notes() []Note { return slices.Clone(p.notes) }

// FS is the content of the package as a read-only file system, every file with
// mode 0644 and the time of the archive.
func (p *Package) FS() fs.FS { return p.set.FS() }

// WriteTo writes the archive to w. The number of bytes is Size unless there is
// an error, after which w holds no valid archive.
func (p *Package) WriteTo(w io.Writer) (int64, error) {
	return p.Write(context.Background(), w)
}

// Write is WriteTo that stops with the error of ctx when ctx is done. A project
// file that changed or cannot be read any more is a *Problem; every other error
// is that of w or of ctx.
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
	var changed *archive.ChangedError
	var unreadable *fs.PathError
	switch {
	case errors.As(err, &changed):
		return &Problem{Code: CodeChanged, File: p.sources[changed.Name], Message: "changed while it was exported", Err: err}
	case errors.As(err, &unreadable) && p.sources[unreadable.Path] != "":
		return &Problem{Code: CodeUnreadable, File: p.sources[unreadable.Path], Message: unreadable.Err.Error(), Err: err}
	}
	return err // of w or of ctx
}
