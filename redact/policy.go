package redact

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

// Severity says how bad a finding is.
type Severity string

const (
	// Error is a secret that must not be handed on.
	Error Severity = "error"
	// Warning is something that a person should look at.
	Warning Severity = "warning"
)

// Policy says what to remove from runtime configs and what counts as a secret.
// The zero Policy removes nothing and knows no secret; Default is the place to
// start from, ReadPolicy reads one from a file.
//
// A Policy is a value: its methods do not change it and are safe for concurrent
// use as long as nobody changes its slices at the same time.
type Policy struct {
	// Removals are the keys that Redact takes out: dotted paths through
	// mappings, such as telemetry.influxdb.token.
	Removals []string
	// Keys are the rules about the names of keys. Of several rules that match
	// one key the most severe is reported, of those the first.
	Keys []KeyRule
	// Shapes are the rules about the look of a value.
	Shapes []ShapeRule
	// Allow lists the findings that are not reported.
	Allow []Allow
	// Limits bound what one file may cost.
	Limits Limits
}

// KeyRule finds values by the name of their key.
type KeyRule struct {
	// ID names the rule in findings: stable, unique in a policy, never empty.
	// Description is one line for people.
	ID, Description string
	// Severity applies to a string that is not blank under a matching key of a
	// YAML or JSON file. The items of a list below the key count as its values,
	// and so do those of lists in that list.
	//
	// Inside is the severity of a string inside a mapping below a matching key,
	// and Text that of an assignment, such as password="...", in text that is
	// no document (comments, XML, unknown files, the text of string values), and
	// of the value beside an option or a name. Empty means that they are not
	// reported.
	Severity, Inside, Text Severity
	// A key matches when it contains one of Words, in lower case, or when it
	// ends in one of Endings: whole words, joined by _, however the key writes
	// them. The ending auth_key matches auth_key, auth-key, AuthKey, authkey and
	// mqttAuthKey2, but not auth_key_bits. At least one of both is needed; each
	// is in lower case and has three bytes or more.
	Words, Endings []string
	// Numbers makes numbers of four digits or more count like strings, as a
	// warning: somebody forgot the quotes of a PIN.
	Numbers bool
}

// ShapeRule finds values by their look, in every file of any kind: in the bytes
// of the file, and in the keys and strings of YAML and JSON files as they are
// after reading.
type ShapeRule struct {
	// ID names the rule in findings: stable, unique in a policy, never empty.
	// Description is one line for people.
	ID, Description string
	// Severity applies to the findings of the rule. Some rules of this package
	// need a hint near the match, and are warnings without one.
	Severity Severity
	// Pattern is matched against one line at a time, without its line end. Of
	// lines longer than 32 KiB it sees overlapping pieces, so that ^ and $ also
	// match at the ends of a piece. The rules of Default have no Pattern: this
	// package knows their ID and has matchers of its own for them.
	Pattern *regexp.Regexp
	// Anchors make Pattern fast: it is tried only on lines that contain one of
	// them, byte for byte. An anchor has at least three bytes. Every match must
	// contain an anchor to be sure to be found. Without anchors Pattern is tried
	// on every line, which is about a hundred times slower.
	Anchors []string
	// MaxLen is how many bytes of a line a match may span to be sure to be found
	// in a line longer than 32 KiB: at most 4096; zero means 512.
	MaxLen int
}

// Allow takes findings out of the result. A finding is allowed when every field
// that is not empty matches; one besides Reason must not be empty. What is
// allowed is listed by Scanner.Allowed, and is hidden from outputs like every
// other finding: to be handed on and to be shown on a screen are two things.
//
// All are patterns as path.Match has them: * does not match a slash.
type Allow struct {
	// File is the name of the file in the package or the project.
	File string
	// Path is the finding's key path, which has dots for separators, so that
	// there * matches across steps; the brackets of a list index must be escaped
	// (providers\[0\].token) or matched (providers?0?.*). A finding in text
	// outside of keys and values has the empty path, which of all patterns only
	// an empty one and rows of * match.
	Path string
	// Key is the key, the option or the name that the value belongs to, as it
	// is written: token_ring. For a finding by look it is the key right above.
	Key string
	// Rule is the ID of the rule.
	Rule string
	// Reason says for people why the finding is none. ReadPolicy asks for it.
	Reason string
}

