package validator_test

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// newer is a schema of this library that allows one more key at its root.
func newer(name, key string) []byte {
	text, err := validator.Schema(name)
	if err != nil {
		panic(err)
	}
	changed := bytes.Replace(text, []byte(`"properties": {`), []byte(`"properties": {"`+key+`": {"type": "string"}, `), 1)
	if bytes.Equal(text, changed) {
		panic("the schema has another form")
	}
	return changed
}

func optionsTests() []packageTest {
	site := func(c content) { c.replace(profileYAML, "schema_version: 1", "schema_version: 1\nsite: lab") }
	strict := []byte(`{"type": "object", "required": ["site"]}`)
	policy := redact.Default()
	policy.Shapes = append(policy.Shapes, redact.ShapeRule{
		ID: "serial", Description: "a serial number", Severity: redact.Error, Pattern: regexp.MustCompile(`SN-[0-9]{6}`), Anchors: []string{"SN-"},
	})
	nothing := redact.Policy{}
	return []packageTest{
		{name: "a key that the schema does not know", edit: site},
		{name: "a schema that knows it", edit: site, opts: validator.Options{Schemas: validator.Schemas{MachineProfile: newer("machine-profile", "site")}}},
		{name: "stricter schemas", opts: validator.Options{Schemas: validator.Schemas{MachineProfile: strict, RuntimeConfig: strict, Provenance: strict}}},
		{name: "a rule of the caller's", edit: func(c content) { c.add("providers/thermal0.yaml", "serial: SN-123456\n") }, opts: validator.Options{Policy: &policy}},
		{name: "a policy that knows no secret", edit: func(c content) { c.add("providers/thermal0.yaml", "token: hunter2-abc\n") }, opts: validator.Options{Policy: &nothing}},
	}
}

// TestOptionFaults demands an error, and no report, for options that are wrong.
func TestOptionFaults(t *testing.T) {
	bad := redact.Default()
	bad.Keys[0].Words = nil
	schema := func(text string) validator.Options {
		return validator.Options{Schemas: validator.Schemas{RuntimeConfig: []byte(text)}}
	}
	for name, tt := range map[string]struct {
		opts validator.Options
		want string
	}{
		"policy":             {validator.Options{Policy: &bad}, "validator: policy: "},
		"schema is no JSON":  {schema("{"), "validator: schema of the runtime config: "},
		"schema of no type":  {schema("5"), "validator: schema of the runtime config: "},
		"schema that is bad": {schema(`{"type": "thing"}`), "validator: schema of the runtime config: "},
		"schema from a file": {schema(`{"$ref": "file:///etc/passwd"}`), "validator: schema of the runtime config: "},
		"schema from afar":   {schema(`{"$ref": "https://example.com/schema.json"}`), "validator: schema of the runtime config: "},
	} {
		fromFS, errFS := validator.FS(t.Context(), sound(t).fs(), tt.opts)
		fromArchive, err := validator.Archive(t.Context(), bytes.NewReader(nil), 0, tt.opts)
		if fromFS != nil || fromArchive != nil || err == nil || errFS == nil {
			t.Fatalf("%s: reports %v, %v; errors %v, %v", name, fromFS, fromArchive, errFS, err)
		}
		if !strings.HasPrefix(err.Error(), tt.want) || err.Error() != errFS.Error() {
			t.Errorf("%s: errors %v, %v", name, errFS, err)
		}
		var fault *redact.PolicyError
		if name == "policy" && !errors.As(err, &fault) {
			t.Errorf("%v is no PolicyError", err)
		}
	}
}

// TestOptionsAreNotChanged checks that a caller can use options again.
func TestOptionsAreNotChanged(t *testing.T) {
	policy := redact.Default()
	policy.Limits.Document = 7
	opts := validator.Options{Policy: &policy}
	ofFS(t, sound(t).fs(), opts)
	if policy.Limits.Document != 7 || opts.Limits != (validator.Limits{}) {
		t.Errorf("changed to %+v, %+v", policy.Limits, opts.Limits)
	}
}

// TestLimitsOfArchives holds archives against the limits, which have codes of
// their own there.
func TestLimitsOfArchives(t *testing.T) {
	c := sound(t)
	data := c.archive(t)
	var largest, total int64
	for _, text := range c {
		largest, total = max(largest, int64(len(text))), total+int64(len(text))
	}
	for _, tt := range []struct {
		limits validator.Limits
		want   validator.Code // "" is valid
	}{
		{validator.Limits{Entries: 15}, ""}, // 11 files in 4 folders
		{validator.Limits{Entries: 14}, "zip-too-many-entries"},
		{validator.Limits{File: largest}, ""},
		{validator.Limits{File: largest - 1}, "zip-file-too-large"},
		{validator.Limits{Total: total}, ""},
		{validator.Limits{Total: total - 1}, "zip-total-too-large"},
		{validator.Limits{Entries: -1, File: -1, Total: -1, Document: -1}, ""}, // the defaults
	} {
		opts := validator.Options{Limits: tt.limits}
		report := ofArchive(t, data, opts)
		codes := codesOf(report)
		if tt.want == "" && len(codes) > 0 || tt.want != "" && (len(codes) == 0 || codes[len(codes)-1] != tt.want) {
			t.Errorf("%+v: %v, want %v", tt.limits, codes, tt.want)
		}
		if fromFS := ofFS(t, c.fs(), opts); fromFS.Valid != report.Valid {
			t.Errorf("%+v: valid is %v from a file system", tt.limits, fromFS.Valid)
		}
		if fromExport := ofFS(t, exportedFS(t), opts); fromExport.Valid != report.Valid {
			t.Errorf("%+v: valid is %v as exported", tt.limits, fromExport.Valid)
		}
	}
}
