package xmltext

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math/bits"
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
	wide    bool   // buf may have characters that are not ASCII
	returns bool   // there was a carriage return
	broken  error  // why, if it is not the end of the text
	spent   bool   // r gave its end or failed
	failure error  // of r or ctx

	known int // the byte of buf whose place is at
	at    doc.Pos

	raw  []byte // what was kept
	room int    // how many more bytes are kept, or -1 if none of those passed over are
	cut  bool   // there was more than that

	steps int64
}

func newSource(ctx context.Context, r io.Reader) source {
	return source{ctx: ctx, r: steady.Reader(r), mem: make([]byte, first+ahead+utf8.UTFMax), at: doc.Pos{Line: 1, Column: 1}, room: -1}
}

const bom = "\ufeff"

// place returns the place of the next byte. Columns count characters, without a byte
// order mark at the begin of the text.
func (s *source) place() doc.Pos {
	s.at = advance(s.at, s.buf[s.known:s.p], s.wide)
	s.known = s.p
	return s.at
}

// advance returns the place behind text, which begins at pos. wide says that it may
// not be ASCII.
func advance(pos doc.Pos, text []byte, wide bool) doc.Pos {
	for pos.Line == 1 && pos.Column == 1 && wide && bytes.HasPrefix(text, []byte(bom)) {
		text = text[len(bom):]
	}
	for i := bytes.IndexByte(text, '\n'); i >= 0; i = bytes.IndexByte(text, '\n') {
		pos.Line, pos.Column = pos.Line+1, 1
		text = text[i+1:]
	}
	if pos.Column += len(text); wide {
		pos.Column += utf8.RuneCount(text) - len(text)
	}
	return pos
}

// fill reads more behind what is not yet passed.
func (s *source) fill() {
	s.place()
	left := copy(s.mem, s.buf[s.p:len(s.buf)+s.tail]) - s.tail
	s.offset += int64(s.p)
	s.steps += int64(left)
	s.p, s.known, s.wide = 0, 0, s.wide && left > 0
	end := left + s.tail
	if s.offset > 0 && len(s.mem) < chunk {
		larger := make([]byte, 2*len(s.mem))
		copy(larger, s.mem[:end])
		s.mem = larger
	}
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

// each has a byte in each of eight.
const each = 0x0101010101010101

// check judges the characters of buf from begin on and returns the length of what
// may be read.
func (s *source) check(begin int) int {
	text := s.buf[begin:]
	i := 0
	at := func() doc.Pos { return advance(s.at, s.buf[s.known:begin+i], s.wide) }
	for i < len(text) {
		if i+8 <= len(text) {
			x := binary.LittleEndian.Uint64(text[i:])
			other := (x | (x - ' '*each)) & (0x80 * each)
			if other == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(other) / 8
		}
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case c >= ' ' || c == '\n' || c == '\t':
			case c == '\r':
				s.returns = true
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
		s.wide = true
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

// keep lets take keep bytes from here on, behind what it kept before.
func (s *source) keep(limit int) { s.room, s.cut = limit, false }

// take passes over n bytes of buf, and keeps them if that was asked for.
func (s *source) take(n int) {
	if s.room >= 0 {
		kept := min(n, s.room)
		s.cut = s.cut || kept < n
		s.room -= kept
		s.raw = append(s.raw, s.buf[s.p:s.p+kept]...)
	}
	s.p += n
}

// skipSpace passes over what the loader takes for white space, and reports whether
// there was any.
func (s *source) skipSpace() bool {
	return (s.p == len(s.buf) || s.buf[s.p] <= ' ') && s.skipSpaces()
}

func (s *source) skipSpaces() (any bool) {
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

// stops are bytes at which a text is looked at more closely, each eight times.
type stops [3]uint64

var (
	textStops   = stops{'<' * each, '&' * each, ']' * each}
	doubleStops = stops{'<' * each, '&' * each, '"' * each}
	singleStops = stops{'<' * each, '&' * each, '\'' * each}
)

// stopsOf returns the bytes at which a value in quotes is looked at, or nil if that is
// no quote.
func stopsOf(quote byte) *stops {
	switch quote {
	case '"':
		return &doubleStops
	case '\'':
		return &singleStops
	}
	return nil
}

// find returns where the first of the bytes is in text, or the length of text.
func (s *stops) find(text []byte) int {
	i := 0
	for ; i+8 <= len(text); i += 8 {
		// A byte is 0 where subtracting 1 borrows: exactly at the first such byte.
		x := binary.LittleEndian.Uint64(text[i:])
		a, b, c := x^s[0], x^s[1], x^s[2]
		if found := ((a-each)&^a | (b-each)&^b | (c-each)&^c) & (0x80 * each); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(text) && text[i] != byte(s[0]) && text[i] != byte(s[1]) && text[i] != byte(s[2]) {
		i++
	}
	return i
}

// takeTo takes all bytes before the first of stop, and returns that, or 0 at the end.
func (s *source) takeTo(stop *stops) byte {
	for {
		n := stop.find(s.buf[s.p:])
		s.steps += int64(n)
		s.take(n)
		if s.p < len(s.buf) {
			return s.buf[s.p]
		}
		if s.ended() {
			return 0
		}
	}
}

// takePast passes over all bytes up to and with the first end, takes those before it,
// and reports whether there is one.
func (s *source) takePast(end string) bool {
	for {
		i := bytes.IndexByte(s.buf[s.p:], end[0])
		if i < 0 {
			i = len(s.buf) - s.p
		}
		s.steps += int64(i)
		s.take(i)
		switch found := s.look(len(end)); {
		case len(found) == 0:
			return false
		case string(found) == end:
			s.skip(len(end))
			return true
		case found[0] == end[0]:
			s.take(1)
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
