package redact

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	// lookaround is how far around an anchor a matcher sees.
	lookaround = 4 << 10
	// pieceSize is the longest part of a line that is searched at once.
	pieceSize = 32 << 10
	// bufferSize is the memory of a stream, if its text is as long as that.
	bufferSize = 128 << 10
)

// stream cuts a text of any size into views: whole lines as long as the buffer
// lasts, else pieces of a line at fixed distances from its start, with context
// on both sides. What a search sees does not depend on how the text arrives.
type stream struct {
	search func(*view)

	buf  []byte
	view view
}

// view is a part of a text that is searched: buf[from:to]. Around it is
// context, as far as the line goes.
type view struct {
	buf      []byte
	from, to int
	base     int64 // offset of buf[0] in the text
	lineOff  int   // bytes of the line at from that came before from; see advance
	line     int   // number of that line, from 1
	column   int   // characters of it that came before from
}

func newStream(search func(*view)) *stream {
	return &stream{search: search, view: view{line: 1}}
}

func (s *stream) write(p []byte) {
	for len(p) > 0 {
		n := min(len(p), bufferSize-len(s.buf))
		s.buf = append(s.buf, p[:n]...)
		p = p[n:]
		if len(s.buf) == bufferSize {
			s.drain(false)
		}
	}
}

// close searches what is left.
func (s *stream) close() { s.drain(true) }

func (s *stream) drain(final bool) {
	v := &s.view
	v.buf = s.buf
	for v.from < len(s.buf) {
		rest := s.buf[v.from:]
		newline := -1
		if bytes.IndexByte(rest, '\n') >= 0 {
			newline = bytes.LastIndexByte(rest, '\n')
		}
		switch {
		case newline >= 0:
			v.to = v.from + newline + 1
		case final:
			v.to = len(s.buf)
		case len(rest) >= pieceSize+lookaround:
			v.to = v.from + pieceSize
		default:
			s.compact()
			return
		}
		s.search(v)
		v.advance()
	}
	s.compact()
}

func (v *view) advance() {
	part := v.buf[v.from:v.to]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		v.line += n
		v.lineOff, v.column = 0, 0
	} else {
		// Only the distance to the last piece matters, so that the number need
		// not grow with the line.
		v.lineOff += len(part)
		if v.lineOff > 4*pieceSize {
			v.lineOff -= 2 * pieceSize
		}
		v.column += characters(part)
	}
	v.from = v.to
}

// compact drops what was searched and is no longer needed as context.
func (s *stream) compact() {
	v := &s.view
	drop := max(0, v.from-min(v.lineOff, lookaround))
	s.buf = s.buf[:copy(s.buf, s.buf[drop:])]
	v.buf = s.buf
	v.base += int64(drop)
	v.from -= drop
}

// characters counts the bytes that begin a character of UTF-8. Of bytes that
// are no UTF-8 it counts some: the same ones however the text arrives.
func characters(b []byte) int {
	const ones = 0x0101010101010101
	n := len(b)
	for ; len(b) >= 8; b = b[8:] {
		v := binary.LittleEndian.Uint64(b)
		n -= bits.OnesCount64(v >> 7 &^ (v >> 6) & ones) // bytes that begin with 10
	}
	for _, c := range b {
		if c&0xc0 == 0x80 {
			n--
		}
	}
	return n
}
