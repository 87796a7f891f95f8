package contract

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/anolishq/anolis-handoff/internal/doc"
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
// always does, or if there is no title.
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

// keyRule checks propertyNames a second time. The validator's own error for it
// shares its location with values checked later, which overwrite it; an error
// added through the vocabulary interface has a location of its own.
type keyRule struct {
	names *jsonschema.Schema
}

func compileKeyRule(ctx *jsonschema.CompilerContext, obj map[string]any) (jsonschema.SchemaExt, error) {
	if _, ok := obj["propertyNames"]; !ok {
		return nil, nil
	}
	return keyRule{ctx.Enqueue([]string{"propertyNames"})}, nil
}

func (r keyRule) Validate(ctx *jsonschema.ValidatorContext, v any) {
	object, _ := v.(map[string]any)
	for key := range object {
		if r.names.Validate(key) == nil {
			continue
		}
		bad := &badKey{PropertyNames: kind.PropertyNames{Property: key}}
		if p := r.names.Pattern; p != nil && !p.MatchString(key) {
			bad.pattern = p.String()
		}
		ctx.AddError(bad)
	}
}

// badKey is the error kind of keyRule.
type badKey struct {
	kind.PropertyNames
	pattern string // that the key does not match, or empty
}

// The annotations with which the schemas of providers say what JSON Schema has no
// keyword for. On a list of scalars, or on a field of the items of a list,
// unique asks for values that differ as the provider reads them: 20, 0x14 and
// "0x14" are one I2C address.
const (
	uniqueKeyword  = "x-anolis-unique"
	typeKeyword    = "x-anolis-type"
	i2cAddressType = "i2c_address"
)

// uniqueRule checks a list.
type uniqueRule []uniqueField

type uniqueField struct {
	name    string // "" for the items themselves
	address bool
}

// addressRule marks a value that is an I2C address: one message says so, instead of
// one for each form.
type addressRule struct{}

func (addressRule) Validate(*jsonschema.ValidatorContext, any) {}

// compileProvider finds the annotations of one schema; a value that is an address is
// no list.
func compileProvider(_ *jsonschema.CompilerContext, schema map[string]any) (jsonschema.SchemaExt, error) {
	if schema[typeKeyword] == i2cAddressType {
		return addressRule{}, nil
	}
	items, _ := schema["items"].(map[string]any)
	if items == nil {
		return nil, nil
	}
	var rule uniqueRule
	if schema[uniqueKeyword] == true {
		rule = append(rule, uniqueField{"", items[typeKeyword] == i2cAddressType})
	}
	fields, _ := items["properties"].(map[string]any)
	for name, field := range fields {
		if field, _ := field.(map[string]any); field[uniqueKeyword] == true {
			rule = append(rule, uniqueField{name, field[typeKeyword] == i2cAddressType})
		}
	}
	if rule == nil {
		return nil, nil
	}
	return rule, nil
}

// isAddress reports whether the schema at a location describes an I2C address.
func (r rules) isAddress(location string) bool {
	s := r[location]
	return s != nil && slices.Contains(s.Extensions, jsonschema.SchemaExt(addressRule{}))
}

func (r uniqueRule) Validate(ctx *jsonschema.ValidatorContext, v any) {
	list, _ := v.([]any)
	for _, field := range r {
		first := make(map[string]int, len(list))
		for i, value := range list {
			if field.name != "" {
				item, _ := value.(map[string]any)
				value = item[field.name]
			}
			identity, ok := identify(value, field.address)
			if !ok {
				continue
			}
			if j, again := first[identity]; again {
				ctx.AddError(&repeats{field: field.name, item: i, earlier: j})
			} else {
				first[identity] = i
			}
		}
	}
}

// identify gives equal values the same text.
func identify(v any, address bool) (string, bool) {
	switch v := v.(type) {
	case string:
		if n, ok := I2CAddress(v); ok && address {
			return strconv.Itoa(n), true
		}
		return "text " + v, true
	case json.Number:
		return v.String(), true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10), true
		}
		return strconv.FormatFloat(v, 'g', -1, 64), true
	case bool:
		return "bool " + strconv.FormatBool(v), true
	}
	return "", false
}

// I2CAddress reads the text form of an I2C address: 0x or 0X and two hexadecimal
// digits. It does not look at the range.
func I2CAddress(text string) (int, bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		digits, ok = strings.CutPrefix(text, "0X")
	}
	if !ok || len(digits) != 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 8)
	return int(n), err == nil
}

// repeats is the error kind of uniqueRule.
type repeats struct {
	kind.UniqueItems
	field         string
	item, earlier int
}

func (l *collector) repeats(p place, k *repeats) {
	if k.item >= len(p.node.Items) {
		return // cannot be: the rule saw this list
	}
	later, earlier := p.item(k.item), p.item(k.earlier)
	what := fmt.Sprintf("item %d", k.earlier)
	if k.field != "" {
		what = fmt.Sprintf("the %s of item %d", k.field, k.earlier)
		later, earlier = l.child(later, k.field), l.child(earlier, k.field)
	}
	l.repeated(later, what, earlier, p)
}

// child is the place under a key of the mapping at p, or p.
func (l *collector) child(p place, key string) place {
	i, ok := l.entry(p.node, key)
	if !ok {
		return p
	}
	e := p.node.Entries[i]
	return place{p.path.Child(doc.KeyText(e.Key)), present(e.Value), e.Key.Pos}
}
