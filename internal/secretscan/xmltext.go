package secretscan

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlText turns XML into the text that it means, so that no secret hides behind
// the way it is written: character references and the predefined entities are
// decoded, the marks around CDATA are dropped, and a tag with its attributes, or
// an element with its text, comes on one line. It takes every text and never
// fails: what is not XML comes out as it is.
//
// The places of the original are kept: write gets the decoded bytes, and mark is
// told where the next of them stood, with the number of line ends so far that do
// not come out.
type xmlText struct {
	write func([]byte)
	mark  func(soft, column int)

	state  xmlState
	quote  byte   // the quote that is open in a tag
	opened bool   // the tag that ended last is a start tag: its text follows
	last   byte   // the byte before, in a tag
	hold   []byte // what cannot be decided yet: a reference, a markup begin, blanks
	joined []byte // hold and what came behind it
	soft   int    // line ends that did not come out
	column int    // of the next byte, from 1, in characters
	moved  bool   // the next byte does not stand where the one before ended
	out    []byte
}

type xmlState uint8

const (
	inText xmlState = iota
	inTag
	inComment
	inCDATA
)

// maxReference is the length of the longest reference that is decoded, and of the
// longest mark that begins markup.
const maxReference = 16

// directly is the length in bytes from which on a text is written without a copy.
const directly = 256

// maxBlanks is how long a row of blanks is looked at as one.
const maxBlanks = 1 << 10

func newXMLText(write func([]byte), mark func(soft, column int)) *xmlText {
	return &xmlText{write: write, mark: mark, column: 1}
}

func (x *xmlText) add(p []byte) {
	if len(x.hold) > 0 {
		x.joined = append(append(x.joined[:0], x.hold...), p...)
		p = x.joined
	}
	rest := x.feed(p, false)
	x.flush()
	x.hold = append(x.hold[:0], rest...)
}

func (x *xmlText) close() {
	rest := x.feed(x.hold, true)
	x.hold = nil
	x.emit(rest)
	x.flush()
}

// feed decodes p and returns the end of it that cannot be decided yet.
func (x *xmlText) feed(p []byte, final bool) []byte {
	for len(p) > 0 {
		n := x.plain(p)
		if n > 0 {
			x.last = p[n-1]
			x.emit(p[:n])
			p = p[n:]
			continue
		}
		n = x.special(p, final)
		if n == 0 {
			return p
		}
		p = p[n:]
	}
	return nil
}

// plain passes over the bytes at the begin of p that come out as they are, as far
// as it can tell without what comes behind p, and returns how many there are.
func (x *xmlText) plain(p []byte) int {
	for i := 0; i < len(p); {
		n := 0
		switch x.state {
		case inTag:
			n = x.plainTag(p, i)
		case inText:
			n = x.plainText(p, i)
		case inComment:
			n = x.plainUntil(p, i, "-->")
			if bytes.HasPrefix(p[n:], []byte("-->")) {
				x.state = inText
				n += len("-->")
			}
		case inCDATA:
			n = x.plainUntil(p, i, "]]>")
		}
		if n == i {
			return i
		}
		i = n
	}
	return len(p)
}

// plainUntil returns where end begins in p[i:], or could begin.
func (x *xmlText) plainUntil(p []byte, i int, end string) int {
	for ; i < len(p); i++ {
		j := bytes.IndexByte(p[i:], end[0])
		if j < 0 {
			return len(p)
		}
		i += j
		if rest := p[i:min(len(p), i+len(end))]; strings.HasPrefix(end, string(rest)) {
			return i
		}
	}
	return i
}

// plainTag is plain for a tag, from i to behind its end or to what is special in it.
func (x *xmlText) plainTag(p []byte, i int) int {
	for begin := i; ; i++ {
		for i < len(p) && !tagStops[p[i]] {
			i++
		}
		if i == len(p) {
			return i
		}
		switch c := p[i]; {
		case c == '<':
			return x.plainMarkup(p, i)
		case c == '&' || c == '\n':
			return i
		case c == x.quote:
			x.quote = 0
		case x.quote != 0:
		case c == '>':
			last := x.last
			if i > begin {
				last = p[i-1]
			}
			x.state = inText
			x.opened = x.opened && last != '/' && last != '?'
			return i + 1
		default:
			x.quote = c
		}
	}
}

// plainText is plain for text, up to a tag or to what is special.
func (x *xmlText) plainText(p []byte, i int) int {
	for i < len(p) {
		c := p[i]
		switch {
		case c == '<':
			return x.plainMarkup(p, i)
		case c == '&' || x.opened && xmlBlank[c]:
			return i
		case c == '\n':
			n := i
			for n < min(len(p), i+maxBlanks) && xmlBlank[p[n]] {
				n++
			}
			if n == len(p) || n == i+maxBlanks || p[n] == '<' && (n+1 == len(p) || p[n+1] == '/') {
				return i
			}
			i = n
		default:
			x.opened = x.opened && xmlBlank[c]
			i++
		}
	}
	return i
}

// plainMarkup is plain for the "<" of a tag at i.
func (x *xmlText) plainMarkup(p []byte, i int) int {
	if i+1 == len(p) || p[i+1] == '!' {
		return i
	}
	x.beginTag(p[i+1])
	return i + 1
}

// beginTag is behind the "<" of a tag, before a byte.
func (x *xmlText) beginTag(next byte) {
	x.state, x.quote, x.last = inTag, 0, '<'
	x.opened = next != '/' && next != '!' && next != '?'
}

