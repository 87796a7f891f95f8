package jsonschema

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// What a Fault has for a keyword where no keyword is broken.
const (
	False   = "false"    // there must be no value here
	NotJSON = "not JSON" // a value that JSON does not have
	Cycle   = "cycle"    // the schema refers to itself for the same value
	Several = "several"  // Causes has more than one fault of one schema
	Beyond  = "beyond"   // what a Check of the caller found: Detail
)

// Fault says that a value breaks a keyword of a schema.
type Fault struct {
	Schema  *Schema
	Keyword string
	// Path leads from the root to the value.
	Path []Step

	// Missing are the keys that required, dependencies or dependentRequired asks for,
	// because there is the key If.
	Missing []string
	If      string
	// Entries are the entries of the mapping whose keys additionalProperties or
	// propertyNames forbids.
	Entries []int
	// Equal are two items of a list that must differ.
	Equal [2]int
	// Ambiguous reports that a value fits more than one schema of oneOf.
	Ambiguous bool
	Detail    any

	// Causes are the faults below a $ref, allOf, contains or propertyNames, and one for
	// each alternative of anyOf and oneOf.
	Causes []*Fault
}

// Step leads to an item of a list or to the value of an entry of a mapping, both by
// Index. Key names it: the key, or the number.
type Step struct {
	Index int
	Key   string
}

// OtherKey starts what a key that is not a string is called; its number follows. No
// reader makes such a text, which is not UTF-8.
const OtherKey = "\xff"

// ErrSteps reports that an evaluation was too long, or schemas referred to one another
// too often.
var ErrSteps = errors.New("too many steps")

// maxFrames bounds how many schemas are at work within one another, and so the stack.
const maxFrames = 10_000

// Options configures an evaluation. The zero Options is fine.
type Options struct {
	// SkipOtherKeys leaves out entries whose keys are not strings; without it they are
	// keys that no schema names.
	SkipOtherKeys bool
	// Steps bounds the work, in values times schemas; 0 is MaxSteps.
	Steps int
}

// MaxSteps is what Options.Steps is if nobody says otherwise.
const MaxSteps = 100_000_000

// Evaluate returns every fault of the document, in the order of the keywords and of
// the document; none means that it is valid. The error is that of ctx, or ErrSteps.
//
// The document must not be deeper than the stack allows. Infinities and NaN are
// numbers that are not integers and beyond every bound.
func (s *Schema) Evaluate(ctx context.Context, root *doc.Node, opts Options) ([]*Fault, error) {
	r := run{ctx: ctx, opts: opts}
	if r.opts.Steps == 0 {
		r.opts.Steps = MaxSteps
	}
	var faults []*Fault
	r.check(s, root, false, nil, &faults)
	if r.err != nil {
		return nil, r.err
	}
	return faults, nil
}

// run is one evaluation. Where faults go to nil, only the verdict is asked for.
type run struct {
	ctx    context.Context
	opts   Options
	steps  int
	looked int // at ctx, by steps
	err    error

	path   []Step
	frames []frame
	large  map[*doc.Node]map[string]int
	serial int
}

// frame is a schema being evaluated. same reports that it is for the value of the
// frame before it.
type frame struct {
	schema *Schema
	same   bool
}

// step counts n steps and reports whether to go on.
func (r *run) step(n int) bool {
	if r.steps += n; r.err == nil && r.ctx != nil {
		if r.steps > r.opts.Steps {
			r.err = ErrSteps
		} else if r.steps-r.looked >= 1024 {
			r.looked = r.steps
			r.err = r.ctx.Err()
		}
	}
	return r.err == nil
}

// fail adds a fault and returns false.
func (r *run) fail(to *[]*Fault, f Fault) bool {
	if to != nil {
		f.Path = slices.Clone(r.path)
		*to = append(*to, &f)
	}
	return false
}

