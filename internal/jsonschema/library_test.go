package jsonschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	library "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// FuzzAgainstLibrary compares with an evaluator of others, which the library does not
// link: whether a schema is one, the verdicts, and all faults with their places. Each
// byte of the input is a decision of a generator, so that most schemas are good ones.
func FuzzAgainstLibrary(f *testing.F) {
	for draft := range len(dialects) {
		for start := range 40 {
			seed := []byte{byte(draft)}
			for i := range 120 {
				seed = append(seed, byte(i*i*(2*start+1)+7*i+start*31))
			}
			f.Add(seed)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := generator{bytes: data}
		schema := g.document()
		values := []any{g.value(3), g.value(3), g.value(2)}
		compareWithLibrary(t, schema, values)
	})
}

// TestAgainstLibrary is the same with random bytes. Each keyword must have been broken.
func TestAgainstLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	broken := map[string]int{}
	good := 0
	const schemas = 2000
	for range schemas {
		data := make([]byte, 600)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		g := generator{bytes: data}
		schema := g.document()
		var values []any
		for range 20 {
			values = append(values, g.value(3))
		}
		found, ok := compareWithLibrary(t, schema, values)
		if ok {
			good++
		}
		for _, fault := range found {
			broken[fault[strings.LastIndexByte(fault, ' ')+1:]]++
		}
	}
	if good < schemas/2 {
		t.Errorf("only %d schemas are good", good)
	}
	for keyword := range strings.FieldsSeq(`type const enum format $ref $recursiveRef $dynamicRef not allOf anyOf oneOf minimum maximum
		exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems contains minContains
		maxContains additionalItems minProperties maxProperties required dependencies dependentRequired additionalProperties
		propertyNames false cycle`) {
		if broken[keyword] == 0 {
			t.Errorf("%s was never broken", keyword)
		}
	}
}

func compareWithLibrary(t *testing.T, schema any, values []any) (faults []string, good bool) {
	t.Helper()
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := Compile("urn:test", text, nil)
	theirs, theirErr := compileWithLibrary(t, text)
	if (err == nil) != (theirErr == nil) {
		if err != nil && strings.Contains(err.Error(), "the reference") {
			return nil, false // they do not look at a reference that no value can reach
		}
		t.Fatalf("%s\nours: %v\ntheirs: %v", text, err, theirErr)
	}
	if err != nil {
		return nil, false
	}
	for _, value := range values {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		root, err := strictjson.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		found, err := ours.Evaluate(t.Context(), root, Options{})
		if err != nil {
			t.Fatalf("%s\n%s: %v", text, data, err)
		}
		got, want := map[string]bool{}, map[string]bool{}
		ourFaults(found, got)
		if same, err := library.UnmarshalJSON(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		} else if err := theirs.Validate(same); err != nil {
			var e *library.ValidationError
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			theirFaults(e, want)
		}
		if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
			t.Fatalf("%s\n%s (-theirs +ours):\n%s", text, data, diff)
		}
		faults = append(faults, sorted(got)...)
	}
	return faults, true
}

type noLoader struct{}

func (noLoader) Load(url string) (any, error) { return nil, fmt.Errorf("not loaded: %s", url) }

func compileWithLibrary(t *testing.T, text []byte) (*library.Schema, error) {
	t.Helper()
	parsed, err := library.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := library.NewCompiler()
	c.DefaultDraft(library.Draft7)
	c.UseLoader(noLoader{})
	if err := c.AddResource("urn:test", parsed); err != nil {
		t.Fatal(err)
	}
	return c.Compile("urn:test")
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// ourFaults adds "/path keyword" for every fault. A fault of a key has no place, as
// theirs is overwritten.
func ourFaults(faults []*Fault, to map[string]bool) {
	for _, f := range faults {
		switch f.Keyword {
		case "propertyNames":
			to["propertyNames"] = true
			continue
		case Several:
		default:
			var path strings.Builder
			for _, step := range f.Path {
				path.WriteString("/" + step.Key)
			}
			to[path.String()+" "+f.Keyword] = true
		}
		ourFaults(f.Causes, to)
	}
}

func theirFaults(e *library.ValidationError, to map[string]bool) {
	keyword := ""
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group:
	case *kind.PropertyNames:
		to["propertyNames"] = true
		return
	case *kind.FalseSchema:
		keyword = False
	case *kind.RefCycle:
		keyword = Cycle
	case *kind.Not:
		keyword = "not"
	case *kind.Dependency:
		keyword = "dependencies"
	default:
		keyword = k.KeywordPath()[0]
	}
	if keyword != "" {
		path := ""
		for _, token := range e.InstanceLocation {
			path += "/" + token
		}
		to[path+" "+keyword] = true
	}
	for _, cause := range e.Causes {
		theirFaults(cause, to)
	}
}

