package strictjson

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// maxDigits is CPython's limit for reading an integer. A longer one has no
// canonical form, because the reference cannot read it.
const maxDigits = 4300

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads what starts with a digit or a minus sign.
func (r *reader) number(at doc.Pos) (*doc.Node, *Error) {
	start := r.pos
	if r.peek() == '-' {
		r.pos++
		if bytes.HasPrefix(r.data[r.pos:], []byte(infinityWord)) {
			return r.special(at, "-"+infinityWord, 1, math.Inf(-1))
		}
	}
	first := r.pos
	digits := r.digits()
	switch {
	case digits == 0:
		return nil, r.expected("a digit")
	case digits > 1 && r.data[first] == '0':
		return nil, r.fail(at, "a number must not have leading zeros")
	}

	if c := r.peek(); c != '.' && c != 'e' && c != 'E' {
		if digits > maxDigits {
			return nil, r.fail(at, "an integer of %d digits, more than %d", digits, maxDigits)
		}
		text := string(r.data[start:r.pos])
		if text == "-0" {
			text = "0"
		}
		return &doc.Node{Kind: doc.Int, Text: text, Pos: at}, nil
	}
	if r.peek() == '.' {
		r.pos++
		if r.digits() == 0 {
			return nil, r.expected("a digit")
		}
	}
	if c := r.peek(); c == 'e' || c == 'E' {
		r.pos++
		if c := r.peek(); c == '+' || c == '-' {
			r.pos++
		}
		if r.digits() == 0 {
			return nil, r.expected("a digit")
		}
	}
	// The grammar is checked: the only error left is overflow, and then the
	// result is an infinity of the right sign.
	text := string(r.data[start:r.pos])
	f, _ := strconv.ParseFloat(text, 64)
	n := &doc.Node{Kind: doc.Float, Float: f, Pos: at}
	if math.IsInf(f, 0) {
		n.Source = text // what was lost
	}
	return n, nil
}

// digits skips decimal digits and counts them.
func (r *reader) digits() int {
	start := r.pos
	for isDigit(r.peek()) {
		r.pos++
	}
	return r.pos - start
}

// str reads a string, the next byte being its opening quote.
func (r *reader) str() (string, *Error) {
	r.pos++
	var buf []byte // what precedes start, once there was an escape
	start := r.pos
	for {
		switch c := r.peek(); {
		case r.pos == len(r.data):
			return "", r.fail(r.here(), "the text ends inside a string")
		case c == '"':
			raw := r.data[start:r.pos]
			r.pos++
			if buf == nil {
				return string(raw), nil
			}
			return string(append(buf, raw...)), nil
		case c == '\\':
			buf = append(buf, r.data[start:r.pos]...)
			char, err := r.escape()
			if err != nil {
				return "", err
			}
			buf = utf8.AppendRune(buf, char)
			start = r.pos
		case c < ' ':
			return "", r.fail(r.here(), "the control character U+%04X in a string must be written as an escape", c)
		case c < utf8.RuneSelf:
			r.pos++
		default:
			char, size := utf8.DecodeRune(r.data[r.pos:])
			if char == utf8.RuneError && size == 1 {
				return "", r.fail(r.here(), "the text is not valid UTF-8")
			}
			r.pos += size
			r.wide += size - 1
		}
	}
}

// escape reads one escape, or the two that make a surrogate pair.
func (r *reader) escape() (rune, *Error) {
	at := r.here()
	r.pos++ // the backslash
	c := r.peek()
	switch c {
	case 'u':
		return r.unicodeEscape(at)
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	default:
		return 0, r.fail(at, "an unknown escape in a string")
	}
	r.pos++
	return rune(c), nil
}

// unicodeEscape reads from the u of an escape whose backslash is at at.
func (r *reader) unicodeEscape(at doc.Pos) (rune, *Error) {
	unit, ok := r.unicodeUnit()
	if !ok {
		return 0, r.fail(at, `\u must be followed by four hexadecimal digits`)
	}
	if !utf16.IsSurrogate(unit) {
		return unit, nil
	}
	if r.peek() == '\\' {
		r.pos++
		if low, ok := r.unicodeUnit(); ok {
			if char := utf16.DecodeRune(unit, low); char != utf8.RuneError {
				return char, nil
			}
		}
	}
	return 0, r.fail(at, "an escape for half a surrogate pair").because(ErrNotPortable)
}

// unicodeUnit reads u and four hexadecimal digits.
func (r *reader) unicodeUnit() (rune, bool) {
	rest := r.data[r.pos:]
	if len(rest) < 5 || rest[0] != 'u' {
		return 0, false
	}
	var unit rune
	for _, c := range rest[1:5] {
		switch {
		case isDigit(c):
			unit = unit<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			unit = unit<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	r.pos += 5
	return unit, true
}