// Limits bound what one file may cost. Zero means the default.
type Limits struct {
	// Document is the size in bytes up to which a YAML or JSON file is read as a
	// document. A larger one is searched as text and reported under the rule
	// unread-document. The default is 4 MiB.
	Document int
	// Findings is how many findings of one rule in one file are listed. One more
	// finding stands for all that follow. The default is 100.
	Findings int
}

// UnreadDocument is the rule of the finding for a YAML or JSON file that cannot
// be read as a document, so that only its text was searched. Its severity is
// Error, since such a file may hold a secret.
const UnreadDocument = "unread-document"

// Default is the policy of the package format: a fresh value each time, so that
// a caller may change it. docs/secrets.md lists its rules.
func Default() Policy {
	p := Policy{Removals: []string{"telemetry.influx_token", "telemetry.influxdb.token"}}
	for _, r := range secretscan.DefaultKeys() {
		p.Keys = append(p.Keys, KeyRule{
			r.ID, r.Description, Severity(r.Severity), Severity(r.Inside), Severity(r.Text), r.Words, r.Endings, r.Numbers,
		})
	}
	for _, r := range secretscan.DefaultShapes() {
		p.Shapes = append(p.Shapes, ShapeRule{ID: r.ID, Description: r.Description, Severity: Severity(r.Severity)})
	}
	return p
}

// PolicyError is a fault of a policy.
type PolicyError struct {
	Field string // such as Shapes[3].MaxLen
	Msg   string
}

func (e *PolicyError) Error() string {
	return "redact: policy: " + e.Field + ": " + e.Msg
}

// Validate reports what is wrong with the policy, all of it: nil, or joined
// *PolicyError values. Every search does this first.
func (p Policy) Validate() error {
	var errs []error
	for i, r := range p.Removals {
		if slices.Contains(strings.Split(r, "."), "") {
			errs = append(errs, &PolicyError{fmt.Sprintf("Removals[%d]", i), "not a dotted key path"})
		}
	}
	for _, e := range secretscan.Of(&p).Check() {
		errs = append(errs, &PolicyError{e.Field, e.Msg})
	}
	return errors.Join(errs...)
}

// Removal says that a key was removed and where it stood. It does not hold the
// value.
type Removal struct {
	Path   string `json:"path"`   // as in Policy.Removals
	Line   int    `json:"line"`   // of the value, from 1
	Column int    `json:"column"` // in characters, from 1
}

// ReadError says that a text cannot be read as YAML. It repeats no part of the
// text.
type ReadError struct {
	Line, Column int // of the first fault, from 1
	Reason       string
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("redact: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// Redact reads a YAML document, removes the keys of p.Removals, whatever their
// values are, and writes the document in canonical form: comments and spelling
// are lost, order and values stay. A mapping that becomes empty stays, and one
// that the document shares between places loses the key in all of them. A
// document in canonical form without such a key comes back byte for byte.
//
// The error is a *ReadError when text is no YAML document, and that of Validate
// when the policy is at fault.
func (p Policy) Redact(text []byte) (clean []byte, removed []Removal, err error) {
	if err := p.Validate(); err != nil {
		return nil, nil, err
	}
	root, err := canonyaml.Read(text)
	if err != nil {
		e := secretscan.ReadErrorOf(err)
		return nil, nil, &ReadError{e.Line, e.Column, e.Reason}
	}
	for _, r := range secretscan.Remove(root, p.Removals) {
		removed = append(removed, Removal{r.Path, r.Pos.Line, r.Pos.Column})
	}
	return canonyaml.Append(nil, root), removed, nil
}
