package xmlcheck

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Include is an include element of a behavior tree.
type Include struct {
	Path    string // as written, character references resolved
	Package bool   // the path is relative to a ROS package
	// Line and Column are the place of the element, from 1, columns in characters.
	Line, Column int
}

// Includes finds the include elements of the behavior tree that is written to it,
// as the tree loader finds them. The text need not be well-formed. Memory is
// bounded, and time is linear. The zero Includes is ready for use.
type Includes struct {
	Found []Include

	in      byte   // what the text is in: 0, or the first byte of a markup's kind
	pending []byte // the markup so far
	quote   byte   // the quote that ends an attribute of the tag
	line    int    // line feeds so far
	column  int    // characters of this line so far
	begin   Include
}

const (
	maxIncludes = 10_000   // of one file
	maxMarkup   = 64 << 10 // bytes of a tag that are kept
)

// Write looks at the next part of the text. It never fails.
func (f *Includes) Write(p []byte) (int, error) {
	for _, c := range p {
		f.next(c)
		switch {
		case c == '\n':
			f.line, f.column = f.line+1, 0
		case utf8.RuneStart(c):
			f.column++
		}
	}
	return len(p), nil
}

// markups are the kinds of markup that may hold anything, with their ends.
var markups = [...]struct{ start, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}}

func (f *Includes) next(c byte) {
	if f.in == 0 {
		if c == '<' {
			f.in, f.quote, f.pending = '<', 0, append(f.pending[:0], c)
			f.begin = Include{Line: f.line + 1, Column: f.column + 1}
		}
		return
	}
	if len(f.pending) < maxMarkup {
		f.pending = append(f.pending, c)
	} else { // keep the end, to recognize it
		copy(f.pending[maxMarkup-8:], f.pending[maxMarkup-7:])
		f.pending[maxMarkup-1] = c
	}
	for _, m := range markups {
		switch {
		case bytes.HasPrefix(f.pending, []byte(m.start)):
			if len(f.pending) >= len(m.start)+len(m.end) && bytes.HasSuffix(f.pending, []byte(m.end)) {
				f.in = 0
			}
			return
		case len(f.pending) < len(m.start) && strings.HasPrefix(m.start, string(f.pending)):
			return // may become one
		}
	}
	switch {
	case f.quote != 0:
		if c == f.quote {
			f.quote = 0
		}
	case c == '"' || c == '\'':
		f.quote = c
	case c == '>':
		f.in = 0
		f.tag(f.pending)
	}
}

// tag adds an include element.
func (f *Includes) tag(text []byte) {
	rest, ok := bytes.CutPrefix(text, []byte("<include"))
	if !ok || len(text) == maxMarkup || len(f.Found) == maxIncludes || !isSpaceOrEnd(rest[0]) {
		return
	}
	found, isInclude := f.begin, false
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		name, value, ok := bytes.Cut(rest, []byte("="))
		value = bytes.TrimLeft(value, " \t\r\n")
		if !ok || len(value) == 0 || value[0] != '"' && value[0] != '\'' {
			break
		}
		text, after, ok := bytes.Cut(value[1:], value[:1])
		if !ok {
			break
		}
		switch string(bytes.TrimSpace(name)) {
		case "path":
			found.Path, isInclude = unescape(string(text)), true
		case "ros_pkg":
			found.Package = true
		}
		rest = after
	}
	if isInclude {
		f.Found = append(f.Found, found)
	}
}

func isSpaceOrEnd(c byte) bool { return strings.IndexByte(" \t\r\n/>", c) >= 0 }

// unescape resolves the character references that the tree loader resolves.
func unescape(text string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(text, "&")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, rest, _ := strings.Cut(after, ";")
		if r, known := reference(name); known {
			b.WriteRune(r)
			text = rest
		} else {
			b.WriteByte('&')
			text = after
		}
	}
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := 10
	if hex, isHex := strings.CutPrefix(digits, "x"); isHex {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	if !ok || err != nil || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
