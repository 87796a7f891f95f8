package handoff_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// caseProject opens a project that was once handled wrongly, after a bug report.
func caseProject(t *testing.T, name string) fs.FS {
	t.Helper()
	dir := "../exporter/testdata/cases/" + name
	if _, err := os.Stat(dir + "/rig"); err == nil {
		dir += "/rig"
	}
	return os.DirFS(dir)
}

func caseOptions() handoff.ExportOptions {
	return handoff.ExportOptions{Options: exporter.Options{Name: "p", Variants: exporter.AllVariants()}}
}

// TestCaseProjects exports each of them and looks for what must be said: severity,
// code and place of at least one problem or note.
func TestCaseProjects(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refused bool
		want    []string
		secrets []string // that no message may show
	}{
		{name: "01-pairs", want: []string{"warning suspicious config/provider-sim.yaml", "warning suspicious config/anolis-runtime.manual.yaml"},
			secrets: []string{"TrPlant"}},
		{name: "02-newer-runtime", want: nil},
		{name: "05-psk", want: []string{"warning suspicious config/provider-sim.yaml"},
			secrets: []string{"PlantWifi", "PlantDb", "PlantMqtt"}},
		{name: "06-include", want: []string{"note include-not-packed behaviors/fed_batch.xml"}},
		{name: "08-yaml-bracket", refused: true, want: []string{"error yaml-syntax config/provider-sim.yaml:19"}},
		{name: "08-yaml-flow", refused: true, want: []string{"error yaml-syntax config/provider-sim.yaml:21"}},
		{name: "09-unused-provider", want: []string{"note unused-provider machine-profile.yaml"}},
		{name: "binary-list", refused: true, want: []string{"error two-readings config/m.yaml:6"}},
		{name: "id-space", refused: true, want: []string{"error provider-missing machine-profile.yaml"}},
		{name: "variant-syntax", refused: true, want: []string{"error yaml-syntax config/f.yaml"}},
		{name: "unused-provider-syntax", refused: true, want: []string{"error yaml-syntax config/p2.yaml"}},
		{name: "long-key-time"}, {name: "complex-key-list"}, {name: "10-crlf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			result, err := handoff.Export(t.Context(), &out, caseProject(t, tt.name), caseOptions())
			if refused := err != nil; refused != tt.refused || refused && out.Len() > 0 {
				t.Fatalf("refused is %v with %d bytes: %v", refused, out.Len(), err)
			}
			var said []validator.Problem
			var problems validator.ProblemList
			var invalid *handoff.InvalidError
			switch {
			case err == nil:
				said = append(result.Notes, result.Report.Problems...)
			case errors.As(err, &problems):
				said = problems
			case errors.As(err, &invalid):
				said = invalid.Report.Problems
			}
			for _, want := range tt.want {
				found := false
				for _, p := range said {
					found = found || strings.HasPrefix(p.Error(), strings.SplitN(want, " ", 3)[2]) &&
						string(p.Severity) == strings.Fields(want)[0] && string(p.Code) == strings.Fields(want)[1]
				}
				if !found {
					t.Errorf("nothing says %q:\n%v", want, said)
				}
			}
			for _, p := range said {
				for _, secret := range tt.secrets {
					if strings.Contains(p.Error()+p.Hint, secret) {
						t.Errorf("a secret is shown: %v", p)
					}
				}
				if strings.Contains(p.Hint, "emove it") && strings.Contains(string(p.Code), "runtime-") {
					t.Errorf("advice to remove what a newer runtime may read: %v: %s", p, p.Hint)
				}
			}
		})
	}
}

