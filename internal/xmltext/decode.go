package xmltext

import (
	"bytes"
	"strings"
)

// Decode returns the value of an attribute as the loader decodes it. The loader does
// so in place: line ends become "\n", the five entities of XML and references to
// characters become what they mean, and an "&" that begins neither is skipped, not
// written. What then stands there is the byte that was there before: behind anything
// that got shorter, that is another one. A NUL character ends the value. Time is
// linear.
func Decode(raw []byte) string {
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return string(raw)
	}
	d := decoder{raw: raw, semicolon: -1}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '\r' || c == '\n':
			if i+1 < len(raw) && raw[i+1] == '\r'+'\n'-c {
				i++
			}
			i++
			out = append(out, '\n')
		case c != '&':
			out = append(out, c)
			i++
		case i+1 < len(raw) && raw[i+1] == '#':
			text, n := d.character(i)
			if n == 0 {
				text, n = "&", 1
			}
			out = append(out, text...)
			i += n
		default:
			char, n := entity(raw[i:])
			if n == 0 {
				char, n = raw[len(out)], 1
			}
			out = append(out, char)
			i += n
		}
	}
	value, _, _ := strings.Cut(string(out), "\x00")
	return value
}

// entity returns the character that an entity at the begin of text stands for, and
// the length of its name; 0 if there is none.
func entity(text []byte) (byte, int) {
	for _, e := range [...]struct {
		name string
		char byte
	}{{"&quot;", '"'}, {"&amp;", '&'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'}} {
		if bytes.HasPrefix(text, []byte(e.name)) {
			return e.char, len(e.name)
		}
	}
	return 0, 0
}

// decoder decodes references to characters. The loader looks for the next semicolon,
// however far, and reads the digits before it backwards; so one semicolon may be
// looked at by many references, and what it found is kept.
type decoder struct {
	raw       []byte
	semicolon int // the last one that was looked at
	stop      [2]int
	code      [2]uint64
}

func (d *decoder) character(at int) (string, int) {
	hex := at+2 < len(d.raw) && d.raw[at+2] == 'x'
	begin, kind := at+2, 0
	if hex {
		begin, kind = at+3, 1
	}
	if begin >= len(d.raw) {
		return "", 0
	}
	if d.semicolon < begin {
		i := bytes.IndexByte(d.raw[begin:], ';')
		if i < 0 {
			d.semicolon = len(d.raw)
		} else {
			d.semicolon = begin + i
		}
		d.stop[0], d.code[0] = d.digits(10)
		d.stop[1], d.code[1] = d.digits(16)
	}
	if d.semicolon == len(d.raw) || d.stop[kind] < 0 || d.raw[d.stop[kind]] != "#x"[kind] {
		return "", 0
	}
	return utf8Of(d.code[kind]), d.semicolon + 1 - at
}

// digits reads the digits before the semicolon, as the loader does: from the last to
// the first, with a factor that overflows.
func (d *decoder) digits(base uint32) (stop int, code uint64) {
	factor := uint32(1)
	i := d.semicolon - 1
	for ; i >= 0 && d.semicolon < len(d.raw); i-- {
		value := digit(d.raw[i])
		if value < 0 || uint32(value) >= base {
			break
		}
		code += uint64(factor * uint32(value))
		factor *= base
	}
	return i, code
}

// utf8Of returns the bytes that the loader writes for a code: UTF-8, where it is one
// of a character.
func utf8Of(code uint64) string {
	const cont = 0x80
	low := func(shift uint) byte { return cont | byte(code>>shift)&0x3f }
	switch {
	case code < 0x80:
		return string([]byte{byte(code)})
	case code < 0x800:
		return string([]byte{0xC0 | byte(code>>6), low(0)})
	case code < 0x10000:
		return string([]byte{0xE0 | byte(code>>12), low(6), low(0)})
	case code < 0x200000:
		return string([]byte{0xF0 | byte(code>>18), low(12), low(6), low(0)})
	}
	return ""
}
