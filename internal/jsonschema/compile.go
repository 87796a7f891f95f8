// Package jsonschema holds documents against JSON Schemas of the drafts 4, 6, 7,
// 2019-09 and 2020-12.
//
// It is for programs that start often and read what strangers write: nothing is
// prepared before the first Compile, an evaluation counts its steps and stops with
// its context, and it walks the document model itself, so that a fault has the place
// of its value. Nothing is ever loaded: a schema stands alone, and a reference to a
// meta-schema is one to elsewhere. What a schema says wrongly or in an unknown
// dialect is an error of Compile and never a rule that does not hold.
//
// Formats are asserted up to draft 7, as these drafts say, and patterns are those of
// package regexp.
package jsonschema

import (
	"fmt"
	"math"
	"math/big"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Schema is a compiled schema, or a part of one. It is immutable.
type Schema struct {
	// Node is the schema as it is written.
	Node *doc.Node
	// Parent is the schema around this one, nil for the outermost, and Keyword is its
	// keyword that this one stands under.
	Parent  *Schema
	Keyword string

	resource *resource

	fixed, allow bool // true or false, or without any keyword

	ref, recursiveRef, dynamicRef *Schema
	dynamicName                   string // the anchor that dynamicRef looks for
	dynamicAnchor                 string
	recursiveAnchor               bool

	types    types
	constant *doc.Node
	enum     *doc.Node
	format   func(string) bool

	allOf, anyOf, oneOf             []*Schema
	not, condition, then, otherwise *Schema

	minLength, maxLength *int
	pattern              *regexp.Regexp

	minimum, maximum, exclusiveMinimum, exclusiveMaximum *bound
	multipleOf                                           *big.Rat

	minProperties, maxProperties       *int
	required                           []string
	properties                         map[string]*Schema
	patterns                           []patternProperty
	additional, names, unevaluatedKeys *Schema
	dependents                         []dependent

	minItems, maxItems, minContains, maxContains *int
	unique                                       bool
	prefix                                       []*Schema
	items, additionalItems                       *Schema // while compiling
	rest, contains, unevaluatedItems             *Schema

	extension Check
}

type patternProperty struct {
	pattern *regexp.Regexp
	schema  *Schema
}

// dependent is what holds if there is a key: other keys, or a schema.
type dependent struct {
	keyword, key string
	required     []string
	schema       *Schema
}

// bound is a number that others are compared with, fast if it is small.
type bound struct {
	exact *big.Rat
	small int64
	fast  bool
}

// resource is a schema with a name of its own, to which references are relative.
type resource struct {
	url     *url.URL
	draft   int
	root    *Schema
	anchors map[string]*Schema
	dynamic map[string]*Schema // those of $dynamicAnchor
}

// types is a set of JSON types.
type types uint8

const (
	typeNull types = 1 << iota
	typeBoolean
	typeNumber
	typeInteger
	typeString
	typeArray
	typeObject
)

var typeNames = [...]string{"null", "boolean", "number", "integer", "string", "array", "object"}

// Types returns the types that the schema asks for, each once, in a fixed order.
func (s *Schema) Types() []string {
	var names []string
	for i, name := range typeNames {
		if s.types&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Closed reports whether additionalProperties is false.
func (s *Schema) Closed() bool {
	return s.additional != nil && s.additional.fixed && !s.additional.allow
}

// Extension gives a schema, as it is written, a check beyond its keywords, or nil.
type Extension func(schema *doc.Node) Check

// Check calls fault with what the messages need for each fault of value.
type Check func(value *doc.Node, fault func(detail any))

// Error reports why a text is not a schema.
type Error struct {
	Pos doc.Pos // in the text
	Msg string
}

func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, e.Msg)
}

const defaultDraft = 7

// Compile reads a schema: JSON text, draft 7 unless it names another. id is its name
// if it has none itself; extend may be nil. Numbers are those of package strictjson:
// integers of any size, and floats. An error is one of package strictjson or an
// *Error.
func Compile(id string, text []byte, extend Extension) (*Schema, error) {
	root, err := strictjson.Read(text)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(id)
	if err != nil {
		return nil, err
	}
	c := compiler{extend: extend, schemas: map[*doc.Node]*Schema{}, resources: map[string]*resource{}, regexps: map[string]*regexp.Regexp{}}
	s := c.schema(root, nil, "", &resource{url: base, draft: defaultDraft})
	if _, taken := c.resources[id]; !taken {
		c.resources[id] = s.resource
	}
	for i := 0; i < len(c.references) && c.err == nil; i++ { // resolving may find more
		r := c.references[i]
		*r.to = c.resolve(r.from, r.at)
	}
	if c.err != nil {
		return nil, c.err
	}
	return s, nil
}

type compiler struct {
	extend     Extension
	schemas    map[*doc.Node]*Schema
	resources  map[string]*resource // by URL
	regexps    map[string]*regexp.Regexp
	references []reference
	err        error // the first
}

// reference is resolved when all names are known.
type reference struct {
	to   **Schema
	from *Schema
	at   *doc.Node
}

func (c *compiler) fail(at *doc.Node, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{at.Pos, fmt.Sprintf(format, args...)}
	}
}

