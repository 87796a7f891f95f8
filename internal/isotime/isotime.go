// Package isotime reads the creation time of a project and writes the
// exported_at of its package.
//
// The contract (contract-details, "Checksums, provenance, archive") says that
// the time is read as Python 3.11's datetime.fromisoformat reads it. That is
// wider than RFC 3339 and in places odd: it has basic and week dates, takes any
// character between date and time, and forgives one stray character before a
// zone offset. The oddities are kept on purpose, because they decide bytes of
// the package. They were found by observation and are pinned by the tests.
package isotime

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// Fallback is the exported_at of a project whose creation time is absent or
// cannot be read.
const Fallback = "1970-01-01T00:00:00Z"

// ErrFormat is the error, possibly wrapped with a reason, for a text that is no
// date and time of the contract.
var ErrFormat = errors.New("not a date and time")

// ExportedAt returns created in UTC as YYYY-MM-DDTHH:MM:SSZ, or [Fallback] when
// [Parse] refuses it.
func ExportedAt(created string) string {
	t, err := Parse(created)
	if err != nil {
		return Fallback
	}
	return t.Format(time.RFC3339)
}

// Parse reads a date, or a date and time. White space around it is ignored, a
// final Z means UTC, and so does a missing zone. The result is in UTC with whole
// seconds, parts of a second being dropped, and lies in the years 1 to 9999.
// Every error wraps [ErrFormat]; none quotes s.
func Parse(s string) (time.Time, error) {
	if !utf8.ValidString(s) {
		return time.Time{}, fmt.Errorf("%w: invalid UTF-8", ErrFormat)
	}
	s = pytext.Strip(s)
	if head, ok := strings.CutSuffix(s, "Z"); ok {
		s = head + "+00:00"
	}

	n := dateLen(s)
	if n > len(s) {
		return time.Time{}, fmt.Errorf("%w: too short", ErrFormat)
	}
	day, err := parseDate(s[:n])
	if err != nil {
		return time.Time{}, err
	}
	if n == len(s) {
		return day, nil
	}
	_, sep := utf8.DecodeRuneInString(s[n:])
	sinceMidnight, offset, err := parseTime(s[n+sep:])
	if err != nil {
		return time.Time{}, err
	}

	t := day.Add(sinceMidnight - offset)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%w: outside the years 1 to 9999 in UTC", ErrFormat)
	}
	return t.Truncate(time.Second), nil
}

// at is the byte of s at i, and 0 beyond its end.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// digits reads the first n bytes of s as a decimal number.
func digits(s string, n int) (value int, rest string, ok bool) {
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		if !isDigit(s[i]) {
			return 0, s, false
		}
		value = value*10 + int(s[i]-'0')
	}
	return value, s[n:], true
}
