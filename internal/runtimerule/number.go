package runtimerule

import (
	"math"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// integer is a number as C++ reads it: a sign and an amount.
type integer struct {
	minus  bool
	amount uint64
	huge   bool // does not fit 64 bits
}

// readInteger reads a text as C++ does where the base is left to it: decimal,
// octal after 0, hexadecimal after 0x, all of the text but white space around
// it, and no other form.
func readInteger(s string) (i integer, ok bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	if s != "" && (s[0] == '-' || s[0] == '+') {
		i.minus = s[0] == '-'
		s = s[1:]
	}
	base := uint64(10)
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		base, s = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, s = 8, s[1:]
	}
	for _, c := range []byte(s) {
		digit := uint64(base)
		switch {
		case c >= '0' && c <= '9':
			digit = uint64(c - '0')
		case c >= 'a' && c <= 'f':
			digit = uint64(c-'a') + 10
		case c >= 'A' && c <= 'F':
			digit = uint64(c-'A') + 10
		}
		if digit >= base {
			return integer{}, false
		}
		if i.amount > (math.MaxUint64-digit)/base {
			i.huge = true
		}
		i.amount = i.amount*base + digit
	}
	return i, s != ""
}

// zero reports whether i is 0.
func (i integer) zero() bool { return i.amount == 0 && !i.huge }

// within reports whether i lies between two numbers; least is not positive.
func (i integer) within(least int64, most uint64) bool {
	if i.huge {
		return false
	}
	if i.minus && i.amount > 0 {
		return i.amount <= -uint64(least)
	}
	return i.amount <= most
}

// fits reports whether the runtime can hold i in a number of this type. No sign
// may stand before an unsigned one, not even that of -0.
func fits(t machine.Type, i integer) bool {
	switch t {
	case machine.Signed32:
		return i.within(math.MinInt32, math.MaxInt32)
	case machine.Unsigned32:
		return !i.minus && i.within(0, math.MaxUint32)
	case machine.Size:
		return !i.minus && i.within(0, math.MaxUint64)
	}
	return true
}

// limitsOf says what fits.
func limitsOf(t machine.Type) string {
	switch t {
	case machine.Signed32:
		return "-2147483648 to 2147483647"
	case machine.Unsigned32:
		return "0 to 4294967295"
	}
	return "0 to 18446744073709551615"
}

// decimal is the form of a number in decimal digits.
type decimal struct{ point, exponent bool }

// decimalOf returns the form of a text that is digits with or without a sign, a point
// and an exponent.
func decimalOf(s string) (d decimal, ok bool) {
	s = s[signs(s):]
	whole := digits(s)
	s = s[whole:]
	fraction := 0
	if d.point = strings.HasPrefix(s, "."); d.point {
		fraction = digits(s[1:])
		s = s[1+fraction:]
	}
	if whole+fraction == 0 {
		return d, false
	}
	if d.exponent = s != "" && (s[0] == 'e' || s[0] == 'E'); d.exponent {
		s = s[1:]
		s = s[signs(s):]
		n := digits(s)
		return d, n > 0 && n == len(s)
	}
	return d, s == ""
}

// signs and digits return how many of them a text begins with, at most one sign.
func signs(s string) int {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return 1
	}
	return 0
}

func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// readDouble reads a text as C++ reads a decimal floating point number, with
// the words that the runtime's YAML reader adds for special ones.
func readDouble(s string) (f float64, ok bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	switch s {
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF":
		return math.Inf(1), true
	case "-.inf", "-.Inf", "-.INF":
		return math.Inf(-1), true
	}
	if _, ok := decimalOf(s); !ok {
		return 0, false
	}
	f, _ = strconv.ParseFloat(s, 64)
	return f, !math.IsInf(f, 0) // one that is too large is not a number to C++
}

// maxShownNumber is the longest number that a message shows.
const maxShownNumber = 32

// showNumber is a short number as the file spells it, to start a sentence.
func showNumber(n *doc.Node) string {
	if s := machine.Spelling(n); len(s) <= maxShownNumber {
		return s
	}
	return "the number"
}

// plainly is a hint to spell a number as everybody reads it.
func plainly(n *doc.Node, t machine.Type) string {
	text := n.Text
	if n.Kind == doc.Float {
		text = canonyaml.FormatFloat(n.Float)
		if t != machine.Double {
			text = strings.TrimSuffix(text, ".0")
		}
	}
	if text == "" || len(text) > maxShownNumber || strings.ContainsAny(text, "ein") && t != machine.Double {
		return "write it in decimal digits"
	}
	return "write " + text
}
