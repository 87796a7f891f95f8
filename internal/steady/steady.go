// Package steady holds readers to their word. A file that yields fewer or more bytes
// than it states, a reader that yields nothing for ever, and one that returns an
// impossible count all end in an error, never in a part of the content.
package steady

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// ErrGrew reports a file or reader with more bytes than it stated.
var ErrGrew = errors.New("has more bytes than it stated; it may have grown")

var errCount = errors.New("the reader returned an impossible count")

// maxIdle is how many reads in a row may yield nothing.
const maxIdle = 100

// Reader returns r with an end: after 100 reads in a row that yield nothing it fails
// with io.ErrNoProgress. Every error lasts.
func Reader(r io.Reader) io.Reader { return &reader{r: r, size: -1} }

// Sized is [Reader] for a content of size bytes. Fewer are an io.ErrUnexpectedEOF, and
// more are ErrGrew. A reader that is not read to its end shows neither.
func Sized(r io.Reader, size int64) io.Reader { return &reader{r: r, size: max(size, 0)} }

// File returns f as a file of size bytes, which are those that its Stat states. It is
// read as by [Sized].
func File(f fs.File, size int64) fs.File { return &file{f, Sized(f, size)} }

type file struct {
	fs.File
	r io.Reader
}

func (f *file) Read(p []byte) (int, error) { return f.r.Read(p) }

type reader struct {
	r    io.Reader
	size int64 // -1 if nobody knows
	n    int64 // bytes so far
	idle int   // reads in a row that yielded nothing
	err  error
}

func (s *reader) Read(p []byte) (int, error) {
	if s.err != nil || len(p) == 0 {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if n < 0 || n > len(p) {
		s.err = errCount
		return 0, s.err
	}
	s.n += int64(n)
	if n > 0 {
		s.idle = 0
	} else if s.idle++; s.idle == maxIdle && err == nil {
		err = fmt.Errorf("yields nothing: %w", io.ErrNoProgress)
	}
	switch {
	case s.size >= 0 && s.n > s.size:
		n, err = n-int(s.n-s.size), ErrGrew
	case s.size >= 0 && err == io.EOF && s.n < s.size:
		err = fmt.Errorf("ended after %d of %d bytes: %w", s.n, s.size, io.ErrUnexpectedEOF)
	}
	s.err = err
	return n, err
}

// ReadFull reads len(p) bytes at an offset. Fewer are an error, whatever r says about
// them: io.ErrUnexpectedEOF if r has no other reason.
func ReadFull(r io.ReaderAt, p []byte, at int64) (int, error) {
	n, err := r.ReadAt(p, at)
	switch {
	case n == len(p):
		return n, nil
	case n < 0 || n > len(p):
		return 0, errCount
	case err == nil || err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Section returns the size bytes of r from an offset on. Every read is that of
// [ReadFull].
func Section(r io.ReaderAt, at, size int64) io.Reader { return &section{r, at, at + max(size, 0)} }

type section struct {
	r       io.ReaderAt
	at, end int64
}

func (s *section) Read(p []byte) (int, error) {
	if s.at >= s.end {
		return 0, io.EOF
	}
	n, err := ReadFull(s.r, p[:min(int64(len(p)), s.end-s.at)], s.at)
	s.at += int64(n)
	return n, err
}
