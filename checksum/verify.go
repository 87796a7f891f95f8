package checksum

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// VerifyError is how a file system differs from a manifest. Every list is in the
// byte order of the paths.
type VerifyError struct {
	Missing    []string        // listed, but not there
	Extra      []string        // there, but not listed
	Changed    []Change        // there with other content
	Unreadable []*fs.PathError // there, but not a regular file, or not readable
	Skipped    []string        // listed, but left out at the caller's wish
}

// Change is a file whose content is not the one listed.
type Change struct {
	Path      string
	Want, Got Digest
}

// Error names the differences, one a line, up to 20 of them.
func (e *VerifyError) Error() string {
	var lines []string
	for _, p := range e.Missing {
		lines = append(lines, fmt.Sprintf("%q is listed but missing", p))
	}
	for _, p := range e.Extra {
		lines = append(lines, fmt.Sprintf("%q is not listed", p))
	}
	for _, c := range e.Changed {
		lines = append(lines, fmt.Sprintf("%q has another content: sha256 %v, listed %v", c.Path, c.Got, c.Want))
	}
	for _, err := range e.Unreadable {
		lines = append(lines, err.Error())
	}
	for _, p := range e.Skipped {
		lines = append(lines, fmt.Sprintf("%q must not be listed", p))
	}
	const limit = 20
	if more := len(lines) - limit; more > 0 {
		lines = append(lines[:limit], fmt.Sprintf("and %d more differences", more))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns why files could not be read.
func (e *VerifyError) Unwrap() []error {
	errs := make([]error, len(e.Unreadable))
	for i, err := range e.Unreadable {
		errs[i] = err
	}
	return errs
}

func (e *VerifyError) empty() bool {
	return len(e.Missing)+len(e.Extra)+len(e.Changed)+len(e.Unreadable)+len(e.Skipped) == 0
}

// Verify compares the files of fsys with m and returns nil when they are the
// same, and a [*VerifyError] with all the differences otherwise. skip is as for
// [Sum]; an entry for a path left out is a difference too.
//
// A manifest that could not be written is an error as in [Manifest.WriteTo]. Once
// ctx is done Verify returns its error.
func (m Manifest) Verify(ctx context.Context, fsys fs.FS, skip ...string) error {
	listed, err := m.sorted()
	if err != nil {
		return err
	}
	v := verifier{
		want:       make(map[string]Digest, len(listed)),
		seen:       make(map[string]bool, len(listed)),
		unreadable: map[string]bool{},
	}
	for _, e := range listed {
		v.want[e.Path] = e.Digest
	}
	err = walk(ctx, fsys, skip, func(path string, err error) error {
		return v.visit(ctx, fsys, path, err)
	})
	if err != nil {
		return err
	}
	for _, e := range listed {
		switch {
		case v.seen[e.Path]:
		case within(e.Path, func(dir string) bool { return slices.Contains(skip, dir) }):
			v.diff.Skipped = append(v.diff.Skipped, e.Path)
		case !within(e.Path, func(dir string) bool { return v.unreadable[dir] }):
			v.diff.Missing = append(v.diff.Missing, e.Path)
		}
	}
	return v.result()
}

type verifier struct {
	want       map[string]Digest
	seen       map[string]bool // files that are there
	unreadable map[string]bool // files and directories
	diff       VerifyError
	hasher     hasher
}

// visit compares one file. It returns an error only when ctx is done.
func (v *verifier) visit(ctx context.Context, fsys fs.FS, path string, err error) error {
	want, listed := v.want[path]
	switch {
	case err != nil:
		v.cannotRead(path, err)
		return nil
	case !listed:
		v.diff.Extra = append(v.diff.Extra, path)
		return nil
	}
	v.seen[path] = true
	got, err := v.hasher.sum(ctx, fsys, path)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		v.cannotRead(path, err)
	case got != want:
		v.diff.Changed = append(v.diff.Changed, Change{path, want, got})
	}
	return nil
}

func (v *verifier) cannotRead(path string, err error) {
	v.unreadable[path] = true
	v.diff.Unreadable = append(v.diff.Unreadable, pathError("read", path, err))
}

// within reports whether hit holds for the path or a directory around it.
func within(p string, hit func(string) bool) bool {
	for ; p != "."; p = path.Dir(p) {
		if hit(p) {
			return true
		}
	}
	return hit(".")
}

// result sorts what the walk found, directory by directory, by whole paths.
func (v *verifier) result() error {
	if v.diff.empty() {
		return nil
	}
	slices.Sort(v.diff.Extra)
	slices.SortFunc(v.diff.Changed, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	slices.SortStableFunc(v.diff.Unreadable, func(a, b *fs.PathError) int { return strings.Compare(a.Path, b.Path) })
	return &v.diff
}