func quote(s string) string { return show.Quote(s, 200) }

// schema compiles n, which stands under a keyword of parent.
func (c *compiler) schema(n *doc.Node, parent *Schema, keyword string, in *resource) *Schema {
	if s := c.schemas[n]; s != nil {
		return s
	}
	s := &Schema{Node: n, Parent: parent, Keyword: keyword, resource: in}
	c.schemas[n] = s
	switch {
	case n.Kind == doc.Bool && (in.draft >= 6 || keyword == "additionalProperties" || keyword == "additionalItems"):
		s.fixed, s.allow = true, n.Bool
	case !n.IsMap():
		c.fail(n, "must be a schema, not %s", n.Kind)
	}
	if !n.IsMap() {
		if parent == nil {
			s.resource = c.name(s, in.url, in.draft)
		}
		return s
	}
	c.identify(s, in)
	for _, e := range n.Entries {
		c.keyword(s, e.Key.Text, e.Value)
	}
	c.settle(s)
	return s
}

// identify finds the resource of s, or makes it one of its own.
func (c *compiler) identify(s *Schema, in *resource) {
	draft := in.draft
	if dialect := s.Node.Get("$schema"); dialect.IsString() {
		if draft = draftOf(dialect.Text); draft == 0 {
			c.fail(dialect, "the dialect %s is not known", quote(dialect.Text))
			return
		}
	}
	name, anchor := ownName(s.Node, draft)
	if name == "" && s.Parent != nil { // $schema counts only where there is a name
		draft = in.draft
		name, anchor = ownName(s.Node, draft)
	}
	if name != "" || s.Parent == nil {
		base, err := in.url, error(nil)
		if name != "" {
			base, err = join(in.url, name)
		}
		if err != nil {
			c.fail(s.Node, "the name of the schema is not a URL: %s", quote(name))
			return
		}
		s.resource = c.name(s, base, draft)
	}
	if anchor != "" && draft < 2019 && anchor[0] != '/' {
		c.anchor(s, s.Node, anchor)
	}
}

// ownName returns the URL and the fragment of a schema's id.
func ownName(n *doc.Node, draft int) (name, anchor string) {
	key := "$id"
	if draft == 4 {
		key = "id"
	}
	if id := n.Get(key); id.IsString() && (draft >= 2019 || n.Get("$ref") == nil) {
		name, anchor, _ = strings.Cut(id.Text, "#")
		if text, err := url.PathUnescape(anchor); err == nil {
			anchor = text
		}
	}
	return name, anchor
}

