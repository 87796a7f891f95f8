// Package strictjson reads JSON (RFC 8259) into the document model, refusing
// whatever two readers could take differently, and writes the JSON that the
// package format asks for.
//
// encoding/json cannot do either: it knows no places, keeps the last of two
// equal keys, repairs broken text and escapes other characters.
package strictjson

import (
	"bytes"
	"fmt"
	"math"

	"github.com/anolishq/anolis-handoff/internal/doc"
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
// MaxDepth and more values than MaxValues. The error is an *Error, or several joined: every duplicate key (the
// first 1000 of them) and the syntax error that ended the reading, if any.
//
// Time and memory are linear in len(data). Read keeps no reference to data.
func Read(data []byte) (*doc.Node, error) {
	return read(&reader{data: data, line: 1})
}

// ReadProject is Read that also takes the words NaN, Infinity and -Infinity for
// floats, as the reference reads the files of a project. The Source of such a
// float is the word.
func ReadProject(data []byte) (*doc.Node, error) {
	return read(&reader{data: data, line: 1, words: true})
}

func read(r *reader) (*doc.Node, error) {
	root, err := r.document()
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
