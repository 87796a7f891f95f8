package canonyaml

import "strings"

type style uint8

const (
	plain style = iota
	single
	double
)

// styleOf picks the first of plain, single quoted and double quoted that can
// carry a string so that the reference reads it back.
func styleOf(text string, key bool) style {
	if text == "" {
		return single
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			if key {
				return double
			}
			// A space beside a break would be lost in any other style.
			if i+1 < len(text) && text[i+1] == ' ' || i > 0 && text[i-1] == ' ' {
				return double
			}
		case c < ' ' || c > '~':
			return double
		}
	}
	if plainSafe(text) && resolve(text) == "!!str" {
		return plain
	}
	return single
}

// plainSafe reports whether a printable ASCII text survives without quotes in
// block context.
func plainSafe(text string) bool {
	switch {
	case strings.ContainsRune(text, '\n'),
		text[0] == ' ', text[len(text)-1] == ' ',
		strings.HasPrefix(text, "---"), strings.HasPrefix(text, "..."),
		strings.IndexByte("#,[]{}&*!|>'\"%@`", text[0]) >= 0,
		strings.Contains(text, ": "), strings.Contains(text, " #"),
		text[len(text)-1] == ':':
		return false
	}
	if c := text[0]; c == '-' || c == '?' {
		return len(text) > 1 && text[1] != ' '
	}
	return true
}
