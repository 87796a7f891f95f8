package sheet

import (
	"bytes"
	"html"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/show"
)

// markup writes HTML and SVG. The names of elements and attributes are constants of
// this package. What comes from a package is text or the value of an attribute, made
// safe to show, cut and escaped: it opens no element and ends no attribute.
type markup struct {
	bytes.Buffer
	names []string // of the open elements
}

// longest is how many characters of a text are shown.
const longest = 300

func escaped(text string) string { return html.EscapeString(show.Line(show.Cut(text, longest))) }

// start opens an element with attributes, given as names and values. An attribute
// without a value is left out.
func (m *markup) start(name string, attrs ...string) {
	m.tag(name, attrs)
	m.WriteByte('>')
	m.names = append(m.names, name)
}

func (m *markup) tag(name string, attrs []string) {
	m.WriteByte('<')
	m.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			m.WriteString(" " + attrs[i] + `="` + escaped(attrs[i+1]) + `"`)
		}
	}
}

// end closes the element that was opened last.
func (m *markup) end() {
	last := len(m.names) - 1
	m.WriteString("</" + m.names[last] + ">")
	m.names = m.names[:last]
}

// text writes text that may come from anywhere.
func (m *markup) text(text string) { m.WriteString(escaped(text)) }

// words writes text that may be broken within a word: behind a slash or another sign in
// a name, and in what is longer than any word.
func (m *markup) words(text string) {
	const least, most = 8, 24
	text = show.Line(show.Cut(text, longest))
	run, from := 0, 0
	for i, r := range text {
		switch {
		case r == ' ':
			run = 0
		case run == most, i > from && text[i-1] == '/', run > least && strings.IndexByte("._-", text[i-1]) >= 0:
			m.WriteString(html.EscapeString(text[from:i]) + "<wbr/>")
			run, from = 1, i
		default:
			run++
		}
	}
	m.WriteString(html.EscapeString(text[from:]))
}

// element writes an element with nothing but text in it.
func (m *markup) element(name, text string, attrs ...string) {
	m.start(name, attrs...)
	m.text(text)
	m.end()
}

// void writes an element without content, closed as XML wants it, too.
func (m *markup) void(name string, attrs ...string) {
	m.tag(name, attrs)
	m.WriteString("/>")
}

// newline is for people who read the source.
func (m *markup) newline() { m.WriteByte('\n') }

// canvas is an SVG picture in the making. Its units are those of the view box, whose
// width is canvasWidth; a page of A4 holds some 1,000 of them in height.
type canvas struct{ markup }

const canvasWidth = 720

// Widths of a character, generous enough for the fonts that the style names.
const (
	monoWidth  = 6.7 // of 11 units
	plainWidth = 6.6 // of 12 units
	smallWidth = 6.0 // of 11 units
)

func num(n int) string { return strconv.Itoa(n) }

func (c *canvas) rect(class string, x, y, w, h, radius int) {
	c.void("rect", "class", class, "x", num(x), "y", num(y), "width", num(w), "height", num(h), "rx", num(radius))
}

// path draws a path, which is written here and comes from no package.
func (c *canvas) path(class, d string) { c.void("path", "class", class, "d", d) }

func (c *canvas) line(class string, x1, y1, x2, y2 int) {
	c.path(class, "M"+num(x1)+" "+num(y1)+"L"+num(x2)+" "+num(y2))
}

// label writes a text into a width. What does not fit is cut, and clipped where the
// font is wider than expected.
func (c *canvas) label(class string, x, y, width int, text string) {
	per := plainWidth
	switch {
	case strings.Contains(class, "mono"):
		per = monoWidth
	case strings.Contains(class, "small"):
		per = smallWidth
	}
	c.start("svg", "x", num(x), "y", num(y-14), "width", num(width), "height", "20")
	c.element("text", fit(text, int(float64(width)/per)), "class", class, "x", "0", "y", "14")
	c.end()
}

// fit cuts a text so that it takes at most so many columns.
func fit(text string, most int) string {
	text = show.Line(show.Cut(text, longest))
	if columns(text) <= most {
		return text
	}
	used := 0
	for i, r := range text {
		if used += column(r); used > most-1 {
			return text[:i] + "…"
		}
	}
	return text
}

func columns(text string) int {
	n := 0
	for _, r := range text {
		n += column(r)
	}
	return n
}

// column is how many columns of a fixed-width font a character takes.
func column(r rune) int {
	if r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f300) {
		return 2
	}
	return 1
}
