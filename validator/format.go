package validator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

//go:generate go test -run=^(TestReportSchemaIsCurrent|TestChecksDocIsCurrent)$ . -update

// safeText makes text safe to show on one line of a terminal: what does not show
// (control characters, marks that reorder a line, bytes that are no UTF-8)
// becomes an escape that does.
func safeText(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

// writeJSON writes a value and a line feed, all at once. The result is the same
// JSON for every reader and safe to show: what encoding/json would leave in it
// although it does not show is escaped.
func writeJSON(w io.Writer, value any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return err
	}
	_, err := w.Write(escapeHidden(b.Bytes()))
	return err
}

// escapeHidden escapes characters in strings of JSON. Outside of strings JSON is
// ASCII, and in them encoding/json has escaped all controls below DEL.
func escapeHidden(data []byte) []byte {
	hidden := func(r rune) bool { return r >= 0x7f && !unicode.IsGraphic(r) }
	if bytes.IndexFunc(data, hidden) < 0 {
		return data
	}
	var b bytes.Buffer
	for _, r := range string(data) {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return b.Bytes()
}

// skippedGroup is what was skipped for one reason.
type skippedGroup struct {
	reason string
	checks []string
}

// skippedGroups joins the checks that have the same reason, in the order of the
// first: a refused archive has one reason for all of them.
func (r *Report) skippedGroups() []skippedGroup {
	var groups []skippedGroup
	at := map[string]int{}
	for _, s := range r.Skipped {
		i, ok := at[s.Reason]
		if !ok {
			i = len(groups)
			at[s.Reason] = i
			groups = append(groups, skippedGroup{reason: s.Reason})
		}
		groups[i].checks = append(groups[i].checks, s.Check)
	}
	return groups
}

// name is the package's, also if the caller gave none.
func (r *Report) name() string {
	if r.Package == "" {
		return "package"
	}
	return r.Package
}

// located is the message after the place in the document that it speaks about.
func (p Problem) located() string {
	if p.Pointer == "" {
		return p.Message
	}
	return p.Pointer + ": " + p.Message
}
