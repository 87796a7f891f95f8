package reproduce_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/validator"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

var anyPackage = handoff.OpenOptions{AllowInvalid: true}

func reproduced(t testing.TB, project fs.FS, p *handoff.Package, opts reproduce.Options) *reproduce.Report {
	t.Helper()
	r, err := reproduce.Project(t.Context(), p, project, opts)
	if err != nil {
		t.Fatal(err)
	}
	if r.Identical != (len(r.Causes) == 0) {
		t.Errorf("Identical is %v with %d causes", r.Identical, len(r.Causes))
	}
	return r
}

// TestReproduceConformance exports every recorded project that can be exported,
// valid or not, in two ways, and finds each one identical.
func TestReproduceConformance(t *testing.T) {
	exports := 0
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" {
			continue
		}
		exports++
		project := c.Files.FS()
		for _, variants := range []exporter.Variants{{}, exporter.AllVariants()} {
			var b bytes.Buffer
			opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name, Variants: variants}, AllowInvalid: true}
			_, err := handoff.Export(t.Context(), &b, project, opts)
			var problems validator.ProblemList
			if errors.As(err, &problems) && variants.String() == "all" {
				continue // another variant cannot be exported
			}
			if err != nil {
				t.Fatalf("case %d: %v", i, err)
			}
			p := handofftest.OpenArchive(t, b.Bytes(), anyPackage)
			r := reproduced(t, project, p, reproduce.Options{})
			if !r.Identical || r.ContentOnly || r.SHA256 != handofftest.Digest(b.Bytes()) || r.PackageSHA256 != r.SHA256 {
				t.Errorf("case %d, %s: %+v", i, variants, r)
			}
		}
	}
	if conformance.All && exports != 447 {
		t.Errorf("%d exports, want 447", exports)
	}
}

// TestReproduceExamples exports the example machines in several ways, and tells
// how from the package alone.
func TestReproduceExamples(t *testing.T) {
	for _, test := range []struct {
		project string
		opts    exporter.Options
		want    reproduce.Exported
	}{
		{"bioreactor-bench", exporter.Options{Name: "b"}, reproduce.Exported{Name: "b", Variants: "manual"}},
		{"bioreactor-bench", exporter.Options{Name: "b", Variants: exporter.AllVariants(), Pins: map[string]string{"bread": "9"}},
			reproduce.Exported{Name: "b", Variants: "telemetry,automation,full"}},
		{"bioreactor-bench", exporter.Options{Name: "Büro 2", Variants: exporter.SomeVariants("full", "telemetry")},
			reproduce.Exported{Name: "Büro 2", Variants: "telemetry,full"}},
		{"sim-quickstart", exporter.Options{Name: "s"}, reproduce.Exported{Name: "s", Variants: "manual"}},
		{"mixer-system", exporter.Options{Name: "m"}, reproduce.Exported{Name: "m", Variants: "manual"}},
		{"mixer-system", exporter.Options{Name: "m", Pins: map[string]string{"bread": "0.4.2"}},
			reproduce.Exported{Name: "m", Variants: "manual", Pins: map[string]string{"bread": "0.4.2"}}},
		{"mixer-system", exporter.Options{Name: "m", Pins: map[string]string{"bread": "0.4.2", "runtime": "0.2.6", "ezo": "1"}},
			reproduce.Exported{Name: "m", Variants: "manual", Pins: map[string]string{"bread": "0.4.2", "runtime": "0.2.6"}}},
		{"legacy-mixer", exporter.Options{Name: "l", Pins: map[string]string{"loadcell": "1.0", "runtime": "2"}},
			reproduce.Exported{Name: "l", Variants: "manual"}},
	} {
		project := os.DirFS(filepath.Join(handofftest.Projects(), test.project))
		data, _ := handofftest.Export(t, project, handoff.ExportOptions{Options: test.opts})
		r := reproduced(t, project, handofftest.OpenArchive(t, data, handoff.OpenOptions{}), reproduce.Options{})
		if test.want.Pins == nil {
			test.want.Pins = map[string]string{}
		}
		test.want.Told = []string{"name", "variants", "pins"}
		if diff := cmp.Diff(test.want, r.Exported); !r.Identical || diff != "" {
			t.Errorf("%s: identical is %v, exported (-want +got):\n%s", test.project, r.Identical, diff)
		}
		same := reproduced(t, project, handofftest.OpenArchive(t, data, handoff.OpenOptions{}), reproduce.Options{Options: test.opts})
		if !same.Identical {
			t.Errorf("%s with the same options: %+v", test.project, same)
		}
	}
}

