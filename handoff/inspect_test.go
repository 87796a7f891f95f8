package handoff_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
)

// exampleFiles is the content of a package of an example project, with changes:
// each is a file, an old text that it has once, and a new one.
func exampleFiles(t testing.TB, name string, changes ...[3]string) fstest.MapFS {
	t.Helper()
	pkg, err := exporter.Build(t.Context(), os.DirFS(filepath.Join(projects, name)), exporter.Options{Name: name, Variants: exporter.AllVariants()})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	err = fs.WalkDir(pkg.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(pkg.FS(), name)
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		text := string(files[c[0]].Data)
		if strings.Count(text, c[1]) != 1 {
			t.Fatalf("%s has %q %d times", c[0], c[1], strings.Count(text, c[1]))
		}
		files[c[0]].Data = []byte(strings.Replace(text, c[1], c[2], 1))
	}
	return withChecksums(t, files)
}

// withChecksums gives the files their right checksums.
func withChecksums(t testing.TB, files fstest.MapFS) fstest.MapFS {
	t.Helper()
	const name = "meta/checksums.sha256"
	sums, err := checksum.Sum(t.Context(), files, name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := sums.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: b.Bytes(), Mode: 0o644}
	return files
}

func openFiles(t testing.TB, files fs.FS, allowInvalid bool) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenFS(t.Context(), files, handoff.OpenOptions{AllowInvalid: allowInvalid})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func inspected(t testing.TB, p *handoff.Package) *inspect.Report {
	t.Helper()
	s, err := handoff.Inspect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// summaryText is both forms of a summary. It checks what holds for each.
func summaryText(t testing.TB, s *inspect.Report) (text, json string) {
	t.Helper()
	var plain, color, object bytes.Buffer
	for _, err := range []error{s.WriteText(&plain, false), s.WriteText(&color, true), s.WriteJSON(&object)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, line := range strings.Split(plain.String(), "\n") {
		if n := utf8.RuneCountInString(line); n > 100 && i > 0 {
			t.Errorf("line %d has %d columns: %s", i+1, n, line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("line %d ends in a space: %q", i+1, line)
		}
	}
	for _, r := range plain.String() + object.String() {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e) {
			t.Errorf("there is a character %U", r)
		}
	}
	if uncolored := stripColors(color.String()); uncolored != plain.String() {
		t.Errorf("with color (+) it says something else:\n%s", cmp.Diff(plain.String(), uncolored))
	}
	if strings.Contains(object.String(), ":null") || strings.Count(object.String(), "\n") != 1 {
		t.Errorf("the JSON form has a null or is not on one line:\n%s", object.String())
	}
	return plain.String(), object.String()
}

func stripColors(text string) string {
	for _, code := range []string{"0", "1", "2", "1;31", "1;32", "1;33"} {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	return text
}

// TestInspectExamples has the summaries of the example machines as files, the
// bench with all of its profiles.
func TestInspectExamples(t *testing.T) {
	for _, test := range []struct{ name, project, variants string }{
		{"bioreactor-bench", "bioreactor-bench", "manual"},
		{"bioreactor-bench-all", "bioreactor-bench", "all"},
		{"legacy-mixer", "legacy-mixer", "manual"},
		{"mixer-system", "mixer-system", "manual"},
		{"sim-quickstart", "sim-quickstart", "manual"},
	} {
		variants, err := exporter.ParseVariants(test.variants)
		if err != nil {
			t.Fatal(err)
		}
		opts := handoff.ExportOptions{Options: exporter.Options{Name: test.project, Variants: variants}}
		data, _ := export(t, os.DirFS(filepath.Join(projects, test.project)), opts)
		p, err := handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		text, json := summaryText(t, inspected(t, p))
		golden(t, "inspect/"+test.name+".txt", text)
		golden(t, "inspect/"+test.name+".json", json)
	}
}

// TestInspectRisks has all that somebody should pay attention to.
func TestInspectRisks(t *testing.T) {
	const manual, full = "runtime/anolis-runtime.yaml", "runtime/anolis-runtime.full.yaml"
	files := exampleFiles(t, "bioreactor-bench",
		[3]string{manual, "bind: 127.0.0.1", "bind: 0.0.0.0"},
		[3]string{manual, "- http://localhost:5173\n  - http://bench-panel.local\n", "- http://localhost:5173\n  - '*'\n"},
		[3]string{manual, "enabled: true\n    max_attempts: 2\n", "enabled: false\n    max_attempts: 2\n"},
		[3]string{full, "  bind: 127.0.0.1\n", ""},
		[3]string{full, "  port: 8085\n", ""},
		[3]string{full, "  influxdb:\n    url: http://historian.local:8086\n", "  influx_url: http://old.local:8086\n  influxdb:\n"},
	)
	s := inspected(t, openFiles(t, files, false))
	out, _ := summaryText(t, s)
	golden(t, "inspect/risks.txt", out)
	if !s.Profiles[0].HTTP.Exposed || !s.Profiles[0].HTTP.AnyOrigin || s.Profiles[1].HTTP.Exposed || s.Profiles[1].HTTP.AnyOrigin ||
		s.Profiles[3].HTTP.Exposed || s.Profiles[3].HTTP.Bind != "" || s.Profiles[3].HTTP.Port != nil {
		t.Errorf("HTTP of the profiles: %+v", s.Profiles)
	}
	if full := s.Profiles[3].Telemetry; !full.OldPlace || full.URL != "http://old.local:8086" || full.Org != "fermentation-lab" {
		t.Errorf("telemetry: %+v", full)
	}
}

// TestInspectBind tells addresses of the machine itself from others.
func TestInspectBind(t *testing.T) {
	for bind, want := range map[string]bool{
		"127.0.0.1": false, "127.1.2.3": false, "'::1'": false, "localhost": false, "'::ffff:127.0.0.1'": false, "''": false,
		"0.0.0.0": true, "'::'": true, "192.168.1.20": true, "bench.local": true, "localhost.example": true, "128.0.0.1": true,
	} {
		files := exampleFiles(t, "sim-quickstart", [3]string{"runtime/anolis-runtime.yaml", "bind: 127.0.0.1", "bind: " + bind})
		if got := inspected(t, openFiles(t, files, true)).Profiles[0].HTTP.Exposed; got != want {
			t.Errorf("%s: exposed is %v", bind, got)
		}
	}
}

// TestInspectOff has no port, origins or exposure where HTTP is off.
func TestInspectOff(t *testing.T) {
	files := exampleFiles(t, "sim-quickstart", [3]string{"runtime/anolis-runtime.yaml",
		"  enabled: true\n  bind: 127.0.0.1\n  port: 8090\n  cors_allowed_origins:\n  - http://localhost:5173\n", "  enabled: false\n  bind: 0.0.0.0\n"})
	s := inspected(t, openFiles(t, files, false))
	if h := s.Profiles[0].HTTP; h.Enabled || h.Exposed || h.AnyOrigin {
		t.Errorf("HTTP: %+v", h)
	}
	text, _ := summaryText(t, s)
	if !strings.Contains(text, "    http        off\n") || strings.Contains(text, "cors") || strings.Contains(text, "0.0.0.0") {
		t.Errorf("shown:\n%s", text)
	}
}

// TestInspectMoreValues counts what is not shown: nothing gets lost unseen.
func TestInspectMoreValues(t *testing.T) {
	const profile, runtime, provider = "machine-profile.yaml", "runtime/anolis-runtime.yaml", "providers/bench-sim.yaml"
	before := inspected(t, openFiles(t, exampleFiles(t, "sim-quickstart"), false))
	after := inspected(t, openFiles(t, exampleFiles(t, "sim-quickstart",
		[3]string{profile, "schema_version: 1\n", "schema_version: 1\nsite: {hall: 3, rows: [1, 2]}\n"},
		[3]string{runtime, "logging:\n", "extra: {a: 1, b: {}, c: []}\nlogging:\n"},
		[3]string{provider, "startup_policy: strict\n", "startup_policy: strict\nowner: lab\n"},
	), true))
	for name, got := range map[string][2]int{
		"profile":  {after.Machine.MoreValues - before.Machine.MoreValues, 3},
		"runtime":  {after.Profiles[0].MoreValues - before.Profiles[0].MoreValues, 3},
		"provider": {after.Providers[0].MoreValues - before.Providers[0].MoreValues, 1},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d more values, want %d", name, got[0], got[1])
		}
	}
}

// TestInspectAbsent says nothing about what a package does not say.
func TestInspectAbsent(t *testing.T) {
	files := exampleFiles(t, "sim-quickstart")
	files["runtime/anolis-runtime.yaml"].Data = []byte("providers:\n- id: bench-sim\n  command: x\n")
	files["providers/bench-sim.yaml"].Data = []byte("{}\n")
	s := inspected(t, openFiles(t, withChecksums(t, files), true))
	want := inspect.Profile{
		Name: "manual", File: "runtime/anolis-runtime.yaml",
		HTTP:      inspect.HTTP{Enabled: true, AnyOrigin: true},
		Providers: []inspect.Process{{ID: "bench-sim", Command: "x"}},
	}
	if diff := cmp.Diff(want, s.Profiles[0]); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(inspect.Provider{ID: "bench-sim", File: "providers/bench-sim.yaml", Devices: []inspect.Device{}}, s.Providers[0]); diff != "" {
		t.Errorf("provider (-want +got):\n%s", diff)
	}
	_, json := summaryText(t, s)
	for _, part := range []string{`"providers":[{"id":"bench-sim","command":"x"}]`, `"http":{"enabled":true,"exposed":false,"anyOrigin":true,"corsCredentials":false}`} {
		if !strings.Contains(json, part) {
			t.Errorf("no %s in\n%s", part, json)
		}
	}
}