var dialects = [...]struct {
	draft int
	name  string
}{
	{4, "http://json-schema.org/draft-04/schema#"}, {6, "http://json-schema.org/draft-06/schema"}, {7, "http://json-schema.org/draft-07/schema#"},
	{2019, "https://json-schema.org/draft/2019-09/schema"}, {2020, "https://json-schema.org/draft/2020-12/schema"},
}

// generator makes schemas and values of bytes; when they run out it makes small ones.
type generator struct {
	bytes []byte
	draft int
	key   bool // within propertyNames, where they resolve references in another way
}

func (g *generator) pick(n int) int {
	if len(g.bytes) == 0 {
		return 0
	}
	b := g.bytes[0]
	g.bytes = g.bytes[1:]
	return int(b) % n
}

func (g *generator) document() any {
	dialect := dialects[g.pick(len(dialects))]
	g.draft = dialect.draft
	root, ok := g.schema(4).(map[string]any)
	if !ok {
		root = map[string]any{}
	}
	definitions := "definitions"
	if g.draft >= 2019 {
		definitions = "$defs"
	}
	root["$schema"] = dialect.name
	root[definitions] = map[string]any{"a": g.schema(2), "b": g.schema(3), "c": g.named()}
	if g.draft == 2019 && g.pick(2) == 0 {
		root["$recursiveAnchor"] = true
	}
	if g.draft == 2020 && g.pick(2) == 0 {
		root["$dynamicAnchor"] = "node"
	}
	return root
}

// named is a schema with a name and an anchor of its own.
func (g *generator) named() any {
	s, ok := g.schema(2).(map[string]any)
	if !ok || g.draft < 6 || s["$ref"] != nil {
		return map[string]any{}
	}
	s["$id"] = "urn:named"
	if g.draft >= 2019 {
		s["$anchor"] = "here"
		s["$defs"] = map[string]any{"x": g.schema(1)}
	}
	if g.draft == 2020 && g.pick(2) == 0 {
		s["$dynamicAnchor"] = "node"
	}
	return s
}

var formats = []string{
	"ipv4", "ipv6", "date", "time", "date-time", "uuid", "hostname", "email", "regex", "json-pointer", "relative-json-pointer",
	"duration", "period", "uri", "iri", "uri-reference", "iri-reference", "uri-template", "semver", "unknown",
}

var strs = []string{
	"", "a", "b", "ab", "aaaa", "é", "1.2.3.4", "01.2.3.4", "::1", "1::2%eth0", "2026-02-29", "2024-02-29", "12:00:00Z", "23:59:60Z", "22:59:60-01:00", "12:00:60Z", "24:00:00Z",
	"12:00:00.5+25:00", "2024-02-29T12:00:00Z", "2024-02-29t12:00:00z", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b-12d3-a456-426614174000-0000", "a.example", "-a", "a-", "a@b.c", "@b",
	"a..b@c", `"a b"@c`, "a@[1.2.3.4]", "a@[IPv6:::1]", "(", "[a-z]", "/a/~0~1", "/~2", "a/b", "0#", "01", "1/a", "P1Y2M3DT4H5M6S", "P1W", "P1Y1W", "PT", "P", "P1H", "P1YT", "P1D2D", "2024-02-29T12:00:00Z/P1D",
	"P1D/2024-02-29T12:00:00Z", "P1D/P1D", "http://a/b", "a:b", "//a", `\a`, "http://[::1]/", "http://::1/", "http://[1]/", "http://a/{b}", "http://a/%7Bb", "http://a/{b{c}}", "1.2.3", "1.2", "1.02.3", "1.2.3-a.1+b", "1.2.3-01", "1.2.3+", "%zz",
	"urn:x", "#", "a b", "http://a b",
}

