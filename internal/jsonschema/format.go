package jsonschema

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// formatOf returns the check of a format, or nil for a format that is not known,
// which by the drafts means nothing.
func formatOf(name string) func(string) bool {
	switch name {
	case "regex":
		return isPattern
	case "json-pointer":
		return isPointer
	case "relative-json-pointer":
		return isRelativePointer
	case "uuid":
		return isUUID
	case "duration":
		return isDuration
	case "period":
		return isPeriod
	case "ipv4":
		return isIPv4
	case "ipv6":
		return isIPv6
	case "hostname":
		return isHostname
	case "email":
		return isEmail
	case "date":
		return isDate
	case "time":
		return isTime
	case "date-time":
		return isDateTime
	case "uri", "iri":
		return isURI
	case "uri-reference", "iri-reference":
		return isURIReference
	case "uri-template":
		return isURITemplate
	case "semver":
		return isSemver
	}
	return nil
}

func isPattern(s string) bool {
	_, err := regexp.Compile(s)
	return err == nil
}

// RFC 6901.
func isPointer(s string) bool {
	unescaped := strings.NewReplacer("~0", "", "~1", "").Replace(s)
	return (s == "" || s[0] == '/') && !strings.Contains(unescaped, "~")
}

func isRelativePointer(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	up := len(s) - len(rest)
	return up > 0 && (up == 1 || s[0] != '0') && (rest == "#" || isPointer(rest))
}

// consists reports whether a text is not empty and has only characters that are
// among some, or are letters or digits of ASCII where alphanumeric.
func consists(s, of string, alphanumeric bool) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if strings.IndexByte(of, c) < 0 && !(alphanumeric && letter) {
			return false
		}
	}
	return s != ""
}

const digits = "0123456789"

func isUUID(s string) bool {
	lengths := [...]int{8, 4, 4, 4, 12}
	groups := strings.Split(s, "-")
	if len(groups) != len(lengths) {
		return false
	}
	for i, group := range groups {
		if len(group) != lengths[i] || !consists(group, digits+"abcdefABCDEF", false) {
			return false
		}
	}
	return true
}

// RFC 3339, appendix A.
func isDuration(s string) bool {
	s, ok := strings.CutPrefix(s, "P")
	if weeks, isWeeks := strings.CutSuffix(s, "W"); isWeeks && ok {
		return consists(weeks, digits, false)
	}
	date, clock, timed := strings.Cut(s, "T")
	return ok && s != "" && (!timed || clock != "") && isElements(date, "YMD") && isElements(clock, "HMS")
}

// isElements reports whether a text has numbers, each with one of the units, in the
// order of the units.
func isElements(s, units string) bool {
	for s != "" {
		rest := strings.TrimLeft(s, digits)
		if rest == "" || len(rest) == len(s) {
			return false
		}
		i := strings.IndexByte(units, rest[0])
		if i < 0 {
			return false
		}
		s, units = rest[1:], units[i+1:]
	}
	return true
}

func isPeriod(s string) bool {
	start, end, ok := strings.Cut(s, "/")
	if strings.HasPrefix(start, "P") {
		return ok && isDuration(start) && isDateTime(end)
	}
	return ok && isDateTime(start) && (isDuration(end) || isDateTime(end))
}

func isIPv4(s string) bool {
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is4()
}

func isIPv6(s string) bool {
	address, err := netip.ParseAddr(s)
	return err == nil && !address.Is4() && address.Zone() == ""
}

func isHostname(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) > 63 || !consists(label, "-", true) || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if len(s) > 254 || at < 0 || at > 64 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if len(local) > 1 && local[0] == '"' && local[at-1] == '"' {
		if strings.ContainsAny(local[1:at-1], `\"`) {
			return false
		}
	} else if local != "" && (strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") ||
		!consists(local, ".!#$%&'*+-/=?^_`{|}~", true)) {
		return false
	}
	if address, ok := strings.CutPrefix(domain, "["); ok && strings.HasSuffix(address, "]") {
		address = strings.TrimSuffix(address, "]")
		if six, ok := strings.CutPrefix(address, "IPv6:"); ok {
			return isIPv6(six)
		}
		return isIPv4(address)
	}
	return isHostname(domain)
}

