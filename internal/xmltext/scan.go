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
	// MaxIncludes is how many include elements of one file are listed.
	MaxIncludes = 10_000
	// MaxIncludePath is the size limit, in bytes, of the path of one.
	MaxIncludePath = 64 << 10

	first = 4 << 10  // what is read at once of a small text
	chunk = 64 << 10 // and of a large one
	ahead = 16       // the largest look ahead, in bytes

	quickSize = 4 << 10 // of a tag that is read at once
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
	Name  string
	Raw   []byte // as written, without the quotes, until the next call of Next
	Plain bool   // the loader takes Raw as it is
	Cut   bool   // Raw lacks the end of the value
	Pos   doc.Pos
}

// Value returns the value of a as the loader decodes it.
func (a Attr) Value() string {
	if a.Plain {
		return string(a.Raw)
	}
	return Decode(a.Raw)
}

// Include is an include element of a behavior tree.
type Include struct {
	Path    string // as the loader decodes it
	Package bool   // the path is relative to a ROS package
	doc.Pos        // of the element
}

// Verdict is what a text is, apart from its elements.
type Verdict struct {
	// Loose is what the loader accepts and an XML 1.0 reader refuses: the first place
	// of each kind, in the order of the text. A text that is refused has none.
	Loose []*Error
	// Includes are the include elements that the loader follows, at most MaxIncludes,
	// as far as the text could be read.
	Includes []Include
}

// Check reads r to its end. The error is an *Error for a text that is refused, that
// of ctx, or that of r. Memory is bounded, and time is linear.
func Check(ctx context.Context, r io.Reader) (Verdict, error) {
	s := NewScanner(ctx, r)
	for s.Next() {
	}
	return s.Verdict(), s.Err()
}

