package contract

import (
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
		if diff := cmp.Diff(tt.want, lines(s.Check(tt.root))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.schema, diff)
		}
	}
}

// TestGeneratorIsNotLinked keeps the code that makes schemas out of the library.
func TestGeneratorIsNotLinked(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "github.com/santhosh-tekuri/jsonschema/v6") {
		t.Errorf("the list of dependencies is not one: %q", deps)
	}
	for _, dep := range deps {
		if strings.HasPrefix(dep, "github.com/invopop/") {
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
				if got := s.Check(root); (len(got) == 0) != (root == good) {
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
