package contract

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/jsonschema"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// valid is a profile with little in it, one thing per line.
const valid = `{
"schema_version": 1,
"machine_id": "rig-1",
"display_name": "Rig",
"runtime_profiles": {"manual": "m.yaml"},
"providers": {"sim0": {"config": "s.yaml"}},
"behaviors": ["a.xml"],
"validation": {"expected_providers": ["sim0"]},
"compatibility": {"runtime": {"config_contract": "c", "http_contract": "h"},
 "providers": {"sim0": {"strategy": "local-build", "version": "v"}}},
"safety": {"estop_topology": "signal"}
}`

func TestCheck(t *testing.T) {
	s := machineProfileSchema(t)
	long := strings.Repeat("x", 33)
	tests := []struct {
		name     string
		old, new string // what to replace in valid
		want     string // a line per violation: line:column path: message
	}{
		{"valid", "", "", ``},
		{"surprise at the root", `"safety"`, `"surprise": "s3cret", "safety"`, `11:1 .: must not have the key "surprise"`},
		{"surprise below", `"strategy"`, `"surprise": {"token": "s3cret"}, "strategy"`,
			`10:25 compatibility.providers.sim0: must not have the key "surprise"`},
		{"surprises in order", `"config": "s.yaml"`, `"z": 1, "config": "s.yaml", "a": 2`,
			"6:24 providers.sim0: must not have the key \"z\"\n6:52 providers.sim0: must not have the key \"a\""},
		{"a long surprise", `"safety"`, `"` + strings.Repeat("é", 65) + `": 1, "safety"`,
			`11:1 .: must not have the key "` + strings.Repeat("é", 64) + `…"`},
		{"missing", `"machine_id": "rig-1",`, ``, `1:1 .: is required: machine_id`},
		{"missing two", `"config_contract": "c", "http_contract": "h"`, ``,
			"9:30 compatibility.runtime: is required: config_contract\n9:30 compatibility.runtime: is required: http_contract"},
		{"no manual variant", `"manual"`, `"night"`, `5:21 runtime_profiles: is required: manual`},
		{"version 2", `"schema_version": 1`, `"schema_version": 2`, `2:19 schema_version: must be 1, not 2`},
		{"version 1.0", `"schema_version": 1`, `"schema_version": 1.0`, ``},
		{"version 1.5", `"schema_version": 1`, `"schema_version": 1.5`, `2:19 schema_version: must be an integer, not a float`},
		{"version too large", `"schema_version": 1`, `"schema_version": 1e999`, `2:19 schema_version: must be an integer, not a float`},
		{"version true", `"schema_version": 1`, `"schema_version": true`, `2:19 schema_version: must be an integer, not a boolean`},
		{"version as text", `"schema_version": 1`, `"schema_version": "1"`, `2:19 schema_version: must be an integer, not a string`},
		{"version of many digits", `"schema_version": 1`, `"schema_version": ` + strings.Repeat("1", 4300), `2:19 schema_version: must be 1`},
		{"bad id", `"rig-1"`, `"Bad Id"`, `3:15 machine_id: "Bad Id" does not match ^[a-z0-9][a-z0-9-]*$`},
		{"empty id", `"rig-1"`, `""`,
			"3:15 machine_id: \"\" does not match ^[a-z0-9][a-z0-9-]*$\n3:15 machine_id: must not be empty"},
		{"id with a line feed", `"rig-1"`, `"rig-1\n"`, `3:15 machine_id: "rig-1\n" does not match ^[a-z0-9][a-z0-9-]*$`},
		{"long id", `"rig-1"`, `"X` + long + `"`, `3:15 machine_id: the text does not match ^[a-z0-9][a-z0-9-]*$`},
		{"empty name", `"Rig"`, `""`, `4:17 display_name: must not be empty`},
		{"name of no type", `"Rig"`, `null`, `4:17 display_name: must be a string, not null`},
		{"variant is a number", `"manual": "m.yaml"`, `"manual": "m.yaml", "token": 5`, `5:51 runtime_profiles.token: must be a string, not an integer`},
		{"variant is empty", `"manual": "m.yaml"`, `"manual": ""`, `5:32 runtime_profiles.manual: must not be empty`},
		{"no providers", `"providers": {"sim0": {"config": "s.yaml"}}`, `"providers": {}`, `6:14 providers: must not be empty`},
		{"providers is a list", `"providers": {"sim0": {"config": "s.yaml"}}`, `"providers": []`, `6:14 providers: must be a mapping, not a list`},
		{"bad provider id", `{"sim0": {"config"`, `{"a b": {"config"`, `6:15 providers: the key "a b" does not match ^[A-Za-z0-9_-]+$`},
		{"provider id with a line feed", `{"sim0": {"config"`, `{"a\n": {"config"`, `6:15 providers: the key "a\n" does not match ^[A-Za-z0-9_-]+$`},
		{"bad ids in two places", `"sim0": {`, `"a b": {`,
			"6:15 providers: the key \"a b\" does not match ^[A-Za-z0-9_-]+$\n" +
				"10:16 compatibility.providers: the key \"a b\" does not match ^[A-Za-z0-9_-]+$"},
		{"behaviors is text", `["a.xml"]`, `"a.xml"`, `7:14 behaviors: must be a list, not a string`},
		{"no behaviors", `["a.xml"]`, `[]`, ``},
		{"behaviors repeated", `["a.xml"]`, `["a.xml", "b.xml", "b.xml", "a.xml", "a.xml"]`,
			"7:33 behaviors[2]: must not repeat item 1\n7:42 behaviors[3]: must not repeat item 0\n7:51 behaviors[4]: must not repeat item 0"},
		{"equal numbers", `["a.xml"]`, `[1, 1.0]`,
			"7:15 behaviors[0]: must be a string, not an integer\n" +
				"7:18 behaviors[1]: must be a string, not a float\n7:18 behaviors[1]: must not repeat item 0"},
		{"expects none", `["sim0"]`, `[]`, `8:38 validation.expected_providers: must not be empty`},
		{"expects a bad id", `["sim0"]`, `["sim0", "a b"]`, `8:47 validation.expected_providers[1]: "a b" does not match ^[A-Za-z0-9_-]+$`},
		{"unknown strategy", `"local-build"`, `"latest"`,
			`10:37 compatibility.providers.sim0.strategy: must be one of "local-build", "pinned-ref", "semver-range", not "latest"`},
		{"strategy too long to show", `"local-build"`, `"` + long + `"`,
			`10:37 compatibility.providers.sim0.strategy: must be one of "local-build", "pinned-ref", "semver-range"`},
		{"no version", `"version": "v"`, `"version": ""`, `10:63 compatibility.providers.sim0.version: must not be empty`},
		{"unknown stop", `"signal"`, `"none"`, `11:30 safety.estop_topology: must be one of "power_cut", "signal", not "none"`},
		{"components without anything", `"safety"`, `"components": {}, "safety"`,
			"11:15 components: is required: providers\n11:15 components: is required: runtime"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.ReplaceAll(valid, tt.old, tt.new)
			if tt.old == "" {
				text = valid
			} else if text == valid {
				t.Fatal("the case changes nothing")
			}
			root, err := strictjson.Read([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			got := lines(check(t, s, root))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(got, "s3cret") || strings.Contains(got, long) {
				t.Errorf("a message shows a value it must not: %s", got)
			}
		})
	}
}

// check is Check where nothing ends the context.
func check(t testing.TB, s *Schema, root *doc.Node) []Violation {
	t.Helper()
	found, err := s.Check(t.Context(), root)
	if err != nil {
		t.Error(err)
	}
	return found
}

func lines(found []Violation) string {
	var b []string
	for _, v := range found {
		b = append(b, fmt.Sprintf("%d:%d %s: %s", v.Pos.Line, v.Pos.Column, v.Path, v.Message))
	}
	return strings.Join(b, "\n")
}

// TestCheckBeyondJSON has what only YAML can spell.
func TestCheckBeyondJSON(t *testing.T) {
	s := machineProfileSchema(t)
	pos := func(n doc.Node) *doc.Node { n.Pos = doc.Pos{Line: 20, Column: 2}; return &n }
	stamp := doc.Node{Kind: doc.Timestamp, Text: "2026-04-03"}
	many := make([]*doc.Node, 30)
	for i := range many {
		many[i] = &doc.Node{Kind: doc.Float, Float: math.NaN()}
	}
	many[0] = pos(stamp)
	tests := []struct {
		name string
		edit func(root *doc.Node)
		want string
	}{
		{"timestamp", func(n *doc.Node) { n.Set("display_name", pos(stamp)) },
			"20:2 display_name: must not be a timestamp; quotes make it a string"},
		{"timestamps in a list", func(n *doc.Node) { n.Set("behaviors", doc.NewSeq(pos(stamp), pos(stamp))) },
			"20:2 behaviors[0]: must not be a timestamp; quotes make it a string\n" +
				"20:2 behaviors[1]: must not be a timestamp; quotes make it a string"},
		{"binary", func(n *doc.Node) { n.Set("display_name", pos(doc.Node{Kind: doc.Binary, Text: "\xff"})) },
			"20:2 display_name: must not be binary data"},
		{"set", func(n *doc.Node) { n.Set("providers", pos(doc.Node{Kind: doc.Set})) }, "20:2 providers: must not be a set"},
		{"not a number", func(n *doc.Node) { n.Set("schema_version", pos(doc.Node{Kind: doc.Float, Float: math.NaN()})) },
			"20:2 schema_version: must be an integer, not a float"},
		{"minus infinity", func(n *doc.Node) { n.Set("schema_version", pos(doc.Node{Kind: doc.Float, Float: math.Inf(-1)})) },
			"20:2 schema_version: must be an integer, not a float"},
		{"integer key", func(n *doc.Node) {
			n.Get("providers").Entries = []doc.Entry{{Key: pos(doc.Node{Kind: doc.Int, Text: "5"}), Value: doc.NewString("s3cret")}}
		}, `20:2 providers: must not have the key "5", which is an integer and not a string`},
		{"boolean key besides its text", func(n *doc.Node) {
			n.Entries = append(n.Entries, doc.Entry{Key: pos(doc.Node{Kind: doc.Bool, Bool: true}), Value: doc.NewString("s3cret")}, doc.Field("true", doc.NewNull()))
		}, "0:0 .: must not have the key \"true\"\n20:2 .: must not have the key \"true\", which is a boolean and not a string"},
		{"list as a key", func(n *doc.Node) {
			n.Entries = append(n.Entries, doc.Entry{Key: pos(doc.Node{Kind: doc.Seq}), Value: doc.NewNull()})
		}, `20:2 .: must not have the key "", which is a list and not a string`},
		{"missing node", func(n *doc.Node) { n.Set("display_name", nil) },
			"0:0 display_name: must be a string, not null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := strictjson.Read([]byte(valid))
			if err != nil {
				t.Fatal(err)
			}
			tt.edit(root)
			if diff := cmp.Diff(tt.want, lines(check(t, s, root))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("many", func(t *testing.T) {
		root := doc.NewMap(doc.Field("behaviors", doc.NewSeq(many...)))
		if got := len(check(t, s, root)); got < len(many) {
			t.Errorf("%d violations", got)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		if got := lines(check(t, s, nil)); got != "0:0 .: must be a mapping, not null" {
			t.Error(got)
		}
	})
}

func TestCheckLimits(t *testing.T) {
	s := machineProfileSchema(t)
	// Ten times ten times ... from a few hundred nodes.
	bomb := doc.NewSeq(doc.NewString("x"))
	for range 60 {
		items := make([]*doc.Node, 10)
		for i := range items {
			items[i] = bomb
		}
		bomb = doc.NewSeq(items...)
	}
	deep := doc.NewNull()
	for i := range 1000 {
		deep = &doc.Node{Kind: doc.Seq, Items: []*doc.Node{deep}, Pos: doc.Pos{Line: 1000 - i, Column: 1}}
	}
	cycle := doc.NewMap()
	cycle.Set("a", cycle)
	many := make([]*doc.Node, maxNodes)
	for i := range many {
		many[i] = doc.NewNull()
	}
	for name, tt := range map[string]struct {
		root *doc.Node
		want string
	}{
		"aliases": {&doc.Node{Kind: doc.Map, Entries: []doc.Entry{doc.Field("behaviors", doc.NewSeq(bomb, bomb))}, Pos: doc.Pos{Line: 1, Column: 1}},
			"1:1 .: must not hold more than 1000000 values, counting each alias"},
		"items": {doc.NewSeq(many...), "0:0 .: must not hold more than 1000000 values, counting each alias"},
		"depth": {deep, "201:1 " + strings.Repeat("[0]", maxDepth) + ": must not be nested deeper than 200 levels"},
		"cycle": {cycle, "0:0 " + strings.TrimSuffix(strings.Repeat("a.", maxDepth), ".") + ": must not be nested deeper than 200 levels"},
	} {
		if diff := cmp.Diff(tt.want, lines(check(t, s, tt.root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCheckIsDeterministic repeats a check with violations of many kinds.
func TestCheckIsDeterministic(t *testing.T) {
	s := machineProfileSchema(t)
	root, err := strictjson.Read([]byte(`{"z": 1, "y": 1, "schema_version": "x", "providers": {"a b": {}, "c d": {"e": 1}, "ok": []},
		"compatibility": {"runtime": [], "providers": {"é": {"strategy": "x"}}}, "components": {"a": 1, "b": 2}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := lines(check(t, s, root))
	if strings.Count(want, "\n") < 15 {
		t.Fatalf("too few violations:\n%s", want)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if diff := cmp.Diff(want, lines(check(t, s, root))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	wg.Wait()
}

// TestSuppliedDrafts proves that the rules of ours hold for every draft: newer ones
// would have to declare them.
func TestSuppliedDrafts(t *testing.T) {
	const rules = `"propertyNames": {"pattern": "^[a-z]+$"}, "properties": {
		"list": {"type": "array", "x-anolis-unique": true, "items": {"x-anolis-type": "i2c_address", "anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^0x"}]}},
		"texts": {"type": "array", "x-anolis-unique": true, "items": {"type": ["string", "number", "boolean"]}},
		"objects": {"type": "array", "items": {"properties": {"id": {"x-anolis-unique": true}}}}}}`
	const text = "A: 1\nlist: [20, 0x14, '0x14', '0X1', x]\ntexts: ['20', 20, 20.0, 1.5, 1.5, true, 'true', true, null, null]\n" +
		"objects: [{id: a}, 5, {}, {id: [a]}, {id: [a]}, {id: a}]\n"
	const want = "1:1 .: the key \"A\" does not match ^[a-z]+$\n" +
		"2:12 list[1]: must not repeat item 0\n" +
		"2:18 list[2]: must not repeat item 0\n" +
		"2:26 list[3]: must be an I2C address, 8 to 119 or \"0x08\" to \"0x77\", not \"0X1\"\n" +
		"2:33 list[4]: must be an I2C address, 8 to 119 or \"0x08\" to \"0x77\", not \"x\"\n" +
		"3:19 texts[2]: must not repeat item 1\n" +
		"3:30 texts[4]: must not repeat item 3\n" +
		"3:49 texts[7]: must not repeat item 5\n" +
		"3:55 texts[8]: must be a boolean or a number or a string, not null\n" +
		"3:61 texts[9]: must be a boolean or a number or a string, not null\n" +
		"4:54 objects[5].id: must not repeat the id of item 0"
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, draft := range []string{"http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"} {
		s, err := Compile([]byte(`{"$schema": "` + draft + `", ` + rules))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, lines(check(t, s, root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", draft, diff)
		}
	}
}

func TestI2CAddress(t *testing.T) {
	for text, want := range map[string]int{"0x14": 20, "0XfF": 255, "0x": -1, "0x1": -1, "0x014": -1, "20": -1, "0x1g": -1, "0x+1": -1, "": -1} {
		got, ok := I2CAddress(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

// TestCost: a document within the limits is never too much work for our schemas, and a
// caller's schema that takes for ever is a violation.
func TestCost(t *testing.T) {
	item := func(text string) string { return strings.TrimSuffix(strings.Repeat(text+",", 2000), ",") }
	for name, tt := range map[string]struct {
		schema func() (*Schema, error)
		text   string
	}{
		"providers":  {RuntimeConfig, `{providers: [` + item(`{id: a, command: b, args: [c], restart_policy: {enabled: true, max_attempts: 0}}`) + `]}`},
		"parameters": {RuntimeConfig, `{automation: {enabled: true, parameters: [` + item(`{name: a, type: int64, default: 1.5, allowed_values: [1]}`) + `]}}`},
		"devices":    {BreadConfig, `{devices: [` + item(`{id: a, type: rlht, address: "0x14"}`) + `]}`},
		"scalars":    {MachineProfile, `{behaviors: [` + item("a") + `]}`},
	} {
		root, err := canonyaml.Read([]byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		s := mustSchema(t, tt.schema)
		opts := jsonschema.Options{Steps: jsonschema.MaxSteps / maxNodes * doc.Count(root, maxNodes)}
		if _, err := s.compiled.Evaluate(t.Context(), root, opts); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if found, err := s.Check(ctx, root); !errors.Is(err, context.Canceled) || found != nil {
			t.Errorf("%s: not stopped: %v", name, err)
		}
	}

	endless := `{"definitions": {"d0": {"type": "null"}`
	for i := range 40 {
		endless += fmt.Sprintf(`, "d%d": {"anyOf": [{"$ref": "#/definitions/d%[2]d"}, {"$ref": "#/definitions/d%[2]d"}]}`, i+1, i)
	}
	s, err := Compile([]byte(endless + `}, "$ref": "#/definitions/d40"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(check(t, s, doc.NewInt(1))); got != "0:0 .: takes too many steps to hold against its schema" {
		t.Error(got)
	}
}

// TestAliases: who repeats a long text by an alias does not make it be read again.
func TestAliases(t *testing.T) {
	long := doc.NewString(strings.Repeat("x", 1<<16))
	list := doc.NewSeq()
	for range 1000 {
		list.Items = append(list.Items, long)
	}
	var before, after runtime.MemStats
	repeated := 0
	runtime.ReadMemStats(&before)
	again(list, uniqueField{}, func(_, earlier int) { repeated += 1 + earlier })
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; repeated != 999 || size > 10<<16 {
		t.Errorf("%d repeated, %d bytes", repeated, size)
	}
}