// Scanner reads the elements of a text. Next returns one after the other; Verdict
// returns what else there is to say, once all are read.
type Scanner struct {
	// Limit is how many bytes of a value are kept. If it is 0, elements have no names
	// and attributes. It may change from one element to the next.
	Limit int

	// Element is the element that Next found.
	Element Element
	// End reports that Next found the end of an element, and not the start of one.
	// Element.Pos and Element.Depth are then those of its end tag.
	End bool

	source
	err      error // that ends the reading
	done     bool
	includes []Include

	open    []byte // the names of the open elements, one behind the other
	ends    []int  // where each of them ends
	begins  []doc.Pos
	roots   int  // elements that no other one holds
	past    bool // something that is not a declaration was read
	started bool
	begin   int64 // where an XML declaration may stand

	names attrNames
	few   [16][]byte // names of attributes in buf, for quick
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

// Verdict returns what else the text is. It is complete after Next returned false.
func (s *Scanner) Verdict() Verdict {
	v := Verdict{Includes: s.includes}
	if s.err == nil {
		v.Loose = s.loose.list()
	}
	return v
}

// Steps returns how many bytes were looked at, those that were looked at twice
// counted twice. It is for tests.
func (s *Scanner) Steps() int64 { return s.steps }

func (s *Scanner) fail(at doc.Pos, format string, args ...any) {
	if s.err == nil {
		e := &Error{at, fmt.Sprintf(format, args...)}
		s.err = e
		switch nul := s.loose[looseNUL]; {
		case !s.ended():
		case s.broken != nil: // it is why
			s.err = s.broken
		case !nul.IsZero():
			e.Msg += fmt.Sprintf("; a NUL byte in line %d, column %d ends the file", nul.Line, nul.Column)
		}
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
		switch s.takeTo(&textStops) {
		case 0:
			s.fail(at, "text at the end of the file; a tag must follow it")
			return
		case '<':
			return
		case '&':
			s.reference()
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
	if isXML {
		s.raw = s.raw[:0]
		s.keep(MaxDeclaration)
	} else {
		name := s.name(nil, at)
		if next := s.peek(); !validName(name) || !isSpace(next) && string(s.look(2)) != "?>" {
			s.loose.add(looseDeclaration, at)
		}
	}
	closed := s.takePast("?>")
	s.room = -1
	switch {
	case s.err != nil:
	case !closed:
		s.fail(at, "a declaration is not closed")
	case s.past:
		s.fail(at, "a declaration or processing instruction may stand only at the start of the file")
	case isXML && s.cut:
		s.fail(at, "the declaration is longer than %d bytes", MaxDeclaration)
	case isXML && foreignEncoding(s.raw):
		s.fail(at, "an encoding other than UTF-8")
	case isXML && (!first || !validDeclaration(s.raw)):
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
		for s.takePast("--") {
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
		if s.takePast("]]>") {
			return
		}
	case isDoctype(what):
		s.fail(at, "a document type, which could define entities")
		return
	default:
		s.loose.add(looseMarkup, at)
		if s.takePast(">") {
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
	begin, depth := len(s.open), len(s.ends)
	s.raw = s.raw[:0]
	s.Element = Element{Pos: at, Depth: depth, Attrs: s.Element.Attrs[:0]}
	closing, ok := s.quick()
	if !ok {
		closing = s.slow(at)
	}
	switch {
	case s.err != nil:
		return false
	case closing && !s.Element.Empty:
		return s.closeTag(at, begin)
	case closing: // the loader takes </x/> for <x/>
		s.loose.add(looseEndTag, at)
	}
	if depth == 0 {
		if s.roots++; s.roots > 1 {
			s.loose.add(looseRoot, at)
		}
	}
	s.End = false
	if s.Limit > 0 {
		s.Element.Name = s.names.intern(s.open[begin:])
	}
	if s.isInclude(s.open[begin:]) {
		s.include()
	}
	switch {
	case s.Element.Empty:
		s.open = s.open[:begin]
	case depth == MaxDepth:
		s.fail(at, "elements nest deeper than %d", MaxDepth)
		return false
	default:
		s.ends, s.begins = append(s.ends, len(s.open)), append(s.begins, at)
	}
	return true
}

// limit returns how many bytes of each value of an element are kept, or 0.
func (s *Scanner) limit(name []byte) int {
	if s.Limit == 0 && s.isInclude(name) {
		return MaxIncludePath
	}
	return s.Limit
}

// isInclude reports whether the loader takes the next element, of a name, for an
// include.
func (s *Scanner) isInclude(name []byte) bool {
	return len(s.ends) == 1 && s.roots == 1 && string(name) == "include"
}

// include lists the element.
func (s *Scanner) include() {
	inc, found := Include{Pos: s.Element.Pos}, false
	for _, a := range s.Element.Attrs {
		switch a.Name {
		case "path":
			if found = !a.Cut && len(a.Raw) <= MaxIncludePath; found {
				inc.Path = a.Value()
			}
		case "ros_pkg":
			inc.Package = true
		}
	}
	if found && len(s.includes) < MaxIncludes {
		s.includes = append(s.includes, inc)
	}
}

// quick reads a tag that lies in buf as a whole, is not large, and has nothing in it
// that a reader of XML could refuse, as nearly every tag. It reports whether it did,
// and leaves all others to slow.
func (s *Scanner) quick() (closing, ok bool) {
	b, i := s.buf[:min(len(s.buf), s.p+quickSize)], s.p
	if i < len(b) && b[i] == '/' {
		closing = true
		i++
	}
	name := plainNameIn(b[i:])
	if len(name) == 0 || len(s.open)+len(name) > MaxNames {
		return closing, false
	}
	i += len(name)
	limit, count, at, known := s.limit(name), 0, s.at, s.known
tag:
	for {
		last := i
		for i < len(b) && class[b[i]]&space != 0 {
			i++
		}
		attr := plainNameIn(b[i:])
		begin := i
		i += len(attr)
		switch {
		case i+2 > len(b):
			break tag
		case len(attr) == 0:
			if b[i] == '/' {
				i++
				s.Element.Empty = true
			}
			ok = b[i] == '>'
			i++
			break tag
		case closing, begin == last, count == len(s.few), b[i] != '=':
			break tag
		}
		for _, other := range s.few[:count] {
			if bytes.Equal(other, attr) {
				break tag
			}
		}
		s.few[count] = attr
		count++
		stop := stopsOf(b[i+1])
		if stop == nil {
			break tag
		}
		i += 2
		value, plain := i, !s.returns
		for i += stop.find(b[i:]); i+1 < len(b) && b[i] != b[value-1]; i += stop.find(b[i:]) {
			plain = plain && b[i] != '&'
			_, n := entity(b[i:])
			if n == 0 {
				if b[i+1] == '#' || !s.loose.has(bare(b[i:])) {
					break tag
				}
				n = 1 // of which the first place is known
			}
			i += n
		}
		if i+1 >= len(b) {
			break tag
		}
		if limit > 0 {
			at, known = advance(at, b[known:begin], s.wide), begin
			kept := min(i, value+limit)
			s.Element.Attrs = append(s.Element.Attrs, Attr{s.names.intern(attr), b[value:kept], plain, kept < i, at})
		}
		i++
	}
	s.steps += int64(i - s.p)
	if ok {
		s.open = append(s.open, name...)
		s.p, s.at, s.known = i, at, known
	}
	return closing, ok
}

// plainNameIn returns the name at the begin of text as far as it is ASCII.
func plainNameIn(text []byte) []byte {
	if len(text) == 0 || class[text[0]]&nameStart == 0 {
		return nil
	}
	i := 0
	for i < len(text) && class[text[i]]&plainName != 0 {
		i++
	}
	return text[:i]
}

// slow reads a tag of any kind and size, and reports whether it begins as an end tag.
func (s *Scanner) slow(at doc.Pos) (closing bool) {
	s.Element.Empty, s.Element.Attrs = false, s.Element.Attrs[:0]
	if s.skipSpace() {
		s.loose.add(looseSpace, at)
	}
	if closing = s.peek() == '/'; closing {
		s.skip(1)
	}
	begin := len(s.open)
	s.open = s.name(s.open, at)
	name := s.open[begin:]
	switch {
	case s.err != nil:
	case len(name) == 0:
		s.fail(at, "a tag has no name")
	case !validName(name):
		s.loose.add(looseName, at)
	}
	limit := s.limit(name)
	s.names.reset()
	for s.err == nil {
		spaced := s.skipSpace()
		c := s.peek()
		switch {
		case c == 0:
			s.fail(at, "a tag is not closed")
		case isNameStart(c):
			switch {
			case closing:
				s.loose.add(looseEndTag, s.place())
			case !spaced:
				s.loose.add(looseSpace, s.place())
			}
			s.attribute(at, limit)
		case c == '>':
			s.skip(1)
			return closing
		case c == '/' && string(s.look(2)) == "/>":
			s.skip(2)
			s.Element.Empty = true
			return closing
		default:
			s.fail(s.place(), "a character that may not stand in a tag")
		}
	}
	return closing
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
	s.Element, s.End = Element{Pos: at, Depth: depth - 1, Attrs: s.Element.Attrs[:0]}, true
	return true
}

// attribute reads an attribute of the tag at a place.
func (s *Scanner) attribute(tag doc.Pos, limit int) {
	at, before := s.place(), len(s.names.text)
	s.names.text = s.name(s.names.text, tag)
	text := s.names.text[before:]
	if s.err != nil {
		return
	}
	if !validName(text) {
		s.loose.add(looseName, at)
	}
	s.skipSpace()
	if s.peek() != '=' {
		s.fail(at, "an attribute has no value")
		return
	}
	s.skip(1)
	s.skipSpace()
	stop := stopsOf(s.peek())
	if stop == nil {
		s.fail(at, "the value of an attribute is not quoted")
		return
	}
	s.skip(1)
	begin := len(s.raw)
	if limit > 0 {
		s.keep(limit)
	}
	plain, closed := s.value(stop)
	s.room = -1
	switch {
	case !closed:
		s.fail(at, "the value of an attribute is not closed")
	case !s.names.add(text):
		s.fail(at, "attribute %q appears twice in one tag", text)
	case len(s.names.seen) > MaxAttributes:
		s.fail(at, "a tag has more than %d attributes", MaxAttributes)
	case limit > 0:
		s.Element.Attrs = append(s.Element.Attrs, Attr{s.names.intern(text), s.raw[begin:], plain && !s.returns, s.cut, at})
	}
}

// value takes a value, and its closing quote. It reports whether all of it stands for
// itself, but for line ends, and whether there is that quote.
func (s *Scanner) value(stop *stops) (plain, closed bool) {
	for plain = true; ; {
		switch s.takeTo(stop) {
		case 0:
			return plain, false
		case '<':
			s.loose.add(looseLess, s.place())
			s.take(1)
		case '&':
			plain = false
			s.reference()
		default:
			s.skip(1)
			return plain, true
		}
	}
}

// bare returns what it is that a "<" or "&" begins, if it stands for nothing.
func bare(text []byte) looseness {
	switch {
	case text[0] == '<':
		return looseLess
	case len(text) > 1 && isNameStart(text[1]):
		return looseEntity
	}
	return looseAmpersand
}

// reference takes the begin of a reference, and judges it. The loader lets everything
// pass; what it makes of it is for Decode.
func (s *Scanner) reference() {
	at := s.place()
	text := s.look(6)
	if _, n := entity(text); n > 0 {
		s.take(n)
		return
	}
	if len(text) < 2 || text[1] != '#' {
		s.loose.add(bare(text), at)
		s.take(1)
		return
	}
	s.take(2)
	base, digits := rune(10), 0
	if s.peek() == 'x' {
		base = 16
		s.take(1)
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
		s.take(1)
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

// name appends the name that begins here, if one does. at is where an error is.
func (s *Scanner) name(to []byte, at doc.Pos) []byte {
	if !isNameStart(s.peek()) {
		return to
	}
	for {
		i := s.p
		for i < len(s.buf) && isNameByte(s.buf[i]) {
			i++
		}
		if len(to)+i-s.p > MaxNames {
			s.fail(at, "the names in a tag, or of open elements, are longer than %d bytes", MaxNames)
			return to
		}
		s.steps += int64(i - s.p)
		to = append(to, s.buf[s.p:i]...)
		if s.p = i; i < len(s.buf) || s.ended() {
			return to
		}
	}
}

// attrNames are the names of the attributes of a tag, each once.
type attrNames struct {
	text   []byte // one behind the other
	seen   map[string]struct{}
	recent [64]string        // names in use, to keep each once
	known  map[string]string // others
}

const maxKnown = 1 << 12

func (a *attrNames) reset() {
	a.text = a.text[:0]
	if len(a.seen) > 100 {
		a.seen = nil
	}
	clear(a.seen)
}

// add adds a name, unless it is there.
func (a *attrNames) add(name []byte) bool {
	if _, twice := a.seen[string(name)]; twice {
		return false
	}
	if a.seen == nil {
		a.seen = map[string]struct{}{}
	}
	a.seen[string(name)] = struct{}{}
	return true
}

// intern returns name as a string that equal names share.
func (a *attrNames) intern(name []byte) string {
	n := len(name)
	recent := &a.recent[(n+int(name[0])*7+int(name[n-1])*5+int(name[n/2])*3)%len(a.recent)]
	if *recent == string(name) {
		return *recent
	}
	text, known := a.known[string(name)]
	if !known {
		text = string(name)
		if a.known == nil {
			a.known = map[string]string{}
		}
		if len(a.known) < maxKnown && n <= 64 {
			a.known[text] = text
		}
	}
	*recent = text
	return text
}
