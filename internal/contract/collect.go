package contract

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// collector turns the validator's errors into violations.
type collector struct {
	root  *doc.Node
	index map[*doc.Node]map[string]int
	found []Violation
}

func (l *collector) add(p place, format string, args ...any) {
	l.found = append(l.found, Violation{p.path, p.node.Pos, fmt.Sprintf(format, args...)})
}

func (l *collector) addAtKey(p place, key, format string, args ...any) {
	l.found = append(l.found, Violation{p.path, l.keyPos(p, key), fmt.Sprintf(format, args...)})
}

// collect adds the violations of a tree of errors; only its leaves say what is
// wrong. The library lists them in map order: Check sorts.
func (l *collector) collect(e *jsonschema.ValidationError) {
	if _, ok := e.ErrorKind.(*kind.PropertyNames); ok {
		return // keyRule tells the same with a location to rely on
	}
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			l.collect(cause)
		}
		return
	}

	p := l.find(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		l.add(p, "must be %s, not %s", typeNames(k.Want), p.node.Kind)
	case *kind.InvalidJsonValue:
		l.notJSON(p)
	case *kind.Const:
		l.add(p, "must be %s%s", constant(k.Want), instead(p.node))
	case *kind.Enum:
		words := make([]string, len(k.Want))
		for i, w := range k.Want {
			words[i] = constant(w)
		}
		l.add(p, "must be one of %s%s", strings.Join(words, ", "), instead(p.node))
	case *kind.Pattern:
		l.add(p, "%s does not match %s", subject(p.node), k.Want)
	case *kind.MinLength:
		l.add(p, "%s", atLeast(k.Want, "character"))
	case *kind.MinItems:
		l.add(p, "%s", atLeast(k.Want, "item"))
	case *kind.MinProperties:
		l.minProperties(p, k)
	case *kind.UniqueItems:
		l.duplicates(p, k)
	case *kind.Required:
		for _, key := range k.Missing {
			l.add(p, "is required: %s", key)
		}
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			l.addAtKey(p, key, "must not have the key %s", quote(key))
		}
	case *badKey:
		if k.pattern == "" {
			l.addAtKey(p, k.Property, "must not have the key %s", quote(k.Property))
		} else {
			l.addAtKey(p, k.Property, "the key %s does not match %s", quote(k.Property), k.pattern)
		}
	default:
		l.add(p, "%s", broken(k.KeywordPath()))
	}
}

// notJSON speaks about a date or another value that JSON does not have. The
// validator also says so about a list whose items it could not compare; then
// each of those items has its own violation.
func (l *collector) notJSON(p place) {
	switch p.node.Kind {
	case doc.Timestamp:
		l.add(p, "must not be a timestamp; quotes make it a string")
	case doc.Binary, doc.Set:
		l.add(p, "must not be %s", p.node.Kind)
	}
}

// minProperties leaves it at the violations for keys that are no strings, if
// without them the mapping would have had enough.
func (l *collector) minProperties(p place, k *kind.MinProperties) {
	if len(p.node.Entries) < k.Want {
		l.add(p, "%s", atLeast(k.Want, "entry"))
	}
}

// duplicates names every repeated text; the validator stops at the first pair.
func (l *collector) duplicates(p place, k *kind.UniqueItems) {
	first := map[string]int{}
	none := true
	for i, item := range p.node.Items {
		if !item.IsString() {
			continue
		}
		j, repeated := first[item.Text]
		if !repeated {
			first[item.Text] = i
			continue
		}
		none = false
		l.add(place{p.path.Child(i), item}, "must not repeat item %d", j)
	}
	if none {
		l.add(p, "must not have two equal items: %d and %d", k.Duplicates[0], k.Duplicates[1])
	}
}

func constant(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(v)
}

// broken speaks about a rule that has no words of its own here.
func broken(rule []string) string {
	if len(rule) == 0 {
		return "does not satisfy the schema"
	}
	return fmt.Sprintf("does not satisfy the rule %q of the schema", strings.Join(rule, "."))
}
