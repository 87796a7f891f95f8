package inspect_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestInspectHostile has names that act on a terminal, values of every wrong type
// and size, and thousands of everything.
func TestInspectHostile(t *testing.T) {
	evil := `"\e]0;pwned\a\e[2J\u202E` + "\\u0085\\u2028" + `\r\nfake: valid"`
	long := strings.Repeat("x", 200_000)
	var providers, devices, args, profiles, configs, origins, manyFiles strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&providers, "- {id: p%d, command: /bin/p}\n", i)
		fmt.Fprintf(&devices, "- {id: d%d, address: %d}\n", i, i)
		fmt.Fprintf(&args, "  - a%d\n", i)
		fmt.Fprintf(&profiles, "  v%d: runtime/anolis-runtime.yaml\n", i)
		fmt.Fprintf(&configs, "  p%d: {config: providers/p0.yaml}\n", i)
		fmt.Fprintf(&origins, "  - http://h%d\n", i)
		fmt.Fprintf(&manyFiles, "  v%d: runtime/r%d.yaml\n", i, i)
	}
	profile := "machine_id: " + evil + "\ndisplay_name: " + long + "\nsafety: {estop_topology: " + evil + "}\nvalidation: {expected_providers: [" + evil + ", 5, ~, [a]]}\n" +
		"compatibility: {runtime: {notes: " + evil + "}, providers: {" + evil + ": {version: " + evil + ", notes: [1, 2]}, b: 5}}\n" +
		"components: {runtime: 7, providers: [x], optional: {a: {package: {x: y}}}}\n"
	left := map[string][]string{
		"many":       {"and 2991 more", "and 2992 more", "and 2980 more providers", "a19 and 2980 more"},
		"many files": {"and 280 more profiles", "and 2980 more providers", "and 2980 more devices", "and 282 more points"},
	}
	for name, files := range map[string]map[string]string{
		"names": {
			"machine-profile.yaml": profile + "runtime_profiles: {" + evil + ": runtime/anolis-runtime.yaml}\nproviders: {" + evil + ": {config: providers/p0.yaml, notes: " + evil + "}}\n",
			"runtime/anolis-runtime.yaml": "runtime: {name: " + evil + "}\nhttp: {bind: " + evil + ", port: 99999999999999999999999, cors_allowed_origins: " + evil + "}\n" +
				"providers: [{id: " + evil + ", command: " + evil + ", args: [" + evil + ", " + long + "]}, 5, ~]\ntelemetry: {enabled: true, influxdb: {url: " + evil + "}}\n" +
				"automation: {enabled: true, behavior_tree: " + evil + ", manual_gating_policy: " + evil + ", tick_rate_hz: -1}\nlogging: {level: " + evil + "}\n",
			"providers/p0.yaml":    "provider: {name: " + evil + "}\nhardware: {bus_path: " + evil + "}\ndevices: [{id: " + evil + ", type: " + long + ", label: " + evil + ", address: " + evil + "}, 5]\n",
			"meta/provenance.json": `{"source_project": "\u001b[2J", "exported_at": ["x"], "package_format_version": 1e3, "omitted_variants": {"a": 1}}`,
		},
		"types": {
			"machine-profile.yaml":        "machine_id: [1]\ndisplay_name: {a: b}\nsafety: 5\nvalidation: x\ncompatibility: [1]\ncomponents: ~\nruntime_profiles: {a: runtime/anolis-runtime.yaml, b: 5, c: nowhere.yaml}\nproviders: {a: 5, b: {config: [x]}, c: {config: nowhere.yaml}}\n",
			"runtime/anolis-runtime.yaml": "runtime: [1]\nhttp: 5\nproviders: {a: {id: x}}\npolling: {interval_ms: x}\ntelemetry: yes\nautomation: {parameters: 5, mode_transition_hooks: [1]}\nlogging: {level: {a: b}}\n",
			"meta/provenance.json":        `[1, 2]`,
		},
		"many": {
			"machine-profile.yaml":        "machine_id: m\nruntime_profiles:\n" + profiles.String() + "providers:\n" + configs.String(),
			"runtime/anolis-runtime.yaml": "http:\n  cors_allowed_origins:\n" + origins.String() + "providers:\n- id: p0\n  command: c\n  args:\n" + args.String() + providers.String(),
			"providers/p0.yaml":           "devices:\n- {id: only}\n",
		},
		"many files": {
			"machine-profile.yaml": "machine_id: m\nruntime_profiles:\n" + manyFiles.String() + "providers:\n" + configs.String(),
			"providers/p0.yaml":    "devices:\n" + devices.String(),
		},
		"nothing":  {"machine-profile.yaml": "", "runtime/anolis-runtime.yaml": "", "meta/provenance.json": ""},
		"no files": {},
	} {
		content := fstest.MapFS{}
		for file, text := range files {
			content[file] = &fstest.MapFile{Data: []byte(text)}
		}
		for i := 0; name == "many files" && i < 300; i++ {
			text := fmt.Sprintf("telemetry: {enabled: true}\nproviders: [{id: p%d, command: c}]\n", i)
			content[fmt.Sprintf("runtime/r%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
		}
		s := inspected(t, handofftest.OpenFiles(t, content, true))
		text, json := summaryText(t, s)
		if lines := strings.Count(text, "\n"); lines > 400 || len(text) > 40_000 || len(json) > 2<<20 {
			t.Errorf("%s: the text has %d lines and %d bytes, JSON %d bytes", name, lines, len(text), len(json))
		}
		if first, _, _ := strings.Cut(text, "\n"); !strings.Contains(first, "INVALID: ") || !strings.Contains(text, "DO NOT DEPLOY THIS PACKAGE.") {
			t.Errorf("%s: no word about the verdict:\n%s", name, text)
		}
		if strings.Contains(text+json, "\nfake") {
			t.Errorf("%s: a value begins a line", name)
		}
		for _, more := range left[name] {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), more) {
				t.Errorf("%s: there is no %q:\n%s", name, more, text)
			}
		}
	}
}

