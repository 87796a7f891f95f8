package canonyaml

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// form is the implicit type of a plain scalar.
type form uint8

const (
	strForm form = iota
	nullForm
	boolForm
	intForm
	floatForm
	timeForm
	mergeForm
	valueForm
)

// formTags are the tags of the forms.
var formTags = [...]string{
	tagPrefix + "str", tagPrefix + "null", tagPrefix + "bool", tagPrefix + "int", tagPrefix + "float",
	tagPrefix + "timestamp", tagPrefix + "merge", tagPrefix + "value",
}

// resolve returns the implicit type of a plain scalar, after the YAML 1.1 type
// repository with the deviations of the reference: no y and n booleans, a signed
// exponent in floats, and no float without a dot.
func resolve(text string) form {
	if text == "" {
		return nullForm
	}
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return numberForm(text)
	case strings.IndexByte("yYnNtTfFoO~", c) >= 0 && len(text) <= len("false\n"):
		switch strings.TrimSuffix(text, "\n") { // so does the pattern of the reference
		case "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF":
			return boolForm
		case "~", "null", "Null", "NULL":
			return nullForm
		}
	case c == '<' && strings.TrimSuffix(text, "\n") == "<<":
		return mergeForm
	case c == '=' && strings.TrimSuffix(text, "\n") == "=":
		return valueForm
	}
	return strForm
}

// numberForm tells numbers and timestamps from texts. It ends at the first byte
// that is in none of them.
func numberForm(text string) form {
	text = strings.TrimSuffix(text, "\n")
	body := text
	if body != "" && (body[0] == '-' || body[0] == '+') {
		body = body[1:]
	}
	signed := len(body) < len(text)
	if body == "" {
		return strForm
	}
	if body[0] == '.' {
		switch body {
		case ".inf", ".Inf", ".INF":
			return floatForm
		case ".nan", ".NaN", ".NAN":
			if !signed {
				return floatForm
			}
		}
		if !signed && len(body) > 1 && isDigit(body[1]) && isExponent(trimSpan(body[1:], decimal)) {
			return floatForm
		}
		return strForm
	}
	if !isDigit(body[0]) {
		return strForm
	}
	rest := trimSpan(body, decimal)
	switch {
	case rest == "":
		// Digits and underscores: a leading zero makes the number octal.
		if body[0] != '0' || len(body) == 1 || trimSpan(body, octal) == "" {
			return intForm
		}
		return strForm
	case rest[0] == '.':
		if isExponent(trimSpan(rest[1:], decimal)) {
			return floatForm
		}
		return strForm
	case rest[0] == ':':
		for rest != "" && rest[0] == ':' {
			digits := 0
			for digits < 2 && digits+1 < len(rest) && isDigit(rest[digits+1]) {
				digits++
			}
			if digits == 0 || digits == 2 && rest[1] > '5' {
				return strForm
			}
			rest = rest[1+digits:]
		}
		switch {
		case rest == "" && body[0] != '0':
			return intForm
		case rest != "" && rest[0] == '.' && trimSpan(rest[1:], decimal) == "":
			return floatForm
		}
		return strForm
	case len(body) > 2 && body[0] == '0' && body[1] == 'b' && trimSpan(body[2:], binary) == "",
		len(body) > 2 && body[0] == '0' && body[1] == 'x' && trimSpan(body[2:], hexadecimal) == "":
		return intForm
	case !signed && rest[0] == '-':
		if t, ok := splitTime(text); ok && (t.clock || len(t.month) == 2 && len(t.day) == 2) {
			return timeForm
		}
	}
	return strForm
}

// What numbers are written with, underscores included.
const (
	binary      = "01_"
	octal       = "01234567_"
	decimal     = "0123456789_"
	hexadecimal = "0123456789abcdefABCDEF_"
)

func trimSpan(s, bytes string) string {
	for s != "" && strings.IndexByte(bytes, s[0]) >= 0 {
		s = s[1:]
	}
	return s
}