var (
	tagStops = [256]bool{'<': true, '>': true, '&': true, '\n': true, '"': true, '\'': true}
	xmlBlank = [256]bool{' ': true, '\t': true, '\r': true, '\n': true}
)

// special handles the byte at the begin of p, and says how many it took: 0 if it
// must see more.
func (x *xmlText) special(p []byte, final bool) int {
	switch c := p[0]; {
	case x.state == inCDATA && bytes.HasPrefix(p, []byte("]]>")):
		x.state = inText
		x.skip(p[:3])
		return 3
	case x.state == inComment || x.state == inCDATA: // the begin of an end
		if !final {
			return 0
		}
	case c == '&':
		return x.reference(p, final)
	case c == '<':
		return x.markup(p, final)
	case x.state == inTag: // a line end
		x.emit([]byte{' '})
		x.skip([]byte{'\n'})
		x.last = ' '
		return 1
	default:
		return x.blanks(p, final)
	}
	x.emit(p[:1])
	return 1
}

// markup handles a "<".
func (x *xmlText) markup(p []byte, final bool) int {
	for i, mark := range [...]string{"<!--", "<![CDATA["} {
		state := [...]xmlState{inComment, inCDATA}[i]
		switch {
		case bytes.HasPrefix(p, []byte(mark)):
			x.state, x.opened = state, false
			if state == inCDATA {
				x.skip(p[:len(mark)])
			} else {
				x.emit(p[:len(mark)])
			}
			return len(mark)
		case len(p) > 1 && len(p) < len(mark) && !final && bytes.HasPrefix([]byte(mark), p):
			return 0
		}
	}
	if len(p) < 2 && !final {
		return 0
	}
	next := byte('/') // nothing follows
	if len(p) > 1 {
		next = p[1]
	}
	x.beginTag(next)
	x.emit(p[:1])
	return 1
}

// blanks handles a row of blanks in text: at the edge of an element a line end in
// it does not come out, so that <a> and its text stay together.
func (x *xmlText) blanks(p []byte, final bool) int {
	n := 0
	for n < min(len(p), maxBlanks) && xmlBlank[p[n]] {
		n++
	}
	if !final && (n == len(p) || n+1 == len(p) && p[n] == '<') {
		return 0
	}
	row := p[:n]
	edge := x.opened || bytes.HasPrefix(p[n:], []byte("</"))
	x.opened = x.opened && n == maxBlanks
	if !edge || bytes.IndexByte(row, '\n') < 0 {
		x.emit(row)
		return n
	}
	x.emit([]byte{' '})
	x.skip(row)
	return n
}

// reference handles a "&".
func (x *xmlText) reference(p []byte, final bool) int {
	end := bytes.IndexByte(p[:min(len(p), maxReference)], ';')
	if end < 0 {
		if len(p) < maxReference && !final && only(p[1:], referenceChar) {
			return 0
		}
		return x.ampersand(p)
	}
	text, ok := decodeReference(string(p[1:end]))
	if !ok {
		return x.ampersand(p)
	}
	x.opened = false
	column := x.column
	x.emit([]byte(text))
	x.column, x.moved = column+characters(p[:end+1]), true
	return end + 1
}

// ampersand handles a "&" that begins no reference.
func (x *xmlText) ampersand(p []byte) int {
	x.opened = x.opened && x.state != inText
	x.emit(p[:1])
	return 1
}

var referenceChar = set("A-Za-z0-9#")

// decodeReference returns what is between & and ; as text. A line end becomes a
// blank, so that the lines of the text are those of the file.
func decodeReference(name string) (string, bool) {
	switch name {
	case "amp":
		return "&", true
	case "lt":
		return "<", true
	case "gt":
		return ">", true
	case "quot":
		return "\"", true
	case "apos":
		return "'", true
	}
	if len(name) < 2 || name[0] != '#' {
		return "", false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || n == 0 {
		return "", false
	}
	if n == '\n' || n == '\r' {
		return " ", true
	}
	return string(rune(n)), true
}

// emit lets bytes out that stand in the file as they are.
func (x *xmlText) emit(p []byte) {
	if len(p) == 0 {
		return
	}
	if x.moved {
		x.flush()
		x.mark(x.soft, x.column)
		x.moved = false
	}
	if len(p) >= directly {
		x.flush()
		x.write(p)
	} else {
		x.out = append(x.out, p...)
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		x.column, p = 1, p[i+1:]
	}
	x.column += characters(p)
	if len(x.out) >= 4<<10 {
		x.flush()
	}
}

// skip passes over bytes of the file that do not come out.
func (x *xmlText) skip(p []byte) {
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		x.soft += bytes.Count(p, []byte{'\n'})
		x.column, p = 1, p[i+1:]
	}
	x.column += characters(p)
	x.moved = true
}

func (x *xmlText) flush() {
	if len(x.out) > 0 {
		x.write(x.out)
		x.out = x.out[:0]
	}
}

// plainXML returns text as xmlText decodes it.
func plainXML(text []byte) []byte {
	var out []byte
	x := newXMLText(func(p []byte) { out = append(out, p...) }, func(int, int) {})
	x.add(text)
	x.close()
	return out
}

// mayHide reports whether decoding a text as XML could make a difference.
func mayHide(text string) bool {
	open := false
	for i := range len(text) {
		switch text[i] {
		case '<':
			open = true
		case '&', '\n':
			if open {
				return true
			}
		case '[':
			if open && i > 1 && text[i-1] == '!' && text[i-2] == '<' {
				return true
			}
		}
	}
	return false
}
