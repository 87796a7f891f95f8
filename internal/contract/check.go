package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/jsonschema"
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
// only violation, and so does one that takes too long with a schema of a caller. A
// nil root is a null. It returns only the error of ctx.
func (s *Schema) Check(ctx context.Context, root *doc.Node) ([]Violation, error) {
	root = present(root)
	m := measure{ctx: ctx, root: root, stringKeys: s.compiled.Closed()}
	m.walk(root)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.limit != nil {
		if len(m.limit.Path) == 0 {
			m.limit.Pos = root.Pos
		}
		return []Violation{*m.limit}, nil
	}
	faults, err := s.compiled.Evaluate(ctx, root, jsonschema.Options{SkipOtherKeys: m.stringKeys})
	switch {
	case errors.Is(err, jsonschema.ErrSteps):
		return []Violation{{Pos: root.Pos, Message: "takes too many steps to hold against its schema"}}, nil
	case err != nil:
		return nil, err
	}
	l := collector{root: root}
	l.collectAll(faults)
	if len(faults) > 0 && len(l.found) == 0 && len(m.found) == 0 { // never silently valid
		l.add(l.find(nil), Value, "%s", broken(""))
	}
	return append(m.found, merge(l.found)...).sorted(), nil
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

// collector turns faults into violations.
type collector struct {
	root  *doc.Node
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

// addKey adds one about the key of an entry of the mapping at p that must not be there.
func (l *collector) addKey(p place, rule Rule, i int, format, about string) {
	key := p.node.Entries[i].Key
	shown := quote(key.Text)
	if !key.IsString() {
		shown = otherKey(key)
	}
	l.put(Violation{Path: p.path, Pos: key.Pos, Message: fmt.Sprintf(format, shown, about), Rule: rule, Key: doc.KeyText(key), At: key.Pos, Also: []doc.Pos{p.at}})
}

func (l *collector) missing(p place, keys string) {
	l.put(Violation{Path: p.path, Pos: p.node.Pos, Message: "is required: " + keys, Rule: Missing, Key: keys, At: p.at})
}

func (l *collector) repeated(p place, what string, earlier place, list place) {
	l.put(Violation{Path: p.path, Pos: p.node.Pos, Message: "must not repeat " + what, Rule: Repeated, At: p.at, Also: []doc.Pos{earlier.at, list.at}})
}

func (l *collector) put(v Violation) { l.found = append(l.found, finding{v, l.reason}) }

func (l *collector) collectAll(faults []*jsonschema.Fault) {
	for _, f := range faults {
		l.collect(f)
	}
}

const (
	noKey    = "must not have the key %s%s"
	badKey   = "the key %s does not match %s"
	notThere = "must not be there"
)

// collect adds the violations of a tree of faults; only its leaves say what is wrong.
func (l *collector) collect(f *jsonschema.Fault) {
	l.reason = reason(f.Schema)
	p := l.find(f.Path)
	rule := f.Schema.Node.Get(f.Keyword)
	switch f.Keyword {
	case "propertyNames":
		l.badKey(p, f)
		return
	case "anyOf", "oneOf":
		if !f.Ambiguous {
			l.alternatives(p, f)
			return
		}
	}
	if len(f.Causes) > 0 {
		l.collectAll(f.Causes)
		return
	}

	switch f.Keyword {
	case "type":
		l.add(p, Value, "must be %s, not %s", typeNames(f.Schema.Types()), p.node.Kind)
	case jsonschema.NotJSON:
		l.notJSON(p)
	case "const":
		l.add(p, Choice, "must be %s%s", constant(rule), instead(p.node))
	case "enum":
		words := make([]string, len(rule.Items))
		for i, w := range rule.Items {
			words[i] = constant(w)
		}
		l.add(p, Choice, "must be one of %s%s", strings.Join(words, ", "), instead(p.node))
	case "pattern":
		l.add(p, Value, "%s does not match %s", subject(p.node), rule.Text)
	case "minimum":
		l.add(p, Value, "must be at least %s%s", bound(rule), instead(p.node))
	case "maximum":
		l.add(p, Value, "must be at most %s%s", bound(rule), instead(p.node))
	case jsonschema.False:
		l.neverAllowed(p, f.Path)
	case "not":
		l.not(p, rule)
	case "oneOf":
		l.add(p, Value, "fits more than one of the alternatives that there are")
	case "minLength":
		l.add(p, Value, "%s", atLeast(rule, "character"))
	case "minItems":
		l.add(p, Value, "%s", atLeast(rule, "item"))
	case "minProperties":
		// Keys that are not strings have violations of their own; with them there
		// are enough.
		if least, err := strconv.Atoi(rule.Text); err != nil || len(p.node.Entries) < least {
			l.add(p, Value, "%s", atLeast(rule, "entry"))
		}
	case "uniqueItems":
		l.duplicates(p, f.Equal)
	case "required":
		for _, key := range f.Missing {
			l.missing(p, key)
		}
	case "additionalProperties":
		for _, i := range f.Entries {
			l.addKey(p, Unknown, i, noKey, "")
		}
	case "dependencies", "dependentRequired":
		l.add(p, Value, "%s", broken(f.Keyword+"."+f.If))
	case jsonschema.Beyond:
		l.repeats(p, f.Detail.(repeats))
	case jsonschema.Cycle:
		l.add(p, Value, "%s", broken(""))
	default:
		l.add(p, Value, "%s", broken(f.Keyword))
	}
}

// badKey speaks about a key that propertyNames forbids.
func (l *collector) badKey(p place, f *jsonschema.Fault) {
	for _, cause := range f.Causes {
		if cause.Keyword == "pattern" && cause.Schema.Parent == f.Schema {
			l.addKey(p, Value, f.Entries[0], badKey, cause.Schema.Node.Get("pattern").Text)
			return
		}
	}
	l.addKey(p, Unknown, f.Entries[0], noKey, "")
}

// neverAllowed speaks about a key whose value nothing could make right.
func (l *collector) neverAllowed(p place, path []jsonschema.Step) {
	if len(path) == 0 {
		l.add(p, Value, notThere)
		return
	}
	last := len(path) - 1
	if above := l.find(path[:last]); above.node.IsMap() {
		l.addKey(above, Forbidden, path[last].Index, noKey, "")
	} else {
		l.add(p, Value, notThere)
	}
}

// not names the keys that must not be there, or what the schema calls it.
func (l *collector) not(p place, schema *doc.Node) {
	none := true
	for _, key := range forbidden(schema) {
		if i := slices.IndexFunc(p.node.Entries, func(e doc.Entry) bool { return e.Key.IsString() && e.Key.Text == key }); i >= 0 {
			l.addKey(p, Forbidden, i, noKey, "")
			none = false
		}
	}
	title, value := schema.Get("title"), schema.Get("const")
	switch {
	case !none:
	case title.IsString() && title.Text != "":
		l.add(p, Value, "must not be %s", title.Text)
	case value != nil:
		l.add(p, Value, "must not be %s", constant(value))
	default:
		l.add(p, Value, "%s", broken(""))
	}
}

// notJSON speaks about a date or another value that JSON does not have.
func (l *collector) notJSON(p place) {
	if p.node.Kind == doc.Timestamp {
		l.add(p, Value, "must not be a timestamp; quotes make it a string")
	} else {
		l.add(p, Value, "must not be %s", p.node.Kind)
	}
}

// duplicates names every repeated scalar; the fault is about the first pair.
func (l *collector) duplicates(p place, equal [2]int) {
	none := true
	again(p.node, uniqueField{}, func(i, earlier int) {
		none = false
		l.repeated(p.item(i), fmt.Sprintf("item %d", earlier), p.item(earlier), p)
	})
	if none {
		l.add(p, Value, "must not have two equal items: %d and %d", equal[0], equal[1])
	}
}

// constant shows a value of the schema.
func constant(n *doc.Node) string {
	switch n.Kind {
	case doc.String:
		return quote(n.Text)
	case doc.Seq, doc.Map:
		return "the " + strings.TrimPrefix(n.Kind.String(), "a ") + " of the schema"
	}
	return doc.KeyText(n)
}

// bound shows a number of the schema.
func bound(n *doc.Node) string {
	number, ok := new(big.Rat).SetString(cmp.Or(n.Source, doc.KeyText(n)))
	if !ok {
		return doc.KeyText(n)
	}
	return number.RatString()
}

// broken speaks about a rule that has no words of its own here.
func broken(rule string) string {
	if rule == "" {
		return "does not satisfy the schema"
	}
	return fmt.Sprintf("does not satisfy the rule %q of the schema", rule)
}

// alternatives speaks about a value that fits none of several alternatives. To
// list the faults of all of them would send a person after the wrong ones.
func (l *collector) alternatives(p place, f *jsonschema.Fault) {
	if keys := missingKeys(f.Causes); keys != nil {
		l.missing(p, strings.Join(keys, " or "))
		return
	}
	if isAddress(f.Schema.Node) {
		l.add(p, Value, `must be an I2C address, 8 to 119 or "0x08" to "0x77"%s`, instead(p.node))
		return
	}
	var meant []*jsonschema.Fault
	var others []*jsonschema.Fault // the leaf that rules each of them out
	for _, branch := range f.Causes {
		if leaf := ruledOut(branch, len(f.Path)); leaf != nil {
			others = append(others, leaf)
		} else {
			meant = append(meant, branch)
		}
	}
	if len(meant) == 0 && l.mergeTypes(f, others) {
		return
	}
	if len(meant) == 0 {
		meant = f.Causes
	}
	l.found = append(l.found, l.common(meant)...)
}

// missingKeys gives the keys of alternatives that each ask for one key.
func missingKeys(branches []*jsonschema.Fault) []string {
	var keys []string
	for _, branch := range branches {
		if branch.Keyword != "required" || len(branch.Missing) != 1 {
			return nil
		}
		if !slices.Contains(keys, branch.Missing[0]) {
			keys = append(keys, branch.Missing[0])
		}
	}
	return keys
}

// ruledOut finds the fault which shows that the author did not mean this
// alternative: it is for a value of another type, or it asks for another
// constant, here or directly below, as in {type: circle}. Of several it is the
// outermost, then that of the first key.
func ruledOut(f *jsonschema.Fault, here int) *jsonschema.Fault {
	below := len(f.Path) - here
	switch {
	case f.Keyword == "type" && below == 0, f.Keyword == "const" && below <= 1:
		return f
	case f.Keyword == "anyOf", f.Keyword == "oneOf", f.Keyword == "propertyNames":
		return nil // has alternatives of its own, or speaks about a key
	}
	var first *jsonschema.Fault
	for _, cause := range f.Causes {
		if leaf := ruledOut(cause, here); leaf != nil && (first == nil || comparePaths(leaf, first) < 0) {
			first = leaf
		}
	}
	return first
}

func comparePaths(a, b *jsonschema.Fault) int {
	return cmp.Or(
		cmp.Compare(len(a.Path), len(b.Path)),
		slices.CompareFunc(a.Path, b.Path, func(a, b jsonschema.Step) int { return strings.Compare(a.Key, b.Key) }),
	)
}

// mergeTypes tells in one sentence which types, or which constants, there are
// alternatives for, if that is all that is wrong.
func (l *collector) mergeTypes(f *jsonschema.Fault, leaves []*jsonschema.Fault) bool {
	var types, constants []string
	at := leaves[0].Path
	for _, leaf := range leaves {
		if !slices.Equal(leaf.Path, at) {
			return false
		}
		if leaf.Keyword == "type" {
			types = append(types, leaf.Schema.Types()...)
		} else {
			constants = append(constants, constant(leaf.Schema.Node.Get("const")))
		}
	}
	l.reason = reason(f.Schema)
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
func (l *collector) common(branches []*jsonschema.Fault) []finding {
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
func (l *collector) branch(f *jsonschema.Fault) []finding {
	outside := l.found
	l.found = nil
	l.collect(f)
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

func atLeast(n *doc.Node, unit string) string {
	least := bound(n)
	if least == "1" {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %s %s", least, strings.Replace(unit+"s", "ys", "ies", 1))
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

// place is where a path leads to in the document.
type place struct {
	path doc.Path
	node *doc.Node
	at   doc.Pos // see Violation.At
}

// find follows a path from the root.
func (l *collector) find(path []jsonschema.Step) place {
	p := place{node: l.root, at: l.root.Pos}
	for _, step := range path {
		if p.node.IsSeq() {
			p = p.item(step.Index)
		} else {
			p = p.value(step.Index)
		}
	}
	return p
}

// item is the place of an item of the list at p.
func (p place) item(i int) place {
	n := present(p.node.Items[i])
	return place{p.path.Child(i), n, n.Pos}
}

// value is the place of the value of an entry of the mapping at p.
func (p place) value(i int) place {
	e := p.node.Entries[i]
	return place{p.path.Child(doc.KeyText(e.Key)), present(e.Value), e.Key.Pos}
}

// present takes what a program left out for null.
func present(n *doc.Node) *doc.Node {
	if n == nil {
		return doc.NewNull()
	}
	return n
}