// isExponent reports whether s is empty or a signed exponent.
func isExponent(s string) bool {
	if s == "" {
		return true
	}
	return len(s) > 2 && (s[0] == 'e' || s[0] == 'E') && (s[1] == '-' || s[1] == '+') && isDigits(s[2:])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// maxDigits is the longest integer the reference converts to and from text.
const maxDigits = 4300

// parseInt reads an integer as the reference does and returns its decimal digits.
func parseInt(s string) (digits, fault string) {
	body, negative := cutSign(strings.ReplaceAll(s, "_", ""))
	value, ok := new(big.Int), false
	switch {
	case strings.HasPrefix(body, "0b"):
		value, ok = pythonInt(body[2:], 2)
	case strings.HasPrefix(body, "0x"):
		value, ok = pythonInt(body[2:], 16)
	case strings.HasPrefix(body, "0"):
		value, ok = pythonInt(body, 8)
	case strings.Contains(body, ":"):
		if strings.Count(body, ":") > maxDigits {
			return "", longInt
		}
		ok = true
		sixty := big.NewInt(60)
		for part := range strings.SplitSeq(body, ":") {
			var digit *big.Int
			if digit, ok = pythonInt(part, 10); !ok {
				break
			}
			value.Add(value.Mul(value, sixty), digit)
		}
	default:
		if len(body) > maxDigits && isDigits(body) {
			return "", longInt
		}
		value, ok = pythonInt(body, 10)
	}
	if !ok {
		return "", "not an integer"
	}
	if negative {
		value.Neg(value)
	}
	if value.BitLen() > maxDigits*4 { // before the costly conversion
		return "", longInt
	}
	digits = value.String()
	if len(strings.TrimPrefix(digits, "-")) > maxDigits {
		return "", longInt
	}
	return digits, ""
}

const longInt = "an integer of more than 4300 digits"

func cutSign(s string) (rest string, negative bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[1:], s[0] == '-'
	}
	return s, false
}

// pythonInt is int(s, base): white space around it, a sign, and the prefix of
// the base are taken. Other digits than those of ASCII are not.
func pythonInt(s string, base int) (*big.Int, bool) {
	s, negative := cutSign(pytext.Strip(s))
	if len(s) > 1 && s[0] == '0' {
		switch c := s[1] | 0x20; {
		case base == 2 && c == 'b', base == 8 && c == 'o', base == 16 && c == 'x':
			s = s[2:]
		}
	}
	if s == "" || s[0] == '-' || s[0] == '+' || base == 10 && len(s) > maxDigits {
		return nil, false
	}
	value, ok := new(big.Int).SetString(s, base)
	if ok && negative {
		value.Neg(value)
	}
	return value, ok
}

// parseFloat reads a float as the reference does.
func parseFloat(s string) (value float64, fault string) {
	body, negative := cutSign(strings.ToLower(strings.ReplaceAll(s, "_", "")))
	ok := true
	switch {
	case body == ".inf":
		value = math.Inf(1)
	case body == ".nan":
		value = math.NaN()
	case strings.Contains(body, ":"):
		parts := strings.Split(body, ":")
		base := 1.0
		for i := len(parts) - 1; i >= 0 && ok; i-- {
			var digit float64
			digit, ok = pythonFloat(parts[i])
			value += digit * base
			base *= 60
		}
	default:
		value, ok = pythonFloat(body)
	}
	if !ok {
		return 0, "not a float"
	}
	if negative {
		value = -value
	}
	return value, ""
}

// pythonFloat is float(s) for a text in lower case.
func pythonFloat(s string) (float64, bool) {
	s = pytext.Strip(s)
	if strings.ContainsAny(s, "xp") { // ParseFloat would read it as hexadecimal
		return 0, false
	}
	value, err := strconv.ParseFloat(s, 64)
	return value, err == nil || outOfRange(err)
}

// outOfRange tells a number that is too large, which is an infinity to the
// reference, from a text that is not a number.
func outOfRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// FormatFloat spells f as Python's repr does, with the dot that keeps YAML 1.1
// from reading an exponent form as a string.
func FormatFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return ".nan"
	case math.IsInf(f, 1):
		return ".inf"
	case math.IsInf(f, -1):
		return "-.inf"
	}
	shortest := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(shortest, "e")
	if exp, _ := strconv.Atoi(exponent); exp >= -4 && exp < 16 {
		plain := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(plain, ".") {
			plain += ".0"
		}
		return plain
	}
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	return mantissa + "e" + exponent
}

// timeFields are the digits of a timestamp as written.
type timeFields struct {
	year, month, day     string
	clock                bool // there is a time of day
	hour, minute, second string
	fraction             string
	zone                 byte // 'Z', '+', '-' or 0
	zoneHour, zoneMinute string
}

