package runtimerule

import (
	"cmp"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Violation is one place where the runtime would refuse a config, or a warning
// that it would take it for less than it says.
type Violation struct {
	// Path leads to the value that Message speaks about. For a key that is
	// ignored or missing, that is the mapping.
	Path doc.Path
	// Pos is the place of that value, or of the key that is ignored.
	Pos     doc.Pos
	Code    Code
	Message string // to be read after the path
	Hint    string // how to mend it
	Warning bool   // the runtime starts all the same
}

// rules are all the rules, each of which knows nothing of the others.
func rules() []func(config value, r *report) {
	return []func(value, *report){
		duplicateProviders,
		backoffLengths,
		hookFunctions,
		parameterRanges,
		parameterDefaults,
		behaviorTree,
		httpPort,
		httpThreads,
		httpWildcard,
		keysRead,
	}
}

// Check holds a runtime config, as canonyaml read it, against every rule and
// returns what breaks one, ordered by place, path, code and message. A value of
// a type that the schema refuses breaks no rule here, except that a default may
// be reported by both. A nil root breaks none.
//
// Messages show keys, provider ids and short numbers, and no other value. Check
// changes nothing: any number of goroutines may check one document.
func Check(root *doc.Node) []Violation {
	r := &report{}
	for _, rule := range rules() {
		rule(value{node: root}, r)
	}
	slices.SortStableFunc(r.found, func(a, b Violation) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			strings.Compare(a.Path.Pointer(), b.Path.Pointer()),
			strings.Compare(string(a.Code), string(b.Code)),
			strings.Compare(a.Message, b.Message),
		)
	})
	return r.found
}
