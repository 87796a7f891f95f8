package exporter_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

var update = flag.Bool("update", false, "write the want sections of testdata anew; read the difference")

func caseFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/%s: %v", dir, err)
	}
	return files
}

// compare holds the lines of got against the want section of the case.
func (c caseFile) compare(t *testing.T, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(c.file, slices.Concat(c.text, []byte("-- want --\n"+got)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// TestProblems holds every problem of every project in testdata/problems against
// its want section: all of them, in order, with code, place, path and message.
func TestProblems(t *testing.T) {
	seen := map[validator.Code]bool{}
	for _, file := range caseFiles(t, "problems") {
		c := readCase(t, file)
		pkg, err := exporter.Build(context.Background(), c.project, c.opts)
		var problems validator.ProblemList
		if !errors.As(err, &problems) || pkg != nil {
			t.Errorf("%s: package %v, error %v, want Problems", file, pkg, err)
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			var got strings.Builder
			for _, p := range problems {
				seen[p.Code] = true
				fmt.Fprintln(&got, p.Error())
				checkProblem(t, err, p)
			}
			c.compare(t, got.String())
		})
	}

	want := []validator.Code{
		validator.CodeLayout, validator.CodeReferenceMissing, validator.CodeMissingVariant, validator.CodeUnreadable, validator.CodeUnsafePath,
		validator.CodeYAMLSyntax, validator.CodeJSONSyntax, validator.CodeDuplicateKey, validator.CodeStructure, validator.CodeProfileSchema,
		validator.CodeSecret, validator.CodeConflict, validator.CodeDocumentLimit, validator.CodeOption,
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("codes that the cases show: want -, got +\n%s", diff)
	}
}

// checkProblem holds what is true of every problem, whatever it says.
func checkProblem(t testing.TB, whole error, p validator.Problem) {
	t.Helper()
	if p.File == "" && p.Code != validator.CodeLayout && p.Code != validator.CodeOption {
		t.Errorf("problem without a file: %v", p)
	}
	if (p.Line == 0) != (p.Column == 0) {
		t.Errorf("line %d, column %d: %v", p.Line, p.Column, p)
	}
	if p.Pointer != "" && p.Pointer[0] != '/' {
		t.Errorf("pointer %q: %v", p.Pointer, p)
	}
	if strings.Contains(p.Error(), "\n") || p.Message == "" {
		t.Errorf("not one line: %q", p.Error())
	}
	if info, known := validator.Info(p.Code); !known || !strings.HasPrefix(p.Hint, info.Fix) || p.Severity != validator.Error {
		t.Errorf("severity %s, hint %q: %v", p.Severity, p.Hint, p)
	}
	if !errors.Is(whole, p) {
		t.Errorf("errors.Is does not find %v", p)
	}
}

// TestNotes holds every note of every project in testdata/notes against its
// want section.
func TestNotes(t *testing.T) {
	seen := map[validator.Code]bool{}
	for _, file := range caseFiles(t, "notes") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			c := readCase(t, file)
			pkg, err := exporter.Build(context.Background(), c.project, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, n := range pkg.Notes() {
				seen[n.Code] = true
				fmt.Fprintln(&got, n.Error())
				checkNote(t, n)
			}
			c.compare(t, got.String())
		})
	}

	want := []validator.Code{
		validator.CodeOmittedVariant, validator.CodeMissingVariant, validator.CodeReader, validator.CodeDeployToken,
		validator.CodeDanglingReference, validator.CodeSecretRemoved, validator.CodeSuspicious, validator.CodeConfigReplaced,
		validator.CodeReferenceMissing, validator.CodeUnsafePath, validator.CodeUnusedPin, validator.CodeUnusedProvider, validator.CodeDuplicateKey, validator.CodeIncludeNotPacked, validator.CodeSidecarIgnored, validator.CodeCreatedUnreadable,
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("codes that the cases show: want -, got +\n%s", diff)
	}
}

