package printable

import (
	"bytes"
	"fmt"
)

// Text collects what a report shows to people, in colors or not.
type Text struct {
	bytes.Buffer
	Color bool
}

// Style is a color of ANSI terminals (ECMA-48, SGR).
type Style string

const (
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "1;31"
	Green  Style = "1;32"
	Yellow Style = "1;33"
)

// Line writes a line of parts that may come from anywhere.
func (t *Text) Line(parts ...string) {
	for _, part := range parts {
		t.WriteString(Line(part))
	}
	t.WriteByte('\n')
}

// Paint writes a text that may come from anywhere, in a style where there are
// colors.
func (t *Text) Paint(style Style, text string) {
	text = Line(text)
	if t.Color {
		text = "\x1b[" + string(style) + "m" + text + "\x1b[0m"
	}
	t.WriteString(text)
}

// Count is a number with what it counts: 1 file, 2 files.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
