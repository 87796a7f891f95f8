package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// copyOf is a project in memory, in which a test may change files.
func copyOf(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), name)
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func replaceFile(t *testing.T, files fstest.MapFS, name, old, new string) {
	t.Helper()
	text := string(files[name].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("no %q in %s", old, name)
	}
	files[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1)), Mode: 0o644}
}

func appendFile(files fstest.MapFS, name, text string) {
	files[name] = &fstest.MapFile{Data: append(bytes.Clone(files[name].Data), text...), Mode: 0o644}
}

func checkProject(t *testing.T, project fs.FS, opts handoff.ExportOptions) *validator.Report {
	t.Helper()
	if opts.Name == "" {
		opts.Name = "rig-1"
	}
	report, err := handoff.Check(t.Context(), project, opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestCheck plants a fault of each kind in each kind of file and looks for all of
// them in one report, at their places in the project.
func TestCheck(t *testing.T) {
	project := copyOf(t, handofftest.Projects()+"/bioreactor-bench")
	replaceFile(t, project, "config/anolis-runtime.manual.yaml", "port: 8085", "port: eighty")
	replaceFile(t, project, "config/anolis-runtime.full.yaml", "interval_ms: 3000", "interval_ms: yes")
	replaceFile(t, project, "config/anolis-runtime.telemetry.yaml", "interval_ms: 3000", "interval_ms: 3000\n  api_token: made-up-value")
	appendFile(project, "config/provider-drives.yaml", "cert_password: made-up-value\n")
	replaceFile(t, project, "machine-profile.yaml", "schema_version: 1", "schema_version: 2")
	replaceFile(t, project, "behaviors/fed_batch.xml", "</root>", "<root>")
	report := checkProject(t, project, handoff.ExportOptions{})
	var got []string
	for _, p := range report.Problems {
		if p.Severity != validator.Note {
			got = append(got, fmt.Sprintf("%s %s %s", p.Severity, p.Code, p.File))
			if p.File == "" || p.Line == 0 || p.Hint == "" {
				t.Errorf("no place or hint in %v", p)
			}
		}
		placed(t, project, p)
	}
	want := []string{
		"error behavior-xml behaviors/fed_batch.xml",
		"error profile-schema machine-profile.yaml",
		"error runtime-schema config/anolis-runtime.full.yaml",
		"error runtime-schema config/anolis-runtime.manual.yaml",
		"error secret config/anolis-runtime.telemetry.yaml",
		"warning runtime-unknown-key config/anolis-runtime.telemetry.yaml",
		"warning start-doubtful config/provider-drives.yaml",
		"warning suspicious config/provider-drives.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" || report.Valid {
		t.Errorf("valid %v, want -, got +\n%s", report.Valid, diff)
	}
	if report.Version != validator.ReportVersion || len(report.Files) != 0 || report.Checks[0] != "export" || len(report.Checks) < 10 {
		t.Errorf("report %+v", report)
	}

	// A missing profile hides nothing, and an incomplete project is no package.
	replaceFile(t, project, "machine-profile.yaml", "config/anolis-runtime.full.yaml", "config/gone.yaml")
	report = checkProject(t, project, handoff.ExportOptions{})
	if !hasError(report, validator.CodeMissingVariant) || !hasError(report, validator.CodeRuntimeSchema) {
		t.Errorf("problems %v", report.Problems)
	}
	report = checkProject(t, project, handoff.ExportOptions{Options: exporter.Options{AllowMissingVariants: true}})
	if hasError(report, validator.CodeMissingVariant) {
		t.Errorf("problems %v", report.Problems)
	}
	delete(project, "config/provider-drives.yaml")
	report = checkProject(t, project, handoff.ExportOptions{})
	if !hasError(report, validator.CodeReferenceMissing) || !hasError(report, validator.CodeSecret) || len(report.Skipped) != 1 {
		t.Errorf("problems %v, skipped %v", report.Problems, report.Skipped)
	}
}

// lineBreaks are those of YAML 1.1.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// placed looks for a problem's place in the project.
func placed(t *testing.T, project fs.FS, p validator.Problem) {
	t.Helper()
	if p.File == "" {
		return
	}
	text, err := fs.ReadFile(project, p.File)
	if err != nil {
		t.Errorf("%v: %v", p, err)
		return
	}
	if !strings.HasSuffix(p.File, ".json") {
		text = []byte(lineBreaks.Replace(string(text)))
	}
	lines := strings.Split(string(text), "\n")
	if p.Line < 0 || p.Line > len(lines) || p.Line > 0 && p.Column > len([]rune(lines[p.Line-1]))+1 {
		t.Errorf("%s has no such place: %v", p.File, p)
	}
}

// TestCheckNames checks that what is wrong with the name of a file that the export
// makes is said where the name comes from, and not about the file that has another.
func TestCheckNames(t *testing.T) {
	project := copyOf(t, handofftest.Projects()+"/bioreactor-bench")
	for name, f := range project {
		project[name] = &fstest.MapFile{Data: bytes.ReplaceAll(f.Data, []byte("thermal0"), []byte("CON")), Mode: 0o644}
	}
	replaceFile(t, project, "machine-profile.yaml", "\n  telemetry: config/", "\n  telemetry.: config/")
	var got []string
	for _, p := range checkProject(t, project, handoff.ExportOptions{}).Problems {
		if p.Severity == validator.Error {
			got = append(got, fmt.Sprintf("%s %s:%d:%d %.23s: %s", p.Code, p.File, p.Line, p.Column, p.Pointer, p.Hint))
		}
	}
	want := []string{
		"zip-name-reserved config/anolis-runtime.manual.yaml:16:9 /providers/0/id: Give the provider another name, wherever the project has it.",
		"zip-name-traversal machine-profile.yaml:9:15 /runtime_profiles/telem: Give the runtime profile another name, wherever the project has it.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("want -, got +\n%s", d)
	}
}

// TestCheckAgreesWithExport holds the verdict on every recorded project against what
// an export of all its runtime profiles does, and every place against the files.
func TestCheckAgreesWithExport(t *testing.T) {
	valid, invalid := 0, 0
	for i, c := range conformance.ExportCases(t) {
		opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name}}
		report := checkProject(t, c.Files.FS(), opts)
		opts.Variants = exporter.AllVariants()
		var b bytes.Buffer
		_, err := handoff.Export(t.Context(), &b, c.Files.FS(), opts)
		if report.Valid != (err == nil) {
			t.Errorf("case %d: valid %v, export says %v", i, report.Valid, err)
		}
		for _, p := range report.Problems {
			placed(t, c.Files.FS(), p)
		}
		var problems validator.ProblemList
		if errors.As(err, &problems) { // the export finds nothing that Check does not
			for _, p := range problems {
				placed(t, c.Files.FS(), p)
				found := false
				for _, q := range report.Problems {
					found = found || p.Code == q.Code && p.File == q.File && p.Line == q.Line && p.Column == q.Column
				}
				if !found {
					t.Errorf("case %d: Check misses %v", i, p)
				}
			}
		}
		if report.Valid {
			valid++
		} else {
			invalid++
		}
	}
	if conformance.All && (valid < 50 || invalid < 50) {
		t.Errorf("%d valid, %d invalid", valid, invalid)
	}
}

// TestCheckCases holds small projects that were judged wrongly once: what the
// reference, the runtime or its YAML reader refuses is refused with the value that
// makes it so.
func TestCheckCases(t *testing.T) {
	for name, want := range map[string]string{
		"id-space":               "machine-profile.yaml:8:3 provider-missing",
		"binary-list":            "config/m.yaml:6:11 two-readings",
		"variant-syntax":         "config/f.yaml:1:1 yaml-syntax",
		"unused-provider-syntax": "config/p2.yaml:1:1 yaml-syntax",
	} {
		project := os.DirFS("../exporter/testdata/cases/" + name + "/rig")
		report := checkProject(t, project, handoff.ExportOptions{})
		found := false
		for _, p := range report.Problems {
			found = found || p.Severity == validator.Error && fmt.Sprintf("%s:%d:%d %s", p.File, p.Line, p.Column, p.Code) == want
		}
		var b bytes.Buffer
		_, err := handoff.Export(t.Context(), &b, project, handoff.ExportOptions{Options: exporter.Options{Name: "rig"}})
		if !found || report.Valid || err == nil || b.Len() > 0 {
			t.Errorf("%s: no %s in %v; export: %v", name, want, report.Problems, err)
		}
	}
}

// TestCheckErrors tells what is no verdict from what is one.
func TestCheckErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	project := os.DirFS(handofftest.Projects() + "/sim-quickstart")
	if report, err := handoff.Check(ctx, project, handoff.ExportOptions{}); report != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v, %v", report, err)
	}
	if report, err := handoff.Check(t.Context(), nil, handoff.ExportOptions{}); err != nil || !hasError(report, validator.CodeOption) {
		t.Errorf("nil file system: %v, %v", report, err)
	}
	if report, err := handoff.CheckPath(t.Context(), handofftest.Projects()+"/none", handoff.ExportOptions{}); report != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v, %v", report, err)
	}
	report, err := handoff.CheckPath(t.Context(), handofftest.Projects()+"/sim-quickstart/", handoff.ExportOptions{})
	if err != nil || !report.Valid || report.Package != handofftest.Projects()+"/sim-quickstart" {
		t.Errorf("%v, %v", report, err)
	}
}

