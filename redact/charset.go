package redact

import "github.com/anolishq/anolis-handoff/internal/anchors"

// set makes a byte set of single characters and ranges such as "a-z"; a hyphen
// at the end is itself.
func set(spec string) *anchors.Set {
	var s anchors.Set
	for i := 0; i < len(spec); i++ {
		from, to := spec[i], spec[i]
		if i+2 < len(spec) && spec[i+1] == '-' {
			to = spec[i+2]
			i += 2
		}
		for c := int(from); c <= int(to); c++ {
			s[c] = true
		}
	}
	return &s
}

// Sets that never change, made once: a matcher runs for every hit.
var (
	digits    = set("0-9")
	hexLower  = set("0-9a-f")
	upperNum  = set("A-Z0-9")
	alnum     = set("A-Za-z0-9")
	alnumDash = set("A-Za-z0-9-")
	word      = set("A-Za-z0-9_")
	base64URL = set("A-Za-z0-9_-")
	base64Std = set("A-Za-z0-9+/")
	base64Any = set("A-Za-z0-9+/_=-")
	tokenChar = set("A-Za-z0-9_.~+/=-")
	keyChar   = set("A-Za-z0-9_.-")
	scheme    = set("A-Za-z0-9")
	spaces    = set(" \t\r")
)

// runEnd is the offset behind the bytes of set that start at i.
func runEnd(text []byte, i int, set *anchors.Set) int {
	for i < len(text) && set[text[i]] {
		i++
	}
	return i
}

// runStart is the offset of the first of the bytes of set that end before i.
func runStart(text []byte, i int, set *anchors.Set) int {
	for i > 0 && set[text[i-1]] {
		i--
	}
	return i
}

// in reports whether text has a byte of set at i.
func in(text []byte, i int, set *anchors.Set) bool {
	return i >= 0 && i < len(text) && set[text[i]]
}

func contains(text []byte, set *anchors.Set) bool {
	for _, c := range text {
		if set[c] {
			return true
		}
	}
	return false
}

// only reports whether text is made of set; the empty text is.
func only(text []byte, set *anchors.Set) bool {
	return runEnd(text, 0, set) == len(text)
}

// distinct counts the different bytes of text.
func distinct(text []byte) int {
	var seen anchors.Set
	n := 0
	for _, c := range text {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}