// schema makes a schema of at most so many levels.
func (g *generator) schema(depth int) any {
	if g.draft >= 6 && g.pick(12) == 1 {
		return g.pick(3) > 0
	}
	s := map[string]any{}
	for range 1 + g.pick(4) {
		g.keyword(s, depth)
	}
	if g.draft < 2019 && s["$ref"] != nil {
		delete(s, "const") // which they assert beside a $ref
	}
	if g.draft == 4 {
		for flag, number := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
			if s[flag] != nil && s[number] == nil {
				s[number] = g.number()
			}
		}
	}
	return s
}

func (g *generator) keyword(s map[string]any, depth int) {
	scalars := []string{
		"type", "enum", "const", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
		"minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required", "dependentRequired", "minContains", "maxContains", "$ref", "$recursiveRef", "$dynamicRef", "broken",
	}
	schemas := []string{"not", "if", "then", "else", "contains", "propertyNames", "additionalProperties", "items", "additionalItems", "unevaluatedProperties", "unevaluatedItems"}
	lists := []string{"allOf", "anyOf", "oneOf", "prefixItems", "items"}
	maps := []string{"properties", "patternProperties", "dependencies", "dependentSchemas"}
	group := g.pick(6)
	if depth == 0 {
		group %= 2
	}
	if group >= 4 || group == 1 && depth == 0 {
		g.together(s, max(depth, 1))
		return
	}
	switch group {
	case 0:
		key := scalars[g.pick(len(scalars))]
		for key == "type" && g.pick(4) > 0 { // it hides all else
			key = scalars[g.pick(len(scalars))]
		}
		g.scalar(s, key)
	case 1:
		key := schemas[g.pick(len(schemas))]
		was := g.key
		g.key = was || key == "propertyNames"
		s[key] = g.schema(depth - 1)
		g.key = was
	case 2:
		key := lists[g.pick(len(lists))]
		if key == "items" && g.draft == 2020 {
			key = "prefixItems"
		}
		list := []any{g.schema(depth - 1)}
		for range g.pick(3) {
			list = append(list, g.schema(depth-1))
		}
		s[key] = list
	case 3:
		key := maps[g.pick(len(maps))]
		m := map[string]any{}
		for range 1 + g.pick(3) {
			name := g.name()
			if key == "patternProperties" {
				name = []string{"^a", "b", "."}[g.pick(3)]
			}
			if key == "dependencies" && g.pick(2) == 0 {
				m[name] = []any{g.name()}
			} else {
				m[name] = g.schema(depth - 1)
			}
		}
		s[key] = m
	}
}

// together has keywords that say something only beside others or about values that
// are rare.
func (g *generator) together(s map[string]any, depth int) {
	switch g.pick(8) {
	case 0:
		s["properties"] = map[string]any{g.name(): g.schema(depth - 1)}
		s["additionalProperties"] = false
	case 1:
		s["items"] = []any{g.schema(depth - 1)}
		s["additionalItems"] = false
		if g.draft == 2020 {
			s["prefixItems"], s["items"] = s["items"], g.schema(depth-1)
		}
	case 2:
		s["contains"] = map[string]any{"type": "number"}
		s["minContains"], s["maxContains"] = g.pick(3), g.pick(3)
	case 3:
		bounds := map[string]any{"minimum": g.number(), "maximum": g.number()}
		if g.draft >= 6 {
			bounds["exclusiveMinimum"], bounds["exclusiveMaximum"] = g.number(), g.number()
		}
		s["properties"] = map[string]any{g.name(): bounds}
	case 4:
		s["items"] = map[string]any{"multipleOf": json.Number("2"), "maximum": g.number()}
		s["uniqueItems"] = true
	case 5:
		s["allOf"] = []any{map[string]any{"properties": map[string]any{g.name(): map[string]any{}}}, g.schema(depth - 1)}
		s["unevaluatedProperties"] = false
	case 6:
		s["anyOf"] = []any{map[string]any{"contains": map[string]any{"type": "string"}}, g.schema(depth - 1)}
		s["unevaluatedItems"] = map[string]any{"minimum": 1}
	case 7:
		s["propertyNames"] = map[string]any{"maxLength": 1}
		s["dependentRequired"] = map[string]any{g.name(): []any{g.name()}}
	}
}

