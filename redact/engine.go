package redact

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

// engine is a policy made ready for searching. It is immutable. Rules have
// numbers there: the shapes first, then the keys.
type engine struct {
	shapes []ShapeRule
	keys   []KeyRule
	allow  []Allow
	limits Limits

	finder *anchors.Finder
	owner  []owner // one for each pattern
	slow   []int   // the rules without anchors
}

// owner is the rule of a pattern, with its matcher if it is one of Default's.
type owner struct {
	rule  int
	match matcher
}

func newEngine(p Policy) (*engine, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	e := &engine{
		shapes: slices.Clone(p.Shapes),
		keys:   slices.Clone(p.Keys),
		allow:  slices.Clone(p.Allow),
		limits: p.Limits,
	}
	var patterns []anchors.Pattern
	add := func(p anchors.Pattern, o owner) {
		patterns = append(patterns, p)
		e.owner = append(e.owner, o)
	}
	for i, r := range e.shapes {
		switch {
		case r.Pattern == nil:
			for j, p := range r.patterns {
				add(p, owner{i, r.matchers[j]})
			}
		case len(r.Anchors) == 0:
			e.slow = append(e.slow, i)
		default:
			for _, a := range r.Anchors {
				add(anchors.Text(a), owner{rule: i})
			}
		}
	}
	for i, r := range e.keys {
		for _, w := range r.Words {
			add(anchors.Fold(w), owner{rule: len(e.shapes) + i})
		}
	}
	e.finder = anchors.New(patterns)
	return e, nil
}

// rules is how many rules there are.
func (e *engine) rules() int { return len(e.shapes) + len(e.keys) }

func (e *engine) isKey(rule int) bool { return rule >= len(e.shapes) }

func (e *engine) key(rule int) KeyRule { return e.keys[rule-len(e.shapes)] }

// id is the ID of a rule and describe its description.
func (e *engine) id(rule int) string {
	if rule == e.rules() {
		return UnreadDocument
	}
	if e.isKey(rule) {
		return e.key(rule).ID
	}
	return e.shapes[rule].ID
}

func (e *engine) describe(rule int) string {
	if e.isKey(rule) {
		return e.key(rule).Description
	}
	return e.shapes[rule].Description
}

// severity of a finding; empty when the policy does not want it.
func (e *engine) severity(rule int, how cause, lenient bool) Severity {
	if !e.isKey(rule) {
		return e.shapes[rule].Severity
	}
	switch r := e.key(rule); {
	case how == bySelf, lenient:
		return r.Severity
	case how == byMapping:
		return r.Inside
	default:
		return r.Text
	}
}

// keyRule is the number of the rule for a key: the most severe one, of those
// the first; or -1.
func (e *engine) keyRule(key string) int {
	// ToLower does what Python's str.lower does as far as ASCII letters come
	// out of it: the Kelvin sign is a k.
	key = strings.ToLower(key)
	found := -1
	for i, r := range e.keys {
		if found >= 0 && r.Severity != Error {
			continue
		}
		for _, w := range r.Words {
			if strings.Contains(key, w) {
				if r.Severity == Error {
					return len(e.shapes) + i
				}
				found = len(e.shapes) + i
				break
			}
		}
	}
	return found
}

func (e *engine) allowed(file, keyPath, rule string) bool {
	for _, a := range e.allow {
		if a.matches(file, keyPath, rule) {
			return true
		}
	}
	return false
}
