package redact

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is a place where a rule found something. It holds no part of what was
// found: steps of Path and Pointer, and elements of File, that could be the
// secret or a part of it appear as ***.
type Finding struct {
	File     string   `json:"file"`
	Path     string   `json:"path,omitempty"`    // key path, such as providers[0].token; empty for text outside of keys and values
	Pointer  string   `json:"pointer,omitempty"` // the same path as a JSON Pointer (RFC 6901)
	Line     int      `json:"line,omitempty"`    // from 1; 0 for the file as a whole
	Column   int      `json:"column,omitempty"`  // from 1, in characters
	Rule     string   `json:"rule"`              // the ID of the rule
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
}

// String is the finding on one line:
// runtime/anolis-runtime.yaml:7:12: error: token-key: a string under ... (telemetry.influxdb.token)
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	fmt.Fprintf(&b, ": %s: %s: %s", f.Severity, f.Rule, f.Message)
	if f.Path != "" {
		fmt.Fprintf(&b, " (%s)", f.Path)
	}
	return b.String()
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Message, b.Message),
	)
}

// arrange sorts findings and drops repeated ones.
func arrange(list []Finding) []Finding {
	slices.SortFunc(list, compareFindings)
	return slices.Compact(list)
}

// cause is how a rule came to its finding.
type cause uint8

const (
	bySelf     cause = iota // a shape in text or a value, a string under a key
	byKeyText               // a shape or an assignment in the text of a key
	byMapping               // a string inside a mapping below a key
	byText                  // an assignment in text
	byFileName              // a shape or an assignment in the name of the file
)

var causeText = [...]string{
	bySelf:     "",
	byKeyText:  " (in the name of a key)",
	byMapping:  " (inside a mapping below the key)",
	byText:     " (assigned in text)",
	byFileName: " (in the name of the file)",
}

// moreText ends the message of the finding that stands for all that follow.
const moreText = ": the first of more findings of this rule that are not listed"