// TestStrict writes a package with a warning unless that is asked not to happen.
func TestStrict(t *testing.T) {
	project := copyOf(t, handofftest.Projects()+"/sim-quickstart")
	appendFile(project, "config/provider-sim.yaml", "cert_password: made-up-value\n")
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}}
	if _, err := handoff.Export(t.Context(), new(bytes.Buffer), project, opts); err != nil {
		t.Fatal(err)
	}
	opts.Strict = true
	var b bytes.Buffer
	_, err := handoff.Export(t.Context(), &b, project, opts)
	var strict *handoff.StrictError
	var list validator.ProblemList
	if !errors.As(err, &strict) || !errors.As(err, &list) || b.Len() > 0 {
		t.Fatalf("%d bytes, error %v", b.Len(), err)
	}
	if len(list) != 1 || list[0].File != "config/provider-sim.yaml" || list[0].Code != validator.CodeSuspicious || strings.Contains(err.Error(), "made-up") {
		t.Errorf("problems %v", err)
	}
	if _, err := handoff.Export(t.Context(), new(bytes.Buffer), os.DirFS(handofftest.Projects()+"/bioreactor-bench"), handoff.ExportOptions{
		Options: exporter.Options{Name: "bioreactor-bench"}, Strict: true,
	}); err != nil {
		t.Errorf("notes are refused: %v", err)
	}
}

