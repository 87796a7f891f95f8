package xmltext

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/steady"
)

// source gives the bytes of a text up to its end: the end of the file, a NUL byte,
// where the loader stops, or what is not UTF-8. It knows the place of the next byte.
type source struct {
	ctx   context.Context
	r     io.Reader
	loose loose

	mem     []byte
	buf     []byte // the part of mem that may be read, complete characters only
	tail    int    // bytes of an incomplete character behind buf
	p       int    // the next byte of buf
	offset  int64  // of buf in the text
	stopped bool   // nothing follows buf
	deaf    bool   // a NUL byte is a character like others
	broken  error  // why, if it is not the end of the text
	spent   bool   // r gave its end or failed
	failure error  // of r or ctx

	known  int // the byte of buf whose place is at
	at     doc.Pos
	pinned int // the byte of buf whose place will be pin, or -1
	pin    doc.Pos

	steps int64
}

func newSource(ctx context.Context, r io.Reader) source {
	return source{ctx: ctx, r: steady.Reader(r), mem: make([]byte, chunk+ahead+utf8.UTFMax), at: doc.Pos{Line: 1, Column: 1}, pinned: -1}
}

const bom = "\ufeff"

// place returns the place of the next byte. Columns count characters, without a byte
// order mark at the begin of the text.
func (s *source) place() doc.Pos {
	s.resolve()
	s.at = advance(s.at, s.buf[s.known:s.p])
	s.known = s.p
	return s.at
}

// mark remembers the next byte for resolve, which is cheaper than a place that nobody
// asks for.
func (s *source) mark() { s.pinned = s.p }

// resolve returns the place of the byte that was marked last.
func (s *source) resolve() doc.Pos {
	if s.pinned >= 0 {
		s.pin = advance(s.at, s.buf[s.known:s.pinned])
		s.at, s.known, s.pinned = s.pin, s.pinned, -1
	}
	return s.pin
}

// advance returns the place behind text, which begins at pos.
func advance(pos doc.Pos, text []byte) doc.Pos {
	for pos.Line == 1 && pos.Column == 1 && len(text) >= len(bom) && string(text[:len(bom)]) == bom {
		text = text[len(bom):]
	}
	if len(text) < 32 {
		for _, c := range text {
			if c == '\n' {
				pos.Line, pos.Column = pos.Line+1, 1
			} else if c < 0x80 || c >= 0xC0 {
				pos.Column++
			}
		}
		return pos
	}
	if n := bytes.Count(text, []byte{'\n'}); n > 0 {
		pos.Line, pos.Column = pos.Line+n, 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	pos.Column += utf8.RuneCount(text)
	return pos
}

// fill reads more behind what is not yet passed.
func (s *source) fill() {
	s.place()
	left := copy(s.mem, s.buf[s.p:len(s.buf)+s.tail]) - s.tail
	s.offset += int64(s.p)
	s.steps += int64(left)
	s.p, s.known = 0, 0
	end := left + s.tail
	n, err := s.read(s.mem[end:])
	end += n
	s.stopped, s.spent = err != nil, err != nil
	if err != nil && err != io.EOF {
		s.broken, s.failure = err, err
	}
	s.buf = s.mem[:end]
	n = left + s.check(left)
	s.steps += int64(n - left)
	s.tail = end - n
	s.buf = s.mem[:n]
}

// read reads something, if there is room for it, or fails.
func (s *source) read(p []byte) (n int, err error) {
	for n == 0 && err == nil && len(p) > 0 {
		if err = s.ctx.Err(); err == nil {
			n, err = s.r.Read(p)
		}
	}
	return n, err
}

// exhaust reads on to the end of the file and looks at nothing: a file that verifies
// itself does so there. It returns the error of ctx or of the reader.
func (s *source) exhaust() error {
	for !s.spent {
		_, err := s.read(s.mem)
		s.spent = err != nil
		if err != io.EOF {
			s.failure = err
		}
	}
	return s.failure
}

// check judges the characters of buf from begin on and returns the length of what
// may be read.
func (s *source) check(begin int) int {
	text := s.buf[begin:]
	i := 0
	at := func() doc.Pos { return advance(s.at, s.buf[s.known:begin+i]) }
	for i < len(text) {
		if i+8 <= len(text) {
			const high, space = 0x8080808080808080, 0x2020202020202020
			if x := binary.LittleEndian.Uint64(text[i:]); (x|(x-space))&high == 0 {
				i += 8
				continue
			}
		}
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case c >= ' ' || c == '\n' || c == '\t' || c == '\r':
			case c == 0 && s.deaf:
			case c == 0:
				s.loose.add(looseNUL, at())
				s.stopped = true
				return i
			case !s.loose.has(looseControl):
				s.loose.add(looseControl, at())
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			if (r == 0xFFFE || r == 0xFFFF) && !s.loose.has(looseControl) {
				s.loose.add(looseControl, at())
			}
		case !s.stopped && !utf8.FullRune(text[i:]):
			return i
		default:
			if s.broken == nil {
				s.broken = &Error{at(), "not valid UTF-8"}
			}
			s.stopped = true
			return i
		}
		i += size
	}
	return i
}

