package isotime

import (
	"fmt"
	"strings"
	"time"
)

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
