// Package xmltext reads XML as the tree loader of the runtime does, and says what
// other readers make of the same text.
//
// The loader uses tinyxml2, which is not an XML parser: it accepts a bare "&" and a
// "<" in an attribute, takes every name that begins with a letter or a byte that is
// not ASCII, ignores text and comments wherever they stand, and stops at a NUL byte.
// What it accepts is what runs. So there are three judgments about a text:
//
//   - an error, when the loader cannot read it, when it is not UTF-8 or declares
//     another encoding, and when it has a document type: no one can say what such a
//     text is;
//   - a warning, when the loader accepts it and an XML 1.0 reader refuses it;
//   - none, when both read it alike. Whether namespaces are declared is not checked.
//
// A Scanner reads a text of any size with bounded memory, in one pass.
package xmltext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

const (
	// MaxDepth is how many elements may be open at once. The loader has no more room.
	MaxDepth = 498
	// MaxNames is the size limit, in bytes, of the names in one tag, and of the names
	// of all elements that are open.
	MaxNames = 1 << 20
	// MaxAttributes is the number of attributes that one tag may have.
	MaxAttributes = 100_000
	// MaxDeclaration is the size limit, in bytes, of an XML declaration.
	MaxDeclaration = 4 << 10

	chunk = 64 << 10 // what is read at once
	ahead = 16       // the largest look ahead, in bytes
)