// check holds n against s. seen has a mark for each entry or item of n that a schema
// has looked at, if somebody wants to know.
func (r *run) check(s *Schema, n *doc.Node, same bool, seen []bool, to *[]*Fault) bool {
	if !r.step(1) {
		return false
	}
	if s.fixed {
		return s.allow || r.fail(to, Fault{Schema: s, Keyword: False})
	}
	if same {
		for i := len(r.frames) - 1; i >= 0; i-- {
			if r.frames[i].schema == s {
				return r.fail(to, Fault{Schema: s, Keyword: Cycle})
			}
			if !r.step(1) || !r.frames[i].same {
				break
			}
		}
	}
	if len(r.frames) == maxFrames && r.err == nil {
		r.err = ErrSteps
		return false
	}
	r.frames = append(r.frames, frame{s, same})
	ok := r.apply(s, present(n), seen, to)
	r.frames = r.frames[:len(r.frames)-1]
	return ok && r.err == nil
}

// present takes what a program left out for null.
func present(n *doc.Node) *doc.Node {
	if n == nil {
		return doc.NewNull()
	}
	return n
}

func typeOf(n *doc.Node) types {
	switch n.Kind {
	case doc.Null:
		return typeNull
	case doc.Bool:
		return typeBoolean
	case doc.Int:
		return typeNumber | typeInteger
	case doc.Float:
		if n.Float == math.Trunc(n.Float) && !math.IsInf(n.Float, 0) {
			return typeNumber | typeInteger
		}
		return typeNumber
	case doc.String:
		return typeString
	case doc.Seq:
		return typeArray
	case doc.Map:
		return typeObject
	}
	return 0
}

func (r *run) apply(s *Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	// A value of the wrong kind has no other faults.
	t := typeOf(n)
	switch {
	case t == 0:
		return r.fail(to, Fault{Schema: s, Keyword: NotJSON})
	case s.types != 0 && s.types&t == 0:
		return r.fail(to, Fault{Schema: s, Keyword: "type"})
	case s.constant != nil && !r.equal(n, s.constant):
		return r.fail(to, Fault{Schema: s, Keyword: "const"})
	case s.enum != nil && !slices.ContainsFunc(s.enum.Items, func(word *doc.Node) bool { return r.equal(n, word) }):
		return r.fail(to, Fault{Schema: s, Keyword: "enum"})
	case s.format != nil && t == typeString && !s.format(n.Text):
		return r.fail(to, Fault{Schema: s, Keyword: "format"})
	}
	if size := len(n.Items) + len(n.Entries); seen == nil && (t == typeObject && s.unevaluatedKeys != nil || t == typeArray && s.unevaluatedItems != nil) {
		seen = make([]bool, size)
		r.step(size)
	}

	ok := s.ref == nil || r.refer(s, s.ref, "$ref", n, seen, to)
	switch t {
	case typeObject:
		ok = r.object(s, n, seen, to) && ok
	case typeArray:
		ok = r.array(s, n, seen, to) && ok
	case typeString:
		ok = r.text(s, n, to) && ok
	case typeNull, typeBoolean:
	default:
		ok = r.number(s, n, to) && ok
	}
	if !ok && to == nil {
		return false
	}
	if s.recursiveRef != nil {
		ok = r.refer(s, r.outermost(s.recursiveRef), "$recursiveRef", n, seen, to) && ok
	}
	if s.dynamicRef != nil {
		ok = r.refer(s, r.dynamic(s), "$dynamicRef", n, seen, to) && ok
	}
	ok = r.combine(s, n, seen, to) && ok
	if s.extension != nil {
		s.extension(n, func(detail any) {
			ok = r.fail(to, Fault{Schema: s, Keyword: Beyond, Detail: detail})
		})
	}
	if !ok && to == nil {
		return false
	}
	if t == typeObject && s.unevaluatedKeys != nil {
		ok = r.unevaluated(s.unevaluatedKeys, n, seen, to) && ok
	}
	if t == typeArray && s.unevaluatedItems != nil {
		ok = r.unevaluated(s.unevaluatedItems, n, seen, to) && ok
	}
	return ok
}