// peek returns the next byte, or 0 at the end.
func (s *source) peek() byte {
	for s.p == len(s.buf) {
		if s.stopped {
			return 0
		}
		s.fill()
	}
	return s.buf[s.p]
}

func (s *source) ended() bool { return s.peek() == 0 }

// look returns the next n bytes, or fewer at the end. n is at most ahead.
func (s *source) look(n int) []byte {
	for len(s.buf)-s.p < n && !s.stopped {
		s.fill()
	}
	return s.buf[s.p:min(s.p+n, len(s.buf))]
}

// skip passes over n bytes that look returned.
func (s *source) skip(n int) { s.p += n }

// take passes over n bytes that look returned, and keeps them.
func (s *source) take(n int, keep func([]byte)) {
	if keep != nil {
		keep(s.buf[s.p : s.p+n])
	}
	s.p += n
}

// skipSpace passes over what the loader takes for white space, and reports whether
// there was any.
func (s *source) skipSpace() (any bool) {
	for {
		i := s.p
		for i < len(s.buf) && isSpace(s.buf[i]) {
			i++
		}
		any = any || i > s.p
		s.steps += int64(i - s.p)
		s.p = i
		if i < len(s.buf) || s.ended() {
			return any
		}
	}
}

// skipTo passes over all bytes but those of stop, gives them to keep, and returns the
// first of stop, or 0 at the end.
func (s *source) skipTo(stop *[256]bool, keep func([]byte)) byte {
	for {
		i := s.p
		for i < len(s.buf) && !stop[s.buf[i]] {
			i++
		}
		if i > s.p {
			s.steps += int64(i - s.p)
			s.take(i-s.p, keep)
		}
		if i < len(s.buf) {
			return s.buf[i]
		}
		if s.ended() {
			return 0
		}
	}
}

// skipName passes over a name, gives it to keep, and reports whether there is one.
func (s *source) skipName(keep func([]byte)) bool {
	if !isNameStart(s.peek()) {
		return false
	}
	for {
		i := s.p
		for i < len(s.buf) && nameBytes[s.buf[i]>>6]>>(s.buf[i]&63)&1 != 0 {
			i++
		}
		s.steps += int64(i - s.p)
		s.take(i-s.p, keep)
		if i < len(s.buf) || s.ended() {
			return true
		}
	}
}

// skipPast passes over all bytes up to and with the first end, gives those before it
// to keep, and reports whether there is one.
func (s *source) skipPast(end string, keep func([]byte)) bool {
	for {
		i := bytes.IndexByte(s.buf[s.p:], end[0])
		if i < 0 {
			i = len(s.buf) - s.p
		}
		s.steps += int64(i)
		s.take(i, keep)
		switch found := s.look(len(end)); {
		case len(found) == 0:
			return false
		case string(found) == end:
			s.skip(len(end))
			return true
		case found[0] == end[0]:
			s.take(1, keep)
		}
	}
}

// drain reads on to the end of the file, beyond a NUL byte. It must be UTF-8.
func (s *source) drain() {
	again := s.broken == nil && !s.deaf
	s.deaf = true
	for again || !s.stopped {
		again = false
		s.p = len(s.buf)
		s.fill()
	}
	s.p = len(s.buf)
}