// checkNote holds what is true of every note, whatever it says.
func checkNote(t *testing.T, n validator.Problem) {
	t.Helper()
	if n.File == "" && n.Code != validator.CodeUnusedPin {
		t.Errorf("note without a file: %v", n)
	}
	if (n.Line == 0) != (n.Column == 0) {
		t.Errorf("line %d, column %d: %v", n.Line, n.Column, n)
	}
	if want := n.Code == validator.CodeSuspicious; (n.Severity == validator.Warning) != want || (n.Severity == validator.Note) == want {
		t.Errorf("severity %s: %v", n.Severity, n)
	}
	if strings.Contains(n.Error(), "\n") || n.Message == "" {
		t.Errorf("not one line: %q", n)
	}
}

// sourceCase is a place in a package and where it is in the project.
type sourceCase struct {
	file, pointer string
	line, column  int
	want          string
}

func checkSources(t *testing.T, pkg *exporter.Package, cases []sourceCase) {
	t.Helper()
	for _, c := range cases {
		p := validator.Problem{Severity: validator.Error, Code: "x", File: c.file, Pointer: c.pointer, Line: c.line, Column: c.column, Message: "m", Hint: "h"}
		got, ok := pkg.Source(p)
		text := fmt.Sprintf("%s:%d:%d %s", got.File, got.Line, got.Column, got.Pointer)
		if !ok {
			if text = "none"; got != p {
				t.Errorf("%v became %v", p, got)
			}
		}
		if text != c.want {
			t.Errorf("%s:%d:%d %s is %q, want %q", c.file, c.line, c.column, c.pointer, text, c.want)
		}
		if got.Message != "m" || got.Hint != "h" || got.Code != "x" || got.Severity != validator.Error {
			t.Errorf("%v became %v", p, got)
		}
	}
}

