package archive

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameFaults calls bad for everything that makes a name unsafe to extract, or
// another name on another system. utf8Flag says whether the entry declares UTF-8.
func nameFaults(name string, utf8Flag bool, longest int, bad func(code, msg string)) {
	if len(name) > longest {
		bad(CodeNameTooLong, fmt.Sprintf("name has %d bytes, the limit is %d", len(name), longest))
		return
	}
	switch {
	case !utf8.ValidString(name):
		bad(CodeNameUTF8, "name is not valid UTF-8")
	case !utf8Flag && !isASCII(name):
		bad(CodeNameUTF8, "name is not ASCII and not marked as UTF-8: its meaning depends on the reader")
	}
	if strings.ContainsRune(name, '\\') {
		bad(CodeNameBackslash, "name has a backslash, which is a separator on Windows")
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		bad(CodeNameControl, "name has a control character")
	}
	if strings.ContainsRune(name, ':') {
		bad(CodeNameDrive, "name has a colon, which stands for a drive or a stream on Windows")
	}
	if strings.ContainsAny(name, `<>"|?*`) {
		bad(CodeNameCharacter, `name has one of < > " | ? *, which Windows cannot hold`)
	}
	if strings.HasPrefix(name, "/") {
		bad(CodeNameAbsolute, "name is absolute")
		name = strings.TrimLeft(name, "/")
	}
	elementFaults(strings.TrimSuffix(name, "/"), bad)
}

// elementFaults reports each code at most once.
func elementFaults(name string, bad func(code, msg string)) {
	var path, traversal, trailing, reserved, long, version bool
	for element := range strings.SplitSeq(strings.ReplaceAll(name, `\`, "/"), "/") {
		switch {
		case element == "", element == ".":
			path = true
		case strings.Contains(element, ".."): // miniunzip drops what is before it, wherever it is
			traversal = true
		case strings.HasSuffix(element, "."), strings.HasSuffix(element, " "):
			trailing = true
		}
		if i := strings.LastIndexByte(element, ';'); i >= 0 && strings.Trim(element[i+1:], "0123456789") == "" {
			version = true
		}
		reserved = reserved || isReserved(element)
		long = long || len(element) > maxComponent
	}
	if path {
		bad(CodeNamePath, `name is empty or has an empty or "." element`)
	}
	if traversal {
		bad(CodeNameTraversal, `name has ".." in an element, which leaves its directory or loses what is before it`)
	}
	if version {
		bad(CodeNameVersion, "name has an element ending like the version of a file (;1), which unzip drops")
	}
	if trailing {
		bad(CodeNameTrailing, "name has an element ending in a dot or a space, which Windows drops")
	}
	if reserved {
		bad(CodeNameReserved, "name is a device on Windows")
	}
	if long {
		bad(CodeNameTooLong, fmt.Sprintf("name has an element of more than %d bytes", maxComponent))
	}
}

// isReserved follows "Naming Files, Paths, and Namespaces" of the Windows
// documentation: a device keeps its name with any extension, and the superscript
// digits count as digits.
func isReserved(element string) bool {
	stem, _, _ := strings.Cut(element, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(stem, "LPT")
	}
	if !ok {
		return false
	}
	switch digit {
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