func (g *generator) scalar(s map[string]any, key string) {
	types := []string{"null", "boolean", "number", "integer", "string", "array", "object"}
	switch key {
	case "type":
		if first := g.pick(7); g.pick(2) == 0 {
			s[key] = types[first]
		} else {
			s[key] = []any{types[first], types[(first+1+g.pick(6))%7]}
		}
	case "enum":
		s[key] = []any{g.value(1), map[string]any{"a": "never twice"}}
	case "const":
		s[key] = g.value(2)
	case "format":
		s[key] = formats[g.pick(len(formats))]
	case "exclusiveMinimum", "exclusiveMaximum":
		if g.draft == 4 {
			s[key] = g.pick(2) == 0
			return
		}
		s[key] = g.number()
	case "minimum", "maximum":
		s[key] = g.number()
	case "multipleOf":
		s[key] = json.Number([]string{"1", "2", "0.1", "0.5", "1e2"}[g.pick(5)])
	case "pattern":
		s[key] = []string{"^a", "b$", "[0-9]", "^$"}[g.pick(4)]
	case "uniqueItems":
		s[key] = g.pick(4) > 0
	case "required":
		s[key] = []any{g.name()}
	case "dependentRequired":
		s[key] = map[string]any{g.name(): []any{g.name()}}
	case "$ref":
		if g.key {
			return
		}
		definitions := "#/definitions/"
		if g.draft >= 2019 {
			definitions = "#/$defs/"
		}
		refs := []string{definitions + "a", definitions + "b", "#", definitions + "c", "urn:named", "urn:named#here", "urn:test"}
		if g.draft < 6 {
			refs = refs[:4]
		}
		s[key] = refs[g.pick(len(refs))]
	case "$recursiveRef":
		if !g.key {
			s[key] = "#"
		}
	case "$dynamicRef":
		if !g.key {
			s[key] = []string{"#node", "#", "urn:named#node"}[g.pick(3)]
		}
	case "broken": // seldom, so that most schemas are good
		if g.pick(8) == 0 {
			key := []string{"type", "items", "required", "properties", "minLength", "pattern", "allOf", "enum", "$ref", "title", "if", "$anchor", "multipleOf", "uniqueItems", "dependencies"}[g.pick(15)]
			s[key] = g.value(2)
		}
	default:
		s[key] = g.pick(4)
	}
}

func (g *generator) number() json.Number {
	return json.Number([]string{"0", "1", "-1", "1.0", "1.5", "0.1", "3", "1e3", "12345678901234567890", "-0.3", "9007199254740993"}[g.pick(11)])
}

func (g *generator) name() string { return []string{"a", "b", "ab", "c", "1"}[g.pick(5)] }

func (g *generator) value(depth int) any {
	n := g.pick(8)
	switch {
	case depth == 0:
		n %= 5
	case depth == 3 && n < 4:
		n += 4
	}
	switch n {
	case 0:
		return strs[g.pick(len(strs))]
	case 1:
		return g.number()
	case 2:
		return g.pick(2) == 0
	case 3:
		return nil
	case 4:
		return strs[g.pick(6)]
	case 5:
		list := []any{}
		for range g.pick(5) {
			list = append(list, g.value(depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range g.pick(5) {
		object[g.name()] = g.value(depth - 1)
	}
	return object
}
