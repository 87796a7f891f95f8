package canonyaml

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var timeParts = regexp.MustCompile(`^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)?$`)

// parseTimestamp reads a YAML timestamp and gives the spelling of the
// reference: a date, or date and time with the zone as it was given.
func parseTimestamp(s string) (text, fault string) {
	m := timeParts.FindStringSubmatch(s)
	if m == nil {
		return "", "not a timestamp"
	}
	number := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	year, month, day := number(1), number(2), number(3)
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if year < 1 || date.Month() != time.Month(month) || date.Day() != day {
		return "", "a date that does not exist"
	}
	text = fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	if m[4] == "" {
		return text, ""
	}
	hour, minute, second := number(4), number(5), number(6)
	if hour > 23 || minute > 59 || second > 59 {
		return "", "a time of day that does not exist"
	}
	text += fmt.Sprintf(" %02d:%02d:%02d", hour, minute, second)
	if fraction := (m[7] + "000000")[:6]; fraction != "000000" {
		text += "." + fraction
	}
	switch {
	case m[9] != "":
		offset := number(10)*60 + number(11)
		if offset >= 24*60 {
			return "", "a time zone of a day or more"
		}
		sign := m[9]
		if offset == 0 {
			sign = "+"
		}
		text += fmt.Sprintf("%s%02d:%02d", sign, offset/60, offset%60)
	case m[8] != "":
		text += "+00:00"
	}
	return text, ""
}
