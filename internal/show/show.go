// Package show makes text from packages and projects, which nobody should trust,
// safe to show: on a terminal, in a log, in Markdown, in JSON. It also cuts what is
// too long to read. Which values may be shown at all is not decided here.
package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line makes text safe to show on one line of a terminal: what does not show
// (control characters, marks that reorder a line, bytes that are not UTF-8) becomes
// an escape that does. Text that is safe already stays as it is.
func Line(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, isHidden) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case !isHidden(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// isHidden reports whether a character does not show, or a terminal could obey it.
// Joiners, which words of some scripts need, are fine.
func isHidden(r rune) bool { return !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' }

// Word returns a path as a word for a POSIX shell, or the placeholder if it cannot be
// shown as one. No command takes it for a flag.
func Word(path, placeholder string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	switch {
	case path == "" || Line(path) != path || strings.Contains(path, "'"):
		return placeholder
	case strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == "":
		return path
	}
	return "'" + path + "'"
}

// PackageWord is Word for the name of a package in a report, where one from standard
// input has the name that the command line gives it. Behind it are the flags that the
// package was opened with.
func PackageWord(name, flags string) string {
	if name == "standard input" {
		name = ""
	}
	word := Word(name, "PACKAGE")
	if flags != "" {
		word += " " + Line(flags)
	}
	return word
}

// Quote returns text in quotes, as Go has them, without characters that do not show,
// cut after so many characters.
func Quote(s string, most int) string { return strconv.QuoteToGraphic(Cut(s, most)) }

// Cut returns text cut after so many characters, with "…" for the rest.
func Cut(s string, most int) string {
	if head := Head(s, most); len(head) < len(s) {
		return head + "…"
	}
	return s
}

// Head returns the first characters of a text. It looks at no more of it: aliases
// could repeat a long one a hundred thousand times.
func Head(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i]
		}
	}
	return s
}

// Count is a number with what it counts: 1 file, 2 files.
func Count[N int | int64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

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

// JSON writes a value and a line feed, all at once. The result is the same JSON for
// every reader and safe to show: what encoding/json would leave in it although it
// does not show is escaped.
func JSON(w io.Writer, value any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return err
	}
	return Write(w, escapeHidden(b.Bytes()))
}

// Write writes all of p at once. A writer that takes less and does not say why is an
// io.ErrShortWrite.
func Write(w io.Writer, p []byte) error {
	n, err := w.Write(p)
	if err == nil && n != len(p) {
		err = io.ErrShortWrite
	}
	return err
}

// escapeHidden escapes characters in strings of JSON. Outside of strings JSON is
// ASCII, and in them encoding/json has escaped all controls below DEL.
func escapeHidden(data []byte) []byte {
	hidden := func(r rune) bool { return r >= 0x7f && isHidden(r) }
	if bytes.IndexFunc(data, hidden) < 0 {
		return data
	}
	var b bytes.Buffer
	for _, r := range string(data) {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.Bytes()
}

// Code shows text in a code span of Markdown (GFM), in which nothing has a meaning:
// no mention, no link, no markup.
func Code(text string) string {
	text = Line(text)
	if strings.TrimSpace(text) == "" {
		text = fmt.Sprintf("%q", text)
	}
	run, longest := 0, 0 // of back quotes
	for i := range len(text) {
		if run++; text[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}

// Cell escapes the bars in the cell of a Markdown table, which they would end even
// as code. A backslash before a bar would undo that, and is written as \x5c.
func Cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, `\|`, `\x5c|`), "|", `\|`)
}

// Prose shows a sentence with names in it in Markdown: every word that is more than
// letters is shown as code, and so is one that is longer than those of our own
// sentences, which could be taken for the name of a commit.
func Prose(text string) string {
	const longest = 20
	words := strings.Split(Line(text), " ")
	for i, word := range words {
		body := strings.TrimRight(word, ".,;:")
		if strings.TrimFunc(body, unicode.IsLetter) != "" || len(body) > longest {
			words[i] = Code(body) + word[len(body):]
		}
	}
	return strings.Join(words, " ")
}