func (c *compiler) name(s *Schema, base *url.URL, draft int) *resource {
	r := &resource{url: base, draft: draft, root: s}
	if c.resources[base.String()] != nil {
		c.fail(s.Node, "two schemas are named %s", quote(base.String()))
	}
	c.resources[base.String()] = r
	return r
}

func (c *compiler) anchor(s *Schema, at *doc.Node, name string) {
	r := s.resource
	if other := r.anchors[name]; other != nil && other != s {
		c.fail(at, "two schemas have the anchor %s", quote(name))
	}
	if r.anchors == nil {
		r.anchors = map[string]*Schema{}
	}
	r.anchors[name] = s
}

func draftOf(dialect string) int {
	name, fragment, _ := strings.Cut(dialect, "#")
	if fragment != "" {
		return 0
	}
	_, name, _ = strings.Cut(name, "://")
	switch name {
	case "json-schema.org/schema", "json-schema.org/draft/2020-12/schema":
		return 2020
	case "json-schema.org/draft/2019-09/schema":
		return 2019
	case "json-schema.org/draft-07/schema":
		return 7
	case "json-schema.org/draft-06/schema":
		return 6
	case "json-schema.org/draft-04/schema":
		return 4
	}
	return 0
}

func join(base *url.URL, name string) (*url.URL, error) {
	u, err := url.Parse(name)
	if err != nil {
		return nil, err
	}
	joined := base.ResolveReference(u)
	if !u.IsAbs() && base.Opaque != "" { // a URN: go.dev/issue/66084
		joined.Opaque = base.Opaque
	}
	return joined, nil
}

// resolve finds what a reference in from leads to.
func (c *compiler) resolve(from *Schema, at *doc.Node) *Schema {
	name, fragment, _ := strings.Cut(at.Text, "#")
	r := from.resource
	if name != "" {
		u, err := join(r.url, name)
		if err == nil {
			r = c.resources[u.String()]
		}
		if err != nil || r == nil {
			c.fail(at, "the reference %s leads out of the schema; nothing is loaded", quote(at.Text))
			return nil
		}
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		c.fail(at, "the reference %s is not a URL", quote(at.Text))
		return nil
	}
	if fragment != "" && fragment[0] != '/' {
		if r.anchors[fragment] == nil {
			c.fail(at, "the reference %s leads nowhere", quote(at.Text))
		}
		return r.anchors[fragment]
	}
	// A pointer may lead to where no keyword has a schema: then it is one by being
	// referred to, of the resource around it.
	n, around := r.root.Node, r.root
	for _, token := range strings.Split(fragment, "/")[1:] {
		if n = step(n, token); n == nil {
			c.fail(at, "the reference %s leads nowhere", quote(at.Text))
			return nil
		}
		if s := c.schemas[n]; s != nil {
			around = s
		}
	}
	return c.schema(n, around, "", around.resource)
}

