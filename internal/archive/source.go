package archive

import (
	"bufio"
	"io"
)

// input is the archive's bytes. It keeps the first error of reading them, which
// is a failure and no fault of the archive. It is for one goroutine at a time.
type input struct {
	r    io.ReaderAt
	size int64
	err  error
}

// ReadAt fails unless it fills p, because nobody asks for bytes beyond the end.
func (s *input) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.r.ReadAt(p, at)
	if n == len(p) {
		return n, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF // the size was wrong
	}
	if s.err == nil {
		s.err = err
	}
	return n, err
}

// section is io.NewSectionReader without reads beyond the end.
type section struct {
	src     *input
	at, end int64
}

func (s *section) Read(p []byte) (int, error) {
	if s.at >= s.end {
		return 0, io.EOF
	}
	n, err := s.src.ReadAt(p[:min(int64(len(p)), s.end-s.at)], s.at)
	s.at += int64(n)
	return n, err
}

// stream reads a part of the archive in order, each byte once.
type stream struct {
	section
	buf *bufio.Reader
}

func newStream(src *input, at, end int64) *stream {
	s := &stream{section: section{src, at, end}}
	s.buf = bufio.NewReaderSize(&s.section, int(min(smallSize, max(end-at, 16))))
	return s
}

// pos is the offset of the next byte.
func (s *stream) pos() int64 { return s.at - int64(s.buf.Buffered()) }

// skipTo goes forward to an offset.
func (s *stream) skipTo(to int64) {
	n := to - s.pos()
	if n <= int64(s.buf.Buffered()) {
		s.buf.Discard(int(n)) // cannot fail
		return
	}
	s.at = to
	s.buf.Reset(&s.section)
}

// full reads len(p) bytes.
func (s *stream) full(p []byte) error {
	_, err := io.ReadFull(s.buf, p)
	return err
}

// window is the compressed data of one entry. Because it can give single bytes,
// a decompressor never takes more of it than it needs.
type window struct {
	buf  *bufio.Reader
	left int64
}

func (w *window) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, io.EOF
	}
	n, err := w.buf.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	return n, err
}

func (w *window) ReadByte() (byte, error) {
	if w.left <= 0 {
		return 0, io.EOF
	}
	b, err := w.buf.ReadByte()
	if err == nil {
		w.left--
	}
	return b, err
}
