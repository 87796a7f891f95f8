// Package pytext holds the few string rules of Python that the contract was
// written in and Go's own functions differ from.
package pytext

import "strings"

// Strip removes white space from both ends as str.strip does: Unicode white
// space and the four ASCII separators U+001C to U+001F.
func Strip(s string) string { return strings.TrimFunc(s, isSpace) }

// IsBlank reports whether s is empty or white space only.
func IsBlank(s string) bool { return Strip(s) == "" }

// Lower is str.lower, which turns U+0130 into two characters where Go makes one.
func Lower(s string) string {
	return strings.ToLower(strings.ReplaceAll(s, "\u0130", "i\u0307"))
}

func isSpace(r rune) bool {
	switch {
	case r >= 0x09 && r <= 0x0D, r >= 0x1C && r <= 0x20, r == 0x85, r == 0xA0:
		return true
	case r == 0x1680, r >= 0x2000 && r <= 0x200A, r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x3000:
		return true
	}
	return false
}
