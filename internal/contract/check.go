package contract

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
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

// minProperties leaves it at the violations for keys that are not strings, if
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

const (
	// maxShownValue keeps messages from showing what could be a secret put in
	// the wrong place: ids and versions are shorter than keys and tokens.
	maxShownValue = 32
	// maxShownKey keeps a message readable whatever the document's keys are.
	maxShownKey = 64
)

// quote shows a key or a word of the schema.
func quote(s string) string { return show.Quote(s, maxShownKey) }

// short is a short scalar as a message may show it.
func short(n *doc.Node) (string, bool) {
	switch {
	case n.Kind == doc.String && utf8.RuneCountInString(n.Text) <= maxShownValue:
		return strconv.QuoteToGraphic(n.Text), true
	case n.Kind == doc.Int && len(n.Text) <= maxShownValue, n.Kind == doc.Bool, n.Kind == doc.Float, n.Kind == doc.Null:
		return doc.KeyText(n), true
	}
	return "", false
}

// subject starts a sentence about a value.
func subject(n *doc.Node) string {
	if s, ok := short(n); ok {
		return s
	}
	return "the text"
}

// instead ends a sentence about what a value should have been.
func instead(n *doc.Node) string {
	if s, ok := short(n); ok {
		return ", not " + s
	}
	return ""
}

func atLeast(n int, unit string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %d %s", n, strings.Replace(unit+"s", "ys", "ies", 1))
}

// typeNames names JSON types as doc.Kind names what stands there.
func typeNames(types []string) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = typeName(t)
	}
	return strings.Join(names, " or ")
}

func typeName(t string) string {
	switch t {
	case "null":
		return "null"
	case "boolean":
		return "a boolean"
	case "integer":
		return "an integer"
	case "number":
		return "a number"
	case "string":
		return "a string"
	case "array":
		return "a list"
	case "object":
		return "a mapping"
	}
	return t
}

// place is where the validator's location leads to in the document.
type place struct {
	path doc.Path
	node *doc.Node
	at   doc.Pos // see Violation.At
}

// find follows the validator's location from the root, as far as it leads.
func (l *collector) find(location []string) place {
	p := place{node: l.root, at: l.root.Pos}
	for _, token := range location {
		if p.node.IsSeq() {
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(p.node.Items) {
				return p
			}
			p = p.item(i)
		} else {
			if _, ok := l.entry(p.node, token); !ok {
				return p
			}
			p = l.child(p, token)
		}
	}
	return p
}

// item is the place of an item of the list at p.
func (p place) item(i int) place {
	n := present(p.node.Items[i])
	return place{p.path.Child(i), n, n.Pos}
}

// present takes what a program left out for null.
func present(n *doc.Node) *doc.Node {
	if n == nil {
		return doc.NewNull()
	}
	return n
}

// keyPos is the place of a key of p, or that of p.
func (l *collector) keyPos(p place, key string) doc.Pos {
	if i, ok := l.entry(p.node, key); ok {
		return p.node.Entries[i].Key.Pos
	}
	return p.node.Pos
}

// quoteKey shows a key of p.
func (l *collector) quoteKey(p place, key string) string {
	if i, ok := l.entry(p.node, key); ok && !p.node.Entries[i].Key.IsString() {
		return otherKey(p.node.Entries[i].Key)
	}
	return quote(key)
}

// entry finds a key by the name that the converter gave it. A mapping is indexed once, so that one full of
// violations stays cheap.
func (l *collector) entry(n *doc.Node, key string) (int, bool) {
	index, ok := l.index[n]
	if !ok {
		index = make(map[string]int, len(n.Entries))
		for i, e := range n.Entries {
			if e.Key.IsString() {
				index[e.Key.Text] = i
			} else {
				index[otherKeyMark+strconv.Itoa(i)] = i
			}
		}
		if l.index == nil {
			l.index = map[*doc.Node]map[string]int{}
		}
		l.index[n] = index
	}
	i, ok := index[key]
	return i, ok
}