// also holds n, the value of the schema at hand, against another schema. What a
// schema has looked at counts only if n satisfies it.
func (r *run) also(s *Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	if seen == nil {
		return r.check(s, n, true, nil, to)
	}
	r.step(len(seen))
	its := make([]bool, len(seen))
	if !r.check(s, n, true, its, to) {
		return false
	}
	for i := range seen {
		seen[i] = seen[i] || its[i]
	}
	return true
}

// below holds an item or the value of an entry against a schema.
func (r *run) below(s *Schema, n *doc.Node, at Step, to *[]*Fault) bool {
	r.path = append(r.path, at)
	ok := r.check(s, n, false, nil, to)
	r.path = r.path[:len(r.path)-1]
	return ok
}

// gather returns where the faults below another fault go.
func gather(to *[]*Fault) *[]*Fault {
	if to == nil {
		return nil
	}
	return new([]*Fault)
}

func causes(found *[]*Fault) []*Fault {
	if found == nil {
		return nil
	}
	return *found
}

func (r *run) refer(s, other *Schema, keyword string, n *doc.Node, seen []bool, to *[]*Fault) bool {
	found := gather(to)
	return r.also(other, n, seen, found) || r.fail(to, Fault{Schema: s, Keyword: keyword, Causes: causes(found)})
}

// outermost is what a $recursiveRef leads to.
func (r *run) outermost(target *Schema) *Schema {
	if !target.recursiveAnchor {
		return target
	}
	r.step(len(r.frames))
	for _, f := range r.frames {
		if root := f.schema.resource.root; root.recursiveAnchor {
			return root
		}
	}
	return target
}

// dynamic is what the $dynamicRef of s leads to.
func (r *run) dynamic(s *Schema) *Schema {
	if s.dynamicName == "" || s.dynamicRef.dynamicAnchor != s.dynamicName {
		return s.dynamicRef
	}
	r.step(len(r.frames))
	for _, f := range r.frames {
		if target := f.schema.resource.dynamic[s.dynamicName]; target != nil {
			return target
		}
	}
	return s.dynamicRef
}

func (r *run) combine(s *Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	ok := true
	if s.not != nil && r.also(s.not, n, seen, nil) {
		ok = r.fail(to, Fault{Schema: s, Keyword: "not"})
	}
	if s.allOf != nil {
		found, all := gather(to), true
		for _, each := range s.allOf {
			all = r.also(each, n, seen, found) && all
			if !all && to == nil {
				return false
			}
		}
		if !all {
			ok = r.fail(to, Fault{Schema: s, Keyword: "allOf", Causes: causes(found)})
		}
	}
	if s.anyOf != nil {
		ok = r.alternatives(s, "anyOf", s.anyOf, n, seen, to) && ok
	}
	if s.oneOf != nil {
		ok = r.alternatives(s, "oneOf", s.oneOf, n, seen, to) && ok
	}
	if s.condition != nil {
		branch := s.then
		if !r.also(s.condition, n, seen, nil) {
			branch = s.otherwise
		}
		if branch != nil {
			ok = r.also(branch, n, seen, to) && ok
		}
	}
	return ok
}

// alternatives is for anyOf and oneOf. Each alternative that does not fit has one
// cause.
func (r *run) alternatives(s *Schema, keyword string, list []*Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	var found []*Fault
	fits := 0
	for _, alternative := range list {
		reasons := gather(to)
		if fits > 0 {
			reasons = nil
		}
		if r.also(alternative, n, seen, reasons) {
			fits++
			if keyword == "anyOf" && seen == nil {
				return true
			}
			if keyword == "oneOf" && fits > 1 {
				return r.fail(to, Fault{Schema: s, Keyword: keyword, Ambiguous: true})
			}
			continue
		}
		switch all := causes(reasons); len(all) {
		case 0:
		case 1:
			found = append(found, all[0])
		default:
			found = append(found, &Fault{Schema: alternative, Keyword: Several, Path: slices.Clone(r.path), Causes: all})
		}
	}
	return fits > 0 || r.fail(to, Fault{Schema: s, Keyword: keyword, Causes: found})
}

