package canonyaml

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// maxDigits is the longest integer the reference converts to and from text.
const maxDigits = 4300

// parseInt reads an integer of any base and gives its decimal digits.
func parseInt(s string) (digits, fault string) {
	const bad = "not an integer"
	body, negative := strings.TrimSpace(strings.ReplaceAll(s, "_", "")), false
	if strings.HasPrefix(body, "-") || strings.HasPrefix(body, "+") {
		negative = body[0] == '-'
		body = strings.TrimSpace(body[1:])
	}
	base := 10
	switch {
	case strings.HasPrefix(body, "0b"):
		base, body = 2, body[2:]
	case strings.HasPrefix(body, "0x"):
		base, body = 16, body[2:]
	case strings.HasPrefix(body, "0o"):
		base, body = 8, body[2:]
	case len(body) > 1 && body[0] == '0':
		base = 8
	case strings.Contains(body, ":"):
		base = 60
	}
	if body == "" || strings.ContainsAny(body, "+-") {
		return "", bad
	}
	if base == 10 && len(body) > maxDigits || base == 60 && strings.Count(body, ":") > maxDigits {
		return "", "an integer of more than 4300 digits"
	}
	value := new(big.Int)
	if base == 60 {
		sixty := big.NewInt(60)
		for part := range strings.SplitSeq(body, ":") {
			digit, ok := new(big.Int).SetString(strings.TrimSpace(part), 10)
			if !ok {
				return "", bad
			}
			value.Add(value.Mul(value, sixty), digit)
		}
	} else if _, ok := value.SetString(body, base); !ok {
		return "", bad
	}
	if negative {
		value.Neg(value)
	}
	if value.BitLen() > maxDigits*4 { // before the costly conversion
		return "", "an integer of more than 4300 digits"
	}
	digits = value.String()
	if len(strings.TrimPrefix(digits, "-")) > maxDigits {
		return "", "an integer of more than 4300 digits"
	}
	return digits, ""
}

// parseFloat reads a float as the reference does.
func parseFloat(s string) (value float64, fault string) {
	const bad = "not a float"
	body := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(s, "_", "")))
	sign := 1.0
	if strings.HasPrefix(body, "-") || strings.HasPrefix(body, "+") {
		if body[0] == '-' {
			sign = -1
		}
		body = body[1:]
	}
	switch {
	case body == ".inf":
		return math.Inf(int(sign)), ""
	case body == ".nan":
		return math.NaN(), ""
	case strings.ContainsAny(body, "xp"):
		return 0, bad // ParseFloat would read it as hexadecimal
	case strings.Contains(body, ":"):
		parts := strings.Split(body, ":")
		base, sum := 1.0, 0.0
		for i := len(parts) - 1; i >= 0; i-- {
			digit, err := strconv.ParseFloat(strings.TrimSpace(parts[i]), 64)
			if err != nil && !outOfRange(err) {
				return 0, bad
			}
			sum += digit * base
			base *= 60
		}
		return sign * sum, ""
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(body), 64)
	if err != nil && !outOfRange(err) {
		return 0, bad
	}
	return sign * value, ""
}

// outOfRange tells a number that is too large, which is an infinity to the
// reference, from a text that is no number.
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