// TestInspectSecrets plants a secret wherever a summary takes a value from.
func TestInspectSecrets(t *testing.T) {
	const secret = "hunter2-Zq83kd"
	files := handofftest.ExampleFiles(t, "sim-quickstart")
	const runtime = "runtime/anolis-runtime.yaml"
	plant := func(file, old, new string) {
		text := string(files[file].Data)
		if strings.Count(text, old) != 1 {
			t.Fatalf("%s has %q %d times", file, old, strings.Count(text, old))
		}
		files[file].Data = []byte(strings.Replace(text, old, new, 1))
	}
	plant(runtime, "  - --config\n", "  - --password\n  - "+secret+"\n  - --token="+secret+"\n  - --url\n  - http://u:"+secret+"@h\n  - DB_PASSWORD="+secret+"\n  - --config\n")
	plant(runtime, "  command: ", "  password: "+secret+"\n  command: ")
	plant(runtime, "telemetry:\n  enabled: false\n", "telemetry:\n  enabled: true\n  influx_url: http://a:"+secret+"@old\n  influxdb:\n    url: http://a:"+secret+"@historian\n    token: "+secret+"\n    bucket: the "+secret+"\n")
	plant("providers/bench-sim.yaml", "provider:\n", "credentials: {user: "+secret+"}\nprovider:\n")
	plant("providers/bench-sim.yaml", "  type: tempctl\n", "  type: tempctl\n  label: "+secret+"\n  address: "+secret+"\n")
	plant("machine-profile.yaml", "display_name: Simulated Training Rig", "display_name: ghp_abcdefghijKLMNOPQRST0123456789abcdef")
	files["providers/token="+secret+".yaml"] = &fstest.MapFile{Data: []byte("a: 1\n")}
	files["runtime/behaviors/ghp_abcdefghijKLMNOPQRST0123456789abcdef.xml"] = &fstest.MapFile{Data: []byte("<root/>")}
	s := inspected(t, handofftest.OpenFiles(t, handofftest.WithChecksums(t, files), true))
	text, json := summaryText(t, s)
	for _, part := range []string{"hunter", "Zq83", "ghp_", "KLMNOP"} {
		if strings.Contains(text, part) || strings.Contains(json, part) {
			t.Errorf("a secret shows: %d bytes of it in the text or in JSON", len(part))
		}
	}
	if !strings.Contains(text, "--password ***") || s.Valid {
		t.Error("the options do not show, or the package is valid")
	}
}

// TestInspectMany has thousands of what is told apart. When each is compared with
// all others, this takes minutes.
func TestInspectMany(t *testing.T) {
	var processes, devices, profiles strings.Builder
	files := fstest.MapFS{}
	for i := range 6000 {
		fmt.Fprintf(&processes, "- {id: p, timeout_ms: %d}\n", i)
		fmt.Fprintf(&devices, "- /dev/x%d\n", i)
		fmt.Fprintf(&profiles, "  v%d: runtime/r%d.yaml\n", i, i)
		files[fmt.Sprintf("runtime/r%d.yaml", i)] = &fstest.MapFile{Data: []byte("telemetry: {enabled: true}\n")}
		files[fmt.Sprintf("runtime/behaviors/b%d.xml", i)] = &fstest.MapFile{Data: []byte("<root/>")}
	}
	files["machine-profile.yaml"] = &fstest.MapFile{Data: []byte("runtime_profiles:\n  a: runtime/a.yaml\n" + profiles.String() + "providers: {p: {config: providers/p.yaml}}\n")}
	files["runtime/a.yaml"] = &fstest.MapFile{Data: []byte("automation: {behavior_tree: runtime/behaviors/b7.xml}\nproviders:\n" + processes.String())}
	files["providers/p.yaml"] = &fstest.MapFile{Data: []byte(devices.String())}
	s := inspected(t, handofftest.OpenFiles(t, files, true))
	text, _ := summaryText(t, s)
	if !strings.Contains(text, "and 5980 more ways") || len(s.Providers[0].DevicePaths) != 6000 || len(s.Behaviors) != 6000 || len(s.Slots) != 6000 {
		t.Errorf("%d devices, %d behaviors, %d slots", len(s.Providers[0].DevicePaths), len(s.Behaviors), len(s.Slots))
	}
	for _, b := range s.Behaviors {
		if used := len(b.Profiles) > 0; used != (b.File == "runtime/behaviors/b7.xml") {
			t.Errorf("%s is used by %v", b.File, b.Profiles)
		}
	}
}

