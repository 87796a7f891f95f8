package validator

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

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
