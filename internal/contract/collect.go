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
	rules rules
	index map[*doc.Node]map[string]int
	found []finding

	reason string // of the rule that is spoken about
}

// finding is a violation whose message does not yet give the reason.
type finding struct {
	Violation
	reason string
}

// add adds a violation about the value at p.
func (l *collector) add(p place, rule Rule, format string, args ...any) {
	l.put(Violation{Path: p.path, Pos: p.node.Pos, Message: fmt.Sprintf(format, args...), Rule: rule, At: p.at})
}

// addKey adds one about a key of the mapping at p that must not be there.
func (l *collector) addKey(p place, rule Rule, key, format string, args ...any) {
	pos := l.keyPos(p, key)
	l.put(Violation{Path: p.path, Pos: pos, Message: fmt.Sprintf(format, args...), Rule: rule, Key: key, At: pos, Also: []doc.Pos{p.at}})
}

func (l *collector) missing(p place, keys string) {
	l.put(Violation{Path: p.path, Pos: p.node.Pos, Message: "is required: " + keys, Rule: Missing, Key: keys, At: p.at})
}

func (l *collector) repeated(p place, what string, earlier place, list place) {
	l.put(Violation{Path: p.path, Pos: p.node.Pos, Message: "must not repeat " + what, Rule: Repeated, At: p.at, Also: []doc.Pos{earlier.at, list.at}})
}

func (l *collector) put(v Violation) { l.found = append(l.found, finding{v, l.reason}) }

// collect adds the violations of a tree of errors; only its leaves say what is
// wrong. The library lists them in map order: Check sorts.
func (l *collector) collect(e *jsonschema.ValidationError) {
	l.reason = l.rules.reason(e.SchemaURL)
	switch k := e.ErrorKind.(type) {
	case *kind.PropertyNames:
		return // keyRule tells the same with a location to rely on
	case *kind.AnyOf:
		l.alternatives(e)
		return
	case *kind.OneOf:
		if k.Subschemas == nil {
			l.alternatives(e)
			return
		}
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
		l.add(p, Value, "must be %s, not %s", typeNames(k.Want), p.node.Kind)
	case *kind.InvalidJsonValue:
		l.notJSON(p)
	case *kind.Const:
		l.add(p, Choice, "must be %s%s", constant(k.Want), instead(p.node))
	case *kind.Enum:
		words := make([]string, len(k.Want))
		for i, w := range k.Want {
			words[i] = constant(w)
		}
		l.add(p, Choice, "must be one of %s%s", strings.Join(words, ", "), instead(p.node))
	case *kind.Pattern:
		l.add(p, Value, "%s does not match %s", subject(p.node), k.Want)
	case *kind.Minimum:
		l.add(p, Value, "must be at least %s%s", k.Want.RatString(), instead(p.node))
	case *kind.Maximum:
		l.add(p, Value, "must be at most %s%s", k.Want.RatString(), instead(p.node))
	case *kind.FalseSchema:
		l.neverAllowed(p, e.InstanceLocation)
	case *kind.Not:
		l.not(p, e.SchemaURL)
	case *kind.OneOf:
		l.add(p, Value, "fits more than one of the alternatives that there are")
	case *kind.MinLength:
		l.add(p, Value, "%s", atLeast(k.Want, "character"))
	case *kind.MinItems:
		l.add(p, Value, "%s", atLeast(k.Want, "item"))
	case *kind.MinProperties:
		l.minProperties(p, k)
	case *kind.UniqueItems:
		l.duplicates(p, k)
	case *kind.Required:
		for _, key := range k.Missing {
			l.missing(p, key)
		}
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			l.addKey(p, Unknown, key, "must not have the key %s", l.quoteKey(p, key))
		}
	case *repeats:
		l.repeats(p, k)
	case *badKey:
		if k.pattern == "" {
			l.addKey(p, Unknown, k.Property, "must not have the key %s", l.quoteKey(p, k.Property))
		} else {
			l.addKey(p, Value, k.Property, "the key %s does not match %s", l.quoteKey(p, k.Property), k.pattern)
		}
	default:
		l.add(p, Value, "%s", broken(k.KeywordPath()))
	}
}

// neverAllowed speaks about a key whose value nothing could make right.
func (l *collector) neverAllowed(p place, location []string) {
	if len(location) == 0 {
		l.add(p, Value, "must not be there")
		return
	}
	key := location[len(location)-1]
	l.addKey(l.find(location[:len(location)-1]), Forbidden, key, "must not have the key %s", quote(key))
}

// not names the keys that must not be there, or what the schema calls it.
func (l *collector) not(p place, location string) {
	schema := l.rules[location]
	if schema == nil || schema.Not == nil {
		l.add(p, Value, "%s", broken(nil))
		return
	}
	none := true
	for _, key := range forbidden(schema.Not) {
		if _, ok := l.entry(p.node, key); ok {
			l.addKey(p, Forbidden, key, "must not have the key %s", quote(key))
			none = false
		}
	}
	switch {
	case !none:
	case schema.Not.Title != "":
		l.add(p, Value, "must not be %s", schema.Not.Title)
	case schema.Not.Const != nil:
		l.add(p, Value, "must not be %s", constant(*schema.Not.Const))
	default:
		l.add(p, Value, "%s", broken(nil))
	}
}

// notJSON speaks about a date or another value that JSON does not have. The
// validator also says so about a list whose items it could not compare; then
// each of those items has its own violation.
func (l *collector) notJSON(p place) {
	switch p.node.Kind {
	case doc.Timestamp:
		l.add(p, Value, "must not be a timestamp; quotes make it a string")
	case doc.Binary, doc.Set:
		l.add(p, Value, "must not be %s", p.node.Kind)
	}
}

// minProperties leaves it at the violations for keys that are no strings, if
// without them the mapping would have had enough.
func (l *collector) minProperties(p place, k *kind.MinProperties) {
	if len(p.node.Entries) < k.Want {
		l.add(p, Value, "%s", atLeast(k.Want, "entry"))
	}
}

// duplicates names every repeated scalar; the validator stops at the first pair.
func (l *collector) duplicates(p place, k *kind.UniqueItems) {
	first := map[string]int{}
	none := true
	for i, item := range p.node.Items {
		if item.IsSeq() || item.IsMap() {
			continue
		}
		identity, ok := identify((&converter{}).convert(item), false)
		if !ok {
			continue
		}
		j, repeated := first[identity]
		if !repeated {
			first[identity] = i
			continue
		}
		none = false
		l.repeated(p.item(i), fmt.Sprintf("item %d", j), p.item(j), p)
	}
	if none {
		l.add(p, Value, "must not have two equal items: %d and %d", k.Duplicates[0], k.Duplicates[1])
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
