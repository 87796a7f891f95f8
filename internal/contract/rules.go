package contract

import (
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// rules finds a part of a compiled schema by its location, the only thing that
// the validator's errors tell about the rule that was broken.
type rules map[string]*jsonschema.Schema

func (r rules) add(s *jsonschema.Schema) {
	if s == nil || r[s.Location] != nil {
		return
	}
	r[s.Location] = s
	for _, part := range []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else, s.Contains, s.PropertyNames, s.Items2020} {
		r.add(part)
	}
	for _, parts := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems} {
		r.addAll(parts)
	}
	for _, property := range s.Properties {
		r.add(property)
	}
	for _, property := range s.PatternProperties {
		r.add(property)
	}
	for _, part := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		switch part := part.(type) {
		case *jsonschema.Schema:
			r.add(part)
		case []*jsonschema.Schema:
			r.addAll(part)
		}
	}
}

func (r rules) addAll(parts []*jsonschema.Schema) {
	for _, part := range parts {
		r.add(part)
	}
}

// reason says why the rule at a location holds, in the words of the titles of
// the conditions and alternatives on the way to it; empty for a rule that
// always does, or if nobody gave a title.
func (r rules) reason(location string) string {
	var reasons []string
	for i, c := range location {
		if c != '/' {
			continue
		}
		above, step := r[location[:i]], location[i+1:]
		if above == nil {
			continue
		}
		title := ""
		switch first, rest, _ := strings.Cut(step, "/"); first {
		case "then":
			if above.If != nil {
				title = above.If.Title
			}
		case "oneOf", "anyOf":
			index, _, _ := strings.Cut(rest, "/")
			if branch := r[location[:i+1]+first+"/"+index]; branch != nil {
				title = branch.Title
			}
		}
		if title != "" {
			reasons = append(reasons, title)
		}
	}
	return strings.Join(reasons, " and ")
}

// forbidden lists the keys that a not rules out one by one, if it does that.
func forbidden(not *jsonschema.Schema) []string {
	var keys []string
	for _, branch := range append([]*jsonschema.Schema{not}, not.AnyOf...) {
		if len(branch.Required) == 1 && branch.Properties == nil {
			keys = append(keys, branch.Required[0])
		}
	}
	return keys
}
