package contract

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

func TestCompileRefuses(t *testing.T) {
	for name, source := range map[string]string{
		"no JSON":          `{`,
		"no schema":        `{"type": "strange"}`,
		"a file":           `{"$ref": "file:///etc/hostname"}`,
		"a web page":       `{"$ref": "https://example.com/schema.json"}`,
		"another dialect":  `{"$schema": "https://example.com/dialect"}`,
		"a broken pattern": `{"pattern": "("}`,
	} {
		if _, err := compile("urn:test", []byte(source)); err == nil || !strings.Contains(err.Error(), "urn:test") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCheckOtherRules has what the machine profile does not use (yet).
func TestCheckOtherRules(t *testing.T) {
	text := doc.NewString("s3cret")
	tests := []struct {
		schema string
		root   *doc.Node
		want   string
	}{
		{`{"maxLength": 3}`, text, `0:0 .: does not satisfy the rule "maxLength" of the schema`},
		{`{"anyOf": [{"type": "integer"}, {"type": ["null", "boolean", "number"]}]}`, text,
			"0:0 .: must be an integer or null or a boolean or a number, not a string"},
		{`{"not": {"type": "string"}}`, text, `0:0 .: does not satisfy the schema`},
		{`{"minLength": 7}`, text, `0:0 .: must have at least 7 characters`},
		{`{"minItems": 2}`, doc.NewSeq(), `0:0 .: must have at least 2 items`},
		{`{"minProperties": 2}`, doc.NewMap(), `0:0 .: must have at least 2 entries`},
		{`{"propertyNames": {"maxLength": 1}}`, doc.NewMap(doc.Field("long", text)), `0:0 .: must not have the key "long"`},
		{`{"propertyNames": {"maxLength": 1}, "$ref": "#/definitions/d", "definitions": {"d": {"required": ["b"]}}}`,
			doc.NewMap(doc.Field("a", text)), `0:0 .: is required: b`},
		{`{"const": null}`, doc.NewInt(5), `0:0 .: must be null, not 5`},
		{`{"minimum": 3}`, doc.NewInt(2), `0:0 .: must be at least 3, not 2`},
	}
	for _, tt := range tests {
		s, err := compile("urn:test", []byte(tt.schema))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, lines(check(t, s, tt.root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.schema, diff)
		}
	}
}

// TestLinked keeps the code that makes schemas out of the library, and the evaluator
// that package jsonschema is compared with.
func TestLinked(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "github.com/anolishq/anolis-handoff/internal/jsonschema") {
		t.Errorf("the list of dependencies is not one: %q", deps)
	}
	for _, dep := range deps {
		if strings.HasPrefix(dep, "github.com/invopop/") || strings.HasPrefix(dep, "github.com/santhosh-tekuri/") {
			t.Errorf("links %s", dep)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	s := machineProfileSchema(b)
	good := profileOracle.edited(b, frozenCase{}).root
	bad := profileOracle.edited(b, frozenCase{}).root
	for _, key := range []string{"providers", "compatibility", "components"} {
		bad.Set(key, doc.NewMap(doc.Field("a b", doc.NewMap())))
	}
	for name, root := range map[string]*doc.Node{"valid": good, "invalid": bad} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := check(b, s, root); (len(got) == 0) != (root == good) {
					b.Fatal(got)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	text, err := Source("runtime-config")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(text); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSource(t *testing.T) {
	names := Names()
	for _, want := range []string{"machine-profile", "provenance", "runtime-config"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not in %q", want, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("%q are not sorted", names)
	}
	for _, name := range names {
		text, err := Source(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		clear(text) // the caller's own
		if again, err := Source(name); err != nil || bytes.Equal(again, text) {
			t.Errorf("%s was changed through its text: %v", name, err)
		}
	}
	for _, name := range []string{"", "nope", "machine-profile.schema.json", "../contract/runtime-config"} {
		if _, err := Source(name); err == nil || !strings.Contains(err.Error(), "runtime-config") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestCompile takes a newer schema, with the words for rules that ours lack.
func TestCompile(t *testing.T) {
	s, err := Compile([]byte(`{"$id": "https://example.com/new.json", "$ref": "#/$defs/shape", "$defs": {"shape": {
		"oneOf": [
			{"properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}, "required": ["r"]},
			{"properties": {"kind": {"const": "square"}, "a": {"type": "number"}}, "required": ["a"]}],
		"not": {"const": {"kind": "none"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		root *doc.Node
		want string
	}{
		{doc.NewMap(doc.Field("kind", doc.NewString("circle")), doc.Field("r", doc.NewInt(1))), ""},
		{doc.NewMap(doc.Field("kind", doc.NewString("circle"))), "0:0 .: is required: r"},
		{doc.NewMap(doc.Field("kind", doc.NewString("star"))), `0:0 kind: must be one of "circle", "square", not "star"`},
		{doc.NewMap(), "0:0 .: is required: r or a"},
		{doc.NewMap(doc.Field("a", doc.NewInt(1)), doc.Field("r", doc.NewInt(1))), "0:0 .: fits more than one of the alternatives that there are"},
	} {
		if got := lines(check(t, s, tt.root)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if _, err := Compile([]byte(`{"$ref": "https://example.com/other.json"}`)); err == nil {
		t.Error("a reference to elsewhere was taken")
	}
}

// TestFirstConstant: several constants rule each alternative out, and the message is
// about the one of the first key by name.
func TestFirstConstant(t *testing.T) {
	s, err := Compile([]byte(`{"anyOf": [
		{"properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"const": 3}}},
		{"properties": {"a": {"const": 4}, "b": {"const": 5}, "c": {"const": 6}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	root := doc.NewMap(doc.Field("b", doc.NewInt(0)), doc.Field("c", doc.NewInt(0)), doc.Field("a", doc.NewInt(0)))
	if got := lines(check(t, s, root)); got != "0:0 a: must be one of 1, 4, not 0" {
		t.Error(got)
	}
}
