package sshsig

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// MaxAllowed is the length in bytes of the longest list of allowed signers that is
// read.
const MaxAllowed = 1 << 20

// LineError reports a line of a list of allowed signers that cannot be used.
type LineError struct {
	Line   int // counts from 1; 0 is the list as a whole
	Reason string
}

func (e *LineError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// Allowed is a list of allowed signers.
type Allowed struct{ lines []line }

// line is a key and whom it belongs to.
type line struct {
	number        int
	principals    string
	namespaces    string // "" for all
	after, before int64  // seconds of Unix time; 0 for none
	key           []byte // in its wire form
}

// ParseAllowed reads a list of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS"). zone
// is the time zone of times that do not end in Z; nil is UTC. Any line that cannot be
// used is a *LineError, such as one with cert-authority.
func ParseAllowed(text []byte, zone *time.Location) (*Allowed, error) {
	if len(text) > MaxAllowed {
		return nil, &LineError{0, fmt.Sprintf("longer than %d bytes", MaxAllowed)}
	}
	if zone == nil {
		zone = time.UTC
	}
	a := &Allowed{}
	number := 0
	for row := range bytes.Lines(text) {
		number++
		fields := strings.Trim(string(row), " \t\r\n")
		if fields == "" || fields[0] == '#' {
			continue
		}
		l := line{number: number}
		if err := l.parse(fields, zone); err != nil {
			return nil, &LineError{number, err.Error()}
		}
		a.lines = append(a.lines, l)
	}
	return a, nil
}

func (l *line) parse(text string, zone *time.Location) error {
	l.principals, text = field(text)
	if l.principals == "" {
		return errors.New("no principals")
	}
	if isKeyType(text) {
		return l.parseKey(text)
	}
	options, rest, err := splitOptions(text)
	if err != nil {
		return err
	}
	if err := l.parseOptions(options, zone); err != nil {
		return err
	}
	return l.parseKey(rest)
}

// field cuts off the first field, which may be in quotes.
func field(text string) (first, rest string) {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		if first, rest, ok = strings.Cut(quoted, `"`); ok {
			return first, strings.TrimLeft(rest, " \t")
		}
		return "", ""
	}
	i := strings.IndexAny(text, " \t")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeft(text[i:], " \t")
}

func isKeyType(text string) bool {
	name, _ := field(text)
	return strings.HasPrefix(name, "ssh-") || strings.HasPrefix(name, "ecdsa-") || strings.HasPrefix(name, "sk-") || strings.HasPrefix(name, "rsa-")
}

// splitOptions cuts off the options, which end at white space outside of quotes.
func splitOptions(text string) (options, rest string, err error) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\\' && i+1 < len(text) && text[i+1] == '"':
			i++
		case b == '"':
			quoted = !quoted
		case (b == ' ' || b == '\t') && !quoted:
			return text[:i], strings.TrimLeft(text[i:], " \t"), nil
		}
	}
	if quoted {
		return "", "", errors.New("a quote is not closed")
	}
	return "", "", errors.New("no key")
}

func (l *line) parseOptions(options string, zone *time.Location) error {
	seen := map[string]bool{}
	for options != "" {
		name := options
		if i := strings.IndexAny(options, "=,"); i >= 0 {
			name = options[:i]
		}
		options = options[len(name):]
		name = strings.ToLower(name)
		if seen[name] {
			return fmt.Errorf("option %s is given twice", name)
		}
		seen[name] = true
		var value string
		switch name {
		case "cert-authority":
			return errors.New("cert-authority is not supported; list the keys themselves")
		case "namespaces", "valid-after", "valid-before":
			var err error
			if value, options, err = unquote(name, options); err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown option %.32q", name)
		}
		var err error
		switch name {
		case "namespaces":
			if l.namespaces = value; value == "" {
				err = errors.New("namespaces is empty")
			}
		case "valid-after":
			l.after, err = parseTime(name, value, zone)
		case "valid-before":
			l.before, err = parseTime(name, value, zone)
		}
		if err != nil {
			return err
		}
		if options == "" {
			break
		}
		var ok bool
		if options, ok = strings.CutPrefix(options, ","); !ok || options == "" {
			return errors.New("options must be separated by commas")
		}
	}
	if l.after != 0 && l.before != 0 && l.before <= l.after {
		return errors.New("valid-before is not later than valid-after")
	}
	return nil
}

