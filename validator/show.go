package validator

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how many bytes of a value a message quotes: aliases can repeat a
// long one thousands of times.
const maxShown = 400

// quote shows a value of a document.
func quote(text string) string {
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return strconv.Quote(text)
}

// showName makes a name safe to show: as it is, or quoted when it holds what
// could change a terminal or a log.
func showName(name string) string {
	if !utf8.ValidString(name) {
		return strconv.QuoteToASCII(name)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return strconv.QuoteToASCII(name)
		}
	}
	return name
}
