package jsonschema

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

func compile(t testing.TB, text string) *Schema {
	t.Helper()
	s, err := Compile("urn:test", []byte(text), nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

func read(t testing.TB, text string) *doc.Node {
	t.Helper()
	root, err := strictjson.Read([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return root
}

// broken lists the faults that have no causes, in their order.
func broken(faults []*Fault) []string {
	var list []string
	for _, f := range faults {
		if len(f.Causes) > 0 {
			list = append(list, broken(f.Causes)...)
			continue
		}
		path := ""
		for _, step := range f.Path {
			path += "/" + step.Key
		}
		list = append(list, path+" "+f.Keyword)
	}
	return list
}

// TestKeywords has for each keyword values that satisfy it and values that do not.
func TestKeywords(t *testing.T) {
	for _, tt := range []struct {
		drafts string // some of 4, 6, 7, 19, 20
		schema string
		values map[string]string // the faults of each
	}{
		{"4 6 7 19 20", `{"type": "integer"}`, map[string]string{`1`: "", `1.0`: "", `1.5`: " type", `"1"`: " type", `1e300`: "", `true`: " type"}},
		{"4 6 7 19 20", `{"type": ["null", "object", "boolean"]}`, map[string]string{`null`: "", `{}`: "", `false`: "", `[]`: " type"}},
		{"6 7 19 20", `{"const": {"a": [1, "x"]}}`, map[string]string{`{"a": [1.0, "x"]}`: "", `{"a": ["x", 1]}`: " const", `{"a": [1, "x"], "b": 1}`: " const", `[1]`: " const"}},
		{"6 7 19 20", `{"const": true}`, map[string]string{`true`: "", `false`: " const", `1`: " const"}},
		{"6 7 19 20", `{"const": [true, -1]}`, map[string]string{`[true, -1.0]`: "", `[false, -1]`: " const", `[true, 1]`: " const"}},
		{"6 7 19 20", `{"const": null}`, map[string]string{`null`: "", `0`: " const"}},
		{"4", `{"const": 1}`, map[string]string{`2`: ""}},
		{"4 6 7 19 20", `{"enum": [1, "a", {"b": null, "c": true}]}`, map[string]string{`1.0`: "", `"a"`: "", `{"c": true, "b": null}`: "", `true`: " enum", `{"b": null}`: " enum"}},
		{"19 20", `{"enum": []}`, map[string]string{`1`: " enum"}},
		{"4 6 7", `{"format": "ipv4"}`, map[string]string{`"1.2.3.4"`: "", `"1.2.3"`: " format", `5`: ""}},
		{"19 20", `{"format": "ipv4"}`, map[string]string{`"x"`: ""}},

		{"4 6 7 19 20", `{"minimum": 1, "maximum": 2.5}`, map[string]string{`1`: "", `2.5`: "", `0.99`: " minimum", `3`: " maximum", `-99999999999999999999`: " minimum", `"x"`: ""}},
		{"6 7 19 20", `{"exclusiveMinimum": 1, "exclusiveMaximum": 2}`, map[string]string{`1.5`: "", `1`: " exclusiveMinimum", `2.0`: " exclusiveMaximum"}},
		{"4", `{"minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": true}`, map[string]string{`1.5`: "", `1`: " exclusiveMinimum", `2`: " exclusiveMaximum"}},
		{"4", `{"minimum": 1, "exclusiveMinimum": false}`, map[string]string{`1`: "", `0`: " minimum"}},
		{"4 6 7 19 20", `{"minimum": 12345678901234567890}`, map[string]string{`12345678901234567889`: " minimum", `1e20`: ""}},
		{"4 6 7 19 20", `{"maximum": 1e400}`, map[string]string{`1e308`: ""}},
		{"4 6 7 19 20", `{"multipleOf": 0.1}`, map[string]string{`0.3`: "", `0.25`: " multipleOf", `1e300`: ""}},
		{"4 6 7 19 20", `{"minLength": 2, "maxLength": 3}`, map[string]string{`"éé"`: "", `"a"`: " minLength", `"aaaa"`: " maxLength", `[]`: ""}},
		{"4 6 7 19 20", `{"pattern": "b+$"}`, map[string]string{`"abb"`: "", `"ba"`: " pattern", `1`: ""}},

		{"4 6 7 19 20", `{"minProperties": 1, "maxProperties": 2}`, map[string]string{`{"a": 1}`: "", `{}`: " minProperties", `{"a": 1, "b": 1, "c": 1}`: " maxProperties", `[]`: ""}},
		{"4 6 7 19 20", `{"required": ["a", "b"]}`, map[string]string{`{"a": 1, "b": 2}`: "", `{"c": 1}`: " required"}},
		{"4 6 7 19 20", `{"properties": {"a": {"type": "null"}}, "patternProperties": {"^x": {"type": "null"}, "y": {"minimum": 1}}, "additionalProperties": {"type": "string"}}`,
			map[string]string{`{"a": null, "x": null, "b": "s"}`: "", `{"b": 1, "a": 1, "xy": 0}`: "/b type, /a type, /xy type, /xy minimum"}},
		{"4 6 7 19 20", `{"properties": {"a": {}}, "additionalProperties": false}`, map[string]string{`{"a": 1}`: "", `{"b": 1, "c": 1}`: " additionalProperties"}},
		{"6 7 19 20", `{"propertyNames": {"maxLength": 1}}`, map[string]string{`{"a": 1}`: "", `{"ab": 1}`: " maxLength"}},
		{"6 7 19 20", `{"propertyNames": {"$ref": "#"}, "maxLength": 1}`, map[string]string{`{"a": {"b": 1}}`: "", `{"ab": 1}`: " maxLength"}},
		{"4 6 7 19 20", `{"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}`, map[string]string{`{"b": 1}`: "", `{"a": 1}`: " dependencies", `{"c": 1}`: " required"}},
		{"19 20", `{"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"required": ["d"]}}}`, map[string]string{`{"a": 1, "b": 1}`: "", `{"c": 1, "a": 1}`: " dependentRequired,  required"}},
		{"4 6 7", `{"dependentRequired": {"a": ["b"]}}`, map[string]string{`{"a": 1}`: ""}},

		{"4 6 7 19 20", `{"minItems": 1, "maxItems": 2}`, map[string]string{`[1]`: "", `[]`: " minItems", `[1, 2, 3]`: " maxItems", `{}`: ""}},
		{"4 6 7 19 20", `{"uniqueItems": true}`, map[string]string{`[1, "1", true, [1], {"a": 1}, null, {"a": 2}]`: "", `[{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}]`: " uniqueItems", `[1, 1]`: " uniqueItems"}},
		{"4 6 7 19 20", `{"uniqueItems": false}`, map[string]string{`[1, 1]`: ""}},
		{"4 6 7 19 20", `{"items": {"type": "null"}}`, map[string]string{`[null]`: "", `[null, 1, 2]`: "/1 type, /2 type"}},
		{"4 6 7 19", `{"items": [{"type": "null"}], "additionalItems": {"type": "string"}}`, map[string]string{`[null, "a"]`: "", `[1, 2]`: "/0 type, /1 type"}},
		{"4 6 7 19", `{"items": [{}], "additionalItems": false}`, map[string]string{`[1]`: "", `[1, 2]`: " additionalItems"}},
		{"4 6 7 19", `{"additionalItems": false}`, map[string]string{`[1]`: ""}},
		{"20", `{"prefixItems": [{"type": "null"}], "items": {"type": "string"}}`, map[string]string{`[null, "a"]`: "", `[1, 2]`: "/0 type, /1 type"}},
		{"7", `{"prefixItems": [{"type": "null"}]}`, map[string]string{`[1]`: ""}},
		{"6 7 19 20", `{"contains": {"type": "null"}}`, map[string]string{`[1, null]`: "", `[1]`: "/0 type", `[]`: " contains"}},
		{"19 20", `{"contains": {"type": "null"}, "minContains": 2, "maxContains": 3}`, map[string]string{`[null, null]`: "", `[null]`: " minContains", `[null, null, null, null]`: " maxContains"}},
		{"19 20", `{"contains": false, "minContains": 0}`, map[string]string{`[1]`: ""}},
		{"7", `{"contains": {}, "maxContains": 0}`, map[string]string{`[1]`: ""}},

		{"4 6 7 19 20", `{"not": {"type": "null"}}`, map[string]string{`1`: "", `null`: " not"}},
		{"4 6 7 19 20", `{"allOf": [{"minimum": 1}, {"minimum": 2}]}`, map[string]string{`2`: "", `0`: " minimum,  minimum"}},
		{"4 6 7 19 20", `{"anyOf": [{"minimum": 1}, {"type": "string"}]}`, map[string]string{`"a"`: "", `0`: " minimum,  type"}},
		{"4 6 7 19 20", `{"oneOf": [{"minimum": 1}, {"maximum": 2}]}`, map[string]string{`3`: "", `1`: " oneOf"}},
		{"4 6 7 19 20", `{"oneOf": [{"required": ["a"], "minProperties": 1}, {"type": "null"}]}`, map[string]string{`{}`: " minProperties,  required,  type"}},
		{"7 19 20", `{"if": {"minimum": 1}, "then": {"maximum": 2}, "else": {"maximum": -1}}`, map[string]string{`1`: "", `-1`: "", `3`: " maximum", `0`: " maximum"}},
		{"4 6", `{"if": true, "then": false}`, map[string]string{`1`: ""}},
		{"7 19 20", `{"then": false, "else": false}`, map[string]string{`1`: ""}},
		{"6 7 19 20", `{"properties": {"a": false, "b": true}}`, map[string]string{`{"b": 1}`: "", `{"a": 1}`: "/a false"}},

		{"4 6 7 19 20", `{"definitions": {"a": {"type": "null"}}, "items": {"$ref": "#/definitions/a"}}`, map[string]string{`[null]`: "", `[1]`: "/0 type"}},
		{"4 6 7", `{"$ref": "#/definitions/a", "minimum": 5, "definitions": {"a": {"maximum": 3}}}`, map[string]string{`1`: "", `4`: " maximum"}},
		{"19 20", `{"$ref": "#/$defs/a", "minimum": 5, "$defs": {"a": {"maximum": 3}}}`, map[string]string{`1`: " minimum"}},
		{"4 6 7 19 20", `{"properties": {"next": {"$ref": "#"}}, "additionalProperties": false}`, map[string]string{`{"next": {"next": {}}}`: "", `{"next": {"x": 1}}`: "/next additionalProperties"}},
		{"4 6 7 19 20", `{"somewhere": {"a/b": [{}, {"c~d%": {"type": "null"}}]}, "items": {"$ref": "#/somewhere/a~1b/1/c~0d%25"}}`, map[string]string{`[1]`: "/0 type"}},
		{"4 6 7 19 20", `{"allOf": [{"$ref": "#"}]}`, map[string]string{`1`: " cycle"}},
		{"6 7", `{"items": {"$ref": "#a%25b"}, "definitions": {"x": {"$id": "#a%25b", "type": "null"}}}`, map[string]string{`[null]`: "", `[1]`: "/0 type"}},
		{"4", `{"id": "http://x/y/", "items": {"$ref": "z#q"}, "definitions": {"a": {"id": "z", "type": "object", "definitions": {"b": {"id": "#q", "type": "null"}}}}}`, map[string]string{`[null]`: "", `[1]`: "/0 type"}},
		{"6 7", `{"$id": "http://x/y/", "items": {"$ref": "z#q"}, "definitions": {"a": {"$id": "z", "type": "object", "definitions": {"b": {"$id": "#q", "type": "null"}}}}}`, map[string]string{`[null]`: "", `[1]`: "/0 type"}},
		{"19 20", `{"$id": "http://x/y/", "items": {"$ref": "z#q"}, "$defs": {"a": {"$id": "z", "type": "object", "$defs": {"b": {"$anchor": "q", "type": "null"}}}}}`, map[string]string{`[null]`: "", `[1]`: "/0 type"}},
		{"20", `{"$id": "http://x/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": false,
			"$defs": {"t": {"$id": "tree", "$dynamicAnchor": "node", "properties": {"kids": {"items": {"$dynamicRef": "#node"}}}}}}`,
			map[string]string{`{"kids": [{"kids": []}]}`: "", `{"kids": [{"x": 1}]}`: "/kids/0/x false, /kids false"}},
		{"19", `{"$id": "http://x/strict", "$recursiveAnchor": true, "$ref": "tree", "unevaluatedProperties": false,
			"$defs": {"t": {"$id": "tree", "$recursiveAnchor": true, "properties": {"kids": {"items": {"$recursiveRef": "#"}}}}}}`,
			map[string]string{`{"kids": [{"kids": []}]}`: "", `{"kids": [{"x": 1}]}`: "/kids/0/x false, /kids false"}},
		{"19 20", `{"allOf": [{"properties": {"a": {}}}], "anyOf": [{"required": ["b"], "properties": {"b": {}}}, {}], "if": {"required": ["c"], "properties": {"c": {}}}, "unevaluatedProperties": {"type": "null"}}`,
			map[string]string{`{"a": 1, "b": 1, "c": 1, "d": null}`: "", `{"a": 1, "d": 1}`: "/d type"}},
		{"19", `{"items": [{}], "unevaluatedItems": false}`, map[string]string{`[1]`: "", `[1, 2]`: "/1 false"}},
		{"20", `{"prefixItems": [{}], "contains": {"type": "string"}, "unevaluatedItems": false}`, map[string]string{`[1, "a"]`: "", `["a", 2]`: "/1 false"}},
		{"19 20", `{"not": {"unevaluatedItems": false, "allOf": [{"unevaluatedItems": true}]}}`, map[string]string{`[1]`: " not"}},
		{"4 6 7", `{"unevaluatedItems": {}, "unevaluatedProperties": false}`, map[string]string{`[1]`: "", `{"a": 1}`: ""}},
		{"7 19 20", `{"title": "t", "description": "d", "$comment": "c", "default": 1, "examples": [1], "readOnly": true, "contentMediaType": "application/json"}`, map[string]string{`"{"`: ""}},
		// A schema within another is in its own draft if it has a name.
		{"7 19 20", `{"properties": {"a": {"$id": "urn:old", "$schema": "http://json-schema.org/draft-06/schema#", "if": true, "then": false}, "b": {"$schema": "http://json-schema.org/draft-06/schema#", "if": true, "then": false}}}`,
			map[string]string{`{"a": 1}`: "", `{"b": 1}`: "/b false"}},
	} {
		for draft := range strings.FieldsSeq(tt.drafts) {
			text := strings.Replace(tt.schema, "{", `{"$schema": "`+dialectOf(draft)+`", `, 1)
			s := compile(t, strings.Replace(text, ", }", "}", 1))
			for _, value := range slices.Sorted(maps.Keys(tt.values)) {
				faults, err := s.Evaluate(t.Context(), read(t, value), Options{})
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(broken(faults), ", "); got != tt.values[value] {
					t.Errorf("draft %s: %s: %s: got %q, want %q", draft, tt.schema, value, got, tt.values[value])
				}
				r := run{ctx: t.Context(), opts: Options{Steps: MaxSteps}}
				if r.check(s, read(t, value), false, nil, nil) != (len(faults) == 0) {
					t.Errorf("draft %s: %s: %s: another verdict where nobody asks for faults", draft, tt.schema, value)
				}
			}
		}
	}
}

func dialectOf(draft string) string {
	return dialects[slices.Index([]string{"4", "6", "7", "19", "20"}, draft)].name
}

// TestNoSchema has what the drafts do not allow, and what leads elsewhere.
func TestNoSchema(t *testing.T) {
	for text, want := range map[string]string{
		`5`:                          "must be a schema",
		`{"$schema": "https://x/y"}`: `dialect "https://x/y" is not known`,
		`{"$schema": 5}`:             "$schema must be a string",
		`{"$schema": "http://json-schema.org/draft-04/schema", "items": true}`:                                   "must be a schema",
		`{"$schema": "http://json-schema.org/draft-04/schema", "minimum": 1, "exclusiveMinimum": 1}`:             "must be a boolean",
		`{"$schema": "http://json-schema.org/draft-04/schema", "exclusiveMinimum": true}`:                        "needs a number beside it",
		`{"$schema": "http://json-schema.org/draft-04/schema", "required": []}`:                                  "must not be empty",
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]}`:                             "must be a schema",
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "x#y"}`:                              "must not have a fragment",
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$anchor": "1"}`:                            "$anchor must not be",
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$anchor": "a", "items": {"$anchor": "a"}}`: `anchor "a"`,
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "$vocabulary": {"urn:x": 1}}`:               "must be a boolean",
		`{"items": {"$id": "urn:a"}, "not": {"$id": "urn:a"}}`:                                                   `two schemas are named "urn:a"`,
		`{"$id": "http://[x"}`:                   "not a URL",
		`{"type": "strange"}`:                    "type must be one of",
		`{"type": ["null", "null"]}`:             "type repeats null",
		`{"type": []}`:                           "must not be empty",
		`{"enum": []}`:                           "must not be empty",
		`{"enum": [1, 1.0]}`:                     "repeats a value",
		`{"required": ["a", "a"]}`:               "repeats a key",
		`{"required": [1]}`:                      "must be a string",
		`{"required": "a"}`:                      "must be a list",
		`{"properties": []}`:                     "must be an object",
		`{"allOf": []}`:                          "must not be empty",
		`{"anyOf": {}}`:                          "must be a list",
		`{"not": 1}`:                             "must be a schema",
		`{"dependencies": {"a": 1}}`:             "must be a schema",
		`{"minLength": -1}`:                      "0 or more",
		`{"minLength": 1.5}`:                     "0 or more",
		`{"minimum": "1"}`:                       "must be a number",
		`{"multipleOf": 0}`:                      "more than 0",
		`{"maximum": 1e99999999}`:                "too large",
		`{"uniqueItems": 1}`:                     "must be a boolean",
		`{"pattern": "("}`:                       `"(" is not a pattern`,
		`{"patternProperties": {"(": {}}}`:       `"(" is not a pattern`,
		`{"title": 1}`:                           "title must be a string",
		`{"examples": 1}`:                        "must be a list",
		`{"$ref": 1}`:                            "must be a string",
		`{"$ref": "#/a"}`:                        "leads nowhere",
		`{"$ref": "#a"}`:                         "leads nowhere",
		`{"items": [{}], "$ref": "#/items/01x"}`: "leads nowhere",
		`{"items": [{}], "$ref": "#/items/1"}`:   "leads nowhere",
		`{"$ref": "#/title", "title": "x"}`:      "must be a schema",
		`{"$ref": "file:///etc/hostname"}`:       "nothing is loaded",
		`{"$ref": "https://example.com/schema"}`: "nothing is loaded",
		`{"$ref": "http://json-schema.org/draft-07/schema#"}`: "nothing is loaded",
		`{"a": 1, "a": 2}`: "duplicate key",
		`{`:                "expected",
	} {
		_, err := Compile("urn:test", []byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 1, column ") {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// TestFault: a fault has what a message needs.
func TestFault(t *testing.T) {
	s := compile(t, `{"required": ["a"], "dependencies": {"b": ["c", "d"]}, "additionalProperties": false, "propertyNames": {"pattern": "^.$"},
		"properties": {"b": {}, "list": {"uniqueItems": true}, "one": {"oneOf": [{}, {}]}, "some": {"anyOf": [{"type": "null"}, {"minimum": 1, "multipleOf": 2}]}}}`)
	root := read(t, `{"b": 1, "list": [1, 2, 1], "one": 1, "some": -1, "more": 1}`)
	faults, err := s.Evaluate(t.Context(), root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]*Fault{}
	for _, f := range faults {
		at[f.Keyword] = f
	}
	if f := at["required"]; f == nil || f.Schema != s || !slices.Equal(f.Missing, []string{"a"}) {
		t.Errorf("required: %+v", f)
	}
	if f := at["dependencies"]; f == nil || f.If != "b" || !slices.Equal(f.Missing, []string{"c", "d"}) {
		t.Errorf("dependencies: %+v", f)
	}
	if f := at["additionalProperties"]; f == nil || !slices.Equal(f.Entries, []int{4}) {
		t.Errorf("additionalProperties: %+v", f)
	}
	if f := at["propertyNames"]; f == nil || !slices.Equal(f.Entries, []int{4}) || f.Causes[0].Schema.Parent != s || f.Causes[0].Schema.Keyword != "propertyNames" {
		t.Errorf("propertyNames: %+v", f)
	}
	if f := at["uniqueItems"]; f == nil || f.Equal != [2]int{0, 2} || !slices.Equal(f.Path, []Step{{1, "list"}}) {
		t.Errorf("uniqueItems: %+v", f)
	}
	if f := at["oneOf"]; f == nil || !f.Ambiguous {
		t.Errorf("oneOf: %+v", f)
	}
	if f := at["anyOf"]; f == nil || len(f.Causes) != 2 || f.Causes[1].Keyword != Several || len(f.Causes[1].Causes) != 2 {
		t.Errorf("anyOf: %+v", f)
	}
}

// TestBeyondJSON has what only a program or another format can say.
func TestBeyondJSON(t *testing.T) {
	stamp := func() *doc.Node { return &doc.Node{Kind: doc.Timestamp, Text: "2026-04-03"} }
	float := func(f float64) *doc.Node { return &doc.Node{Kind: doc.Float, Float: f} }
	other := doc.NewMap(doc.Entry{Key: doc.NewInt(1), Value: doc.NewString("x")})
	for _, tt := range []struct {
		schema string
		value  *doc.Node
		opts   Options
		want   string
	}{
		{`{"type": "string"}`, stamp(), Options{}, " not JSON"},
		{`{}`, stamp(), Options{}, ""},
		{`{"const": [1]}`, doc.NewSeq(stamp()), Options{}, " const"},
		{`{"uniqueItems": true}`, doc.NewSeq(stamp(), stamp()), Options{}, ""},
		{`{"type": "null"}`, nil, Options{}, ""},
		{`{"items": {"type": "integer"}}`, doc.NewSeq(nil, float(math.NaN()), float(math.Inf(1))), Options{}, "/0 type, /1 type, /2 type"},
		{`{"items": {"minimum": 0, "maximum": 5}}`, doc.NewSeq(float(math.NaN()), float(math.Inf(1)), float(math.Inf(-1))), Options{}, "/0 maximum, /1 maximum, /2 minimum"},
		{`{"additionalProperties": {"type": "null"}}`, other, Options{}, "/\xff0 type"},
		{`{"additionalProperties": {"type": "null"}, "maxProperties": 0}`, other, Options{SkipOtherKeys: true}, ""},
		{`{"properties": {"1": false}, "maxProperties": 0}`, other, Options{}, " maxProperties"},
	} {
		faults, err := compile(t, tt.schema).Evaluate(t.Context(), tt.value, tt.opts)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(broken(faults), ", "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.schema, got, tt.want)
		}
	}
}

// TestExtension: the check of the caller sees each schema and its values.
func TestExtension(t *testing.T) {
	extend := func(schema *doc.Node) Check {
		limit := schema.Get("x-most")
		if limit == nil {
			return nil
		}
		return func(value *doc.Node, fault func(any)) {
			if len(value.Text) > len(limit.Text) {
				fault(limit.Text)
			}
		}
	}
	s, err := Compile("urn:test", []byte(`{"items": {"x-most": "ab"}}`), extend)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := s.Evaluate(t.Context(), read(t, `["a", "abc"]`), Options{})
	if err != nil || len(faults) != 1 || faults[0].Keyword != Beyond || faults[0].Detail != "ab" || faults[0].Path[0].Index != 1 {
		t.Errorf("%v %+v", err, faults)
	}
}

func TestFormats(t *testing.T) {
	for format, texts := range map[string]string{
		"json-pointer":          `"" "/" "/a~0~1" !"a" !"/~" !"/~2" !"/~/0"`,
		"relative-json-pointer": `"0" "1/a" "10#" !"" !"/a" !"01" !"1a"`,
		"uuid":                  `"123e4567-e89b-12d3-A456-426614174000" !"123e4567e89b-12d3-a456-426614174000-" !"123e4567-e89b-12d3-a456-42661417400g"`,
		"duration":              `"P1Y2M3DT4H5M6S" "PT1S" "P2W" !"1Y" !"P" !"PT" !"P1YT" !"P1M1Y" !"P1" !"PY" !"P1W1D" !"P1S" !"PT1HT1M"`,
		"period":                `"2024-02-29T12:00:00Z/P1D" "P1D/2024-02-29T12:00:00Z" "2024-02-29T12:00:00Z/2024-02-29T12:00:00Z" !"P1D" !"P1D/P1D" !"2024-02-29T12:00:00Z/x"`,
		"ipv4":                  `"1.2.3.4" !"1.2.3" !"1.2.3.256" !"1.2.3.04" !"::1"`,
		"ipv6":                  `"::1" "::ffff:1.2.3.4" !"1.2.3.4" !"fe80::1%a" !":::"`,
		"hostname":              `"a.example" "a-1." !"" !"-a" !"a-" !"a..b" !"a_b" !"` + strings.Repeat("a", 64) + `" !"` + strings.Repeat("a.", 127) + `aa"`,
		"email":                 `"a.b+c@d.example" "\"a b\"@c" "a@[1.2.3.4]" "a@[IPv6:::1]" !"a" !".a@b" !"a.@b" !"a..b@c" !"a b@c" !"a@b_" !"a@[1.2]" !"a@[IPv6:1]" !"\"a\\\"b\"@c"`,
		"date":                  `"2024-02-29" !"2023-02-29" !"2024-2-9" !"20240229"`,
		"time":                  `"12:00:00Z" "12:00:00.5+01:30" "23:59:60Z" "22:59:60-01:00" "00:29:60+00:30" !"12:00:00" !"24:00:00Z" !"12:60:00Z" !"12:00:61Z" !"12:00:60Z" !"12:00:00.Z" !"12:00:00+24:00" !"12:00:00+1:00" !"12:00:00 01:00" !"1a:00:00Z" !"12-00-00Z"`,
		"date-time":             `"2024-02-29T12:00:00Z" "2024-02-29t12:00:00z" !"2024-02-29 12:00:00Z" !"2024-02-30T12:00:00Z" !"2024-02-29T12:00" !""`,
		"uri":                   `"http://a/b" "urn:x" !"//a" !"a" !"http://::1/" !"http://[1]/" !"http://[fe80::1%25a]/" !"%zz:"`,
		"uri-reference":         `"a" "#b" "//a" !"\\a" !"http://[x"`,
		"uri-template":          `"http://a/{b}" "http://a/{b}/{c}" !"http://[x" !"http://a/{b" !"http://a/b}" !"http://a/{b{c}}"`,
		"semver":                `"1.2.3" "0.10.33" "1.2.3-a.1+b-c" "1.2.3-0" "1.2.3-0a" !"1.2" !"1.02.3" !"1.2.3-" !"1.2.3-01" !"1.2.3+" !"1.2.x"`,
		"regex":                 `"a+" !"("`,
		"no such format":        `"x"`,
	} {
		s := compile(t, `{"format": "`+format+`"}`)
		for text := range strings.SplitSeq(texts, ` `+`"`) {
			for i, one := range strings.Split(text, ` !`) {
				if i == 0 && !strings.HasPrefix(one, "!") {
					one = `"` + strings.TrimPrefix(one, `"`)
				}
				one = strings.TrimPrefix(one, "!")
				good := i == 0 && !strings.HasPrefix(text, "!")
				faults, err := s.Evaluate(t.Context(), read(t, one), Options{})
				if err != nil || (len(faults) == 0) != good {
					t.Errorf("%s: %s: %v %v", format, one, err, broken(faults))
				}
			}
		}
	}
}

// TestCost: the steps grow with the document, whatever stands in it.
func TestCost(t *testing.T) {
	s := compile(t, `{"$schema": "https://json-schema.org/draft/2020-12/schema", "items": {"properties": {"a": {"type": "string"}}, "required": ["a"],
		"additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "^[a-z0-9]*$"}, "unevaluatedProperties": false}, "uniqueItems": true}`)
	for name, part := range map[string]string{
		"lists":    `{"a": "x", "n": %},`,
		"mappings": `"k%": %,`,
		"texts":    `{"a": "` + strings.Repeat("x", 100) + `", "n": %},`,
	} {
		steps := func(n int) int {
			var b strings.Builder
			for i := range n {
				b.WriteString(strings.ReplaceAll(part, "%", string('1'+rune(i%9))+strings.Repeat("0", i/9%5)+strings.Repeat("1", i/45)))
			}
			text := "[" + strings.TrimSuffix(b.String(), ",") + "]"
			if name == "mappings" {
				text = `[{"a": "x",` + strings.TrimSuffix(b.String(), ",") + "}]"
			}
			r := run{ctx: t.Context(), opts: Options{Steps: MaxSteps}}
			r.check(s, read(t, text), false, nil, new([]*Fault))
			return r.steps
		}
		few, many := steps(100), steps(800)
		if few < 100 || many > 9*few {
			t.Errorf("%s: %d steps, then %d for eight times as much", name, few, many)
		}
	}
}

// TestSteps: schemas that take for ever are stopped.
func TestSteps(t *testing.T) {
	double := func(keyword string) string {
		var b strings.Builder
		b.WriteString(`{"definitions": {"d0": {"type": "null"}`)
		for i := range 40 {
			ref := `{"$ref": "#/definitions/d` + string(rune('0'+i%10)) + strings.Repeat("x", i/10) + `"}`
			next := "d" + string(rune('0'+(i+1)%10)) + strings.Repeat("x", (i+1)/10)
			b.WriteString(`, "` + next + `": {"` + keyword + `": [` + ref + `, ` + ref + `]}`)
		}
		b.WriteString(`}, "$ref": "#/definitions/d0xxxx"}`)
		return b.String()
	}
	for _, keyword := range []string{"anyOf", "oneOf", "allOf"} {
		s := compile(t, double(keyword))
		opts := Options{Steps: 100_000}
		if _, err := s.Evaluate(t.Context(), doc.NewInt(1), opts); !errors.Is(err, ErrSteps) {
			t.Errorf("%s: %v", keyword, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Evaluate(ctx, doc.NewInt(1), Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: not stopped: %v", keyword, err)
		}
	}
}

// TestAliases: the items of a list are compared within bounds, however large aliases
// make them.
func TestAliases(t *testing.T) {
	s := compile(t, `{"uniqueItems": true}`)
	big := doc.NewString(strings.Repeat("x", 1<<16))
	list := doc.NewSeq()
	for i := range 100 {
		list.Items = append(list.Items, doc.NewSeq(big, big, big, doc.NewMap(doc.Field(big.Text, big)), doc.NewInt(int64(i))))
	}
	r := run{ctx: t.Context(), opts: Options{Steps: MaxSteps}}
	allocated := testing.AllocsPerRun(1, func() {
		if repeats, _, _ := r.repeats(list); repeats {
			t.Error("no item is like another")
		}
	})
	if least := len(list.Items) * 5 * len(big.Text) / 64; r.steps < least {
		t.Errorf("%d steps, less than %d", r.steps, least)
	}
	if text := r.identity(nil, list); len(text) > 64 || allocated > 100*float64(len(list.Items)) {
		t.Errorf("%d bytes, %g allocations", len(text), allocated)
	}
	list.Items = append(list.Items, list.Items[7])
	if repeats, first, again := r.repeats(list); !repeats || first != 7 || again != 100 {
		t.Error(repeats, first, again)
	}
	if _, err := s.Evaluate(t.Context(), list, Options{Steps: 100_000}); !errors.Is(err, ErrSteps) {
		t.Error(err)
	}
}

// TestDepth: schemas that refer to one another without end are stopped before the stack
// is.
func TestDepth(t *testing.T) {
	chain := func(n int) *Schema {
		var b strings.Builder
		b.WriteString(`{"definitions": {"d0": {"type": "null"}`)
		for i := range n {
			b.WriteString(`, "d` + strconv.Itoa(i+1) + `": {"$ref": "#/definitions/d` + strconv.Itoa(i) + `"}`)
		}
		b.WriteString(`}, "items": {"$ref": "#/definitions/d` + strconv.Itoa(n) + `"}}`)
		return compile(t, b.String())
	}
	opts := Options{Steps: math.MaxInt}
	if faults, err := chain(1000).Evaluate(t.Context(), read(t, `[1]`), opts); err != nil || len(broken(faults)) != 1 {
		t.Error(err, broken(faults))
	}
	if _, err := chain(maxFrames).Evaluate(t.Context(), read(t, `[1]`), opts); !errors.Is(err, ErrSteps) {
		t.Error(err)
	}
}

// TestOrder: faults come in the order of keywords and of the document.
func TestOrder(t *testing.T) {
	s := compile(t, `{"minProperties": 9, "required": ["z"], "additionalProperties": {"type": "null"}, "allOf": [{"required": ["y"]}]}`)
	faults, err := s.Evaluate(t.Context(), read(t, `{"c": 1, "a": 1, "b": 1}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{" minProperties", " required", "/c type", "/a type", "/b type", " required"}
	if diff := cmp.Diff(want, broken(faults)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
