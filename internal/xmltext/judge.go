package xmltext

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// looseness is what the loader accepts and an XML 1.0 reader refuses.
type looseness uint8

const (
	looseAmpersand looseness = iota
	looseEntity
	looseCharacter
	looseLess
	looseComment
	looseCDATAEnd
	looseControl
	looseNUL
	looseDeclaration
	looseMarkup
	looseText
	looseRoot
	looseStray
	looseEndTag
	looseSpace
	looseName
	loosenesses
)

// The texts follow the place in a message. None repeats anything of the file.
var looseTexts = [loosenesses]string{
	looseAmpersand:   `a bare "&"; write &amp;`,
	looseEntity:      "an entity that XML does not define",
	looseCharacter:   "a reference to a character that XML does not have",
	looseLess:        `a bare "<" in an attribute; write &lt;`,
	looseComment:     `"--" in a comment`,
	looseCDATAEnd:    `"]]>" in text; write ]]&gt;`,
	looseControl:     "a control character or other character that XML does not have",
	looseNUL:         "a NUL byte, behind which the loader reads nothing",
	looseDeclaration: "a declaration or processing instruction that XML does not allow here or in this form",
	looseMarkup:      `"<!" without a comment`,
	looseText:        "text outside of the root element",
	looseRoot:        "a second root element, which the loader ignores",
	looseStray:       "an end tag without a start tag, behind which the loader reads nothing",
	looseEndTag:      `an end tag with more than a name; the loader takes one that ends in "/>" for an element`,
	looseSpace:       `white space behind "<", or none before an attribute`,
	looseName:        "a name that XML does not allow, or that old readers do not know",
}

// loose gathers the first place of each kind.
type loose [loosenesses]doc.Pos

func (l *loose) has(kind looseness) bool { return !l[kind].IsZero() }

func (l *loose) add(kind looseness, at doc.Pos) {
	if l[kind].IsZero() {
		l[kind] = at
	}
}

// dropAfter forgets what stands behind a place: how far the scanner had looked ahead
// when it stopped depends on how the bytes came.
func (l *loose) dropAfter(at doc.Pos) {
	for kind := range l {
		if comparePos(l[kind], at) > 0 {
			l[kind] = doc.Pos{}
		}
	}
}

func (l *loose) list() []*Error {
	var list []*Error
	for kind, at := range l {
		if !at.IsZero() {
			list = append(list, &Error{at, looseTexts[kind]})
		}
	}
	slices.SortStableFunc(list, func(a, b *Error) int { return comparePos(a.Pos, b.Pos) })
	return list
}

func comparePos(a, b doc.Pos) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// What a byte is to the loader. All that is not ASCII is a byte of a name.
const (
	space = 1 << iota
	nameStart
	nameByte
	plainName // a byte of a name, and ASCII
)

var class = func() (class [256]uint8) {
	for i := range class {
		c := byte(i)
		start := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf || c == '_' || c == ':'
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			class[i] = space
		case start:
			class[i] = nameStart | nameByte
		case c >= '0' && c <= '9' || c == '.' || c == '-':
			class[i] = nameByte
		}
		if c < utf8.RuneSelf && class[i]&nameByte != 0 {
			class[i] |= plainName
		}
	}
	return class
}()

func isSpace(c byte) bool     { return class[c]&space != 0 }
func isNameStart(c byte) bool { return class[c]&nameStart != 0 }
func isNameByte(c byte) bool  { return class[c]&nameByte != 0 }

// validName reports whether every XML 1.0 reader takes a name, which the loader does,
// for one. The editions of XML differ in the letters: those of which all know are here.
func validName(name []byte) bool {
	for i := 0; i < len(name); {
		if i+8 <= len(name) && binary.LittleEndian.Uint64(name[i:])&(0x80*each) == 0 {
			i += 8
			continue
		}
		if name[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(name[i:])
		known := slices.ContainsFunc(letters[:], func(l [2]rune) bool { return r >= l[0] && r <= l[1] })
		if !known && (r != '·' || i == 0) {
			return false
		}
		i += size
	}
	return len(name) > 0
}

var letters = [...][2]rune{
	{0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x131}, {0x134, 0x13E}, {0x141, 0x148}, {0x14A, 0x17E}, // Latin
	{0x388, 0x38A}, {0x38E, 0x3A1}, {0x3A3, 0x3CE}, // Greek
	{0x401, 0x40C}, {0x40E, 0x44F}, {0x451, 0x45C}, {0x45E, 0x481}, // Cyrillic
	{0x3041, 0x3094}, {0x30A1, 0x30FA}, {0x4E00, 0x9FA5}, {0xAC00, 0xD7A3}, // East Asian
}

// validChar reports whether XML has a character.
func validChar(r rune) bool {
	return r >= ' ' && r < 0xD800 || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// foreignEncoding reports whether a declaration names an encoding other than UTF-8,
// in whatever way it is written.
func foreignEncoding(declaration []byte) bool {
	const word = "encoding"
	rest := bytes.ToLower(declaration)
	for {
		_, after, found := bytes.Cut(rest, []byte(word))
		if !found {
			return false
		}
		rest = after
		value, found := bytes.CutPrefix(bytes.TrimLeft(after, blanks), []byte("="))
		if !found {
			continue
		}
		value = bytes.TrimLeft(value, blanks)
		end := blanks
		if len(value) > 0 && (value[0] == '"' || value[0] == '\'') {
			end, value = string(value[:1]), value[1:]
		}
		if i := bytes.IndexAny(value, end); i >= 0 {
			value = value[:i]
		}
		if len(value) > 0 && string(value) != "utf-8" {
			return true
		}
	}
}

const blanks = " \t\r\n\v\f"

// validDeclaration reports whether text, what stands between "<?" and "?>", is an XML
// declaration of version 1.
func validDeclaration(text []byte) bool {
	rest, ok := strings.CutPrefix(string(text), "xml")
	if !ok {
		return false
	}
	for i, name := range [...]string{"version", "encoding", "standalone"} {
		trimmed := strings.TrimLeft(rest, " \t\r\n")
		after, found := strings.CutPrefix(trimmed, name)
		if !found || len(trimmed) == len(rest) {
			if i == 0 {
				return false
			}
			continue
		}
		after, found = strings.CutPrefix(strings.TrimLeft(after, " \t\r\n"), "=")
		after = strings.TrimLeft(after, " \t\r\n")
		if !found || after == "" || after[0] != '"' && after[0] != '\'' {
			return false
		}
		value, behind, found := strings.Cut(after[1:], after[:1])
		if !found {
			return false
		}
		switch name {
		case "version":
			minor, is1 := strings.CutPrefix(value, "1.")
			found = is1 && minor != "" && strings.Trim(minor, "0123456789") == ""
		case "encoding":
			found = strings.EqualFold(value, "utf-8")
		case "standalone":
			found = value == "yes" || value == "no"
		}
		if !found {
			return false
		}
		rest = behind
	}
	return strings.Trim(rest, " \t\r\n") == ""
}
