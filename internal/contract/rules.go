package contract

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/jsonschema"
)

// reason says why a rule holds, in the words of the titles of the conditions and
// alternatives around it; empty for a rule that always does, or if there is no title.
func reason(s *jsonschema.Schema) string {
	var reasons []string
	for ; s != nil; s = s.Parent {
		var title *doc.Node
		switch s.Keyword {
		case "then":
			title = s.Parent.Node.Get("if").Get("title")
		case "oneOf", "anyOf":
			title = s.Node.Get("title")
		}
		if title.IsString() && title.Text != "" {
			reasons = append(reasons, title.Text)
		}
	}
	slices.Reverse(reasons)
	return strings.Join(reasons, " and ")
}

// forbidden lists the keys that a not rules out one by one, if it does that.
func forbidden(not *doc.Node) []string {
	branches := []*doc.Node{not}
	if either := not.Get("anyOf"); either != nil {
		branches = append(branches, either.Items...)
	}
	var keys []string
	for _, branch := range branches {
		if required := branch.Get("required"); required != nil && len(required.Items) == 1 && branch.Get("properties") == nil {
			keys = append(keys, required.Items[0].Text)
		}
	}
	return keys
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

// isAddress reports whether a schema describes an I2C address: one message says so,
// instead of one for each form.
func isAddress(schema *doc.Node) bool {
	kind := schema.Get(typeKeyword)
	return kind.IsString() && kind.Text == i2cAddressType
}

// uniqueRule checks a list.
type uniqueRule []uniqueField

type uniqueField struct {
	name    string // "" for the items themselves
	address bool
}

// compileUnique finds the annotations of one schema; a value that is an address is
// no list.
func compileUnique(schema *doc.Node) jsonschema.Check {
	items := schema.Get("items")
	if !items.IsMap() || isAddress(schema) {
		return nil
	}
	isUnique := func(n *doc.Node) bool {
		unique := n.Get(uniqueKeyword)
		return unique != nil && unique.Kind == doc.Bool && unique.Bool
	}
	var rule uniqueRule
	if isUnique(schema) {
		rule = append(rule, uniqueField{"", isAddress(items)})
	}
	if fields := items.Get("properties"); fields.IsMap() {
		for _, field := range fields.Entries {
			if isUnique(field.Value) {
				rule = append(rule, uniqueField{field.Key.Text, isAddress(field.Value)})
			}
		}
	}
	if rule == nil {
		return nil
	}
	return rule.check
}

func (r uniqueRule) check(list *doc.Node, fault func(any)) {
	if !list.IsSeq() {
		return
	}
	for _, field := range r {
		again(list, field, func(i, earlier int) { fault(repeats{field.name, i, earlier}) })
	}
}

// again finds each item whose scalar equals that of an earlier one.
func again(list *doc.Node, field uniqueField, found func(i, earlier int)) {
	first := make(map[string]int, len(list.Items))
	shared := map[*doc.Node]int{} // nobody reads the text of an alias again
	for i, value := range list.Items {
		if field.name != "" {
			value = value.Get(field.name)
		}
		earlier, repeated := shared[value]
		if !repeated {
			identity, ok := identify(value, field.address)
			if !ok {
				continue
			}
			if earlier, repeated = first[identity]; !repeated {
				first[identity], earlier = i, i
			}
			shared[value] = earlier
		}
		if repeated {
			found(i, earlier)
		}
	}
}

// identify gives equal scalars the same text. Null is the absence of one.
func identify(n *doc.Node, address bool) (string, bool) {
	if n == nil {
		return "", false
	}
	switch n.Kind {
	case doc.String:
		if i, ok := I2CAddress(n.Text); ok && address {
			return strconv.Itoa(i), true
		}
		return "text " + n.Text, true
	case doc.Int:
		return n.Text, true
	case doc.Float:
		if n.Float == math.Trunc(n.Float) && math.Abs(n.Float) < 1<<53 {
			return strconv.FormatInt(int64(n.Float), 10), true
		}
		return strconv.FormatFloat(n.Float, 'g', -1, 64), true
	case doc.Bool:
		return "bool " + strconv.FormatBool(n.Bool), true
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

// repeats is what uniqueRule finds.
type repeats struct {
	field         string
	item, earlier int
}

func (l *collector) repeats(p place, k repeats) {
	later, earlier := p.item(k.item), p.item(k.earlier)
	what := fmt.Sprintf("item %d", k.earlier)
	if k.field != "" {
		what = fmt.Sprintf("the %s of item %d", k.field, k.earlier)
		later, earlier = later.field(k.field), earlier.field(k.field)
	}
	l.repeated(later, what, earlier, p)
}

// field is the place under a key of the mapping at p, which has it.
func (p place) field(key string) place {
	return p.value(slices.IndexFunc(p.node.Entries, func(e doc.Entry) bool { return e.Key.IsString() && e.Key.Text == key }))
}
