package contract

import (
	"cmp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// alternatives speaks about a value that fits none of several alternatives. To
// list the faults of all of them would send a person after the wrong ones.
func (l *collector) alternatives(e *jsonschema.ValidationError) {
	if keys := missingKeys(e.Causes); keys != nil {
		l.missing(l.find(e.InstanceLocation), strings.Join(keys, " or "))
		return
	}
	if l.rules.isAddress(e.SchemaURL) {
		p := l.find(e.InstanceLocation)
		l.add(p, Value, `must be an I2C address, 8 to 119 or "0x08" to "0x77"%s`, instead(p.node))
		return
	}
	var meant []*jsonschema.ValidationError
	var others []*jsonschema.ValidationError // the leaf that rules each of them out
	for _, branch := range e.Causes {
		if leaf := ruledOut(branch, e.InstanceLocation); leaf != nil {
			others = append(others, leaf)
		} else {
			meant = append(meant, branch)
		}
	}
	if len(meant) == 0 && l.mergeTypes(e, others) {
		return
	}
	if len(meant) == 0 {
		meant = e.Causes
	}
	l.found = append(l.found, l.common(meant)...)
}

// missingKeys gives the keys of alternatives that each ask for one key.
func missingKeys(branches []*jsonschema.ValidationError) []string {
	var keys []string
	for _, branch := range branches {
		k, ok := branch.ErrorKind.(*kind.Required)
		if !ok || len(k.Missing) != 1 {
			return nil
		}
		if !slices.Contains(keys, k.Missing[0]) {
			keys = append(keys, k.Missing[0])
		}
	}
	return keys
}

// ruledOut finds the error which shows that the author did not mean this
// alternative: it is for a value of another type, or it asks for another
// constant, here or directly below, as in {type: circle}. Of several it is the
// outermost and then the first, as the validator lists them in map order.
func ruledOut(e *jsonschema.ValidationError, here []string) *jsonschema.ValidationError {
	below := len(e.InstanceLocation) - len(here)
	switch e.ErrorKind.(type) {
	case *kind.Type:
		if below == 0 {
			return e
		}
	case *kind.Const:
		if below <= 1 {
			return e
		}
	case *kind.AnyOf, *kind.OneOf:
		return nil // has alternatives of its own
	}
	var first *jsonschema.ValidationError
	for _, cause := range e.Causes {
		if leaf := ruledOut(cause, here); leaf != nil && (first == nil || compareErrors(leaf, first) < 0) {
			first = leaf
		}
	}
	return first
}

func compareErrors(a, b *jsonschema.ValidationError) int {
	return cmp.Or(
		cmp.Compare(len(a.InstanceLocation), len(b.InstanceLocation)),
		slices.Compare(a.InstanceLocation, b.InstanceLocation),
		strings.Compare(a.SchemaURL, b.SchemaURL),
	)
}

// mergeTypes tells in one sentence which types, or which constants, there are
// alternatives for, if that is all that is wrong.
func (l *collector) mergeTypes(e *jsonschema.ValidationError, leaves []*jsonschema.ValidationError) bool {
	var types, constants []string
	at := leaves[0].InstanceLocation
	for _, leaf := range leaves {
		if !slices.Equal(leaf.InstanceLocation, at) {
			return false
		}
		switch k := leaf.ErrorKind.(type) {
		case *kind.Type:
			types = append(types, k.Want...)
		case *kind.Const:
			constants = append(constants, constant(k.Want))
		}
	}
	l.reason = l.rules.reason(e.SchemaURL)
	p := l.find(at)
	switch {
	case len(constants) == 0:
		l.add(p, Value, "must be %s, not %s", typeNames(types), p.node.Kind)
	case len(types) == 0:
		l.add(p, Choice, "must be one of %s%s", strings.Join(constants, ", "), instead(p.node))
	default:
		return false
	}
	return true
}

// common is what is wrong whichever alternative was meant, or else all of it.
func (l *collector) common(branches []*jsonschema.ValidationError) []finding {
	var all, shared []finding
	for i, branch := range branches {
		found := l.branch(branch)
		all = append(all, found...)
		if i == 0 {
			shared = slices.Clone(found)
			continue
		}
		for j := range shared {
			shared[j].reason = "" // it holds for every branch
		}
		shared = slices.DeleteFunc(shared, func(f finding) bool {
			return !slices.ContainsFunc(found, func(g finding) bool { return compare(f.Violation, g.Violation) == 0 })
		})
	}
	if len(shared) > 0 {
		return shared
	}
	return all
}

// branch is the violations of one alternative.
func (l *collector) branch(e *jsonschema.ValidationError) []finding {
	outside := l.found
	l.found = nil
	l.collect(e)
	inside := l.found
	l.found = outside
	return inside
}
