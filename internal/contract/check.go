package contract

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Violation is one place where a document breaks its contract.
type Violation struct {
	// Path leads to the value that Message speaks about. For a key that must
	// not be there, or is missing, that is the mapping.
	Path doc.Path
	// Pos is the place of that value, or of the key that must not be there.
	Pos doc.Pos
	// Message says what is wrong, to be read after the path. It shows a value
	// only if the contract asks for a pattern, a constant or one of a few
	// words there, and only a short one; no unknown key ever shows its value.
	Message string

	// Rule is the sort of rule that is broken, and Key the key that is missing
	// or must not be there.
	Rule Rule
	Key  string
	// At is where a person edits: the key of the value, or the value itself if
	// it is the item of a list or the root; the key that must not be there; for
	// a missing key, what holds for its mapping.
	At doc.Pos
	// Also are places that are as much at fault: what an equal value repeats and
	// their list, the mapping of a key that must not be there.
	Also []doc.Pos
}

// Rule is a sort of rule.
type Rule uint8

const (
	Value     Rule = iota // a value of another type, or beyond its limits
	Choice                // a value that is none of a few words
	Missing               // a required key
	Forbidden             // a key that must not be there beside others
	Unknown               // a key that the schema does not know
	Repeated              // a value that must differ from an earlier one
)

// Check holds a document against the schema and returns every violation,
// ordered by place, then path, then message; none means it is valid.
//
// Values are compared as the reference does (1.0 is an integer, true is not),
// with two exceptions. In a document that must not have other keys than those
// of its schema, a key that is not a string is a violation. And a pattern ending
// in $ does not match a text with a line feed after it, as Python's would: no id
// may end in one.
//
// A document of more than a million values, counting a shared node once for
// every place it stands in, or nested deeper than 200 levels gets that as its
// only violation. A nil root is a null.
func (s *Schema) Check(root *doc.Node) []Violation {
	if root == nil {
		root = doc.NewNull()
	}
	c := converter{stringKeys: s.closed()}
	value := c.convert(root)
	if c.limit != nil {
		if len(c.limit.Path) == 0 {
			c.limit.Pos = root.Pos
		}
		return []Violation{*c.limit}
	}

	l := collector{root: root, rules: s.rules}
	if err := s.compiled.Validate(value); err != nil {
		var invalid *jsonschema.ValidationError
		if errors.As(err, &invalid) {
			l.collect(invalid)
		}
		if len(l.found) == 0 && len(c.found) == 0 { // never silently valid
			l.add(l.find(nil), Value, "%s", broken(nil))
		}
	}
	return append(c.found, merge(l.found)...).sorted()
}

// violations are in no order until sorted.
type violations []Violation

func (v violations) sorted() []Violation {
	slices.SortStableFunc(v, compare)
	return slices.CompactFunc(v, func(a, b Violation) bool { return compare(a, b) == 0 })
}

// merge writes the reasons into the messages. What is wrong for several
// reasons is so only once, and without a reason if one rule needs none.
func merge(found []finding) violations {
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(compare(a.Violation, b.Violation), strings.Compare(a.reason, b.reason))
	})
	var merged violations
	for i, f := range found {
		if i > 0 && compare(found[i-1].Violation, f.Violation) == 0 {
			continue
		}
		if f.reason != "" {
			f.Message += ", because " + f.reason
		}
		merged = append(merged, f.Violation)
	}
	return merged
}

func compare(a, b Violation) int {
	return cmp.Or(
		cmp.Compare(a.Pos.Line, b.Pos.Line),
		cmp.Compare(a.Pos.Column, b.Pos.Column),
		a.Path.Compare(b.Path),
		strings.Compare(a.Message, b.Message),
	)
}
