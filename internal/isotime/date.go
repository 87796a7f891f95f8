package isotime

import (
	"fmt"
	"strings"
	"time"
)

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
