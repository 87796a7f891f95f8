package checksum

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// WriteTo writes the canonical text of m to w, in one piece, and returns the
// number of bytes written. It fails before writing anything if a path cannot be
// listed ([ErrPath], all of them joined) or is there twice, or if the text is
// larger than [MaxSize].
func (m Manifest) WriteTo(w io.Writer) (int64, error) {
	text, err := m.MarshalText()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(text)
	if err == nil && n != len(text) { // also for a writer that counts wrong
		err = io.ErrShortWrite
	}
	return int64(n), err
}

// MarshalText returns the canonical text of m, with the errors of
// [Manifest.WriteTo].
func (m Manifest) MarshalText() ([]byte, error) {
	sorted, err := m.sorted()
	if err != nil {
		return nil, err
	}
	size := 0
	for _, e := range sorted {
		if size += lineSize(e.Path); size > MaxSize {
			return nil, ErrTooLarge
		}
	}
	text := make([]byte, 0, size)
	for _, e := range sorted {
		text = hex.AppendEncode(text, e.Digest[:])
		text = append(text, "  "...)
		text = append(text, e.Path...)
		text = append(text, '\n')
	}
	return text, nil
}

// sorted returns the entries in canonical order, which needs unique valid paths.
func (m Manifest) sorted() (Manifest, error) {
	sorted := slices.Clone(m)
	slices.SortStableFunc(sorted, byPath)
	var errs []error
	for i, e := range sorted {
		fault := pathFault(e.Path)
		if fault == "" && i > 0 && sorted[i-1].Path == e.Path {
			fault = "listed twice"
		}
		if fault != "" {
			err := fmt.Errorf("%w: %s", ErrPath, fault)
			errs = append(errs, &fs.PathError{Op: "checksum", Path: e.Path, Err: err})
		}
	}
	return sorted, errors.Join(errs...)
}
