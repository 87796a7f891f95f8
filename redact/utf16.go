package redact

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// decoder turns UTF-16 into UTF-8 and leaves everything else alone.
type decoder struct {
	wide     bool
	swap     bool // big endian
	odd      byte // the first half of a unit whose other half is still to come
	isOdd    bool
	high     rune // the first half of a surrogate pair, or 0
	utf8Text []byte
}

// decoderFor decides by the byte order mark that a file begins with.
func decoderFor(head []byte) *decoder {
	swap := bytes.HasPrefix(head, []byte{0xfe, 0xff})
	return &decoder{wide: swap || bytes.HasPrefix(head, []byte{0xff, 0xfe}), swap: swap}
}

func (d *decoder) decode(p []byte, write func([]byte)) {
	if !d.wide {
		write(p)
		return
	}
	for _, c := range p {
		if !d.isOdd {
			d.odd, d.isOdd = c, true
			continue
		}
		d.isOdd = false
		if d.swap {
			d.unit(rune(d.odd)<<8 | rune(c))
		} else {
			d.unit(rune(c)<<8 | rune(d.odd))
		}
		if len(d.utf8Text) >= 4<<10 {
			write(d.utf8Text)
			d.utf8Text = d.utf8Text[:0]
		}
	}
	write(d.utf8Text)
	d.utf8Text = d.utf8Text[:0]
}

func (d *decoder) unit(r rune) {
	if d.high != 0 {
		pair := utf16.DecodeRune(d.high, r)
		d.high = 0
		d.utf8Text = utf8.AppendRune(d.utf8Text, pair)
		if pair != utf8.RuneError {
			return
		}
	}
	switch {
	case r == 0xfeff: // a byte order mark is no character
	case 0xd800 <= r && r < 0xdc00:
		d.high = r
	default:
		d.utf8Text = utf8.AppendRune(d.utf8Text, r)
	}
}
