// Package zipfile writes the canonical zip file of a package, and reads zip files
// with a view of its own that no other reader can have another of.
//
// The bytes written are a function of the names and contents alone. The format,
// as contract-details "Checksums, provenance, archive" fixes it, for files sorted
// by name in byte order:
//
//   - per file a local header and the content as it is (method STORED)
//   - per file a central header, then the end record
//   - no directories, comments, data descriptors, gaps or extra fields but Zip64
//   - sizes and CRC-32 stand in both headers of a file
//   - time 1980-01-01 00:00:00; made by 2.0 on Unix; needs 2.0; mode 0100644
//   - flag 11 (UTF-8) on a name that is not ASCII, no other flags
//
// Zip64 follows APPNOTE 4.5.3, 4.3.14 and 4.3.15. A size or offset of 0xFFFFFFFF
// or more, or 0xFFFF files or more, moves to a 64-bit field, and its small field
// holds all ones. The local header has both sizes there, the central header only
// what does not fit. A header that uses Zip64 needs 4.5.
//
// Where APPNOTE leaves a choice the bytes are those of Python's zipfile, which
// wrote the reference packages: a small file that lies beyond 4 GiB needs 4.5 in
// its central header and 2.0 in its local one, which has no large field; and the
// Zip64 end record is made by 4.5 without a system.
package zipfile

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/steady"
)

// ErrChanged reports that a file's content is not what it was when the file was
// hashed. The error in the chain is a [*ChangedError].
var ErrChanged = errors.New("content changed after it was hashed")

// ChangedError names the file whose content has changed.
type ChangedError struct {
	Name string
}

func (e *ChangedError) Error() string { return e.Name + ": " + ErrChanged.Error() }

// Unwrap returns [ErrChanged].
func (e *ChangedError) Unwrap() error { return ErrChanged }

// NameError reports a name that a package cannot have.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return fmt.Sprintf("file name %q: %s", e.Name, e.Reason) }

// Limits bound what [Open] accepts. A zero field stands for its default.
type Limits struct {
	Archive int64 // bytes of the whole archive; default 8 GiB
	// Entries bounds the entries, and also the files together with the
	// directories that their names imply; default 50,000, so that a package
	// never needs the 64-bit count that old readers do not know.
	Entries   int
	Directory int64 // bytes of the central directory; default 16 MiB
	Name      int   // bytes of a name; default 1024
	File      int64 // bytes of one file's content; default 4 GiB
	Total     int64 // bytes of all contents; default 8 GiB
	// Ratio bounds how many times larger than its compressed data a content may
	// be, once it is larger than 16 MiB. It holds for each compressed entry and
	// for all of them together. The default is 100.
	Ratio int64
}

func (l Limits) orDefault() Limits {
	return Limits{
		Archive:   cmp.Or(l.Archive, 8<<30),
		Entries:   cmp.Or(l.Entries, 50_000),
		Directory: cmp.Or(l.Directory, 16<<20),
		Name:      cmp.Or(l.Name, 1024),
		File:      cmp.Or(l.File, 4<<30),
		Total:     cmp.Or(l.Total, 8<<30),
		Ratio:     cmp.Or(l.Ratio, 100),
	}
}

const (
	ratioFloor   = 16 << 20 // decompressing that much takes no time to speak of
	maxComponent = 255      // bytes: no common file system takes more
	maxFaults    = 1000     // more would only repeat themselves
)

// bomb reports whether size bytes out of packed are more than the ratio allows.
func (l Limits) bomb(size, packed int64) bool {
	return size > ratioFloor && size/l.Ratio > packed
}

// Set is an immutable set of files, sorted by name in byte order. It is safe for
// use by many goroutines.
type Set struct {
	entries []entry
	dirAt   int64 // where the central directory starts
	size    int64
}

// NewSet returns the set of files, given in any order.
//
// It refuses, with a [*NameError] for each, a name that is not a slash-separated
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
	if _, err := s.layOut(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Set) check() error {
	var errs []error
	for i := range s.entries {
		e := &s.entries[i]
		switch err := checkName(e.Name); {
		case err != nil:
			errs = append(errs, err)
		case i > 0 && s.entries[i-1].Name == e.Name:
			errs = append(errs, &NameError{e.Name, "given twice"})
		case e.Size < 0, !e.sound():
			errs = append(errs, fmt.Errorf("file %q: content and size differ", e.Name))
		}
	}
	reported := map[string]bool{}
	for i, e := range s.entries {
		if i > 0 && parent(s.entries[i-1].Name) == parent(e.Name) {
			continue // the same folders
		}
		for dir := parent(e.Name); dir != "."; dir = parent(dir) {
			if _, isFile := s.find(dir); isFile && !reported[dir] {
				reported[dir] = true
				errs = append(errs, &NameError{dir, "both a file and a directory"})
			}
		}
	}
	return errors.Join(errs...)
}

// find returns where the entry of a name is, or would be.
func (s *Set) find(name string) (int, bool) {
	return slices.BinarySearchFunc(s.entries, name, func(e entry, name string) int { return cmp.Compare(e.Name, name) })
}

// Find returns the file of a name.
func (s *Set) Find(name string) (File, bool) {
	i, ok := s.find(name)
	if !ok {
		return File{}, false
	}
	return s.entries[i].File, true
}

