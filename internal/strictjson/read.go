// Package strictjson reads JSON (RFC 8259) into the document model, refusing
// whatever two readers could take differently, and writes the JSON that the
// package format asks for.
//
// encoding/json cannot do either: it knows no places, keeps the last of two
// equal keys, repairs broken text and escapes other characters.
package strictjson

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// MaxDepth is how deep lists and objects may nest. No project comes near it.
const MaxDepth = 200

// MaxValues is how many values a document may hold. Each costs some 150 bytes.
const MaxValues = 50_000

// Read reads one JSON document. Every node has its place: lines and columns
// count from 1, columns in characters, lines end at a line feed.
//
// Integers are exact, up to 4300 digits; -0 is 0. A number with a fraction or
// an exponent is the nearest 64-bit float, infinite when it is too large, as
// Python reads it.
//
// Refused beyond the grammar: duplicate keys, NaN and Infinity, escapes of half
// a surrogate pair, invalid UTF-8, a byte order mark, nesting deeper than
// MaxDepth and more values than MaxValues. The error is an *Error, or several
// joined: every duplicate key (the first 1000 of them) and the syntax error that
// ended the reading, if any.
//
// Time and memory are linear in len(data). Read keeps no reference to data.
func Read(data []byte) (*doc.Node, error) {
	return ReadContext(context.Background(), data)
}

// ReadContext is Read that stops with the error of ctx when ctx is done. It looks
// before each value.
func ReadContext(ctx context.Context, data []byte) (*doc.Node, error) {
	return read(&reader{ctx: ctx, data: data, line: 1})
}

// ReadProject is Read that also takes the words NaN, Infinity and -Infinity for
// floats, as the reference reads the files of a project. The Source of such a
// float is the word.
func ReadProject(data []byte) (*doc.Node, error) {
	return read(&reader{ctx: context.Background(), data: data, line: 1, words: true})
}

func read(r *reader) (*doc.Node, error) {
	root, err := r.document()
	if stopped := r.ctx.Err(); stopped != nil {
		return nil, stopped
	}
	if err != nil {
		r.found.list = append(r.found.list, err)
	}
	if err := r.found.err(); err != nil {
		return nil, err
	}
	return root, nil
}

// reader is the state of one Read. Its methods return a *Error only for what
// makes reading on impossible; duplicate keys are collected.
type reader struct {
	ctx    context.Context
	data   []byte
	pos    int  // offset of the next byte
	words  bool // accept NaN and Infinity
	values int

	line      int
	lineStart int // offset of the line's first byte
	wide      int // bytes of this line before pos that start no character

	path  []step // to the value being read
	found problems
}

// step is a doc.Path step that costs no allocation while all is well.
type step struct {
	key   string
	index int // -1 for a key
}

func (r *reader) here() doc.Pos {
	return doc.Pos{Line: r.line, Column: r.pos - r.lineStart - r.wide + 1}
}

func (r *reader) docPath() doc.Path {
	path := make(doc.Path, len(r.path))
	for i, s := range r.path {
		if s.index < 0 {
			path[i] = s.key
		} else {
			path[i] = s.index
		}
	}
	return path
}

func (r *reader) fail(at doc.Pos, format string, args ...any) *Error {
	return &Error{Pos: at, Path: r.docPath(), Msg: fmt.Sprintf(format, args...)}
}

func (r *reader) expected(what string) *Error {
	return r.fail(r.here(), "expected %s, found %s", what, describe(r.data[r.pos:]))
}

// document reads the only value of the text. It returns error, not *Error, so
// that no typed nil reaches the caller.
func (r *reader) document() (*doc.Node, error) {
	if bytes.HasPrefix(r.data, []byte("\ufeff")) {
		return nil, r.fail(r.here(), "the text starts with a byte order mark")
	}
	root, err := r.value()
	if err != nil {
		return nil, err
	}
	if r.space(); r.pos < len(r.data) {
		return nil, r.expected("the end of the text")
	}
	return root, nil
}

// space skips white space.
func (r *reader) space() {
	for r.pos < len(r.data) {
		switch r.data[r.pos] {
		case ' ', '\t', '\r':
			r.pos++
		case '\n':
			r.pos++
			r.line++
			r.lineStart, r.wide = r.pos, 0
		default:
			return
		}
	}
}