// unevaluated holds against s what no other keyword has looked at.
func (r *run) unevaluated(s *Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	ok := true
	for i := range seen {
		if seen[i] {
			continue
		}
		seen[i] = true
		if n.IsSeq() {
			ok = r.below(s, n.Items[i], Step{i, strconv.Itoa(i)}, to) && ok
		} else if name, counts := r.name(n, i); counts {
			ok = r.below(s, n.Entries[i].Value, Step{i, name}, to) && ok
		}
	}
	return ok
}

// name is what the key of an entry is called, if it counts.
func (r *run) name(n *doc.Node, i int) (string, bool) {
	key := n.Entries[i].Key
	if key.IsString() {
		return key.Text, true
	}
	if r.opts.SkipOtherKeys {
		return "", false
	}
	return OtherKey + strconv.Itoa(i), true
}

// few is the size up to which looking at every entry beats an index.
const few = 16

func (r *run) has(n *doc.Node, key string) bool {
	r.step(1)
	if len(n.Entries) <= few {
		return slices.ContainsFunc(n.Entries, func(e doc.Entry) bool { return e.Key.IsString() && e.Key.Text == key })
	}
	index, ok := r.large[n]
	if !ok {
		index = make(map[string]int, len(n.Entries))
		for i := range n.Entries {
			if name, counts := r.name(n, i); counts {
				index[name] = i
			}
		}
		r.step(len(n.Entries))
		if r.large == nil {
			r.large = map[*doc.Node]map[string]int{}
		}
		r.large[n] = index
	}
	_, ok = index[key]
	return ok
}

func (r *run) missing(n *doc.Node, keys []string) []string {
	var missing []string
	for _, key := range keys {
		if !r.has(n, key) {
			missing = append(missing, key)
		}
	}
	return missing
}

func (r *run) object(s *Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	ok := true
	if s.minProperties != nil || s.maxProperties != nil {
		count := 0
		for i := range n.Entries {
			if _, counts := r.name(n, i); counts {
				count++
			}
		}
		ok = r.size(s, count, s.minProperties, s.maxProperties, "minProperties", "maxProperties", to)
	}
	if missing := r.missing(n, s.required); missing != nil {
		ok = r.fail(to, Fault{Schema: s, Keyword: "required", Missing: missing})
	}
	for _, d := range s.dependents {
		if !r.has(n, d.key) {
			continue
		}
		if missing := r.missing(n, d.required); missing != nil {
			ok = r.fail(to, Fault{Schema: s, Keyword: d.keyword, If: d.key, Missing: missing})
		}
		if d.schema != nil {
			ok = r.also(d.schema, n, seen, to) && ok
		}
	}
	var forbidden []int
	for i, e := range n.Entries {
		name, counts := r.name(n, i)
		if !counts {
			continue
		}
		if !ok && to == nil || !r.step(1+len(s.patterns)) {
			return false
		}
		known := false
		if property := s.properties[name]; property != nil {
			known = true
			ok = r.below(property, e.Value, Step{i, name}, to) && ok
		}
		for _, p := range s.patterns {
			if p.pattern.MatchString(name) {
				known = true
				ok = r.below(p.schema, e.Value, Step{i, name}, to) && ok
			}
		}
		switch {
		case known || s.additional == nil:
		case s.Closed():
			forbidden = append(forbidden, i)
		default:
			ok = r.below(s.additional, e.Value, Step{i, name}, to) && ok
		}
		if seen != nil && (known || s.additional != nil) {
			seen[i] = true
		}
		if s.names != nil {
			key := e.Key
			if !key.IsString() {
				key = doc.NewString(name)
			}
			if !r.check(s.names, key, false, nil, nil) {
				found := gather(to)
				r.check(s.names, key, false, nil, found)
				ok = r.fail(to, Fault{Schema: s, Keyword: "propertyNames", Entries: []int{i}, Causes: causes(found)})
			}
		}
	}
	if forbidden != nil {
		ok = r.fail(to, Fault{Schema: s, Keyword: "additionalProperties", Entries: forbidden})
	}
	return ok
}

