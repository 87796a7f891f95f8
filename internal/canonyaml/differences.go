package canonyaml

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Remark names a reason why two YAML readers can take one spelling for two
// values.
type Remark string

const (
	NoRemark   Remark = ""
	BoolWord   Remark = "boolean word"       // yes, Off, ON
	Octal      Remark = "octal number"       // 012
	Binary     Remark = "binary number"      // 0b11
	Base60     Remark = "sexagesimal number" // 1:30
	Underscore Remark = "underscored number" // 1_000
	Timestamp  Remark = "timestamp"          // 2026-04-03
	Digits     Remark = "respelled float"    // 0.10
	Infinite   Remark = "infinite number"    // Infinity in JSON, 1.0e+999
	NumberLike Remark = "number-like string" // 12e5, 0o17
)

// coreNumber reports whether text is a number to YAML 1.2 readers.
func coreNumber(text string) bool {
	body := strings.TrimLeft(text, "+-")
	signs := len(text) - len(body)
	switch {
	case signs > 1 || body == "":
		return false
	case strings.HasPrefix(body, "0o"):
		return signs == 0 && len(body) > 2 && trimSpan(body[2:], "01234567") == ""
	case strings.HasPrefix(body, "0x"):
		return signs == 0 && len(body) > 2 && trimSpan(body[2:], "0123456789abcdefABCDEF") == ""
	case body == ".inf" || body == ".Inf" || body == ".INF":
		return true
	case body == ".nan" || body == ".NaN" || body == ".NAN":
		return signs == 0
	}
	rest := trimSpan(body, "0123456789")
	whole := len(rest) < len(body)
	if rest != "" && rest[0] == '.' {
		fraction := rest[1:]
		rest = trimSpan(fraction, "0123456789")
		if !whole && len(rest) == len(fraction) {
			return false
		}
	} else if !whole {
		return false
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		return isDigits(rest)
	}
	return rest == ""
}

// RemarkOn says whether readers disagree about the value of n, by its spelling
// in the file it came from and, for a string, by the spelling it will get.
func RemarkOn(n *doc.Node) Remark {
	switch n.Kind {
	case doc.String:
		// Where 1.1 rules see a number too, the writer quotes the string.
		if coreNumber(n.Text) && resolve(n.Text) == strForm {
			return NumberLike
		}
	case doc.Bool:
		switch strings.ToLower(n.Source) {
		case "yes", "no", "on", "off":
			return BoolWord
		}
	case doc.Timestamp:
		return Timestamp
	case doc.Int:
		body := strings.TrimLeft(n.Source, "+-")
		switch {
		case strings.Contains(body, ":"):
			return Base60
		case strings.HasPrefix(body, "0b"):
			return Binary
		case strings.Contains(body, "_"):
			return Underscore
		case strings.HasPrefix(body, "0o"), len(body) > 1 && body[0] == '0' && body[1] != 'x':
			return Octal
		}
	case doc.Float:
		switch {
		case n.Source == "":
		case math.IsInf(n.Float, 0) && !strings.HasPrefix(strings.TrimLeft(n.Source, "+-"), "."):
			return Infinite
		case strings.Contains(n.Source, ":"):
			return Base60
		case strings.Contains(n.Source, "_"):
			return Underscore
		case !sameDigits(n.Source, FormatFloat(n.Float)):
			return Digits
		}
	}
	return NoRemark
}

// sameDigits compares spellings of a float, but for the letter case of special
// values and a needless plus sign.
func sameDigits(source, canonical string) bool {
	return strings.EqualFold(strings.TrimPrefix(source, "+"), canonical)
}

// Effect says what the YAML reader of the runtime and the providers (yaml-cpp
// 0.7 to 0.9) does with a text that Read accepts.
type Effect uint8

const (
	// Differs: it reads another document.
	Differs Effect = iota
	// Refused: it does not read the text at all.
	Refused
)

// Difference is one place where the reader of the runtime and the providers
// does not read what Read reads. It makes the file unfit for them.
type Difference struct {
	Pos    doc.Pos
	Path   doc.Path // of the value, for Refused; nil where only the place is known
	Effect Effect
	Msg    string // never repeats a value of the document
}

