package canonyaml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// This half of the scanner reads scalars: in block form, in quotes, and plain.

// blockScalar reads a literal or folded scalar.
func (s *scanner) blockScalar() {
	t := token{kind: scalarToken, style: literalStyle, start: s.mark(), indent: -1}
	folded := s.text[s.i] == '>'
	if folded {
		t.style = foldedStyle
	}
	s.i++
	chomp, increment := byte(0), 0
	for range 2 {
		switch c := s.at(0); {
		case (c == '+' || c == '-') && chomp == 0:
			chomp = c
			s.i++
		case c >= '0' && c <= '9' && increment == 0:
			if c == '0' {
				s.fail(s.mark(), "the indentation of a block scalar must be 1 to 9")
				return
			}
			increment = int(c - '0')
			s.i++
		}
	}
	if s.at(0) != ' ' && !s.endAt(0) {
		s.fail(s.mark(), "unexpected text behind the block scalar indicator")
		return
	}
	if s.restOfHeader("the block scalar indicator"); s.err != nil {
		return
	}
	indent := max(s.indent+1, 1)
	var breaks []byte
	if increment > 0 {
		indent += increment - 1
		breaks = s.blockBreaks(breaks, indent)
	} else {
		deepest := 0
		for {
			if s.at(0) == ' ' {
				s.i++
				deepest = max(deepest, s.column())
			} else if b := s.lineBreak(); b != "" {
				breaks = append(breaks, b...)
			} else {
				break
			}
		}
		indent = max(indent, deepest)
	}
	t.end = s.mark()
	var out []byte
	first, single := s.i, true // while single, the scalar is text[first:last]
	last, brk := s.i, ""
	for s.column() == indent && s.i < len(s.text) {
		if t.indent < 0 {
			t.indent = indent
			single = len(breaks) == 0
		}
		if !single {
			out = append(out, breaks...)
		}
		more := s.at(0) == ' ' || s.at(0) == '\t'
		begin := s.i
		s.restOfLine()
		if !single {
			out = append(out, s.text[begin:s.i]...)
		}
		last = s.i
		brk = s.lineBreak()
		t.end = s.mark()
		breaks = s.blockBreaks(breaks[:0], indent)
		if s.column() != indent || s.i >= len(s.text) {
			break
		}
		if single {
			single = false
			out = append(out, s.text[first:last]...)
		}
		if !folded || brk != "\n" || more || s.at(0) == ' ' || s.at(0) == '\t' {
			out = append(out, brk...)
		} else if len(breaks) == 0 {
			out = append(out, ' ')
		}
	}
	if single && t.indent >= 0 && (chomp == '-' || brk == "" || brk == "\n" && s.text[last] == '\n') && (chomp != '+' || len(breaks) == 0) {
		// One line: its text stands in the document as it is.
		if chomp != '-' {
			last += len(brk)
		}
		t.value = s.text[first:last]
		s.add(t)
		return
	}
	if single && t.indent >= 0 {
		out = append(out, s.text[first:last]...)
	}
	if chomp != '-' {
		out = append(out, brk...)
	}
	if chomp == '+' {
		out = append(out, breaks...)
		if folded && len(breaks) > 0 {
			t.quirks = lostBreaks
		}
	}
	t.value = string(out)
	s.add(t)
}

// blockBreaks collects the line breaks of empty lines.
func (s *scanner) blockBreaks(breaks []byte, indent int) []byte {
	for {
		for s.column() < indent && s.at(0) == ' ' {
			s.i++
		}
		b := s.lineBreak()
		if b == "" {
			return breaks
		}
		breaks = append(breaks, b...)
	}
}

// quoted reads a scalar in single or double quotes.
func (s *scanner) quoted() {
	quote := s.text[s.i]
	t := token{kind: scalarToken, style: singleStyle, start: s.mark()}
	if quote == '"' {
		t.style = doubleStyle
	}
	s.i++
	var out []byte
	copied := false // while false, the value is text[begin:s.i]
	begin := s.i
	flush := func(end int) {
		out = append(out, s.text[begin:end]...)
		copied = true
	}
	// Line breaks right before the closing quote: where they began, and how many.
	foldedAt, foldedFrom := 0, 0
	for {
		c := s.at(0)
		switch {
		case s.err != nil:
			return
		case s.i >= len(s.text):
			s.fail(t.start, "the quoted text that begins here is not closed")
			return
		case c == quote && quote == '\'' && s.at(1) == '\'':
			flush(s.i + 1)
			s.i += 2
			begin = s.i
		case c == quote:
			if copied {
				if breaks := len(out) - foldedFrom; foldedAt == s.i && out[len(out)-1] == '\n' && (breaks > 1 || foldedFrom == 0) {
					t.quirks |= lostBreaks
				}
				flush(s.i)
				t.value = string(out)
			} else {
				t.value = s.text[begin:s.i]
			}
			s.i++
			t.end = s.mark()
			s.add(t)
			return
		case c == '\\' && quote == '"':
			flush(s.i)
			if next := s.at(1); next == 'N' || next == '_' {
				t.quirks |= brokenEscape
			}
			if out = s.escape(out); s.err != nil {
				return
			}
			begin = s.i
		case c == ' ' || c == '\t':
			s.work(1)
			end := s.i
			for s.at(0) == ' ' || s.at(0) == '\t' {
				s.i++
			}
			if s.breakAt(0) {
				flush(end)
				foldedFrom = len(out)
				if out = s.fold(out); s.err != nil {
					return
				}
				begin, foldedAt = s.i, s.i
			}
		case c < utf8.RuneSelf && c != '\n' && c != '\r':
			s.i++
		case s.breakAt(0):
			flush(s.i)
			foldedFrom = len(out)
			if out = s.fold(out); s.err != nil {
				return
			}
			if quote == '"' && len(out)-foldedFrom == 3 && s.text[s.i-3:s.i] == string(out[foldedFrom:]) {
				s.noteAlike(s.i - 3)
			}
			begin, foldedAt = s.i, s.i
		default:
			s.skip()
		}
	}
}

