package redact

import (
	"regexp"

	"github.com/anolishq/anolis-handoff/internal/anchors"
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
// start from.
//
// A Policy is a value: its methods do not change it and are safe for concurrent
// use as long as nobody changes its slices at the same time.
type Policy struct {
	// Removals are the keys that Redact and Apply take out: dotted paths through
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
	ID string
	// Description is one line for people.
	Description string
	// Severity is that of a string that is not blank under a matching key of a
	// YAML or JSON file. The items of a list below the key count as its values,
	// and so do those of lists in that list. Numbers, booleans, nulls and binary
	// data are no strings.
	Severity Severity
	// Inside is the severity of a string inside a mapping below a matching key.
	// Empty means that such strings are not reported.
	Inside Severity
	// Text is the severity of an assignment, such as password="...", in text
	// that is no document: comments, XML, unknown files and the text of string
	// values. Empty means that assignments are not reported.
	Text Severity
	// Words are what the key must contain, at least one of them. Words are
	// lower case and at least three bytes long; the key is compared in lower
	// case.
	Words []string
}

// ShapeRule finds values by their look, in every file of any kind: in the bytes
// of the file, and in the keys and strings of YAML and JSON files as they are
// after reading.
type ShapeRule struct {
	// ID names the rule in findings: stable, unique in a policy, never empty.
	ID string
	// Description is one line for people.
	Description string
	// Severity is that of every finding of the rule.
	Severity Severity
	// Pattern is matched against one line at a time, without its line end. Of
	// lines longer than 32 KiB it sees overlapping pieces, so that ^ and $ also
	// match at the ends of a piece. The rules of Default have matchers of their
	// own instead, and a nil Pattern.
	Pattern *regexp.Regexp
	// Anchors make Pattern fast: it is tried only on lines that contain one of
	// them, byte for byte. An anchor has at least three bytes. Every match must
	// contain an anchor to be sure to be found. Without anchors Pattern is tried
	// on every line, which is about a hundred times slower.
	Anchors []string
	// MaxLen is how many bytes of a line a match may span to be sure to be found
	// in a line longer than 32 KiB: at most 4096; zero means 512.
	MaxLen int

	patterns []anchors.Pattern // of the rules of Default
	matchers []matcher         // one for each of patterns
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

const (
	defaultDocument = 4 << 20
	defaultFindings = 100
	defaultMaxLen   = 512
)

// UnreadDocument is the rule of the finding for a YAML or JSON file that cannot
// be read as a document, so that only its text was searched. Its severity is
// Error: nobody can say that such a file holds no secret.
const UnreadDocument = "unread-document"

func (l Limits) document() int {
	if l.Document > 0 {
		return l.Document
	}
	return defaultDocument
}

func (l Limits) findings() int {
	if l.Findings > 0 {
		return l.Findings
	}
	return defaultFindings
}
