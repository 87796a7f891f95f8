package xmlcheck

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

var errTooLarge = errors.New("xmlcheck: token too large")

// source feeds the decoder within a budget per token and remembers what it fed
// last, to tell columns.
type source struct {
	r    io.Reader
	left int   // what the token may still read
	err  error // of r

	recent []byte // the last bytes, ending at offset
	offset int64
}

// window is how far back a line may begin for its column to be known.
const window = 64 << 10

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, errTooLarge
	}
	if len(p) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= n
	s.offset += int64(n)
	if s.recent = append(s.recent, p[:n]...); len(s.recent) > 2*window {
		s.recent = append(s.recent[:0], s.recent[len(s.recent)-window:]...)
	}
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// column counts the characters from the start of the line to offset.
func (s *source) column(offset int64) int {
	end := len(s.recent) - int(s.offset-offset)
	if end < 0 || end > len(s.recent) {
		return 0
	}
	line := s.recent[:end]
	if i := bytes.LastIndexByte(line, '\n'); i >= 0 {
		line = line[i+1:]
	} else if int64(end) != offset {
		return 0
	}
	return utf8.RuneCount(line) + 1
}
