package secretscan

import (
	"bytes"
	"strconv"
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

// plain is how many bytes at the begin of p come out as they are.
func (x *xmlText) plain(p []byte) int {
	switch x.state {
	case inComment:
		if i := bytes.IndexByte(p, '-'); i >= 0 {
			return i
		}
		return len(p)
	case inCDATA:
		if i := bytes.IndexByte(p, ']'); i >= 0 {
			return i
		}
		return len(p)
	}
	stop := &xmlStops[0]
	if x.state == inTag {
		stop = &xmlStops[1]
	}
	for i, c := range p {
		if stop[c] || x.opened && xmlBlank[c] {
			if i > 0 {
				x.last = p[i-1]
			}
			return i
		}
	}
	x.last = p[len(p)-1]
	return len(p)
}

var (
	xmlStops = [2][256]bool{{'<': true, '&': true, '\n': true}, {'<': true, '>': true, '&': true, '\n': true, '"': true, '\'': true}}
	xmlBlank = [256]bool{' ': true, '\t': true, '\r': true, '\n': true}
)

// special handles the byte at the begin of p, and says how many it took: 0 if it
// must see more.
func (x *xmlText) special(p []byte, final bool) int {
	switch x.state {
	case inComment:
		if len(p) < 3 && !final && bytes.HasPrefix([]byte("-->"), p) {
			return 0
		}
		if bytes.HasPrefix(p, []byte("-->")) {
			x.state = inText
			x.emit(p[:3])
			return 3
		}
		x.emit(p[:1])
		return 1
	case inCDATA:
		if len(p) < 3 && !final && bytes.HasPrefix([]byte("]]>"), p) {
			return 0
		}
		if bytes.HasPrefix(p, []byte("]]>")) {
			x.state = inText
			x.skip(p[:3])
			return 3
		}
		x.emit(p[:1])
		return 1
	}
	switch c := p[0]; {
	case c == '&':
		return x.reference(p, final)
	case c == '<':
		return x.markup(p, final)
	case x.state == inTag && c == '\n':
		x.lineEnd()
		return 1
	case x.state == inText && xmlBlank[c]:
		return x.blanks(p, final)
	case x.state == inTag && x.quote == 0 && (c == '"' || c == '\''):
		x.quote = c
	case x.state == inTag && c == x.quote:
		x.quote = 0
	case x.state == inTag && c == '>' && x.quote == 0:
		x.emit(p[:1])
		x.state = inText
		x.opened = x.opened && x.last != '/' && x.last != '?'
		return 1
	}
	x.last = p[0]
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
	x.state, x.quote, x.last = inTag, 0, '<'
	x.opened = len(p) > 1 && p[1] != '/' && p[1] != '!' && p[1] != '?'
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
	if n < maxBlanks && !final && (n == len(p) || n+1 == len(p) && p[n] == '<') {
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

// lineEnd handles a line end in a tag.
func (x *xmlText) lineEnd() {
	x.emit([]byte{' '})
	x.skip([]byte{'\n'})
	x.last = ' '
}

// reference handles a "&".
func (x *xmlText) reference(p []byte, final bool) int {
	end := bytes.IndexByte(p[:min(len(p), maxReference)], ';')
	if end < 0 {
		if len(p) < maxReference && !final && only(p[1:], referenceChar) {
			return 0
		}
		x.emit(p[:1])
		return 1
	}
	text, ok := decodeReference(string(p[1:end]))
	if !ok {
		x.emit(p[:1])
		return 1
	}
	x.opened = false
	column := x.column
	x.emit([]byte(text))
	x.column, x.moved = column+characters(p[:end+1]), true
	return end + 1
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
	x.out = append(x.out, p...)
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		x.column, p = 1, p[i+1:]
	}
	x.column += characters(p)
	if !xmlBlank[x.out[len(x.out)-1]] && x.state == inText {
		x.opened = false
	}
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