// size is for the keywords that bound a number of things.
func (r *run) size(s *Schema, size int, least, most *int, atLeast, atMost string, to *[]*Fault) bool {
	ok := true
	if least != nil && size < *least {
		ok = r.fail(to, Fault{Schema: s, Keyword: atLeast})
	}
	if most != nil && size > *most {
		ok = r.fail(to, Fault{Schema: s, Keyword: atMost})
	}
	return ok
}

func (r *run) array(s *Schema, n *doc.Node, seen []bool, to *[]*Fault) bool {
	ok := r.size(s, len(n.Items), s.minItems, s.maxItems, "minItems", "maxItems", to)
	if s.unique {
		if repeats, i, j := r.repeats(n); repeats {
			ok = r.fail(to, Fault{Schema: s, Keyword: "uniqueItems", Equal: [2]int{i, j}})
		}
	}
	rest := s.rest
	if rest != nil && rest.Keyword == "additionalItems" && rest.fixed && !rest.allow && len(n.Items) > len(s.prefix) {
		ok = r.fail(to, Fault{Schema: s, Keyword: "additionalItems"})
		rest = nil
	}
	found, matched := gather(to), 0
	for i, item := range n.Items {
		if !ok && to == nil || !r.step(1) {
			return false
		}
		one := rest
		if i < len(s.prefix) {
			one = s.prefix[i]
		}
		if one != nil {
			ok = r.below(one, item, Step{i, strconv.Itoa(i)}, to) && ok
		}
		if seen != nil && (one != nil || s.rest != nil) {
			seen[i] = true
		}
		if s.contains != nil && r.below(s.contains, item, Step{i, strconv.Itoa(i)}, found) {
			matched++
			if seen != nil && s.resource.draft >= 2020 {
				seen[i] = true
			}
		}
	}
	if s.contains == nil {
		return ok
	}
	switch {
	case s.minContains == nil && matched == 0:
		ok = r.fail(to, Fault{Schema: s, Keyword: "contains", Causes: causes(found)})
	case s.minContains != nil && matched < *s.minContains:
		ok = r.fail(to, Fault{Schema: s, Keyword: "minContains", Causes: causes(found)})
	}
	if s.maxContains != nil && matched > *s.maxContains {
		ok = r.fail(to, Fault{Schema: s, Keyword: "maxContains"})
	}
	return ok
}

func (r *run) text(s *Schema, n *doc.Node, to *[]*Fault) bool {
	ok := true
	if s.minLength != nil || s.maxLength != nil {
		r.step(len(n.Text) / 64)
		ok = r.size(s, utf8.RuneCountInString(n.Text), s.minLength, s.maxLength, "minLength", "maxLength", to)
	}
	if s.pattern != nil {
		r.step(len(n.Text) / 64)
		if !s.pattern.MatchString(n.Text) {
			ok = r.fail(to, Fault{Schema: s, Keyword: "pattern"})
		}
	}
	return ok
}

func (r *run) number(s *Schema, n *doc.Node, to *[]*Fault) bool {
	ok := true
	if s.minimum != nil && compare(n, s.minimum) < 0 {
		ok = r.fail(to, Fault{Schema: s, Keyword: "minimum"})
	}
	if s.maximum != nil && compare(n, s.maximum) > 0 {
		ok = r.fail(to, Fault{Schema: s, Keyword: "maximum"})
	}
	if s.exclusiveMinimum != nil && compare(n, s.exclusiveMinimum) <= 0 {
		ok = r.fail(to, Fault{Schema: s, Keyword: "exclusiveMinimum"})
	}
	if s.exclusiveMaximum != nil && compare(n, s.exclusiveMaximum) >= 0 {
		ok = r.fail(to, Fault{Schema: s, Keyword: "exclusiveMaximum"})
	}
	if s.multipleOf != nil && !new(big.Rat).Quo(exact(n), s.multipleOf).IsInt() {
		ok = r.fail(to, Fault{Schema: s, Keyword: "multipleOf"})
	}
	return ok
}