// unquote reads ="value" at the beginning of the rest of the options.
func unquote(name, text string) (value, rest string, err error) {
	text, ok := strings.CutPrefix(text, `="`)
	if !ok {
		return "", "", fmt.Errorf(`%s must be followed by ="…"`, name)
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '"':
			i++
			b.WriteByte('"')
		case text[i] == '"':
			return b.String(), text[i+1:], nil
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", errors.New("a quote is not closed")
}

// parseTime reads YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with Z for UTC.
func parseTime(name, text string, zone *time.Location) (int64, error) {
	digits := text
	if n := len(text) - 1; n >= 0 && (text[n] == 'Z' || text[n] == 'z') {
		digits, zone = text[:n], time.UTC
	}
	layout := ""
	switch len(digits) {
	case 8:
		layout = "20060102"
	case 12:
		layout = "200601021504"
	case 14:
		layout = "20060102150405"
	}
	t, err := time.ParseInLocation(layout, digits, zone)
	if layout == "" || err != nil || t.Unix() <= 0 {
		return 0, fmt.Errorf("%s must be a time such as 20260403Z or 202604031200Z", name)
	}
	return t.Unix(), nil
}

func (l *line) parseKey(text string) error {
	name, rest := field(text)
	encoded, _ := field(rest)
	if name == "" || encoded == "" {
		return errors.New("no key")
	}
	wire, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return errors.New("the key is damaged")
	}
	key, err := ParseKey(wire)
	switch {
	case errors.Is(err, ErrUnsupported):
		return errors.New(strings.TrimPrefix(err.Error(), ErrUnsupported.Error()+": "))
	case err != nil || key.Type() != name:
		return errors.New("the key is damaged")
	}
	l.key = wire
	return nil
}

// The reasons why a key is not allowed.
var (
	ErrKey         = errors.New("the key is not among the allowed signers")
	ErrPrincipal   = errors.New("the key belongs to another signer")
	ErrNamespace   = errors.New("the key must not sign packages")
	ErrNotYetValid = errors.New("the key is not valid yet")
	ErrExpired     = errors.New("the key is not valid any more")
)

// Check returns the principals of the first line that allows a key for a namespace at
// a time. If principal is not empty, it must be among them. Otherwise the error is the
// reason of the line that comes closest.
func (a *Allowed) Check(key ssh.PublicKey, namespace, principal string, at time.Time) (string, error) {
	wire, now := key.Marshal(), at.Unix()
	closest, rank := ErrKey, 0
	miss := func(err error, how int) {
		if how > rank {
			closest, rank = err, how
		}
	}
	for _, l := range a.lines {
		switch {
		case !bytes.Equal(l.key, wire):
		case principal != "" && !matchList(principal, l.principals):
			miss(ErrPrincipal, 1)
		case l.namespaces != "" && !matchList(namespace, l.namespaces):
			miss(ErrNamespace, 2)
		case l.after != 0 && now < l.after:
			miss(ErrNotYetValid, 3)
		case l.before != 0 && now > l.before:
			miss(ErrExpired, 3)
		default:
			return l.principals, nil
		}
	}
	return "", closest
}

// matchList holds a text against a list of patterns, as OpenSSH does: one of them must
// match, and none that is negated by an exclamation mark.
func matchList(text, patterns string) bool {
	matched := false
	for pattern := range strings.SplitSeq(patterns, ",") {
		negated := strings.HasPrefix(pattern, "!")
		if match(text, strings.TrimPrefix(pattern, "!")) {
			if negated {
				return false
			}
			matched = true
		}
	}
	return matched
}

// match holds a text against a pattern with * for any text and ? for any character.
// It goes back to the last star only, so it takes at most the product of the lengths.
func match(text, pattern string) bool {
	t, p, star, again := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, again = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			t++
			p++
		case star >= 0:
			again++
			t, p = again, star+1
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// Empty reports whether the list has no key.
func (a *Allowed) Empty() bool { return len(a.lines) == 0 }