// Len returns the number of files.
func (s *Set) Len() int { return len(s.entries) }

// parent is the directory of a name, and "." for one that has none or is none.
func parent(name string) string {
	if !fs.ValidPath(name) {
		return "."
	}
	return path.Dir(name)
}

// layOut gives every entry its offset, and returns the name of the first that had
// another one.
func (s *Set) layOut() (misplaced string, err error) {
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
		if e.offset != s.size && misplaced == "" {
			misplaced = e.Name
		}
		e.offset = s.size
		scratch = e.appendLocal(scratch[:0])
		if !grow(int64(len(scratch))) || !grow(e.Size) {
			return "", errTooLarge
		}
	}
	s.dirAt = s.size
	for i := range s.entries {
		scratch = s.entries[i].appendCentral(scratch[:0])
		if !grow(int64(len(scratch))) {
			return "", errTooLarge
		}
	}
	scratch = s.appendEnd(scratch[:0], s.size)
	if !grow(int64(len(scratch))) {
		return "", errTooLarge
	}
	return misplaced, nil
}

var errTooLarge = errors.New("archive larger than 2^63-1 bytes")

// Files yields the files in the order of the archive.
func (s *Set) Files() iter.Seq[File] {
	return func(yield func(File) bool) {
		for i := range s.entries {
			if !yield(s.entries[i].File) {
				return
			}
		}
	}
}

// Size returns the size of the archive in bytes, exactly as [Set.WriteTo] would
// write it.
func (s *Set) Size() int64 { return s.size }

// SetOf returns the set behind a file system that Set.FS returned. It spares
// hashing again what was hashed already and is verified on every reading.
func SetOf(fsys fs.FS) (*Set, bool) {
	if own, ok := fsys.(*fileSystem); ok {
		return own.set, true
	}
	return nil, false
}

// File is one file of a package: its name, what its content hashes to, and where
// the content comes from. Make one with [FromBytes] or [Hash].
//
// A File may be copied, and used by many goroutines if its source may be opened
// by many.
type File struct {
	Name   string // slash-separated, relative, see NewSet
	Size   int64  // in bytes
	CRC32  uint32 // IEEE
	SHA256 [sha256.Size]byte

	from origin // of the content; nil for none
	// Where it lies in an archive, as how many bytes.
	deflated      bool
	place, packed int64
}

// origin is where the content of files is.
type origin interface {
	open(*File) (io.ReadCloser, error)
}

// inMemory is a content.
type inMemory []byte

func (data inMemory) open(*File) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(data)), nil
}

// opened opens a content.
type opened func() (io.ReadCloser, error)

func (open opened) open(*File) (io.ReadCloser, error) { return open() }

// data returns the content of a file that is in memory.
func (f *File) data() (data []byte, ok bool) {
	if f.from == nil {
		return nil, true
	}
	data, ok = f.from.(inMemory)
	return data, ok
}

// sound reports whether a content in memory has the size of the file.
func (f *File) sound() bool {
	data, ok := f.data()
	return !ok || f.Size == int64(len(data))
}

// FromBytes returns a file with the content data, which it keeps: data must not
// be changed afterwards.
func FromBytes(name string, data []byte) File {
	return File{
		Name:   name,
		Size:   int64(len(data)),
		CRC32:  crc32.ChecksumIEEE(data),
		SHA256: sha256.Sum256(data),
		from:   inMemory(data),
	}
}

// Hash returns a file whose content is read from open whenever it is needed, and
// never held in memory as a whole. Hash reads it once, in chunks, and hands every
// chunk to tee too, unless that is nil. Reading runs ahead on another goroutine,
// which has ended when Hash returns; tee is called on the caller's.
//
// A failure to read is an [*fs.PathError] with name. An error of tee or of the
// context is returned as it is.
func Hash(ctx context.Context, name string, open func() (io.ReadCloser, error), tee io.Writer) (File, error) {
	if err := ctx.Err(); err != nil {
		return File{}, err
	}
	r, err := open()
	if err != nil {
		return File{}, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer r.Close()

	h := &hasher{digest{sum: sha256.New()}, steady.Reader(r)}
	err = new(pump).each(ctx, name, h, func(p []byte) error {
		if tee == nil {
			return nil
		}
		_, err := tee.Write(p)
		return err
	})
	if err != nil {
		return File{}, err
	}
	return File{Name: name, Size: h.size, CRC32: h.crc, SHA256: h.sha256(), from: opened(open)}, nil
}

// Open returns a reader of the content. For a file made by [Hash] it ends in a
// [*ChangedError] instead of io.EOF when the content is not the one that was
// hashed, and never yields more than Size bytes.
func (f File) Open() (io.ReadCloser, error) {
	if data, ok := f.data(); ok {
		return io.NopCloser(bytes.NewReader(data)), nil
	}
	r, err := f.from.open(&f)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.Name, Err: err}
	}
	if sizeDiffers(r, f.Size) {
		return nil, errors.Join(&ChangedError{f.Name}, r.Close())
	}
	return newVerifier(f, r), nil
}

// sizeDiffers tells a changed file of a file system before a byte is read.
func sizeDiffers(r io.Reader, size int64) bool {
	s, ok := r.(fs.File)
	if !ok {
		return false
	}
	info, err := s.Stat()
	return err == nil && info.Mode().IsRegular() && info.Size() != size
}