// Differences returns the places of data, in source order, where the YAML reader
// of the runtime and the providers differs from Read. data must be a text that
// Read accepts; for any other the result is what could be found, perhaps nil. At
// most 100 places are returned. Time and memory are linear in len(data), and a
// text without suspicious characters is not parsed again. The error is that of
// ctx.
//
// Differs: U+0085, U+2028, U+2029 or a lone carriage return, which end a line for
// one reader only; written as an escape in double quotes they are harmless and
// not returned, and neither are U+2028 and U+2029 in double quotes where both readers
// see the same value. Refused: a tag or an anchor before a block scalar that stands in a list
// item or behind "? " or ": " and is not indented deeper than the tag.
//
// The exporter asks about the text it wrote, the validator about the text in the
// package.
func Differences(ctx context.Context, data []byte) ([]Difference, error) {
	var d differences
	text := string(data)
	suspicious := false
	var at mark
	for at.offset < len(text) && len(d.found) < maxErrors {
		n := breakLen(text[at.offset:])
		if n == 0 {
			switch text[at.offset] {
			case '|', '>':
				suspicious = true
			}
			_, n = utf8.DecodeRuneInString(text[at.offset:])
			at.offset += n
			at.column++
			continue
		}
		char := ""
		switch c := text[at.offset]; {
		case n == 1 && c == '\r':
			char = "a lone carriage return"
		case n == 2 && c != '\r':
			char = "U+0085"
		case n == 3:
			char = fmt.Sprintf("U+20%02X", text[at.offset+2]-0x80)
		}
		if char != "" {
			d.add(Difference{Pos: at.pos(), Effect: Differs,
				Msg: char + " ends a line for one YAML reader and not for another; remove it, or write it as an escape in double quotes"})
		}
		at.offset += n
		at.line++
		at.column = 0
		if at.line%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	suspicious = suspicious && strings.ContainsAny(text, "!&")
	separated := strings.Contains(text, "\u2028") || strings.Contains(text, "\u2029")
	if suspicious || separated {
		root, _, err := parse(ctx, text)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && root != nil {
			if separated {
				d.dropAlike(text, root)
			}
			if suspicious {
				d.node(root, nil)
			}
		}
	}
	return d.found, nil
}

// dropAlike drops the places of U+2028 and U+2029 in double quotes that are part of
// the value for one reader and fold into themselves for the other: those without a
// blank, another break or the mark of a document beside them.
func (d *differences) dropAlike(text string, root *node) {
	alike := map[doc.Pos]bool{}
	const others = " \t\r\n\u0085\u2028\u2029"
	var visit func(n *node)
	visit = func(n *node) {
		for _, child := range n.content {
			visit(child)
		}
		if n.kind != scalarNode || n.style != doubleStyle {
			return
		}
		at := n.mark
		for at.offset < len(text) && text[at.offset] != '"' { // its tag and anchor
			at.offset++
			at.column++
		}
		before := rune(0)
		for at.offset, at.column = at.offset+1, at.column+1; at.offset < len(text) && text[at.offset] != '"'; {
			r, size := utf8.DecodeRuneInString(text[at.offset:])
			if r == '\\' && at.offset+1 < len(text) {
				at.offset, at.column = at.offset+1, at.column+1
				before = 0
				if n := breakLen(text[at.offset:]); n == 0 {
					_, size = utf8.DecodeRuneInString(text[at.offset:])
					at.offset, at.column = at.offset+size, at.column+1
				}
				continue
			}
			if r == '\u2028' || r == '\u2029' {
				after, _ := utf8.DecodeRuneInString(text[at.offset+size:])
				if !strings.ContainsRune(others, before) && !strings.ContainsRune(others+"-.", after) {
					alike[at.pos()] = true
				}
			}
			if n := breakLen(text[at.offset:]); n > 0 {
				size = n
				at.line, at.column = at.line+1, -1
			}
			at.offset, at.column = at.offset+size, at.column+1
			before = r
		}
	}
	visit(root)
	d.found = slices.DeleteFunc(d.found, func(f Difference) bool { return alike[f.Pos] })
}

type differences struct{ found []Difference }

func (d *differences) add(f Difference) {
	if len(d.found) < maxErrors {
		d.found = append(d.found, f)
	}
}

// node looks at n and what is below it, keys included, each node of the text once.
func (d *differences) node(n *node, path doc.Path) {
	if n.outdented {
		d.add(Difference{Pos: n.pos(), Path: slices.Clone(path), Effect: Refused,
			Msg: "the YAML reader of the runtime refuses a tag or an anchor before a block scalar here; remove the tag or the anchor, or write the value in quotes"})
	}
	for i, child := range n.content {
		var step any = i
		if n.kind == mapNode {
			step = shorten(n.content[i&^1].resolved().value)
		}
		d.node(child, append(path, step))
	}
}
