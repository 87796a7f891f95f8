package canonyaml

import (
	"cmp"
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
// up to 0.9) does with a text that Read accepts.
type Effect uint8

const (
	// Differs: it reads another document.
	Differs Effect = iota
	// Refused: it does not read the text at all.
	Refused
	// Altered: it reads the same document with other characters in one string.
	Altered
)

// Difference is one place where the reader of the runtime and the providers
// does not read what Read reads. Differs and Refused make the file unfit for
// them; Altered matters only if the string does.
type Difference struct {
	Pos    doc.Pos
	Path   doc.Path // of the value; nil where only the place is known
	Effect Effect
	Msg    string // never repeats a value of the document
}

// Differences returns the places of data, in source order, where the YAML reader
// of the runtime and the providers differs from Read. data must be a text that
// Read accepts; for any other the result is what could be found, perhaps nil. At
// most 100 places are returned. Time and memory are linear in len(data). The
// error comes from ctx.
//
//   - Differs: U+0085, U+2028, U+2029 or a lone carriage return, which end a line
//     for one reader only. Written as an escape in double quotes they do not, and
//     U+2028 and U+2029 as such do not in double quotes, with no blank or other
//     break beside them.
//   - Refused: a tag or an anchor before a block scalar that stands in a list item
//     or behind "? " or ": " and is not indented deeper than the tag; an alias or
//     an anchor with a colon right behind its name; "?" before a key without a
//     space.
//   - Altered: the escapes \N and \_, of which yaml-cpp makes a byte that is not
//     UTF-8; line breaks at the end of a text in quotes, or of a folded text that
//     keeps them, of which yaml-cpp loses some.
//
// The exporter asks about the text it wrote, the validator about the text in the
// package.
func Differences(ctx context.Context, data []byte) ([]Difference, error) {
	text := string(data)
	root, p, err := parse(ctx, text)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		root = nil
	}
	return p.differences(ctx, text, root)
}

// ReadWithDifferences is ReadContext together with Differences, which parses the text
// once. If it cannot be read, there are no differences.
func ReadWithDifferences(ctx context.Context, data []byte) (*doc.Node, []Difference, error) {
	text := string(data)
	parsed, p, _, err := parseChecked(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	root, _, err := p.read(ctx, text, parsed)
	if err != nil {
		return nil, nil, err
	}
	found, err := p.differences(ctx, text, parsed)
	if err != nil {
		return nil, nil, err
	}
	return root, found, nil
}

// differences are those of a text that was parsed; root is nil if it has no values or
// faults.
func (p *parser) differences(ctx context.Context, text string, root *node) ([]Difference, error) {
	var d differences
	if err := d.breaks(ctx, text, p.alike); err != nil {
		return nil, err
	}
	if root != nil {
		if hasQuirk(root) {
			d.node(root, nil)
		}
		for _, m := range p.bareMarks {
			effect, msg := bareMark.explain()
			d.add(Difference{Pos: m.pos(), Effect: effect, Msg: msg})
		}
	}
	slices.SortStableFunc(d.found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return d.found, nil
}

func hasQuirk(n *node) bool { return n.quirks != 0 || slices.ContainsFunc(n.content, hasQuirk) }

// breaks finds the line breaks that only one reader knows.
func (d *differences) breaks(ctx context.Context, text string, alike map[int]bool) error {
	if !strings.ContainsAny(text, "\r\u0085\u2028\u2029") {
		return ctx.Err()
	}
	var at mark
	for at.offset < len(text) && len(d.found) < maxErrors {
		n := breakLen(text[at.offset:])
		if n == 0 {
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
		case n == 3 && !alike[at.offset]:
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
			return ctx.Err()
		}
	}
	return nil
}

type differences struct{ found []Difference }

func (d *differences) add(f Difference) {
	if len(d.found) < maxErrors {
		d.found = append(d.found, f)
	}
}

// node looks at n and what is below it, keys included, each node of the text once.
func (d *differences) node(n *node, path doc.Path) {
	for bit := outdented; bit <= brokenEscape; bit <<= 1 {
		if n.quirks&bit != 0 {
			effect, msg := bit.explain()
			d.add(Difference{Pos: n.pos(), Path: slices.Clone(path), Effect: effect, Msg: msg})
		}
	}
	for i, child := range n.content {
		var step any = i
		if n.kind == mapNode {
			step = shorten(n.content[i&^1].resolved().value)
		}
		d.node(child, append(path, step))
	}
}

// explain says what a quirk does.
func (q quirk) explain() (Effect, string) {
	switch q {
	case outdented:
		return Refused, "the YAML reader of the runtime refuses a tag or an anchor before a block scalar here; remove the tag or the anchor, or put the value under a key of its own"
	case gluedName:
		return Refused, "the YAML reader of the runtime takes what stands right behind the name of this alias or anchor for a part of it; write the value again in its place"
	case bareMark:
		return Refused, "the YAML reader of the runtime needs a space behind a question mark that begins a key"
	case lostBreaks:
		return Altered, "the YAML reader of the runtime loses line breaks at the end of this text; end it with at most one"
	}
	return Altered, "the YAML reader of the runtime makes U+0085 or U+00A0 in this text a byte that is not UTF-8; use a space or a line break"
}
