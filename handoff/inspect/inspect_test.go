package inspect_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

func inspected(t testing.TB, p *handoff.Package) *inspect.Report {
	t.Helper()
	s, err := inspect.Package(t.Context(), p)
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
	if uncolored := handofftest.StripColors(color.String()); uncolored != plain.String() {
		t.Errorf("with color (+) it says something else:\n%s", cmp.Diff(plain.String(), uncolored))
	}
	if strings.Contains(object.String(), ":null") || strings.Count(object.String(), "\n") != 1 {
		t.Errorf("the JSON form has a null or is not on one line:\n%s", object.String())
	}
	return plain.String(), object.String()
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
		data, _ := handofftest.Export(t, os.DirFS(filepath.Join(handofftest.Projects(), test.project)), opts)
		p, err := handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		text, json := summaryText(t, inspected(t, p))
		handofftest.Golden(t, test.name+".txt", text)
		handofftest.Golden(t, test.name+".json", json)
	}
}

// TestInspectRisks has all that somebody should pay attention to.
func TestInspectRisks(t *testing.T) {
	const manual, full = "runtime/anolis-runtime.yaml", "runtime/anolis-runtime.full.yaml"
	files := handofftest.ExampleFiles(t, "bioreactor-bench",
		[3]string{manual, "bind: 127.0.0.1", "bind: 0.0.0.0"},
		[3]string{manual, "- http://localhost:5173\n  - http://bench-panel.local\n", "- http://localhost:5173\n  - '*'\n"},
		[3]string{manual, "enabled: true\n    max_attempts: 4\n    backoff_ms:\n    - 1000\n", "enabled: false\n    max_attempts: 4\n    backoff_ms:\n    - 1000\n"},
		[3]string{full, "  bind: 127.0.0.1\n", ""},
		[3]string{full, "  port: 8085\n", ""},
		[3]string{full, "  influxdb:\n    url: http://historian.local:8086\n", "  influx_url: http://old.local:8086\n  influxdb:\n"},
	)
	// A runtime that listens on every address without a token.
	p, err := handoff.OpenFS(t.Context(), files, handoff.OpenOptions{Options: validator.Options{RuntimeVersion: "0.1.21"}})
	if err != nil {
		t.Fatal(err)
	}
	s := inspected(t, p)
	out, _ := summaryText(t, s)
	handofftest.Golden(t, "risks.txt", out)
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
		"127.0.0.1": false, "127.1.2.3": false, "'::1'": false, "localhost": false, "127.x": false,
		"'::ffff:127.0.0.1'": true, "''": true, "LOCALHOST": true, "'[::1]'": true, "' 127.0.0.1'": true, "0": true, "0.0.0.0": true, "'::'": true, "192.168.1.20": true, "bench.local": true, "localhost.example": true, "128.0.0.1": true,
	} {
		files := handofftest.ExampleFiles(t, "sim-quickstart", [3]string{"runtime/anolis-runtime.yaml", "bind: 127.0.0.1", "bind: " + bind})
		if got := inspected(t, handofftest.OpenFiles(t, files, true)).Profiles[0].HTTP.Exposed; got != want {
			t.Errorf("%s: exposed is %v", bind, got)
		}
	}
}

// TestInspectOff has no port, origins or exposure where HTTP is off.
func TestInspectOff(t *testing.T) {
	files := handofftest.ExampleFiles(t, "sim-quickstart", [3]string{"runtime/anolis-runtime.yaml",
		"  enabled: true\n  bind: 127.0.0.1\n  port: 8090\n  cors_allowed_origins:\n  - http://localhost:5173\n", "  enabled: false\n  bind: 0.0.0.0\n"})
	s := inspected(t, handofftest.OpenFiles(t, files, false))
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
	before := inspected(t, handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart"), false))
	after := inspected(t, handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart",
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
	files := handofftest.ExampleFiles(t, "sim-quickstart")
	files["runtime/anolis-runtime.yaml"].Data = []byte("providers:\n- id: bench-sim\n  command: x\n")
	files["providers/bench-sim.yaml"].Data = []byte("{}\n")
	s := inspected(t, handofftest.OpenFiles(t, handofftest.WithChecksums(t, files), true))
	want := inspect.Profile{
		Name: "manual", File: "runtime/anolis-runtime.yaml",
		HTTP:          inspect.HTTP{Enabled: true, AnyOrigin: true},
		Starts:        "unknown", // the schema asks for more
		EmergencyStop: &inspect.EmergencyStop{Drives: "nothing", FromVersion: "0.1.40"},
		Providers:     []inspect.Process{{ID: "bench-sim", Command: "x"}},
	}
	if diff := cmp.Diff(want, s.Profiles[0]); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(inspect.Provider{ID: "bench-sim", File: "providers/bench-sim.yaml", Devices: []inspect.Device{}}, s.Providers[0]); diff != "" {
		t.Errorf("provider (-want +got):\n%s", diff)
	}
	_, json := summaryText(t, s)
	for _, part := range []string{`"providers":[{"id":"bench-sim","command":"x"}]`, `"http":{"enabled":true,"exposed":false,"authentication":false,"tls":false,"insecureBindAllowed":false,"anyOrigin":true,"corsCredentials":false}`} {
		if !strings.Contains(json, part) {
			t.Errorf("no %s in\n%s", part, json)
		}
	}
}