// Error reports why a text is refused, and where. It repeats nothing of the text but
// names of elements and attributes.
type Error struct {
	doc.Pos
	Msg string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// Element is the start tag of an element.
type Element struct {
	Name  string
	Pos   doc.Pos // of its "<"
	Depth int     // 0 for an element that no other one holds
	Attrs []Attr  // those that were asked for, in their order
	Empty bool    // it ends at once, and no end of it follows
}

// Attr is an attribute.
type Attr struct {
	Name     string
	Raw      []byte  // as written, without the quotes
	Cut      bool    // Raw lacks the end of the value
	Pos      doc.Pos // of the name
	ValuePos doc.Pos // of the first character behind the quote
}

// Value returns the value of a as the loader decodes it.
func (a Attr) Value() string { return Decode(a.Raw) }

// Scanner reads the elements of a text. Next returns one after the other; Loose
// reports what another reader would refuse, once all are read.
type Scanner struct {
	// Want reports whether the attributes of an element are kept, and how many bytes
	// of each value. Without it none are kept.
	Want func(name []byte, depth int) (limit int, ok bool)

	// Element is the element that Next found.
	Element Element
	// End reports that Next found the end of an element, and not the start of one.
	// Element.Pos and Element.Depth are then those of its end tag.
	End bool

	source
	err  error // that ends the reading
	done bool

	open    []byte // the names of the open elements, one behind the other
	ends    []int  // where each of them ends
	begins  []doc.Pos
	roots   int  // elements that no other one holds
	past    bool // something that is not a declaration was read
	started bool
	begin   int64 // where an XML declaration may stand

	names attrNames
}

// NewScanner returns a scanner of r. It stops when ctx is done.
func NewScanner(ctx context.Context, r io.Reader) *Scanner {
	return &Scanner{source: newSource(ctx, r)}
}

// Next reads on to the next start or end of an element. It returns false at the end
// of the text and at an error. Also a text that is refused is read to its end.
func (s *Scanner) Next() bool {
	for s.err == nil && !s.done {
		if s.step() {
			return true
		}
	}
	var refused *Error
	if errors.As(s.err, &refused) {
		if err := s.exhaust(); err != nil {
			s.err = err
		}
	}
	return false
}

// Err returns why the reading ended early: an *Error for a text that is refused, the
// error of the context, or that of the reader.
func (s *Scanner) Err() error { return s.err }

// Loose returns what the loader accepts and an XML 1.0 reader refuses: the first
// place of each kind, in the order of the text. It is complete after Next returned
// false.
func (s *Scanner) Loose() []*Error { return s.loose.list() }

// Steps returns how many bytes were looked at, those that were looked at twice
// counted twice. It is for tests.
func (s *Scanner) Steps() int64 { return s.steps }

func (s *Scanner) fail(at doc.Pos, format string, args ...any) {
	if s.err == nil {
		s.err = &Error{at, fmt.Sprintf(format, args...)}
		if s.ended() && s.broken != nil { // it is why
			s.err = s.broken
		}
		var e *Error
		if errors.As(s.err, &e) {
			s.loose.dropAfter(e.Pos)
		}
	}
}

// step reads one thing, and reports whether it was a start or an end of an element.
func (s *Scanner) step() bool {
	if !s.started {
		s.start()
	}
	s.skipSpace()
	c := s.peek()
	switch {
	case c == 0:
		s.finish()
	case c != '<':
		s.text()
	default:
		return s.markup()
	}
	return false
}

// start passes over white space and a byte order mark, as the loader does.
func (s *Scanner) start() {
	s.started = true
	blank := s.skipSpace()
	if string(s.look(len(bom))) != bom {
		return
	}
	if blank {
		s.loose.add(looseText, s.place())
	} else {
		s.begin = int64(len(bom))
	}
	s.skip(len(bom))
}

// finish judges the end of the text.
func (s *Scanner) finish() {
	at := s.place()
	switch {
	case s.broken != nil:
		s.fail(at, "%v", s.broken)
	case len(s.ends) > 0:
		s.fail(s.begins[len(s.begins)-1], "element <%s> is not closed", s.top())
	case s.roots == 0:
		s.fail(at, "there is no root element")
	}
	s.done = true
	if s.err == nil {
		s.drain()
	}
}

// drain reads what the loader does not look at, which must be UTF-8 all the same.
func (s *Scanner) drain() {
	s.done = true
	s.source.drain()
	if s.broken != nil {
		s.err = s.broken
	}
}

func (s *Scanner) top() string {
	n := len(s.ends)
	begin := 0
	if n > 1 {
		begin = s.ends[n-2]
	}
	return string(s.open[begin:s.ends[n-1]])
}

// text passes over text, which ends at a "<".
func (s *Scanner) text() {
	at := s.place()
	s.past = true
	if len(s.ends) == 0 {
		s.loose.add(looseText, at)
	}
	for {
		switch s.skipTo(&textStops, nil) {
		case 0:
			s.fail(at, "text at the end of the file; a tag must follow it")
			return
		case '<':
			return
		case '&':
			s.reference(nil)
		case ']':
			if string(s.look(3)) == "]]>" {
				s.loose.add(looseCDATAEnd, s.place())
			}
			s.skip(1)
		}
	}
}

// markup reads what begins with "<".
func (s *Scanner) markup() bool {
	at := s.place()
	first := s.offset+int64(s.p) == s.begin
	s.skip(1)
	switch s.peek() {
	case '?':
		s.skip(1)
		s.declaration(at, first)
		return false
	case '!':
		s.past = true
		s.skip(1)
		s.ignored(at)
		return false
	}
	s.past = true
	return s.tag(at)
}

// declaration reads a declaration or another processing instruction: the loader
// takes them for one thing.
func (s *Scanner) declaration(at doc.Pos, first bool) {
	head := s.look(4)
	isXML := len(head) > 3 && strings.EqualFold(string(head[:3]), "xml") && !isNameByte(head[3])
	var text []byte
	var keep func([]byte)
	if isXML {
		keep = func(p []byte) { text = append(text, p[:min(len(p), MaxDeclaration+1-len(text))]...) }
	} else {
		name := s.name(nil, at)
		if next := s.peek(); !validName(name) || !isSpace(next) && string(s.look(2)) != "?>" {
			s.loose.add(looseDeclaration, at)
		}
	}
	closed := s.skipPast("?>", keep)
	switch {
	case s.err != nil:
	case !closed:
		s.fail(at, "a declaration is not closed")
	case s.past:
		s.fail(at, "a declaration or processing instruction may stand only at the start of the file")
	case len(text) > MaxDeclaration:
		s.fail(at, "the declaration is longer than %d bytes", MaxDeclaration)
	case isXML && foreignEncoding(text):
		s.fail(at, "an encoding other than UTF-8")
	case isXML && (!first || !validDeclaration(text)):
		s.loose.add(looseDeclaration, at)
	}
}

// ignored passes over a comment, CDATA or anything else that begins with "<!".
func (s *Scanner) ignored(at doc.Pos) {
	what := s.look(ahead)
	kind := "a markup declaration"
	switch {
	case bytes.HasPrefix(what, []byte("--")):
		kind = "a comment"
		s.skip(2)
		for s.skipPast("--", nil) {
			if s.peek() == '>' {
				s.skip(1)
				return
			}
			dashes := s.place()
			dashes.Column -= len("--")
			s.loose.add(looseComment, dashes)
			for s.peek() == '-' {
				s.skip(1)
				s.steps++
			}
			if s.peek() == '>' {
				s.skip(1)
				return
			}
		}
	case bytes.HasPrefix(what, []byte("[CDATA[")):
		kind = "a CDATA section"
		if len(s.ends) == 0 {
			s.loose.add(looseText, at)
		}
		s.skip(len("[CDATA["))
		if s.skipPast("]]>", nil) {
			return
		}
	case isDoctype(what):
		s.fail(at, "a document type, which could define entities")
		return
	default:
		s.loose.add(looseMarkup, at)
		if s.skipPast(">", nil) {
			return
		}
	}
	s.fail(at, "%s is not closed", kind)
}

func isDoctype(text []byte) bool {
	const word = "DOCTYPE"
	text = bytes.TrimLeft(text, " \t\r\n\v\f")
	return len(text) >= len(word) && strings.EqualFold(string(text[:len(word)]), word)
}

// tag reads the tag of an element.
func (s *Scanner) tag(at doc.Pos) bool {
	if s.skipSpace() {
		s.loose.add(looseSpace, at)
	}
	closing := s.peek() == '/'
	if closing {
		s.skip(1)
	}
	begin := len(s.open)
	s.open = s.name(s.open, at)
	name := s.open[begin:]
	if s.err != nil {
		return false
	}
	if len(name) == 0 {
		s.fail(at, "a tag has no name")
		return false
	}
	if !validName(name) {
		s.loose.add(looseName, at)
	}
	depth := len(s.ends)
	limit, want := 0, false
	if s.Want != nil {
		limit, want = s.Want(name, depth)
	}
	s.Element = Element{Pos: at, Depth: depth}
	empty := s.attributes(at, closing, want, limit)
	if s.err != nil {
		return false
	}
	if closing && !empty {
		return s.closeTag(at, begin)
	}
	if closing { // the loader takes </x/> for <x/>
		s.loose.add(looseEndTag, at)
	}
	if depth == 0 {
		if s.roots++; s.roots > 1 {
			s.loose.add(looseRoot, at)
		}
	}
	if s.Want != nil {
		s.Element.Name = s.names.intern(name)
	}
	s.Element.Empty, s.End = empty, false
	switch {
	case empty:
		s.open = s.open[:begin]
	case depth == MaxDepth:
		s.fail(at, "elements nest deeper than %d", MaxDepth)
		return false
	default:
		s.ends, s.begins = append(s.ends, len(s.open)), append(s.begins, at)
	}
	return true
}

// closeTag handles an end tag whose name begins at begin in s.open.
func (s *Scanner) closeTag(at doc.Pos, begin int) bool {
	depth := len(s.ends)
	if depth == 0 { // it ends the reading of the loader
		s.loose.add(looseStray, at)
		s.loose[looseNUL] = doc.Pos{} // behind it, if there is one
		s.open = s.open[:0]
		if s.roots == 0 {
			s.fail(at, "there is no root element")
			return false
		}
		s.drain()
		return false
	}
	start := 0
	if depth > 1 {
		start = s.ends[depth-2]
	}
	if name := s.open[start:s.ends[depth-1]]; !bytes.Equal(name, s.open[begin:]) {
		s.fail(at, "element <%s> of line %d is closed by </%s>", name, s.begins[depth-1].Line, s.open[begin:])
		return false
	}
	s.open, s.ends, s.begins = s.open[:start], s.ends[:depth-1], s.begins[:depth-1]
	s.Element, s.End = Element{Pos: at, Depth: depth - 1}, true
	return true
}

// attributes reads on to the end of a tag, and reports whether it ends in "/>".
func (s *Scanner) attributes(tag doc.Pos, closing, want bool, limit int) (empty bool) {
	s.names.reset()
	for {
		spaced := s.skipSpace()
		c := s.peek()
		switch {
		case c == 0:
			s.fail(tag, "a tag is not closed")
			return false
		case isNameStart(c):
			s.mark()
			switch {
			case closing:
				s.loose.add(looseEndTag, s.resolve())
			case !spaced:
				s.loose.add(looseSpace, s.resolve())
			}
			s.attribute(tag, want, limit)
			if s.err != nil {
				return false
			}
		case c == '>':
			s.skip(1)
			return false
		case c == '/' && string(s.look(2)) == "/>":
			s.skip(2)
			return true
		default:
			s.fail(s.place(), "a character that may not stand in a tag")
			return false
		}
	}
}

// attribute reads the attribute whose begin is marked.
func (s *Scanner) attribute(tag doc.Pos, want bool, limit int) {
	begin := len(s.names.text)
	s.names.text = s.name(s.names.text, tag)
	if s.err != nil {
		return
	}
	name := s.names.text[begin:]
	if !validName(name) {
		s.loose.add(looseName, s.resolve())
	}
	s.skipSpace()
	if s.peek() != '=' {
		s.fail(s.resolve(), "an attribute has no value")
		return
	}
	s.skip(1)
	s.skipSpace()
	quote := s.peek()
	if quote != '"' && quote != '\'' {
		s.fail(s.resolve(), "the value of an attribute is not quoted")
		return
	}
	s.skip(1)
	var kept *Attr
	if want {
		kept = &Attr{Pos: s.resolve(), ValuePos: s.place()}
	}
	if !s.value(quote, kept, limit) {
		s.fail(s.resolve(), "the value of an attribute is not closed")
		return
	}
	switch {
	case !s.names.add(begin):
		s.fail(s.resolve(), "attribute %q appears twice in one tag", name)
	case s.names.count() > MaxAttributes:
		s.fail(s.resolve(), "a tag has more than %d attributes", MaxAttributes)
	case want:
		kept.Name = s.names.intern(name)
		s.Element.Attrs = append(s.Element.Attrs, *kept)
	}
	s.pinned = -1
}

// value reads a value and its closing quote.
func (s *Scanner) value(quote byte, kept *Attr, limit int) bool {
	var keep func([]byte)
	if kept != nil {
		keep = func(p []byte) {
			n := min(len(p), limit-len(kept.Raw))
			kept.Cut = kept.Cut || n < len(p)
			kept.Raw = append(kept.Raw, p[:n]...)
		}
	}
	stops := &doubleStops
	if quote == '\'' {
		stops = &singleStops
	}
	for {
		switch c := s.skipTo(stops, keep); c {
		case 0:
			return false
		case '<':
			s.loose.add(looseLess, s.place())
			s.take(1, keep)
		case '&':
			s.reference(keep)
		default:
			s.skip(1)
			return true
		}
	}
}

// reference reads the begin of a reference, and judges it. The loader lets everything
// pass; what it makes of it is for Decode.
func (s *Scanner) reference(keep func([]byte)) {
	at := s.place()
	text := s.look(6)
	for _, name := range [...]string{"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"} {
		if bytes.HasPrefix(text, []byte(name)) {
			s.take(len(name), keep)
			return
		}
	}
	if len(text) < 2 || text[1] != '#' {
		kind := looseEntity
		if len(text) < 2 || !isNameStart(text[1]) {
			kind = looseAmpersand
		}
		s.loose.add(kind, at)
		s.take(1, keep)
		return
	}
	s.take(2, keep)
	base, digits := rune(10), 0
	if s.peek() == 'x' {
		base = 16
		s.take(1, keep)
	}
	r := rune(0)
	for ; ; digits++ {
		d := digit(s.peek())
		if d < 0 || d >= base {
			break
		}
		if r = r*base + d; r > 0x10ffff {
			r = 0x110000
		}
		s.take(1, keep)
	}
	if digits == 0 || s.peek() != ';' || !validChar(r) {
		s.loose.add(looseCharacter, at)
	}
}

func digit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// name appends the name that begins here, if one does.
func (s *Scanner) name(to []byte, at doc.Pos) []byte {
	s.skipName(func(p []byte) {
		if len(to)+len(p) > MaxNames {
			s.fail(at, "the names in a tag, or of open elements, are longer than %d bytes", MaxNames)
			return
		}
		to = append(to, p...)
	})
	return to
}

// attrNames are the names of the attributes of a tag, each once.
type attrNames struct {
	text  []byte
	begin []int
	seen  map[string]struct{} // from the moment there are many
	known map[string]string   // names in use, to keep each once
}

const (
	few      = 8
	maxKnown = 1 << 12
)

func (a *attrNames) reset() {
	a.text, a.begin = a.text[:0], a.begin[:0]
	if len(a.seen) > 0 {
		a.seen = nil
	}
}

func (a *attrNames) count() int { return len(a.begin) }

// add adds the name that begins at begin and ends with the text, unless it is there.
func (a *attrNames) add(begin int) bool {
	name := a.text[begin:]
	if a.seen == nil {
		for i, b := range a.begin {
			end := begin
			if i+1 < len(a.begin) {
				end = a.begin[i+1]
			}
			if bytes.Equal(a.text[b:end], name) {
				return false
			}
		}
		if len(a.begin) == few {
			a.seen = make(map[string]struct{}, 4*few)
			for i, b := range a.begin {
				end := begin
				if i+1 < len(a.begin) {
					end = a.begin[i+1]
				}
				a.seen[string(a.text[b:end])] = struct{}{}
			}
		}
	}
	if a.seen != nil {
		if _, twice := a.seen[string(name)]; twice {
			return false
		}
		a.seen[string(name)] = struct{}{}
	}
	a.begin = append(a.begin, begin)
	return true
}

// intern returns name as a string that equal names share.
func (a *attrNames) intern(name []byte) string {
	if known, ok := a.known[string(name)]; ok {
		return known
	}
	text := string(name)
	if a.known == nil {
		a.known = map[string]string{}
	}
	if len(a.known) < maxKnown && len(text) <= 64 {
		a.known[text] = text
	}
	return text
}