// peek is the next byte, or 0 at the end; a real NUL is no JSON anywhere.
func (r *reader) peek() byte {
	if r.pos < len(r.data) {
		return r.data[r.pos]
	}
	return 0
}

func (r *reader) value() (*doc.Node, *Error) {
	r.space()
	at := r.here()
	if r.ctx.Err() != nil {
		return nil, r.fail(at, "stopped")
	}
	if r.values++; r.values > MaxValues {
		return nil, r.fail(at, "more than %d values", MaxValues).because(ErrLimit)
	}
	switch c := r.peek(); {
	case c == '{' || c == '[':
		if len(r.path) == MaxDepth {
			return nil, r.fail(at, "nested deeper than %d levels", MaxDepth).because(ErrLimit)
		}
		if c == '{' {
			return r.object(at)
		}
		return r.list(at)
	case c == '"':
		s, err := r.str()
		if err != nil {
			return nil, err
		}
		return &doc.Node{Kind: doc.String, Text: s, Pos: at}, nil
	case c == '-' || isDigit(c):
		return r.number(at)
	}
	return r.word(at)
}

// word reads null, true or false, and names the words that only look like JSON.
func (r *reader) word(at doc.Pos) (*doc.Node, *Error) {
	rest := r.data[r.pos:]
	for _, w := range [...]struct {
		text string
		node doc.Node
	}{
		{"null", doc.Node{Kind: doc.Null}},
		{"true", doc.Node{Kind: doc.Bool, Bool: true}},
		{"false", doc.Node{Kind: doc.Bool}},
	} {
		if bytes.HasPrefix(rest, []byte(w.text)) {
			r.pos += len(w.text)
			n := w.node
			n.Pos = at
			return &n, nil
		}
	}
	if bytes.HasPrefix(rest, []byte("NaN")) {
		return r.special(at, "NaN", 0, math.NaN())
	}
	if bytes.HasPrefix(rest, []byte(infinityWord)) {
		return r.special(at, infinityWord, 0, math.Inf(1))
	}
	return nil, r.expected("a value")
}

const infinityWord = "Infinity"

// special reads what is left of a word for a float, of which done bytes are read.
func (r *reader) special(at doc.Pos, word string, done int, value float64) (*doc.Node, *Error) {
	if !r.words {
		return nil, r.fail(at, "%s is not a JSON number", word).because(ErrNotPortable)
	}
	r.pos += len(word) - done
	return &doc.Node{Kind: doc.Float, Float: value, Pos: at, Source: word}, nil
}

// fewKeys is the size up to which comparing with every key beats an index.
const fewKeys = 12

func (r *reader) list(at doc.Pos) (*doc.Node, *Error) {
	n := &doc.Node{Kind: doc.Seq, Pos: at}
	r.pos++ // '['
	if r.space(); r.peek() == ']' {
		r.pos++
		return n, nil
	}
	for {
		r.path = append(r.path, step{index: len(n.Items)})
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		r.path = r.path[:len(r.path)-1]
		n.Items = append(n.Items, item)

		r.space()
		switch r.peek() {
		case ',':
			r.pos++
		case ']':
			r.pos++
			return n, nil
		default:
			return nil, r.expected(`"," or "]"`)
		}
	}
}

func (r *reader) object(at doc.Pos) (*doc.Node, *Error) {
	n := &doc.Node{Kind: doc.Map, Pos: at}
	r.pos++ // '{'
	if r.space(); r.peek() == '}' {
		r.pos++
		return n, nil
	}
	keys := keySet{node: n}
	for {
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		first, repeated := keys.find(key.Text)
		if repeated && !r.found.cut {
			r.found.add(r.fail(key.Pos, "duplicate key %s (first at line %d, column %d)",
				quoteKey(key.Text), first.Line, first.Column).because(ErrDuplicateKey))
		}
		r.path = append(r.path, step{key: key.Text, index: -1})
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		r.path = r.path[:len(r.path)-1]
		if !repeated {
			keys.add(doc.Entry{Key: key, Value: value})
		}

		r.space()
		switch r.peek() {
		case ',':
			r.pos++
		case '}':
			r.pos++
			return n, nil
		default:
			return nil, r.expected(`"," or "}"`)
		}
	}
}