// RFC 3339, section 5.6.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isDateTime(s string) bool {
	return len(s) > 11 && s[10]|0x20 == 't' && isDate(s[:10]) && isTime(s[11:])
}

func isTime(s string) bool {
	if len(s) < 9 || s[5] != ':' {
		return false
	}
	hour, minute, ok := clock(s[:5])
	second, err := strconv.ParseUint(s[6:8], 10, 8)
	if !ok || err != nil || second > 60 {
		return false
	}
	s = s[8:]
	if fraction, ok := strings.CutPrefix(s, "."); ok {
		if s = strings.TrimLeft(fraction, digits); len(s) == len(fraction) {
			return false
		}
	}
	if s != "z" && s != "Z" {
		if len(s) != 6 || s[0] != '+' && s[0] != '-' {
			return false
		}
		hours, minutes, ok := clock(s[1:])
		if !ok {
			return false
		}
		offset := hours*60 + minutes
		if s[0] == '+' {
			offset = -offset
		}
		utc := (hour*60 + minute + offset + 24*60) % (24 * 60)
		hour, minute = utc/60, utc%60
	}
	return second < 60 || hour == 23 && minute == 59 // leap seconds come at midnight
}

// clock reads hh:mm.
func clock(s string) (hour, minute int, ok bool) {
	if s[2] != ':' || !consists(s[:2]+s[3:], digits, false) {
		return 0, 0, false
	}
	hour, _ = strconv.Atoi(s[:2])
	minute, _ = strconv.Atoi(s[3:])
	return hour, minute, hour < 24 && minute < 60
}

func parseURL(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, false
	}
	host := u.Hostname()
	if strings.Contains(host, ":") && !(strings.HasPrefix(u.Host, "[") && isIPv6(host)) {
		return nil, false
	}
	return u, true
}

func isURI(s string) bool {
	u, ok := parseURL(s)
	return ok && u.IsAbs()
}

func isURIReference(s string) bool {
	_, ok := parseURL(s)
	return ok && !strings.Contains(s, `\`)
}

func isURITemplate(s string) bool {
	u, ok := parseURL(s)
	if !ok {
		return false
	}
	for element := range strings.SplitSeq(u.RawPath, "/") {
		element, err := url.PathUnescape(element)
		if err != nil {
			return false
		}
		open := false
		for i := range len(element) {
			switch brace := element[i]; brace {
			case '{', '}':
				if open == (brace == '{') {
					return false
				}
				open = !open
			}
		}
		if open {
			return false
		}
	}
	return true
}

// semver.org, version 2.
func isSemver(s string) bool {
	s, build, ok := strings.Cut(s, "+")
	if ok && !isIdentifiers(build, false) {
		return false
	}
	s, pre, ok := strings.Cut(s, "-")
	if ok && !isIdentifiers(pre, true) {
		return false
	}
	core := strings.Split(s, ".")
	for _, number := range core {
		if !consists(number, digits, false) || len(number) > 1 && number[0] == '0' {
			return false
		}
	}
	return len(core) == 3
}

func isIdentifiers(s string, noZeros bool) bool {
	for id := range strings.SplitSeq(s, ".") {
		if !consists(id, "-", true) || noZeros && len(id) > 1 && id[0] == '0' && consists(id, digits, false) {
			return false
		}
	}
	return true
}

// isAnchor reports whether a text is what $anchor of a draft may be.
func isAnchor(s string, draft int) bool {
	first, more := "", "-.:_"
	if draft >= 2020 {
		first, more = "_", "-._"
	}
	return s != "" && (strings.Contains(first, s[:1]) || consists(s[:1], "", true) && s[0] > '9') && consists(s, more, true)
}