// TestCaseDiffs compares the projects that differ in one thing.
func TestCaseDiffs(t *testing.T) {
	open := func(project fs.FS) *handoff.Package {
		p, err := handoff.OpenProject(t.Context(), project, caseOptions())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one := func(old, new *handoff.Package) diff.Change {
		report, err := handoff.Diff(t.Context(), old, new)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Changes) != 1 {
			t.Fatalf("%d changes: %+v", len(report.Changes), report.Changes)
		}
		return report.Changes[0]
	}
	auth := one(open(caseProject(t, "02-newer-runtime")), open(caseProject(t, "02-newer-runtime-auth-off")))
	if auth.Risk != diff.High || auth.Kind != diff.AuthenticationOff {
		t.Errorf("authentication off: %+v", auth)
	}
	endings := one(open(os.DirFS(handofftest.Bench())), open(caseProject(t, "10-crlf")))
	if endings.Risk != diff.Low || !strings.Contains(endings.Message, "differs only in line endings") {
		t.Errorf("line endings: %+v", endings)
	}
}

// TestConformance exports every recorded project. What is valid is written and
// validated again, what is not is refused, and written with AllowInvalid.
func TestConformance(t *testing.T) {
	dir := t.TempDir()
	project, out := filepath.Join(dir, "project"), filepath.Join(dir, "out.anpkg")
	count := map[string]int{}
	for i, c := range conformance.ExportCases(t) {
		if err := errors.Join(os.RemoveAll(project), os.RemoveAll(out), os.CopyFS(project, c.Files.FS())); err != nil {
			t.Fatal(err)
		}
		opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name}}
		result, err := handoff.ExportFile(t.Context(), project, out, opts)
		switch {
		case c.Expect.Error != "":
			count["error"]++
			var problems validator.ProblemList
			if !errors.As(err, &problems) {
				t.Errorf("case %d: %v, want Problems: %s", i, err, c.Expect.Error)
			}
			handofftest.WantNames(t, dir, "project")
			continue
		case !c.Expect.Valid:
			count["invalid"]++
			var invalid *handoff.InvalidError
			if !errors.As(err, &invalid) || result != nil {
				t.Errorf("case %d: %v, want it refused: %s", i, err, c.Expect.InvalidBecause)
			}
			handofftest.WantNames(t, dir, "project")
			opts.AllowInvalid = true
			if result, err = handoff.ExportFile(t.Context(), project, out, opts); err != nil {
				t.Errorf("case %d: with AllowInvalid: %v", i, err)
				continue
			}
		case err != nil:
			t.Errorf("case %d: %v", i, err)
			continue
		default:
			count["valid"]++
		}
		wantPackage(t, out, result)
		if result.SHA256 != c.Expect.SHA256 || result.Size != c.Expect.Size {
			t.Errorf("case %d: %d bytes with digest %s", i, result.Size, result.SHA256)
		}
		report := wantSameVerdict(t, result.Report, out)
		if report.Valid != c.Expect.Valid || !report.Canonical {
			t.Errorf("case %d: valid %v, canonical %v: %v", i, report.Valid, report.Canonical, report.Err())
		}
	}
	if conformance.All && (count["valid"] != 269 || count["invalid"] != 178 || count["error"] != 91) {
		t.Errorf("cases: %v", count)
	}
}

const config = handofftest.RuntimeConfig