// Every problem is at the place in the project that a person edits.
func ExampleCheck() {
	project := fstest.MapFS{
		"machine-profile.yaml": {Data: []byte(`schema_version: 1
machine_id: mixer-1
display_name: Mixer 1
runtime_profiles: {manual: config/manual.yaml}
providers: {sim0: {config: config/sim0.yaml}}
compatibility:
  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}
  providers: {sim0: {strategy: local-build, version: dev}}
`)},
		"config/manual.yaml": {Data: []byte("# How often to ask the providers.\npolling: {interval_ms: often}\nproviders:\n- {id: sim0, command: bin/sim}\n")},
		"config/sim0.yaml":   {Data: []byte("devices: []\n")},
	}
	report, err := handoff.Check(context.Background(), project, handoff.ExportOptions{Options: exporter.Options{Name: "mixer"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range report.Problems {
		fmt.Println(p)
	}
	// Output: config/manual.yaml:2:24: error: /polling/interval_ms: must be an integer, not a string [runtime-schema]
}

// TestAllowedBehavior puts the entry that the hint of a finding in a behavior tree names
// into a policy, which then allows it for the check of the project and for its export.
func TestAllowedBehavior(t *testing.T) {
	project := copyOf(t, "../examples/projects/bioreactor-bench")
	tree := project["behaviors/fed_batch.xml"]
	tree.Data = bytes.Replace(tree.Data, []byte("<Sequence"), []byte(`<Sequence _description="ghp_abcdefghijklmnopqrstuvwxyz0123456789"`), 1)
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "one"}}
	report := checkProject(t, project, opts)
	at := slices.IndexFunc(report.Problems, func(p validator.Problem) bool { return p.Code == validator.CodeSecret })
	if at < 0 {
		t.Fatal(report.Err())
	}
	_, entry, found := strings.Cut(report.Problems[at].Hint, "put this into a policy file: ")
	if !found || report.Problems[at].File != "behaviors/fed_batch.xml" {
		t.Fatal(report.Problems[at])
	}
	policy, err := redact.ReadPolicy([]byte(entry))
	if err != nil {
		t.Fatal(err)
	}
	opts.Policy = &policy
	if report := checkProject(t, project, opts); !report.Valid {
		t.Error(report.Err())
	}
	if _, err := handoff.Export(t.Context(), io.Discard, project, opts); err != nil {
		t.Error(err)
	}
}

// TestAllocations bounds what the example machine costs, in objects, which are the same
// on every machine and two thirds of the time. If it fails, look for what is made for
// each value or each document and was not before:
//
//	go test ./handoff -run '^$' -bench Check -memprofile mem.out -memprofilerate 512
func TestAllocations(t *testing.T) {
	project, opts := os.DirFS("../examples/projects/bioreactor-bench"), handoff.ExportOptions{Options: exporter.Options{Name: "one", Variants: exporter.AllVariants()}}
	var pkg bytes.Buffer
	if _, err := handoff.Export(t.Context(), &pkg, project, opts); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		what string
		most float64
		work func() error
	}{
		{"check", 26_000, func() error {
			_, err := handoff.Check(t.Context(), project, opts)
			return err
		}},
		{"export", 10_000, func() error {
			_, err := exporter.Build(t.Context(), project, opts.Options)
			return err
		}},
		{"validate", 16_000, func() error {
			_, err := validator.Archive(t.Context(), bytes.NewReader(pkg.Bytes()), int64(pkg.Len()), validator.Options{})
			return err
		}},
	} {
		n := testing.AllocsPerRun(5, func() {
			if err := x.work(); err != nil {
				t.Fatal(err)
			}
		})
		if t.Logf("%s: %v objects", x.what, n); n > x.most {
			t.Errorf("%s: %v objects, not %v", x.what, n, x.most)
		}
	}
}

// BenchmarkCheck judges a project without writing its package.
func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := handoff.Check(b.Context(), os.DirFS("../examples/projects/bioreactor-bench"), handoff.ExportOptions{Options: exporter.Options{Name: "one"}})
		if err != nil || !r.Valid {
			b.Fatal(r, err)
		}
	}
}
