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

// dateLen returns where the date at the start of s ends. Nothing marks that
// place, since any character may follow a date: a week date is told from its
// digits, and where 2026-W16-19 could end in a day or be followed by an hour,
// the hour wins.
func dateLen(s string) int {
	switch {
	case at(s, 4) == '-' && at(s, 5) == 'W':
		if at(s, 8) != '-' || isDigit(at(s, 10)) {
			return len("2026-W16")
		}
		return len("2026-W16-4")
	case at(s, 4) == '-':
		return len("2026-04-16")
	case at(s, 4) == 'W':
		n := len("2026W16")
		for isDigit(at(s, n)) {
			n++
		}
		switch {
		case n <= len("2026W164"):
			return n
		case n%2 == 0:
			return len("2026W16")
		}
		return len("2026W164")
	}
	return len("20260416")
}

// parseDate reads a whole date and returns its midnight in UTC.
func parseDate(s string) (time.Time, error) {
	year, rest, ok := digits(s, 4)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: no year of four digits", ErrFormat)
	}
	dash := ""
	if strings.HasPrefix(rest, "-") {
		dash = "-"
	}
	rest = rest[len(dash):]
	if week, ok := strings.CutPrefix(rest, "W"); ok {
		return parseWeek(year, week, dash)
	}

	month, rest, ok := digits(rest, 2)
	if !ok || !strings.HasPrefix(rest, dash) {
		return time.Time{}, fmt.Errorf("%w: no month of two digits", ErrFormat)
	}
	day, rest, ok := digits(rest[len(dash):], 2)
	if !ok || rest != "" {
		return time.Time{}, fmt.Errorf("%w: no day of two digits", ErrFormat)
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || t.Month() != time.Month(month) || t.Day() != day {
		return time.Time{}, fmt.Errorf("%w: no such day", ErrFormat)
	}
	return t, nil
}

// parseWeek reads an ISO 8601 week with an optional day; Monday is the default.
func parseWeek(year int, s, dash string) (time.Time, error) {
	week, rest, ok := digits(s, 2)
	if !ok {
		return time.Time{}, fmt.Errorf("%w: no week of two digits", ErrFormat)
	}
	day := 1
	if rest != "" {
		if !strings.HasPrefix(rest, dash) {
			return time.Time{}, fmt.Errorf("%w: no day of the week", ErrFormat)
		}
		if day, rest, ok = digits(rest[len(dash):], 1); !ok || rest != "" {
			return time.Time{}, fmt.Errorf("%w: no day of the week", ErrFormat)
		}
	}
	// 4 January always lies in week 1.
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	t := monday.AddDate(0, 0, (week-1)*7+day-1)
	gotYear, gotWeek := t.ISOWeek()
	if year < 1 || day < 1 || day > 7 || gotYear != year || gotWeek != week {
		return time.Time{}, fmt.Errorf("%w: no such week", ErrFormat)
	}
	if t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%w: outside the years 1 to 9999", ErrFormat)
	}
	return t, nil
}

// clock is a time of day or a zone offset, as written.
type clock struct {
	hour, minute, second, micro int
}

func (c clock) seconds() time.Duration {
	return time.Duration(c.hour*3600+c.minute*60+c.second) * time.Second
}

func (c clock) duration() time.Duration {
	return c.seconds() + time.Duration(c.micro)*time.Microsecond
}

// parseTime reads a time of day with an optional zone.
func parseTime(s string) (sinceMidnight, offset time.Duration, err error) {
	zone := strings.IndexAny(s, "+-Z")
	text := s
	if zone >= 0 {
		text = s[:zone]
	}
	c, whole, ok := parseClock(text)
	switch {
	case !ok, zone < 0 && !whole:
		// Before a zone one left-over character is forgiven: "19:01:02 +00:00".
		return 0, 0, fmt.Errorf("%w: bad time of day", ErrFormat)
	case c.hour > 23 || c.minute > 59 || c.second > 59:
		return 0, 0, fmt.Errorf("%w: no such time of day", ErrFormat)
	}
	if zone >= 0 {
		offset, err = parseZone(s[zone:])
	}
	return c.duration(), offset, err
}

// parseZone reads an offset from UTC. Only its sum is limited, to less than a
// day: +00:99 is 99 minutes.
func parseZone(s string) (time.Duration, error) {
	if s[0] == 'Z' {
		// Parse has replaced a final Z, so this one ends the text only if a NUL
		// hides the rest from a reader of C strings.
		if at(s, 1) != 0 {
			return 0, fmt.Errorf("%w: text after Z", ErrFormat)
		}
		return 0, nil
	}
	c, whole, ok := parseClock(s[1:])
	if !ok || !whole {
		return 0, fmt.Errorf("%w: bad offset from UTC", ErrFormat)
	}
	offset := c.duration()
	if offset >= 24*time.Hour {
		return 0, fmt.Errorf("%w: offset from UTC of a day or more", ErrFormat)
	}
	if c.seconds() == 0 {
		// An offset of less than a second is UTC.
		return 0, nil
	}
	if s[0] == '-' {
		offset = -offset
	}
	return offset, nil
}

// parseClock reads HH[[:]MM[[:]SS]] and a fraction, which may follow any of the
// three. whole is false when something is left over that the caller may forgive:
// one character, or anything after six digits of a fraction. A NUL there counts
// as the end of the text.
func parseClock(s string) (c clock, whole, ok bool) {
	colons := false
	for i, field := range []*int{&c.hour, &c.minute, &c.second} {
		if *field, s, ok = digits(s, 2); !ok {
			return c, false, false
		}
		next := at(s, 0)
		if i == 0 {
			colons = next == ':'
		}
		switch {
		case len(s) <= 1:
			return c, next == 0, true
		case colons && next == ':':
			// After the seconds a colon stands for a decimal point.
			s = s[1:]
			continue
		case next == '.' || next == ',':
			return parseFraction(c, s[1:])
		case colons:
			return c, false, false
		}
	}
	return parseFraction(c, s)
}

// parseFraction reads the digits after a decimal point, of which it keeps six.
func parseFraction(c clock, s string) (_ clock, whole, ok bool) {
	const places = 6
	n := min(len(s), places)
	if c.micro, s, ok = digits(s, n); !ok {
		return c, false, false
	}
	for ; n < places; n++ {
		c.micro *= 10
	}
	s = strings.TrimLeft(s, "0123456789")
	return c, at(s, 0) == 0, true
}