// splitTime reads a timestamp: a date, or a date and a time of day.
func splitTime(s string) (t timeFields, ok bool) {
	s = strings.TrimSuffix(s, "\n")
	digits := func(least, most int) string {
		n := 0
		for n < len(s) && n < most && isDigit(s[n]) {
			n++
		}
		if n < least {
			ok = false
		}
		d := s[:n]
		s = s[n:]
		return d
	}
	char := func(c byte) {
		if s == "" || s[0] != c {
			ok = false
			return
		}
		s = s[1:]
	}
	ok = true
	t.year = digits(4, 4)
	char('-')
	t.month = digits(1, 2)
	char('-')
	t.day = digits(1, 2)
	if !ok || s == "" {
		return t, ok
	}
	t.clock = true
	if s[0] == 'T' || s[0] == 't' {
		s = s[1:]
	} else if blank := strings.TrimLeft(s, " \t"); len(blank) < len(s) {
		s = blank
	} else {
		return t, false
	}
	t.hour = digits(1, 2)
	char(':')
	t.minute = digits(2, 2)
	char(':')
	t.second = digits(2, 2)
	if ok && s != "" && s[0] == '.' {
		s = s[1:]
		t.fraction = digits(0, len(s))
	}
	if !ok || s == "" {
		return t, ok
	}
	switch s = strings.TrimLeft(s, " \t"); {
	case s == "Z":
		t.zone = 'Z'
		return t, true
	case s != "" && (s[0] == '+' || s[0] == '-'):
		t.zone = s[0]
		s = s[1:]
		t.zoneHour = digits(1, 2)
		if ok && s != "" {
			char(':')
			t.zoneMinute = digits(2, 2)
		}
		return t, ok && s == ""
	}
	return t, false
}

// parseTimestamp reads a YAML timestamp and returns the spelling of the
// reference: a date, or date and time with the zone as it was given.
func parseTimestamp(s string) (text, fault string) {
	t, ok := splitTime(s)
	if !ok {
		return "", "not a timestamp"
	}
	number := func(digits string) int { v, _ := strconv.Atoi(digits); return v }
	year, month, day := number(t.year), number(t.month), number(t.day)
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || date.Month() != time.Month(month) || date.Day() != day {
		return "", "a date that does not exist"
	}
	text = fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	if !t.clock {
		return text, ""
	}
	hour, minute, second := number(t.hour), number(t.minute), number(t.second)
	if hour > 23 || minute > 59 || second > 59 {
		return "", "a time of day that does not exist"
	}
	text += fmt.Sprintf(" %02d:%02d:%02d", hour, minute, second)
	if fraction := (t.fraction[:min(len(t.fraction), 6)] + "000000")[:6]; fraction != "000000" {
		text += "." + fraction
	}
	switch t.zone {
	case '+', '-':
		offset := number(t.zoneHour)*60 + number(t.zoneMinute)
		if offset >= 24*60 {
			return "", "a time zone of a day or more"
		}
		sign := t.zone
		if offset == 0 {
			sign = '+'
		}
		text += fmt.Sprintf("%c%02d:%02d", sign, offset/60, offset%60)
	case 'Z':
		text += "+00:00"
	}
	return text, ""
}

func parseBool(s string) (value bool, fault string) {
	switch strings.ToLower(s) {
	case "yes", "true", "on":
		return true, ""
	case "no", "false", "off":
		return false, ""
	}
	return false, "not a boolean"
}

// parseBinary decodes base64 as leniently as the reference: characters outside
// the alphabet are skipped, and what follows the padding is ignored.
func parseBinary(s string) (data, fault string) {
	var clean strings.Builder
	pad := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 0x80:
			return "", "binary data must be ASCII"
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			if pad > 0 {
				pad = 0
			}
			clean.WriteByte(c)
		case c == '=':
			pad++
			if quads := clean.Len() % 4; quads >= 2 && quads+pad >= 4 {
				i = len(s)
			}
		}
	}
	if n := clean.Len() % 4; n == 1 || n > 1 && n+pad < 4 {
		return "", "not base64 data"
	}
	raw, err := base64.RawStdEncoding.DecodeString(clean.String())
	if err != nil {
		return "", "not base64 data"
	}
	return string(raw), ""
}

// identity is a text that two keys share exactly when the reference holds them
// for the same key: 1, 1.0 and true are one key, "1" is another.
func identity(n *doc.Node) string {
	switch n.Kind {
	case doc.Null:
		return "null"
	case doc.Bool:
		if n.Bool {
			return "n1"
		}
		return "n0"
	case doc.Int:
		return "n" + n.Text
	case doc.Float:
		if math.IsNaN(n.Float) {
			return "nan" // there is one, and a dict finds it
		}
		if n.Float == math.Trunc(n.Float) && !math.IsInf(n.Float, 0) {
			i, _ := big.NewFloat(n.Float).Int(nil)
			return "n" + i.String()
		}
		return "n" + strconv.FormatFloat(n.Float, 'g', -1, 64)
	case doc.Binary:
		return "b" + n.Text
	case doc.Timestamp:
		return "t" + n.Text
	default:
		return "s" + n.Text
	}
}
