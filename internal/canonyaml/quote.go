package canonyaml

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// plain writes an unquoted text. Behind the width it goes on in the next line
// at a single space; runs of spaces are content and never broken.
func (w *writer) plain(text string, indent int, fold bool) {
	w.words(text, indent, fold, false)
}

// singleQuoted writes a text with line breaks doubled, as folding demands, and
// quotes doubled.
func (w *writer) singleQuoted(text string, indent int, fold bool) {
	w.out = append(w.out, '\'')
	for first := true; ; first = false {
		words, rest, more := strings.Cut(text, "\n")
		w.words(words, indent, fold, true)
		if !more {
			break
		}
		if first || words != "" {
			w.newline(0) // one break alone would read as a space
		}
		w.newline(0)
		if !strings.HasPrefix(rest, "\n") {
			w.pad(indent)
		}
		text = rest
	}
	w.out = append(w.out, '\'')
}

func (w *writer) pad(indent int) {
	for w.column() < indent {
		w.out = append(w.out, ' ')
	}
}

// words writes one logical line, folding it.
func (w *writer) words(text string, indent int, fold, quoted bool) {
	for i := 0; i < len(text); {
		if text[i] != ' ' {
			end := strings.IndexByte(text[i:], ' ')
			if end < 0 {
				end = len(text)
			} else {
				end += i
			}
			word := text[i:end]
			if quoted {
				word = strings.ReplaceAll(word, "'", "''")
			}
			w.out = append(w.out, word...)
			i = end
			continue
		}
		end := i
		for end < len(text) && text[end] == ' ' {
			end++
		}
		if fold && end == i+1 && i > 0 && end < len(text) && w.column() > bestWidth {
			w.newline(indent)
		} else {
			w.out = append(w.out, text[i:end]...)
		}
		i = end
	}
}

// doubleQuoted writes any text with escapes. Behind the width it breaks, with a
// backslash at the end of the line: before a space, behind an escape, or before
// what follows an escape. A space that then begins a line is escaped to
// survive. The first and the last character are never broken off.
func (w *writer) doubleQuoted(text string, indent int, fold bool) {
	_, lastSize := utf8.DecodeLastRuneInString(text)
	last := len(text) - lastSize
	pending := 0 // text[pending:i] is printable and not yet written
	flush := func(end int) {
		w.out = append(w.out, text[pending:end]...)
		pending = end
	}
	w.out = append(w.out, '"')
	for i, r := range text {
		var mayBreak bool
		var width int
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			flush(i)
			w.out = append(w.out, escape(r)...)
			pending = i + utf8.RuneLen(r)
			// Observed: an escape may end one column later than a word.
			mayBreak, width = true, w.column()-1
		} else {
			mayBreak, width = r == ' ' || pending == i, w.column()+i-pending
		}
		if !fold || !mayBreak || i == 0 || i >= last || width <= bestWidth {
			continue
		}
		flush(max(i, pending))
		w.out = append(w.out, '\\')
		w.newline(indent)
		if text[pending] == ' ' {
			w.out = append(w.out, '\\')
		}
	}
	flush(len(text))
	w.out = append(w.out, '"')
}

func escape(r rune) string {
	switch r {
	case 0:
		return `\0`
	case '\a':
		return `\a`
	case '\b':
		return `\b`
	case '\t':
		return `\t`
	case '\n':
		return `\n`
	case '\v':
		return `\v`
	case '\f':
		return `\f`
	case '\r':
		return `\r`
	case 0x1B:
		return `\e`
	case '"':
		return `\"`
	case '\\':
		return `\\`
	case 0x85:
		return `\N`
	case 0xA0:
		return `\_`
	case 0x2028:
		return `\L`
	case 0x2029:
		return `\P`
	}
	switch {
	case r <= 0xFF:
		return fmt.Sprintf(`\x%02X`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04X`, r)
	}
	return fmt.Sprintf(`\U%08X`, r)
}
