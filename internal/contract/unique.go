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

// isAddress reports whether the schema at a location is that of an I2C address.
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