// TestSameExposure asks every verb that knows an answer who can reach a machine.
func TestSameExposure(t *testing.T) {
	local := handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart"), false)
	for bind, exposed := range map[string]bool{
		"127.0.0.1": false, "localhost": false, "'::1'": false, "127.9.9.9": false,
		"LOCALHOST": true, `""`: true, "'[::1]'": true, "'::ffff:127.0.0.1'": true, "0.0.0.0": true, "0": true, "192.0.2.7": true,
		"rig.local": true, `"\u3000127.0.0.1"`: true,
	} {
		files := handofftest.ExampleFiles(t, "sim-quickstart", [3]string{config, "bind: 127.0.0.1", "bind: " + bind})
		p := handofftest.OpenFiles(t, files, true)
		summary, err := handoff.Inspect(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := handoff.Diff(t.Context(), local, p)
		if err != nil {
			t.Fatal(err)
		}
		widened := slices.ContainsFunc(changes.Changes, func(c diff.Change) bool { return c.Kind == diff.HTTPWidened })
		ready, err := handoff.Preflight(t.Context(), p, preflight.Target{Listen: func(netip.AddrPort) error { return nil }}, preflight.Options{})
		if err != nil {
			t.Fatal(err)
		}
		open := slices.ContainsFunc(ready.Checks, func(c preflight.Item) bool {
			return c.Kind == "port" && strings.Contains(c.Message, "open to other machines")
		})
		if got := [3]bool{summary.Profiles[0].HTTP.Exposed, widened, open}; got != [3]bool{exposed, exposed, exposed} {
			t.Errorf("bind: %s: exposed for inspect, diff and preflight: %v, want %v", bind, got, exposed)
		}
	}
}

// TestSameNames has every verb show a name with an ideographic space as it is, and
// take it for no path of a device.
func TestSameNames(t *testing.T) {
	const name, device = "runtime/behaviors/b\u3000x.xml", "/dev/tty\u3000USB0"
	tree := []byte(`<root BTCPP_format="4"><BehaviorTree ID="Main"><AlwaysSuccess/></BehaviorTree></root>` + "\n")
	withTree := func(tree []byte) *handoff.Package {
		files := handofftest.ExampleFiles(t, "sim-quickstart",
			[3]string{config, "automation:\n  enabled: false", "automation:\n  behavior_tree: \"" + name + "\"\n  enabled: true"},
			[3]string{"providers/bench-sim.yaml", "startup_policy: strict\n", "startup_policy: strict\nport: \"" + device + "\"\n"})
		files[name] = &fstest.MapFile{Data: tree}
		return handofftest.OpenFiles(t, files, true)
	}
	p, q := withTree(tree), withTree(bytes.Replace(tree, []byte("AlwaysSuccess"), []byte("AlwaysFailure"), 1))
	said := map[string]string{}
	var b bytes.Buffer
	note := func(verb string, err error) {
		if err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		said[verb] = b.String()
		b.Reset()
	}
	note("validate", p.Report().WriteJSON(&b))
	summary, err := handoff.Inspect(t.Context(), p)
	note("inspect", errorOr(err, func() error { return summary.WriteJSON(&b) }))
	changes, err := handoff.Diff(t.Context(), p, q)
	note("diff", errorOr(err, func() error { return changes.WriteJSON(&b) }))
	drift, err := handoff.Drift(t.Context(), p, q.FS())
	note("drift", errorOr(err, func() error { return drift.WriteJSON(&b) }))
	ready, err := handoff.Preflight(t.Context(), p, preflight.Target{}, preflight.Options{})
	note("preflight", errorOr(err, func() error { return ready.WriteJSON(&b) }))
	for verb, text := range said {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("%s does not name the file:\n%s", verb, text)
		}
	}
	if got := summary.Behaviors; len(got) != 1 || !slices.Equal(got[0].Profiles, []string{"manual"}) {
		t.Errorf("inspect: %+v", got)
	}
	if got := changes.Changes; len(got) != 2 || got[0].Kind != diff.NodeAdded || got[1].Kind != diff.NodeRemoved {
		t.Errorf("diff: %+v", got)
	}
	if got := drift.Files; len(got) != 1 || got[0].State != release.Changed {
		t.Errorf("drift: %+v", got)
	}
	for _, provider := range summary.Providers {
		if len(provider.DevicePaths) > 0 {
			t.Errorf("inspect takes %q for a device", provider.DevicePaths)
		}
	}
	if slices.ContainsFunc(ready.Checks, func(c preflight.Item) bool { return c.Kind == "device" }) {
		t.Errorf("preflight looks for a device: %+v", ready.Checks)
	}
}