func (s *scanner) noteAlike(offset int) {
	if s.alike == nil {
		s.alike = map[int]bool{}
	}
	s.alike[offset] = true
}

// fold reads the line breaks within a quoted scalar: one is a space.
func (s *scanner) fold(out []byte) []byte {
	before := len(out)
	first := s.lineBreak()
	out = s.emptyLines(out)
	switch {
	case first != "\n":
		return slices.Insert(out, before, []byte(first)...)
	case len(out) == before:
		return append(out, ' ')
	}
	return out
}

// emptyLines adds the breaks of lines without text.
func (s *scanner) emptyLines(out []byte) []byte {
	for {
		if s.separator() {
			s.fail(s.mark(), "a document mark within a quoted text; indent the line or close the quotes before it")
			return out
		}
		for s.at(0) == ' ' || s.at(0) == '\t' {
			s.i++
		}
		b := s.lineBreak()
		if b == "" {
			return out
		}
		out = append(out, b...)
	}
}

// escape reads a backslash and what belongs to it.
func (s *scanner) escape(out []byte) []byte {
	s.work(1)
	s.i++
	c := s.at(0)
	digits := 0
	switch c {
	case '0':
		c = 0
	case 'a':
		c = '\a'
	case 'b':
		c = '\b'
	case 't', '\t':
		c = '\t'
	case 'n':
		c = '\n'
	case 'v':
		c = '\v'
	case 'f':
		c = '\f'
	case 'r':
		c = '\r'
	case 'e':
		c = 0x1B
	case ' ', '"', '\\', '/':
	case 'N':
		s.i++
		return append(out, "\u0085"...)
	case '_':
		s.i++
		return append(out, "\u00A0"...)
	case 'L':
		s.i++
		return append(out, "\u2028"...)
	case 'P':
		s.i++
		return append(out, "\u2029"...)
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		if s.breakAt(0) {
			s.lineBreak()
			return s.emptyLines(out)
		}
		if s.i >= len(s.text) {
			s.fail(s.mark(), "the text ends within an escape")
		} else if c == '\'' {
			s.fail(s.mark(), `\' is not an escape in YAML; write ' alone`)
		} else {
			s.fail(s.mark(), `an unknown escape in double quotes; write \\ for a backslash, or use single quotes`)
		}
		return out
	}
	if digits == 0 {
		s.i++
		return append(out, c)
	}
	s.i++
	for n := range digits {
		if !isHex(s.at(n)) {
			s.fail(s.mark(), fmt.Sprintf(`\%c must be followed by %d hexadecimal digits`, c, digits))
			return out
		}
	}
	code, _ := strconv.ParseUint(s.text[s.i:s.i+digits], 16, 32)
	if code > utf8.MaxRune || code >= 0xD800 && code < 0xE000 {
		s.fail(s.mark(), "an escape for a character that does not exist")
		return out
	}
	s.i += digits
	return utf8.AppendRune(out, rune(code))
}

// plain reads a scalar without quotes, which may go on in further lines.
func (s *scanner) plain() {
	t := token{kind: scalarToken, start: s.mark()}
	indent := s.indent + 1
	var out []byte
	copied := false
	begin := s.i // of a piece that is not copied yet
	for {
		if !s.plainWord() {
			break
		}
		s.allowKey = false
		t.end = s.mark()
		if !s.work(1) {
			return
		}
		end := s.i
		s.spaces()
		if !s.breakAt(0) {
			if s.i == end || s.at(0) == '#' || s.flow == 0 && s.column() < indent {
				break
			}
			continue // spaces within a line belong to the piece
		}
		first := s.lineBreak()
		s.allowKey = true
		breaks, separated := []byte(nil), s.separator()
		for !separated {
			if s.at(0) == ' ' {
				s.i++
				continue
			}
			b := s.lineBreak()
			if b == "" {
				break
			}
			breaks = append(breaks, b...)
			separated = s.separator()
		}
		if separated || s.at(0) == '#' || s.flow == 0 && s.column() < indent || s.plainStops() {
			break
		}
		out = append(out, s.text[begin:end]...)
		copied = true
		begin = s.i
		if first != "\n" {
			out = append(out, first...)
		} else if len(breaks) == 0 {
			out = append(out, ' ')
		}
		out = append(out, breaks...)
	}
	t.value = s.text[begin:t.end.offset]
	if copied {
		t.value = string(append(out, t.value...))
	}
	s.add(t)
}

// plainStops reports whether a plain scalar, or a word of it, ends here.
func (s *scanner) plainStops() bool {
	switch c := s.at(0); c {
	case ' ', '\t':
		return true
	case ':':
		return s.blankAt(1) || s.flow > 0 && strings.IndexByte(",[]{}", s.at(1)) >= 0
	case ',', '?', '[', ']', '{', '}':
		return s.flow > 0
	default:
		return s.endAt(0)
	}
}

// plainWord advances to where a plain scalar has a space or ends, and reports
// whether that is any further. A "#" does not begin a word.
func (s *scanner) plainWord() bool {
	begin := s.i
	if s.at(0) == '#' {
		return false
	}
	for s.i < len(s.text) {
		c := s.text[s.i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			s.i++
			continue
		case s.plainStops():
			return s.i > begin
		case c < utf8.RuneSelf:
			s.i++
		default:
			s.skip()
		}
	}
	return s.i > begin
}