// TestInspectConformance looks at every recorded export: as an archive and as a
// directory it is the same, and one that is not valid can be looked at, too.
func TestInspectConformance(t *testing.T) {
	count := map[bool]int{}
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" {
			continue
		}
		opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name}, AllowInvalid: true}
		data, _ := handofftest.Export(t, c.Files.FS(), opts)
		archive, err := handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		fromArchive, fromDirectory := inspected(t, archive), inspected(t, handofftest.OpenFiles(t, c.Expect.Entries.FS(), true))
		want := inspect.Archive{Size: c.Expect.Size, SHA256: c.Expect.SHA256, Canonical: true}
		if fromDirectory.Archive != nil || fromArchive.Archive == nil || *fromArchive.Archive != want || fromArchive.Digest != c.Expect.SHA256 {
			t.Errorf("case %d: archive %+v, directory %+v", i, fromArchive.Archive, fromDirectory.Archive)
		}
		fromArchive.Archive = nil
		if diff := cmp.Diff(fromArchive, fromDirectory); diff != "" {
			t.Errorf("case %d: archive (-) and directory (+):\n%s", i, diff)
		}
		if fromArchive.Valid != c.Expect.Valid || len(fromArchive.Profiles) == 0 || len(fromArchive.Providers) == 0 || fromArchive.Machine.ID == "" {
			t.Errorf("case %d: %+v", i, fromArchive)
		}
		summaryText(t, fromArchive)
		count[fromArchive.Valid]++
	}
	if conformance.All && (count[true] != 269 || count[false] != 178) {
		t.Errorf("cases: %v", count)
	}
}

// TestInspectInvalid looks at every package that is recorded as not valid.
func TestInspectInvalid(t *testing.T) {
	n := 0
	for i, c := range conformance.ValidateCases(t) {
		p, err := handoff.OpenFS(t.Context(), c.Files.FS(), handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Errorf("case %d: %v", i, err)
			continue
		}
		s := inspected(t, p)
		text, _ := summaryText(t, s)
		if s.Valid != c.Expect.Valid || s.Valid == strings.Contains(text, "DO NOT DEPLOY") {
			t.Errorf("case %d: valid is %v:\n%s", i, s.Valid, text)
		}
		if !s.Valid {
			n++
		}
	}
	if conformance.All && n < 300 {
		t.Errorf("%d packages are not valid", n)
	}
}

// TestInspectChanged gives an error when a file is not what was validated.
func TestInspectChanged(t *testing.T) {
	files := handofftest.ExampleFiles(t, "sim-quickstart")
	p := handofftest.OpenFiles(t, files, false)
	files["providers/bench-sim.yaml"].Data = bytes.Replace(files["providers/bench-sim.yaml"].Data, []byte("oven"), []byte("over"), 1)
	if s, err := inspect.Package(t.Context(), p); err == nil || s != nil {
		t.Errorf("%+v, %v", s, err)
	}
	bench := handofftest.ExampleFiles(t, "bioreactor-bench")
	p = handofftest.OpenFiles(t, bench, false)
	tree := 0
	for name, f := range bench {
		if strings.HasSuffix(name, ".xml") {
			f.Data = append([]byte("</root>"), f.Data[7:]...) // refused at once
			tree++
		}
	}
	if s, err := inspect.Package(t.Context(), p); tree == 0 || err == nil || s != nil {
		t.Errorf("%d changed trees: %+v, %v", tree, s, err)
	}
	p = handofftest.OpenFiles(t, files, true)
	delete(files, "providers/bench-sim.yaml")
	if s, err := inspect.Package(t.Context(), p); s != nil || err == nil || !strings.Contains(err.Error(), "providers/bench-sim.yaml") {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestInspectWriteFails hands on the error of the writer.
func TestInspectWriteFails(t *testing.T) {
	s := inspected(t, handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart"), false))
	for _, err := range []error{s.WriteText(fullWriter{}, true), s.WriteJSON(fullWriter{})} {
		if err != fs.ErrInvalid {
			t.Errorf("error %v", err)
		}
	}
}

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, fs.ErrInvalid }