// key reads a key and its colon.
func (r *reader) key() (*doc.Node, *Error) {
	r.space()
	if r.peek() != '"' {
		return nil, r.expected("a key in double quotes")
	}
	at := r.here()
	text, err := r.str()
	if err != nil {
		return nil, err
	}
	if r.space(); r.peek() != ':' {
		return nil, r.expected(`":"`)
	}
	r.pos++
	return &doc.Node{Kind: doc.String, Text: text, Pos: at}, nil
}

// keySet finds the keys of an object under construction in constant time.
type keySet struct {
	node  *doc.Node
	index map[string]doc.Pos // nil while there are few keys
}

func (s *keySet) find(key string) (doc.Pos, bool) {
	if s.index != nil {
		at, ok := s.index[key]
		return at, ok
	}
	for _, e := range s.node.Entries {
		if e.Key.Text == key {
			return e.Key.Pos, true
		}
	}
	return doc.Pos{}, false
}

func (s *keySet) add(e doc.Entry) {
	s.node.Entries = append(s.node.Entries, e)
	switch {
	case s.index != nil:
		s.index[e.Key.Text] = e.Key.Pos
	case len(s.node.Entries) > fewKeys:
		s.index = make(map[string]doc.Pos, 2*fewKeys)
		for _, e := range s.node.Entries {
			s.index[e.Key.Text] = e.Key.Pos
		}
	}
}

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

// maxProblems bounds how many duplicate keys one error lists, so that a
// document made of nothing else costs no more memory than any other.
const maxProblems = 1000

// maxShown is how many characters of a key a message shows.
const maxShown = 64

// Reasons that callers tell apart with errors.Is. Any other error of Read means
// that Python, given the text as UTF-8, does not read it either.
var (
	// ErrDuplicateKey: an object has a key twice; readers keep either value.
	ErrDuplicateKey = errors.New("duplicate key")
	// ErrNotPortable: NaN, Infinity or half a surrogate pair, which Python reads
	// and others refuse or replace.
	ErrNotPortable = errors.New("not portable JSON")
	// ErrLimit: nested deeper than MaxDepth, or more than MaxValues.
	ErrLimit = errors.New("document limit exceeded")
)

// Error is one reason why a text is refused. It names keys, never values.
type Error struct {
	Pos  doc.Pos  // zero for a node without a place
	Path doc.Path // the value being read, as far as it was known
	Msg  string
	Err  error // ErrDuplicateKey, ErrNotPortable, ErrLimit or nil
}

// Unwrap lets errors.Is find the reason.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) because(reason error) *Error {
	e.Err = reason
	return e
}

// Error is the message with its place: "line 3, column 5: topology: duplicate
// key ...". Long keys are shortened.
func (e *Error) Error() string {
	msg := e.Msg
	if len(e.Path) > 0 {
		short := make(doc.Path, len(e.Path))
		for i, step := range e.Path {
			if key, ok := step.(string); ok {
				step = show.Cut(key, maxShown)
			}
			short[i] = step
		}
		msg = short.String() + ": " + msg
	}
	if e.Pos.IsZero() {
		return msg
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, msg)
}

func quoteKey(key string) string { return show.Quote(key, maxShown) }

// problems collects what is wrong with a text that can still be read on.
type problems struct {
	list []error
	cut  bool // the list is full: add nothing more
}

func (p *problems) add(e *Error) {
	if len(p.list) == maxProblems {
		e.Msg = "more duplicate keys from here on, not listed"
		p.cut = true
	}
	p.list = append(p.list, e)
}

// err is nil, the only problem itself, or all of them joined.
func (p *problems) err() error {
	if len(p.list) == 1 {
		return p.list[0]
	}
	return errors.Join(p.list...)
}

// describe names what stands at the start of b.
func describe(b []byte) string {
	if len(b) == 0 {
		return "the end of the text"
	}
	r, size := utf8.DecodeRune(b)
	if r == utf8.RuneError && size == 1 {
		return "a byte that is not UTF-8"
	}
	return strconv.QuoteRuneToGraphic(r)
}
