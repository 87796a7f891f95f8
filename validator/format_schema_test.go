package validator

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "report.schema.json"

// reportJSONSchema makes the schema from the type Report and its comments.
func reportJSONSchema(t *testing.T) []byte {
	t.Helper()
	const pkg = "github.com/anolishq/anolis-handoff/validator"
	r := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true}
	if err := r.AddGoComments(pkg, "./", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for key, text := range r.CommentMap {
		text = strings.Join(strings.Fields(text), " ")
		text = strings.TrimPrefix(text, key[strings.LastIndexByte(key, '.')+1:]+" ")
		text = strings.TrimPrefix(text, "is ")
		r.CommentMap[key] = strings.ToUpper(text[:1]) + text[1:]
	}
	s := r.Reflect(Report{})
	s.ID = "urn:anolis-handoff:schema:report"
	s.Title = "Report on a handoff package"
	property := func(name, field string) *jsonschema.Schema {
		t.Helper()
		if d, ok := s.Definitions[name]; ok {
			if p, ok := d.Properties.Get(field); ok {
				return p
			}
		}
		t.Fatalf("%s.%s is not in the schema", name, field)
		return nil
	}
	// What Go types cannot say.
	property("Report", "version").Const = json.Number("1")
	property("Problem", "severity").Enum = []any{Error, Warning}
	property("Problem", "code").Pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
	property("Replay", "outcome").Enum = []any{"accepted", "refused", "timeout", "crashed", "odd", "not-run"}
	property("Report", "sha256").Pattern = "^[0-9a-f]{64}$"
	property("File", "sha256").Pattern = "^[0-9a-f]{64}$"
	for _, p := range []*jsonschema.Schema{
		property("Problem", "line"), property("Problem", "column"), property("Report", "size"), property("File", "size"),
	} {
		p.Minimum = "0"
	}
	// What the comments say in Go's terms, or about two fields at once.
	property("Problem", "severity").Description = "What the problem does to the verdict: an error makes the package invalid."
	property("Problem", "code").Description = "The stable name of the kind of problem; docs/checks.md explains it."
	property("Problem", "pointer").Description = "The JSON Pointer (RFC 6901) of the value in the file, empty for the file as a whole."
	property("Problem", "line").Description = "The line, counted from 1; 0 is unknown."
	property("Problem", "column").Description = "The column in characters, counted from 1; 0 is unknown."
	property("Report", "version").Description = "The version of the report's form."
	property("Report", "size").Description = "The size of the archive in bytes; missing for a directory."
	property("Report", "sha256").Description = "The SHA-256 of the archive in lower-case hexadecimal; missing for a directory."
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReportSchemaIsCurrent(t *testing.T) {
	want := reportJSONSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go generate in validator (-generated +committed):\n%s", diff)
	}
	if ReportVersion != 1 {
		t.Error("the schema says that the version is 1")
	}
}

func TestReportSchemaIsACopy(t *testing.T) {
	ReportSchema()[0] = 'x'
	if ReportSchema()[0] != '{' {
		t.Error("a caller changed the schema")
	}
}

func compiledSchema(t testing.TB) *validate.Schema {
	t.Helper()
	parsed, err := validate.UnmarshalJSON(bytes.NewReader(ReportSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validate.NewCompiler()
	const id = "urn:anolis-handoff:schema:report"
	if err := c.AddResource(id, parsed); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReportsSatisfyTheSchema(t *testing.T) {
	s := compiledSchema(t)
	for name, r := range sampleReports() {
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		value, err := validate.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses shows that the schema is not satisfied by everything.
func TestSchemaRefuses(t *testing.T) {
	s := compiledSchema(t)
	var b bytes.Buffer
	r := sampleReports()["many"]
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for _, change := range [][2]string{
		{`"version":1`, `"version":2`},
		{`"valid":false,`, ``},
		{`"problems":[`, `"problems":null,"x":[`},
		{`"severity":"error"`, `"severity":"fatal"`},
		{`"line":2,`, `"line":-2,`},
		{`"code":"profile-schema"`, `"code":"Profile Schema"`},
		{`"skipped":[`, `"x":[`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("%s is not in the report", change[0])
			continue
		}
		value, err := validate.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(value) == nil {
			t.Errorf("accepted %s", change[1])
		}
	}
}

// TestReportJSONNames keeps a property of the JSON form from being renamed by
// accident: users read these.
func TestReportJSONNames(t *testing.T) {
	var names []string
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Report](), reflect.TypeFor[Problem](), reflect.TypeFor[Skipped](), reflect.TypeFor[File](), reflect.TypeFor[Replay](),
	} {
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			names = append(names, typ.Name()+"."+name)
		}
	}
	want := strings.Fields(`
		Report.version Report.package Report.valid Report.canonical Report.size Report.sha256 Report.files
		Report.problems Report.checks Report.skipped Report.replay
		Problem.severity Problem.code Problem.file Problem.pointer Problem.line Problem.column Problem.message Problem.hint
		Skipped.check Skipped.reason
		File.path File.size File.sha256
		Replay.profile Replay.config Replay.outcome Replay.exitCode Replay.signal Replay.stdout Replay.stderr Replay.truncated`)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
