package canonyaml

import (
	"math"
	"regexp"
	"strings"

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

// coreNumber is a number to YAML 1.2 readers.
var coreNumber = regexp.MustCompile(`^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)

// RemarkOn says whether readers disagree about the value of n, by its spelling
// in the file it came from and, for a string, by the spelling it will get.
func RemarkOn(n *doc.Node) Remark {
	switch n.Kind {
	case doc.String:
		// Where 1.1 rules see a number too, the writer quotes the string.
		if coreNumber.MatchString(n.Text) && resolve(n.Text) == "!!str" {
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