// causeLines is what a result says, one cause a line.
func causeLines(r *reproduce.Report) []string {
	list := []string{}
	for _, c := range r.Causes {
		list = append(list, fmt.Sprintf("%s %s:%d %s: %s", c.Layer, c.File, c.Line, c.Path, c.Message))
	}
	return list
}

// TestReproduceCauses makes one difference between a project and a package and
// wants exactly its causes.
func TestReproduceCauses(t *testing.T) {
	full := handoff.ExportOptions{Options: exporter.Options{Name: "rig", Variants: exporter.SomeVariants("full")}}
	plain := handoff.ExportOptions{Options: exporter.Options{Name: "rig"}}
	pinned := handoff.ExportOptions{Options: exporter.Options{Name: "rig", Pins: map[string]string{"bread": "0.4.2", "runtime": "0.2.6"}}}
	const bench, mixer = "bioreactor-bench", "mixer-system"
	for _, test := range []struct {
		name    string
		example string
		export  handoff.ExportOptions
		// One or both of these: what happened to the project since, and what
		// somebody did to the package.
		project func(m fstest.MapFS)
		pkg     func(m fstest.MapFS)
		opts    reproduce.Options
		want    []string
	}{
		{"name", bench, full, nil, nil, reproduce.Options{Options: exporter.Options{Name: "other"}},
			[]string{`options :0 name: the package was exported with the name "rig", and this export with the name "other"`}},
		{"manual only", bench, full, nil, nil, reproduce.Options{ManualOnly: true},
			[]string{`options :0 variants: the package was exported with the runtime profiles manual, full, and this export with the manual runtime profile only`}},
		{"other variants", bench, full, nil, nil, reproduce.Options{Options: exporter.Options{Variants: exporter.SomeVariants("telemetry")}},
			[]string{`options :0 variants: the package was exported with the runtime profiles manual, full, and this export with the runtime profiles manual, telemetry`}},
		{"all variants", bench, plain, nil, nil, reproduce.Options{Options: exporter.Options{Variants: exporter.AllVariants()}},
			[]string{`options :0 variants: the package was exported with the manual runtime profile only, and this export with all runtime profiles of the project`}},
		{"pins", mixer, pinned, nil, nil, reproduce.Options{Options: exporter.Options{Pins: map[string]string{"bread": "0.5.0"}}},
			[]string{`options :0 pins: the package was exported with the pins bread=0.4.2, runtime=0.2.6, and this export with the pins bread=0.5.0`}},
		{"no pins", mixer, pinned, nil, nil, reproduce.Options{Options: exporter.Options{Pins: map[string]string{}}},
			[]string{`options :0 pins: the package was exported with the pins bread=0.4.2, runtime=0.2.6, and this export with no pins`}},
		{"pins without effect", bench, full, nil, nil, reproduce.Options{Options: exporter.Options{Pins: map[string]string{"bread": "0.5.0"}}},
			[]string{}},
		{"name of a system project", mixer, plain, nil, nil, reproduce.Options{Options: exporter.Options{Name: "other"}},
			[]string{`options :0 name: the package was exported with the name "rig", and this export with the name "other"`}},
		{"options and a value", bench, full, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "config/anolis-runtime.manual.yaml", "interval_ms: 3000", "interval_ms: 250")
		}, nil, reproduce.Options{Options: exporter.Options{Name: "other"}, ManualOnly: true}, []string{
			`options :0 name: the package was exported with the name "rig", and this export with the name "other"`,
			`options :0 variants: the package was exported with the runtime profiles manual, full, and this export with the manual runtime profile only`,
			"value runtime/anolis-runtime.yaml:59 polling.interval_ms: 3000 in the package, 250 from the project",
		}},

		{"file added to the package", bench, plain, nil, func(m fstest.MapFS) { m["notes.txt"] = &fstest.MapFile{Data: []byte("x")} },
			reproduce.Options{}, []string{"files notes.txt:0 : is in the package, and the project does not export it"}},
		{"file taken out of the package", bench, plain, nil, func(m fstest.MapFS) { delete(m, "providers/drives0.yaml") },
			reproduce.Options{}, []string{"files providers/drives0.yaml:0 : is not in the package, and the project exports it"}},
		{"runtime profile gone from the project", bench, full, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "machine-profile.yaml", "  full: config/anolis-runtime.full.yaml\n", "")
		}, nil, reproduce.Options{}, []string{
			"files runtime/anolis-runtime.full.yaml:0 : is in the package, and the project does not export it",
			"files runtime/behaviors/fed_batch.xml:0 : is in the package, and the project does not export it",
			"value machine-profile.yaml:6 runtime_profiles.full: runtime/anolis-runtime.full.yaml in the package, nothing from the project",
			"value machine-profile.yaml:15 behaviors: [runtime/behaviors/fed_batch.xml] in the package, nothing from the project",
		}},
		{"runtime profile new in the project", bench, plain, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "machine-profile.yaml", "  telemetry: ", "  night: config/anolis-runtime.full.yaml\n  telemetry: ")
		}, nil, reproduce.Options{}, []string{
			"value meta/provenance.json:4 omitted_variants: [automation, full, telemetry] in the package, [automation, full, night, telemetry] from the project",
		}},

		{"value", bench, plain, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "config/anolis-runtime.manual.yaml", "interval_ms: 3000", "interval_ms: 250")
			handofftest.EditRelease(t, m, "config/provider-drives.yaml", "retry_count", "retries")
		}, nil, reproduce.Options{}, []string{
			"value providers/drives0.yaml:7 hardware.retries: nothing in the package, 4 from the project",
			"value providers/drives0.yaml:7 hardware.retry_count: 4 in the package, nothing from the project",
			"value runtime/anolis-runtime.yaml:59 polling.interval_ms: 3000 in the package, 250 from the project",
		}},
		{"value in the package", bench, plain, nil, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "interval_ms: 3000", "interval_ms: 250")
		},
			reproduce.Options{}, []string{"value runtime/anolis-runtime.yaml:59 polling.interval_ms: 250 in the package, 3000 from the project"}},
		{"secret in the package", bench, plain, nil, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "    bucket: bench-2l\n", "    bucket: bench-2l\n    token: typed-in-at-night-7\n")
		}, reproduce.Options{}, []string{"value runtime/anolis-runtime.yaml:66 telemetry.influxdb.token: *** in the package, nothing from the project"}},
		{"order of a list", bench, plain, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "machine-profile.yaml", "[thermal0, drives0, probes0]", "[drives0, thermal0, probes0]")
		}, nil, reproduce.Options{}, []string{
			"value machine-profile.yaml:15 validation.expected_providers: [thermal0, drives0, probes0] in the package, [drives0, thermal0, probes0] from the project",
		}},
		{"creation time", bench, plain, func(m fstest.MapFS) {
			m["workbench.json"].Data = []byte(`{"meta": {"created": "2020-02-03T04:05:06Z"}}`)
		}, nil, reproduce.Options{}, []string{"value meta/provenance.json:2 exported_at: 2026-06-02T12:05:27Z in the package, 2020-02-03T04:05:06Z from the project"}},
		{"token gone from the project", bench, plain, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "config/anolis-runtime.manual.yaml", "    token: replace-at-deploy\n", "")
		}, nil, reproduce.Options{}, []string{
			"value meta/provenance.json:12 redaction_policy.telemetry_influxdb_token_removed: true in the package, false from the project",
		}},

		{"formatting", bench, plain, nil, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "polling:\n", "polling: # slow\n")
		},
			reproduce.Options{}, []string{"formatting runtime/anolis-runtime.yaml:58 : the same values, spelled in another way"}},
		{"formatting of JSON", bench, plain, nil, func(m fstest.MapFS) {
			m["meta/provenance.json"].Data = bytes.ReplaceAll(m["meta/provenance.json"].Data, []byte("\n"), []byte("\r\n"))
		}, reproduce.Options{}, []string{"formatting meta/provenance.json:1 : only line endings differ"}},
		{"order of keys", bench, plain, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "config/anolis-runtime.manual.yaml", "    org: fermentation-lab\n    bucket: bench-2l\n", "    bucket: bench-2l\n    org: fermentation-lab\n")
		}, nil, reproduce.Options{}, []string{"formatting runtime/anolis-runtime.yaml:64 : the same values, in another order"}},
		{"comment in the project", bench, plain, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "config/anolis-runtime.manual.yaml", "polling:\n", "polling: # slow\n")
		}, nil, reproduce.Options{}, []string{}},

		{"behavior in the project", bench, full, func(m fstest.MapFS) { handofftest.EditRelease(t, m, "behaviors/fed_batch.xml", "</root>", "\n</root>") },
			nil, reproduce.Options{}, []string{"content runtime/behaviors/fed_batch.xml:87 : the content differs from this line on"}},
		{"behavior in the package", bench, full, nil, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "runtime/behaviors/fed_batch.xml", "</root>", "\n</root>")
		},
			reproduce.Options{}, []string{"content runtime/behaviors/fed_batch.xml:87 : the content differs from this line on"}},
		{"broken document", bench, plain, nil, func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "polling:\n", "polling: [\n")
		},
			reproduce.Options{}, []string{"content runtime/anolis-runtime.yaml:58 : the content differs from this line on"}},
		{"unreadable profile", bench, plain, nil, func(m fstest.MapFS) { m["machine-profile.yaml"].Data = []byte("[") },
			reproduce.Options{}, []string{"content machine-profile.yaml:1 : the content differs from this line on"}},
	} {
		project := fstest.MapFS{}
		if err := fs.WalkDir(os.DirFS(filepath.Join(handofftest.Projects(), test.example)), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			project[name] = &fstest.MapFile{Data: handofftest.ReadFile(t, filepath.Join(handofftest.Projects(), test.example, name))}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		data, _ := handofftest.Export(t, project, test.export)
		p := handofftest.OpenArchive(t, data, handoff.OpenOptions{})
		if test.pkg != nil {
			m := handofftest.ReleaseOf(t, p)
			test.pkg(m)
			p = handofftest.OpenArchive(t, handofftest.Repacked(t, summed(t, m), nil), anyPackage)
			test.want = append(test.want, "archive :0 : the archive is not what the exporter writes for these files: NAME has a time other than 1980-01-01 00:00:00")
		}
		if test.project != nil {
			test.project(project)
		}
		got := causeLines(reproduced(t, project, p, test.opts))
		for i := range test.want {
			test.want[i] = strings.Replace(test.want[i], "NAME", p.Report().Files[0].Path, 1)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestReproduceMany lists a hundred causes, the most telling ones.
func TestReproduceMany(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	for i := range 90 {
		m[fmt.Sprintf("extra%02d.xml", i)] = &fstest.MapFile{}
	}
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "more%d: 1\n", i)
	}
	m[handofftest.RuntimeConfig].Data = append(m[handofftest.RuntimeConfig].Data, b.String()...)
	handofftest.EditRelease(t, m, "runtime/behaviors/fed_batch.xml", "</root>", "\n</root>")
	folder, err := handoff.OpenFS(t.Context(), summed(t, m), anyPackage)
	if err != nil {
		t.Fatal(err)
	}
	r := reproduced(t, os.DirFS(handofftest.Projects()+"/bioreactor-bench"), folder, reproduce.Options{})
	if len(r.Causes) != 100 || r.More != 291 || r.Causes[89].Layer != reproduce.LayerFiles || r.Causes[99].Layer != reproduce.LayerValue {
		t.Errorf("%d causes and %d more: %v", len(r.Causes), r.More, causeLines(r))
	}
}

// TestReproduceErrors wants no result where there can be none.
func TestReproduceErrors(t *testing.T) {
	data, p := handofftest.BenchPackage(t)
	project := os.DirFS(handofftest.Projects() + "/bioreactor-bench")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := reproduce.Project(ctx, p, project, reproduce.Options{}); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v, %v", r, err)
	}
	_, err := reproduce.Project(t.Context(), p, fstest.MapFS{}, reproduce.Options{})
	handofftest.WantProblem(t, err, validator.CodeLayout, "")
	_, err = reproduce.Project(t.Context(), p, project, reproduce.Options{Options: exporter.Options{Variants: exporter.SomeVariants("gone")}})
	handofftest.WantProblem(t, err, validator.CodeOption, "")

	m := handofftest.ReleaseOf(t, p)
	handofftest.EditRelease(t, m, "meta/provenance.json", `"source_project": "bench"`, `"source_project": ""`)
	unnamed, err := handoff.OpenFS(t.Context(), summed(t, m), handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = reproduce.Project(t.Context(), unnamed, project, reproduce.Options{})
	handofftest.WantProblem(t, err, validator.CodeOption, "")
	if want := "error: the package does not tell the name of its project; it must be given [option]"; err.Error() != want {
		t.Errorf("unnamed: %v, want %s", err, want)
	}
	r := reproduced(t, project, unnamed, reproduce.Options{Options: exporter.Options{Name: "bench"}})
	if want := []string{`value meta/provenance.json:14 source_project: "" in the package, bench from the project`}; !cmp.Equal(causeLines(r), want) {
		t.Errorf("unnamed: %v", causeLines(r))
	}

	data[bytes.LastIndex(data, []byte("interval_ms: 3000"))] = 'I'
	if r, err := reproduce.Project(t.Context(), p, project, reproduce.Options{}); r != nil || !errors.Is(err, exporter.ErrChanged) {
		t.Errorf("the package has changed: %v, %v", r, err)
	}
}
