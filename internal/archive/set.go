package archive

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"path"
	"slices"
)

// Set is an immutable set of files, sorted by name in byte order. It is safe for
// use by many goroutines.
type Set struct {
	entries []entry
	dirAt   int64 // where the central directory starts
	size    int64
}

// NewSet returns the set of files, given in any order.
//
// It refuses, with a [*NameError] for each, a name that is no slash-separated
// relative path (fs.ValidPath) or has a backslash, a control character, invalid
// UTF-8 or more than 65535 bytes; a name given twice; and a file whose name is
// also a directory of another.
func NewSet(files ...File) (*Set, error) {
	s := &Set{entries: make([]entry, len(files))}
	for i, f := range files {
		s.entries[i].File = f
	}
	slices.SortStableFunc(s.entries, func(a, b entry) int { return cmp.Compare(a.Name, b.Name) })
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := s.layOut(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) check() error {
	var errs []error
	names := make(map[string]bool, len(s.entries))
	for i, e := range s.entries {
		names[e.Name] = true
		switch err := checkName(e.Name); {
		case err != nil:
			errs = append(errs, err)
		case i > 0 && s.entries[i-1].Name == e.Name:
			errs = append(errs, &NameError{e.Name, "given twice"})
		case e.Size < 0, e.open == nil && e.Size != int64(len(e.data)):
			errs = append(errs, fmt.Errorf("file %q: content and size differ", e.Name))
		}
	}
	reported := map[string]bool{}
	for _, e := range s.entries {
		for dir := parent(e.Name); dir != "."; dir = parent(dir) {
			if names[dir] && !reported[dir] {
				reported[dir] = true
				errs = append(errs, &NameError{dir, "both a file and a directory"})
			}
		}
	}
	return errors.Join(errs...)
}

// parent is the directory of a name, and "." for one that has none or is none.
func parent(name string) string {
	if !fs.ValidPath(name) {
		return "."
	}
	return path.Dir(name)
}

// layOut gives every entry its offset.
func (s *Set) layOut() error {
	var scratch []byte
	grow := func(n int64) bool {
		if s.size > math.MaxInt64-n {
			return false
		}
		s.size += n
		return true
	}
	for i := range s.entries {
		e := &s.entries[i]
		e.offset = s.size
		scratch = e.appendLocal(scratch[:0])
		if !grow(int64(len(scratch))) || !grow(e.Size) {
			return errTooLarge
		}
	}
	s.dirAt = s.size
	for _, e := range s.entries {
		scratch = e.appendCentral(scratch[:0])
		if !grow(int64(len(scratch))) {
			return errTooLarge
		}
	}
	scratch = s.appendEnd(scratch[:0], s.size)
	if !grow(int64(len(scratch))) {
		return errTooLarge
	}
	return nil
}

var errTooLarge = errors.New("archive larger than 2^63-1 bytes")

// Files yields the files in the order of the archive.
func (s *Set) Files() iter.Seq[File] {
	return func(yield func(File) bool) {
		for _, e := range s.entries {
			if !yield(e.File) {
				return
			}
		}
	}
}

// Size returns the size of the archive in bytes, exactly as [Set.WriteTo] would
// write it.
func (s *Set) Size() int64 { return s.size }