// step is the value under one token of a JSON pointer.
func step(n *doc.Node, token string) *doc.Node {
	if n.IsMap() {
		return n.Get(strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"))
	}
	i, err := strconv.ParseUint(token, 10, 31)
	if err != nil || !n.IsSeq() || int(i) >= len(n.Items) {
		return nil
	}
	return n.Items[i]
}

// since is the first draft that has a keyword.
func since(keyword string) int {
	switch keyword {
	case "$ref", "$schema", "id", "title", "description", "default", "definitions",
		"type", "enum", "format", "allOf", "anyOf", "oneOf", "not",
		"multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern",
		"items", "additionalItems", "maxItems", "minItems", "uniqueItems",
		"maxProperties", "minProperties", "required", "properties", "patternProperties", "additionalProperties", "dependencies":
		return 4
	case "$id", "const", "contains", "propertyNames":
		return 6
	case "if", "then", "else", "$comment", "readOnly", "writeOnly", "examples", "contentMediaType", "contentEncoding":
		return 7
	case "$anchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary", "$defs", "deprecated", "contentSchema",
		"dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "minContains", "maxContains":
		return 2019
	case "$dynamicRef", "$dynamicAnchor", "prefixItems":
		return 2020
	}
	return math.MaxInt
}

// keyword compiles one keyword, and refuses a value that the draft does not allow.
func (c *compiler) keyword(s *Schema, key string, v *doc.Node) {
	draft := s.resource.draft
	if draft < since(key) {
		return // means nothing
	}
	switch key {
	case "$schema":
		c.text(v, key, isURI)
	case "id", "$id":
		if (key == "id") != (draft == 4) {
			return
		}
		c.text(v, key, isURIReference)
		if _, anchor, _ := strings.Cut(v.Text, "#"); draft >= 2019 && anchor != "" {
			c.fail(v, "%s must not have a fragment", key)
		}
	case "$ref":
		c.refer(s, &s.ref, v, key)
	case "$recursiveRef":
		c.refer(s, &s.recursiveRef, v, key)
	case "$dynamicRef":
		c.refer(s, &s.dynamicRef, v, key)
		if _, name, _ := strings.Cut(v.Text, "#"); name != "" && name[0] != '/' {
			s.dynamicName, _ = url.PathUnescape(name)
		}
	case "$recursiveAnchor":
		s.recursiveAnchor = c.flag(v, key)
	case "$anchor", "$dynamicAnchor":
		c.text(v, key, func(name string) bool { return isAnchor(name, draft) })
		c.anchor(s, v, v.Text)
		if key == "$dynamicAnchor" {
			if s.resource.dynamic == nil {
				s.resource.dynamic = map[string]*Schema{}
			}
			s.resource.dynamic[v.Text], s.dynamicAnchor = s, v.Text
		}
	case "$vocabulary":
		c.each(v, key, func(name string, v *doc.Node) { c.flag(v, key) })
	case "title", "description", "$comment", "contentMediaType", "contentEncoding":
		c.text(v, key, nil)
	case "readOnly", "writeOnly", "deprecated":
		c.flag(v, key)
	case "examples":
		c.list(v, key, 0)
	case "definitions", "$defs":
		c.each(v, key, func(_ string, v *doc.Node) { c.schema(v, s, key, s.resource) })
	case "contentSchema":
		c.schema(v, s, key, s.resource)

	case "type":
		s.types = c.typeSet(v)
	case "const":
		s.constant = v
	case "enum":
		s.enum = v
		least := 0
		if draft < 2019 {
			least = 1
		}
		c.list(v, key, least)
		if repeats, _, _ := new(run).repeats(v); draft < 2019 && repeats {
			c.fail(v, "%s repeats a value", key)
		}
	case "format":
		c.text(v, key, nil)
		if draft < 2019 {
			s.format = formatOf(v.Text)
		}
	case "allOf":
		s.allOf = c.schemaList(s, v, key)
	case "anyOf":
		s.anyOf = c.schemaList(s, v, key)
	case "oneOf":
		s.oneOf = c.schemaList(s, v, key)
	case "not":
		s.not = c.schema(v, s, key, s.resource)
	case "if":
		s.condition = c.schema(v, s, key, s.resource)
	case "then":
		s.then = c.schema(v, s, key, s.resource)
	case "else":
		s.otherwise = c.schema(v, s, key, s.resource)

	case "multipleOf":
		if b := c.number(v, key); b != nil {
			if s.multipleOf = b.exact; b.exact.Sign() <= 0 {
				c.fail(v, "%s must be more than 0", key)
			}
		}
	case "minimum":
		s.minimum = c.number(v, key)
	case "maximum":
		s.maximum = c.number(v, key)
	case "exclusiveMinimum", "exclusiveMaximum":
		switch {
		case draft == 4:
			c.flag(v, key)
		case key == "exclusiveMinimum":
			s.exclusiveMinimum = c.number(v, key)
		default:
			s.exclusiveMaximum = c.number(v, key)
		}
	case "minLength":
		s.minLength = c.count(v, key)
	case "maxLength":
		s.maxLength = c.count(v, key)
	case "pattern":
		if c.text(v, key, nil) {
			s.pattern = c.regexp(v, v.Text)
		}

	case "minProperties":
		s.minProperties = c.count(v, key)
	case "maxProperties":
		s.maxProperties = c.count(v, key)
	case "required":
		s.required = c.keys(s, v, key)
	case "properties":
		s.properties = make(map[string]*Schema, len(v.Entries))
		c.each(v, key, func(name string, v *doc.Node) { s.properties[name] = c.schema(v, s, key, s.resource) })
	case "patternProperties":
		c.each(v, key, func(name string, v *doc.Node) {
			s.patterns = append(s.patterns, patternProperty{c.regexp(v, name), c.schema(v, s, key, s.resource)})
		})
	case "additionalProperties":
		s.additional = c.schema(v, s, key, s.resource)
	case "propertyNames":
		s.names = c.schema(v, s, key, s.resource)
	case "unevaluatedProperties":
		s.unevaluatedKeys = c.schema(v, s, key, s.resource)
	case "dependencies", "dependentRequired", "dependentSchemas":
		c.each(v, key, func(name string, v *doc.Node) {
			d := dependent{keyword: key, key: name}
			if key == "dependentRequired" || key == "dependencies" && v.IsSeq() {
				d.required = c.keys(s, v, key)
			} else {
				d.schema = c.schema(v, s, key, s.resource)
			}
			s.dependents = append(s.dependents, d)
		})

	case "minItems":
		s.minItems = c.count(v, key)
	case "maxItems":
		s.maxItems = c.count(v, key)
	case "uniqueItems":
		s.unique = c.flag(v, key)
	case "prefixItems":
		s.prefix = c.schemaList(s, v, key)
	case "items":
		if v.IsSeq() && draft < 2020 {
			s.prefix = c.schemaList(s, v, key)
		} else {
			s.items = c.schema(v, s, key, s.resource)
		}
	case "additionalItems":
		if draft < 2020 {
			s.additionalItems = c.schema(v, s, key, s.resource)
		}
	case "contains":
		s.contains = c.schema(v, s, key, s.resource)
	case "minContains":
		s.minContains = c.count(v, key)
	case "maxContains":
		s.maxContains = c.count(v, key)
	case "unevaluatedItems":
		s.unevaluatedItems = c.schema(v, s, key, s.resource)
	}
}

// settle is for keywords that depend on one another.
func (c *compiler) settle(s *Schema) {
	draft := s.resource.draft
	if draft < 2019 && s.Node.Get("$ref") != nil { // nothing beside it counts
		*s = Schema{Node: s.Node, Parent: s.Parent, Keyword: s.Keyword, resource: s.resource}
		return
	}
	s.rest = s.items
	if draft < 2020 && s.prefix != nil {
		s.rest = s.additionalItems
	}
	if draft == 4 {
		for _, x := range []struct {
			key              string
			plain, exclusive **bound
		}{{"exclusiveMinimum", &s.minimum, &s.exclusiveMinimum}, {"exclusiveMaximum", &s.maximum, &s.exclusiveMaximum}} {
			switch flag := s.Node.Get(x.key); {
			case flag == nil:
			case *x.plain == nil:
				c.fail(flag, "%s needs a number beside it", x.key)
			case flag.Bool:
				*x.plain, *x.exclusive = nil, *x.plain
			}
		}
	}
	if c.extend != nil {
		s.extension = c.extend(s.Node)
	}
	s.fixed = len(s.Node.Entries) == 0
	s.allow = s.fixed
}

// The checks of the values of keywords.

func (c *compiler) text(v *doc.Node, key string, form func(string) bool) bool {
	if !v.IsString() {
		c.fail(v, "%s must be a string, not %s", key, v.Kind)
		return false
	}
	if form != nil && !form(v.Text) {
		c.fail(v, "%s must not be %s", key, quote(v.Text))
	}
	return true
}

func (c *compiler) flag(v *doc.Node, key string) bool {
	if v.Kind != doc.Bool {
		c.fail(v, "%s must be a boolean, not %s", key, v.Kind)
	}
	return v.Bool
}

func (c *compiler) list(v *doc.Node, key string, least int) {
	if !v.IsSeq() {
		c.fail(v, "%s must be a list, not %s", key, v.Kind)
	} else if len(v.Items) < least {
		c.fail(v, "%s must not be empty", key)
	}
}

func (c *compiler) each(v *doc.Node, key string, do func(name string, v *doc.Node)) {
	if !v.IsMap() {
		c.fail(v, "%s must be an object, not %s", key, v.Kind)
	}
	for _, e := range v.Entries {
		do(e.Key.Text, e.Value)
	}
}

func (c *compiler) refer(s *Schema, to **Schema, v *doc.Node, key string) {
	if c.text(v, key, isURIReference) {
		c.references = append(c.references, reference{to, s, v})
	}
}

func (c *compiler) schemaList(s *Schema, v *doc.Node, key string) []*Schema {
	c.list(v, key, 1)
	schemas := make([]*Schema, len(v.Items))
	for i, item := range v.Items {
		schemas[i] = c.schema(item, s, key, s.resource)
	}
	return schemas
}

// keys is a list of strings that differ.
func (c *compiler) keys(s *Schema, v *doc.Node, key string) []string {
	least := 0
	if s.resource.draft == 4 {
		least = 1
	}
	c.list(v, key, least)
	keys := make([]string, len(v.Items))
	for i, item := range v.Items {
		c.text(item, "an item of "+key, nil)
		keys[i] = item.Text
	}
	if repeats, _, _ := new(run).repeats(v); repeats {
		c.fail(v, "%s repeats a key", key)
	}
	return keys
}

func (c *compiler) typeSet(v *doc.Node) (set types) {
	names := []*doc.Node{v}
	if v.IsSeq() {
		c.list(v, "type", 1)
		names = v.Items
	}
	for _, name := range names {
		one := types(0)
		for i, known := range typeNames {
			if name.IsString() && name.Text == known {
				one = 1 << i
			}
		}
		switch {
		case one == 0:
			c.fail(name, "type must be one of %s", strings.Join(typeNames[:], ", "))
		case set&one != 0:
			c.fail(name, "type repeats %s", name.Text)
		}
		set |= one
	}
	return set
}

func (c *compiler) number(v *doc.Node, key string) *bound {
	if v.Kind != doc.Int && v.Kind != doc.Float {
		c.fail(v, "%s must be a number, not %s", key, v.Kind)
		return nil
	}
	b := &bound{exact: exact(v)}
	if math.IsInf(v.Float, 0) {
		var ok bool
		if b.exact, ok = new(big.Rat).SetString(v.Source); !ok {
			c.fail(v, "%s is too large", key)
			return nil
		}
	}
	const most = 1 << 53 // a float of this size is exact
	if b.exact.IsInt() && b.exact.Num().IsInt64() {
		b.small = b.exact.Num().Int64()
		b.fast = -most <= b.small && b.small <= most
	}
	return b
}

func (c *compiler) count(v *doc.Node, key string) *int {
	n := c.number(v, key)
	if n == nil || !n.exact.IsInt() || n.exact.Sign() < 0 {
		c.fail(v, "%s must be a whole number, 0 or more", key)
		return nil
	}
	count := math.MaxInt
	if n.exact.Num().IsInt64() {
		count = int(min(n.small, math.MaxInt))
	}
	return &count
}

func (c *compiler) regexp(at *doc.Node, text string) *regexp.Regexp {
	if re := c.regexps[text]; re != nil {
		return re
	}
	re, err := regexp.Compile(text)
	if err != nil {
		c.fail(at, "%s is not a pattern: %s", quote(text), quote(err.Error()))
		return nil
	}
	c.regexps[text] = re
	return re
}