func errorOr(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

// plantedSecrets are short and long, of one class of characters and of many, and
// with what paths and texts escape.
var plantedSecrets = []string{"hunter2-Zq83kd", "qZ8xK4", "ключ-Sékret-ß", `q"Z\8'x"K:4#wP "y`, "lettersonlyzq", "8392017465"}

// declared are places that tell what SECRET is, on top of a document; TEXT is the
// same inside of quotes.
var declared = map[string]string{
	"key":      "db_password: SECRET\n",
	"list":     "secrets: [a, SECRET]\n",
	"set":      "passwords: !!set {SECRET}\n",
	"name":     "env: [{name: DB_PASSWORD, value: SECRET}]\n",
	"argument": "more: [--password, SECRET]\n",
}

// repeated are places in other documents that repeat it: file, old text and new
// text. Without an old text there is a new file.
var repeated = [][3]string{
	{"machine-profile.yaml", "machine_id: rig", "machine_id: SECRET"},
	{"machine-profile.yaml", "display_name: Rig", `display_name: "the TEXT here"`},
	{"machine-profile.yaml", "  full: runtime/", "  SECRET: runtime/"},
	{"machine-profile.yaml", "    config: providers/heater.yaml", "    config: providers/heater.yaml\n    notes: \"x TEXT\"\n  SECRET: {}"},
	{"machine-profile.yaml", "version: '1.0'", "version: SECRET"},
	{"runtime/anolis-runtime.yaml", "- id: heater", "- id: SECRET"},
	{"runtime/anolis-runtime.yaml", "command: ./bin/heat", `command: "./bin/TEXT"`},
	{"runtime/anolis-runtime.yaml", "  - --verbose", `  - "/opt/TEXT"` + "\n" + `  - "/dev/TEXT"`},
	{"runtime/anolis-runtime.yaml", "bind: 127.0.0.1", "bind: SECRET"},
	{"runtime/anolis-runtime.full.yaml", "bucket: rig", "bucket: SECRET"},
	{"runtime/anolis-runtime.full.yaml", "behavior_tree: runtime/behaviors/a.xml", `behavior_tree: "runtime/behaviors/TEXT.xml"`},
	{"providers/heater.yaml", "bus_path: /dev/i2c-3", `bus_path: "/dev/TEXT"`},
	{"providers/heater.yaml", "spare:", "SECRET: 5\nmany: [{id: SECRET, x: 1}]\ndevices: [{id: SECRET, label: SECRET, address: SECRET}]\nspare:"},
	{"providers/other.yaml", "", "SECRET: 1\nSECRET: 2\n"}, // which cannot be read
	{"meta/provenance.json", `"source_project": "rig"`, `"source_project": "pTEXT"`},
	{"meta/provenance.json", `"omitted_variants": []`, `"omitted_variants": [SECRET]`},
	{"runtime/behaviors/SECRET.xml", "", "<root><a password=\"TEXT\"/></root>"},
	{"docs/SECRET.txt", "", "SECRET"},
}

// TestSecretsNowhere declares a secret in one document, repeats it everywhere else
// and looks for any part of it in all that any verb says.
func TestSecretsNowhere(t *testing.T) {
	clean := handofftest.ReleaseOf(t, handofftest.OpenVariants(t, handofftest.RigFiles(), "rig"))
	clean["providers/other.yaml"] = &fstest.MapFile{Data: []byte("a: 1\n")}
	for n, secret := range plantedSecrets {
		file := []string{"machine-profile.yaml", "runtime/anolis-runtime.yaml", "providers/heater.yaml"}[n%3]
		quoted, err := json.Marshal(secret) // which YAML reads, too
		if err != nil {
			t.Fatal(err)
		}
		plant := strings.NewReplacer("SECRET", string(quoted), "TEXT", string(quoted[1:len(quoted)-1])).Replace
		for place, text := range declared {
			files := fstest.MapFS{}
			for name, f := range clean {
				files[name] = &fstest.MapFile{Data: bytes.Clone(f.Data)}
			}
			for _, r := range repeated {
				if r[1] == "" && strings.Contains(r[0], "SECRET") {
					if !strings.ContainsAny(secret, `"\:`) {
						files[strings.ReplaceAll(r[0], "SECRET", secret)] = &fstest.MapFile{Data: []byte(plant(r[2]))}
					}
					continue
				}
				old := string(files[r[0]].Data)
				if r[1] != "" && strings.Count(old, r[1]) != 1 {
					t.Fatalf("%s has %q %d times", r[0], r[1], strings.Count(old, r[1]))
				}
				now := plant(r[2])
				if r[1] != "" {
					now = strings.Replace(old, r[1], now, 1)
				}
				files[r[0]] = &fstest.MapFile{Data: []byte(now)}
			}
			text := plant(text)
			files[file].Data = append([]byte(text), files[file].Data...)
			for verb, said := range saidOf(t, files, clean, text) {
				if part := partOf(secret, said); part > 0 {
					t.Errorf("%d bytes of the secret %d show in %s: declared as %s in %s", part, n, verb, place, file)
				}
			}
		}
	}
}

// partOf is the length of a part of a secret that a text shows, or 0.
func partOf(secret, text string) int {
	n := min(8, len(secret))
	for i := 0; i+n <= len(secret); i++ {
		if strings.Contains(text, secret[i:i+n]) {
			return n
		}
	}
	return 0
}

// saidOf is all that the verbs say of a package and of another version of it. The
// project has the same text on top of a document.
func saidOf(t *testing.T, files, other fstest.MapFS, text string) map[string]string {
	t.Helper()
	said := map[string]string{}
	type result interface {
		WriteText(w io.Writer, color bool) error
		WriteJSON(w io.Writer) error
	}
	say := func(verb string, r result, err error) {
		if err != nil { // the project cannot have every name
			said[verb] = err.Error()
			return
		}
		var out, object bytes.Buffer
		if err := errors.Join(r.WriteText(&out, true), r.WriteJSON(&object)); err != nil {
			t.Fatal(err)
		}
		said[verb] = out.String() + object.String() + decoded(t, object.Bytes())
	}
	ctx, p, q := t.Context(), handofftest.OpenFiles(t, files, true), handofftest.OpenFiles(t, other, true)
	s, err := handoff.Inspect(ctx, p)
	say("inspect", s, err)
	target := handofftest.ReadyMachine().Target("/opt/rig")
	ready, err := handoff.Preflight(ctx, p, target, preflight.Options{})
	say("preflight", ready, err)
	_, err = handoff.Preflight(ctx, p, target, preflight.Options{Profile: "another"})
	slots, slotsErr := inspect.Slots(ctx, p)
	said["profile"] = fmt.Sprint(err, slots, slotsErr)
	drift, err := handoff.Drift(ctx, p, other)
	say("drift from it", drift, err)
	drift, err = handoff.Drift(ctx, q, files)
	say("drift to it", drift, err)
	c, err := handoff.Diff(ctx, p, q)
	say("diff from it", c, err)
	c, err = handoff.Diff(ctx, q, p)
	say("diff to it", c, err)
	var markdown bytes.Buffer
	if err := c.WriteMarkdown(&markdown); err != nil {
		t.Fatal(err)
	}
	said["diff in Markdown"] = markdown.String()
	project := handofftest.RigFiles()
	project["heater.yaml"].Data = append([]byte(text), project["heater.yaml"].Data...)
	r, err := handoff.Reproduce(ctx, p, project, reproduce.Options{})
	say("reproduce", r, err)
	r, err = handoff.Reproduce(ctx, p, project, reproduce.Options{Options: exporter.Options{Name: "x"}, ManualOnly: true})
	say("reproduce as asked for", r, err)
	for _, verb := range []string{"inspect", "preflight", "drift from it", "drift to it", "diff from it", "diff to it", "reproduce as asked for"} {
		if !strings.Contains(said[verb], `"version":`) {
			t.Errorf("%s failed", verb)
		}
	}
	return said
}

// decoded is every text of a JSON value as it is.
func decoded(t *testing.T, data []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	var b strings.Builder
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(string); ok {
			b.WriteString(text + "\n")
		}
	}
}