// TestSource maps places of packages, by line and by pointer, to the files that a
// person edits.
func TestSource(t *testing.T) {
	canonical := fstest.MapFS{
		"machine-profile.yaml": {Data: []byte(`# a comment
schema_version: 1
machine_id: rig-1
display_name: Test rig
behaviors: [other.xml, behaviors/mix.xml]
runtime_profiles: {night: config/night.yaml, manual: config/manual.yaml}
providers:
  spare0: {config: config/sim0.yaml}
  sim0: {config: config/sim0.yaml}
compatibility:
  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}
  providers: {sim0: {strategy: local-build, version: dev}}
`)},
		"config/night.yaml": {Data: []byte("providers: [{id: sim0}]\n")},
		"config/manual.yaml": {Data: []byte(`# a comment

http: {port: 80850,   bind: "127.0.0.1"}
telemetry:
  influxdb: {token: made-up, bucket: b}
providers:
  - command: /opt/sim     # no args
    id:   sim0
    restart_policy: &r
      enabled: true
policies: [*r]
text: |
  one
  two
automation:
  behavior_tree_path: behaviors/mix.xml
`)},
		"config/sim0.yaml":  {Data: []byte("devices:\n\n\n- {id: a,\n   type: b}\n")},
		"behaviors/mix.xml": {Data: []byte("<root/>\n")},
	}
	pkg := build(t, canonical, exporter.Options{})
	const runtime = "runtime/anolis-runtime.yaml"
	text, err := fs.ReadFile(pkg.FS(), runtime)
	if err != nil {
		t.Fatal(err)
	}
	const want = `http:
  port: 80850
  bind: 127.0.0.1
telemetry:
  influxdb:
    bucket: b
providers:
- command: /opt/sim
  id: sim0
  restart_policy: &id001
    enabled: true
  args:
  - --config
  - providers/sim0.yaml
policies:
- *id001
text: 'one

  two

  '
automation:
  behavior_tree: runtime/behaviors/mix.xml
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Fatal(diff)
	}
	checkSources(t, pkg, []sourceCase{
		{runtime, "/http/port", 2, 9, "config/manual.yaml:3:14 /http/port"},
		{runtime, "/http/port", 0, 0, "config/manual.yaml:3:14 /http/port"},
		{runtime, "/http/port", 2, 3, "config/manual.yaml:3:8 /http/port"},       // the key
		{runtime, "/http", 2, 3, "config/manual.yaml:3:7 /http"},                 // the mapping that begins there
		{runtime, "/http/enabled", 2, 3, "config/manual.yaml:3:7 /http/enabled"}, // missing in it
		{runtime, "/http/bind", 3, 9, "config/manual.yaml:3:29 /http/bind"},
		{runtime, "", 1, 1, "config/manual.yaml:3:1 "},
		{runtime, "", 0, 0, "config/manual.yaml:0:0 "},
		{runtime, "/nowhere/x", 0, 0, "config/manual.yaml:3:1 /nowhere/x"},
		{runtime, "/providers/0/id", 9, 7, "config/manual.yaml:8:11 /providers/0/id"},
		{runtime, "/providers/0/args", 13, 3, "config/manual.yaml:7:5 /providers/0/args"}, // made by the export
		{runtime, "/providers/0/args/1", 14, 5, "config/manual.yaml:7:5 /providers/0/args/1"},
		{runtime, "/policies/0/enabled", 11, 14, "config/manual.yaml:10:16 /providers/0/restart_policy/enabled"}, // behind an alias
		{runtime, "/text", 17, 7, "config/manual.yaml:12:7 /text"},
		{runtime, "/text", 19, 3, "config/manual.yaml:12:7 /text"}, // in the middle of it
		{runtime, "/automation/behavior_tree", 23, 18, "config/manual.yaml:16:23 /automation/behavior_tree_path"},
		{"providers/sim0.yaml", "/devices/0/type", 3, 9, "config/sim0.yaml:5:10 /devices/0/type"},
		{"machine-profile.yaml", "/providers/sim0/config", 10, 13, "machine-profile.yaml:9:3 /providers/sim0/config"},
		{"machine-profile.yaml", "/runtime_profiles/manual", 7, 11, "machine-profile.yaml:6:54 /runtime_profiles/manual"},
		{"machine-profile.yaml", "/behaviors/0", 5, 3, "machine-profile.yaml:5:24 /behaviors/1"},
		{"runtime/behaviors/mix.xml", "", 7, 8, "behaviors/mix.xml:7:8 "},
		{"meta/provenance.json", "/exported_at", 2, 3, "none"},
		{"meta/checksums.sha256", "", 1, 1, "none"},
		{"no/such.yaml", "", 1, 1, "none"},
		{"", "", 0, 0, "none"},
	})

	system := fstest.MapFS{"system.json": {Data: []byte(`{"schema_version": 1,
 "paths": {"providers": {"b0": {"bus_path": "/dev/i2c-1", "executable": "bread"}}},
 "topology": {
  "runtime": {"providers": [{"id": "b0", "kind": "bread"}, {"id": "x0", "kind": "x"}],
   "http_port": 80850},
  "providers": {"b0": {"kind": "bread",
    "devices": [{"address": 10, "id": "a"}]}}}}`)}, "providers/x0.yaml": {Data: []byte("a: 1\n")}}
	checkSources(t, build(t, system, exporter.Options{}), []sourceCase{
		{runtime, "/http/port", 0, 0, "system.json:5:17 /topology/runtime/http_port"},
		{runtime, "/http/bind", 0, 0, "system.json:4:14 /topology/runtime/bind"},
		{runtime, "/providers/1/id", 0, 0, "system.json:4:67 /topology/runtime/providers/1/id"},
		{runtime, "/providers/0/command", 0, 0, "system.json:2:73 /paths/providers/b0/executable"},
		{"providers/b0.yaml", "/devices/0/address", 0, 0, "system.json:7:29 /topology/providers/b0/devices/0/address"},
		{"providers/b0.yaml", "/hardware/bus_path", 0, 0, "system.json:2:45 /paths/providers/b0/bus_path"},
		{"providers/x0.yaml", "/a", 1, 4, "providers/x0.yaml:1:4 /a"},
	})
}

// TestSourceOfEveryValue exports every recorded project and looks for every value
// of its documents in the project: at the place and at the pointer that Source
// gives is the very value, unless the export made it.
func TestSourceOfEveryValue(t *testing.T) {
	values, made := 0, 0
	for i, c := range conformance.ExportCases(t) {
		pkg, err := exporter.Build(t.Context(), c.Files.FS(), exporter.Options{Name: c.Name})
		if err != nil {
			continue
		}
		sources := map[string]*doc.Node{}
		for _, name := range slices.Sorted(maps.Keys(c.Files)) {
			read := canonyaml.Read
			if strings.HasSuffix(name, ".json") {
				read = strictjson.ReadProject
			}
			if root, err := read([]byte(c.Files[name])); err == nil {
				sources[name] = root
			}
		}
		for _, name := range slices.Sorted(maps.Keys(c.Expect.Entries)) {
			if !strings.HasSuffix(name, ".yaml") {
				continue
			}
			text, err := fs.ReadFile(pkg.FS(), name)
			if err != nil {
				t.Fatal(err)
			}
			root, err := canonyaml.Read(text)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[*doc.Node]bool{}
			doc.Walk(root, func(path doc.Path, _, n *doc.Node) bool {
				if seen[n] {
					return false // an alias, with the pointer of the anchor
				}
				seen[n] = true
				if n.IsMap() || n.IsSeq() || n.Kind == doc.Set {
					return true
				}
				values++
				p, ok := pkg.Source(validator.Problem{File: name, Pointer: path.Pointer(), Line: n.Line, Column: n.Column})
				if !ok || c.Files[p.File] == "" || p.Line == 0 {
					t.Errorf("case %d: %s:%v %v is %v", i, name, n.Pos, path, p)
					return true
				}
				source := at(sources[p.File], p.Pointer)
				if source == nil || source.Kind != n.Kind || source.Text != n.Text || source.Line != p.Line || source.Column != p.Column {
					made++
				}
				return true
			})
		}
	}
	if conformance.All && values < 5000 || made > values/3 {
		t.Errorf("%d of %d values are not found in the project", made, values)
	}
	t.Logf("%d values, %d of them made or rewritten by the export", values, made)
}

// at is the value at a JSON Pointer, or nil.
func at(n *doc.Node, pointer string) (found *doc.Node) {
	doc.Walk(n, func(path doc.Path, _, value *doc.Node) bool {
		if found == nil && path.Pointer() == pointer {
			found = value
		}
		return found == nil && strings.HasPrefix(pointer, path.Pointer())
	})
	return found
}

// TestMessagesHideSecrets plants a secret where messages quote what is wrong.
func TestMessagesHideSecrets(t *testing.T) {
	secret := "AKIA" + "Q3EGXKZ7" + "WJ5MV2TB" // in parts, so that scanners of code hosts stay calm
	project := fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("schema_version: 1\nmachine_id: " + secret + "\n" + secret + ": 1\n" +
			"runtime_profiles: {manual: run.yaml, extra: " + secret + "}\nproviders: {p: {config: " + secret + ".yaml}}\n")},
		"run.yaml": {Data: []byte("providers: [{id: p, command: x}, {id: " + secret + "}]\nautomation: {behavior_tree: ../" + secret + "}\n")},
	}
	_, err := exporter.Build(t.Context(), project, exporter.Options{Name: "rig"})
	if err == nil {
		t.Fatal("was exported")
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows the secret:\n%v", err)
	}
	for _, want := range []string{"machine_id", "/providers/p/config", "/automation/behavior_tree"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of %s:\n%v", want, err)
		}
	}
}

// TestMessagesHideSecretsOfDocuments repeats what is a secret for its key where
// messages quote it.
func TestMessagesHideSecretsOfDocuments(t *testing.T) {
	project := with(readBase(t, "canonical"), "config/manual.yaml",
		"providers: [{id: sim0, command: x}]\nextra: {password: hunter2-Zq83kd}\nautomation: {enabled: true, behavior_tree: missing/hunter2-Zq83kd.xml}\n")
	problems := problemsOf(t, project, exporter.Options{})
	said := false
	for _, p := range problems {
		said = said || p.Code == validator.CodeReferenceMissing && p.Pointer == "/automation/behavior_tree"
	}
	if !said || strings.Contains(problems.Error(), "hunter2") {
		t.Errorf("problems: %v", problems)
	}
}

// TestHiddenElements hides of a file's name what is a secret, and shows where it is.
func TestHiddenElements(t *testing.T) {
	secret := "AKIA" + "Q3EGXKZ7" + "WJ5MV2TB"
	project := with(readBase(t, "canonical"), "config/manual.yaml",
		"providers: [{id: sim0, command: x}]\nautomation: {enabled: true, behavior_tree: "+secret+"/tree.xml}\n", secret+"/tree.xml", "<root/>")
	problems := problemsOf(t, project, exporter.Options{})
	if text := problems.Error(); strings.Contains(text, secret) || !strings.Contains(text, "/tree.xml") {
		t.Errorf("problems: %v", problems)
	}
}

// TestPolicy extends and loosens what counts as a secret.
func TestPolicy(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/sim0.yaml", "token_bucket: {burst: 5}\ncsrf_token: made-up\nserial: RIG-0042\n")

	if problems := problemsOf(t, project, exporter.Options{}); len(problems) != 1 || problems[0].Pointer != "/csrf_token" {
		t.Errorf("default policy: %v", problems)
	}

	allow := redact.Default()
	allow.Allow = []redact.Allow{{File: "config/*.yaml", Path: "csrf_token"}}
	if got := entriesOf(t, project, exporter.Options{Policy: &allow}); !strings.Contains(got["providers/sim0.yaml"], "csrf_token: made-up\n") {
		t.Errorf("allowed: %q", got["providers/sim0.yaml"])
	}

	other := redact.Default()
	other.Allow = []redact.Allow{{File: "config/*.yaml", Path: "other"}}
	if problems := problemsOf(t, project, exporter.Options{Policy: &other}); len(problems) != 1 {
		t.Errorf("another key allowed: %v", problems)
	}

	strict := redact.Default()
	strict.Allow = allow.Allow
	strict.Shapes = append(strict.Shapes, redact.ShapeRule{
		ID: "serial", Description: "a serial number", Severity: redact.Error, Pattern: regexp.MustCompile(`RIG-[0-9]{4}`),
	})
	problems := problemsOf(t, project, exporter.Options{Policy: &strict})
	if len(problems) != 1 || problems[0].Code != validator.CodeSecret || problems[0].Line != 3 ||
		strings.Contains(problems.Error(), "0042") {
		t.Errorf("stricter policy: %v", problems)
	}

	none := redact.Policy{}
	got := entriesOf(t, with(project, "config/manual.yaml", "providers: [{id: sim0}]\ntelemetry: {influx_token: made-up}\n"), exporter.Options{Policy: &none})
	if !strings.Contains(got["runtime/anolis-runtime.yaml"], "influx_token") ||
		!strings.Contains(got["meta/provenance.json"], `"telemetry_influxdb_token_removed": false`) {
		t.Errorf("empty policy: %v", got)
	}

	more := redact.Default()
	more.Removals = append(more.Removals, "telemetry.http.password")
	got = entriesOf(t, with(readBase(t, "canonical"), "config/manual.yaml",
		"providers: [{id: sim0}]\ntelemetry: {http: {password: made-up}}\n"), exporter.Options{Policy: &more})
	if !strings.HasSuffix(got["runtime/anolis-runtime.yaml"], "telemetry:\n  http: {}\n") {
		t.Errorf("another removal: %q", got["runtime/anolis-runtime.yaml"])
	}

	more.Removals = append(more.Removals, "http.auth_token")
	pkg, err := exporter.Build(t.Context(), with(readBase(t, "canonical"), "config/manual.yaml",
		"providers: [{id: sim0}]\nhttp: {auth_token: made-up}\ntelemetry: {influx_token: made-up, http: {password: made-up}}\n"), exporter.Options{Name: "rig", Policy: &more})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, n := range pkg.Notes() {
		if n.Code == validator.CodeSecretRemoved {
			said = append(said, n.Pointer+" "+n.Message)
		}
	}
	want := []string{
		"/http/auth_token was removed; supply it as ANOLIS_API_TOKEN at deploy time",
		"/telemetry/influx_token was removed; supply it as INFLUXDB_TOKEN at deploy time",
		"/telemetry/http/password was removed; supply it at deploy time",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("what supplies it (-want +got):\n%s", diff)
	}

	broken := redact.Policy{Shapes: []redact.ShapeRule{{}}}
	for _, p := range problemsOf(t, project, exporter.Options{Policy: &broken}) {
		if p.Code != validator.CodeOption {
			t.Errorf("broken policy: %v", p)
		}
	}
}