func compare(n *doc.Node, b *bound) int {
	if b.fast {
		if n.Kind == doc.Float && !math.IsNaN(n.Float) {
			return cmp.Compare(n.Float, float64(b.small))
		}
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return cmp.Compare(i, b.small)
		}
	}
	return exact(n).Cmp(b.exact)
}

// notFinite stands for infinities and NaN.
const notFinite = "1000000000000000000000000000000.5"

// exact is the number as its shortest spelling says it: 0.1 is a tenth.
func exact(n *doc.Node) *big.Rat {
	text := n.Text
	switch {
	case n.Kind != doc.Float:
	case math.IsInf(n.Float, -1):
		text = "-" + notFinite
	case math.IsInf(n.Float, 1) || math.IsNaN(n.Float):
		text = notFinite
	default:
		text = strconv.FormatFloat(n.Float, 'g', -1, 64)
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat) // cannot be: a reader made the text
	}
	return number
}

// equal compares as JSON does: 1 is 1.0, and the order of keys does not matter.
func (r *run) equal(a, b *doc.Node) bool {
	r.step(1)
	switch {
	case a.Kind == doc.String && b.Kind == doc.String, a.Kind == doc.Int && b.Kind == doc.Int:
		return a.Text == b.Text
	case a.Kind == doc.Bool && b.Kind == doc.Bool:
		return a.Bool == b.Bool
	case typeOf(a)&typeOf(b) == 0:
		return false
	}
	return string(r.identity(nil, a)) == string(r.identity(nil, b))
}

// repeats finds the first item that equals an earlier one.
func (r *run) repeats(list *doc.Node) (repeats bool, first, again int) {
	earlier := make(map[string]int, len(list.Items))
	var text []byte
	for i, item := range list.Items {
		text = r.identity(text[:0], item)
		if j, ok := earlier[string(text)]; ok {
			return true, j, i
		}
		earlier[string(text)] = i
	}
	return false, 0, 0
}

// identity appends a text that equal values share. What JSON does not have equals
// nothing, not even itself. The text is short, as aliases make large values of little.
func (r *run) identity(to []byte, n *doc.Node) []byte {
	n = present(n)
	if !r.step(1 + len(n.Text)/64) {
		return to
	}
	start := len(to)
	switch n.Kind {
	case doc.Null:
		return append(to, 'n')
	case doc.Bool:
		return strconv.AppendBool(to, n.Bool)
	case doc.Int:
		return digest(append(append(to, '#'), n.Text...), start)
	case doc.Float:
		return digest(append(append(to, '#'), exact(n).RatString()...), start)
	case doc.String:
		return digest(append(append(to, '"'), n.Text...), start)
	case doc.Seq:
		to = append(to, '[')
		for _, item := range n.Items {
			to = digest(append(r.identity(to, item), ','), start)
		}
		return digest(append(to, ']'), start)
	case doc.Map:
		members := make([]string, 0, len(n.Entries))
		for i, e := range n.Entries {
			if name, counts := r.name(n, i); counts {
				member := digest(append([]byte{'"'}, name...), 0)
				members = append(members, string(r.identity(append(member, ':'), e.Value)))
			}
		}
		slices.Sort(members)
		to = append(append(to, '{'), strings.Join(members, ",")...)
		return digest(append(to, '}'), start)
	}
	r.serial++
	return strconv.AppendInt(append(to, '?'), int64(r.serial), 10)
}

// digest replaces what stands behind start by its digest, so that no value reads like
// a part of another one.
func digest(text []byte, start int) []byte {
	sum := sha256.Sum256(text[start:])
	return append(text[:start], sum[:]...)
}
