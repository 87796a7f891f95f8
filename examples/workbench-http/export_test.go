package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

// exportFile makes the package of a project as anpkg export does.
func exportFile(t *testing.T, dir string, opts exporter.Options) ([]byte, error) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.anpkg")
	if _, err := handoff.ExportFile(t.Context(), dir, out, handoff.ExportOptions{Options: opts}); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data, nil
}

// wantPackage checks an answer with a package.
func wantPackage(t *testing.T, a answer, name string, want []byte) {
	t.Helper()
	if a.status != 200 || !bytes.Equal(a.body, want) {
		t.Errorf("%s: %d with %d bytes, want those %d of anpkg", name, a.status, len(a.body), len(want))
		return
	}
	sum := sha256.Sum256(want)
	base := base64.StdEncoding.EncodeToString(sum[:])
	for header, value := range map[string]string{
		"Content-Type": "application/zip", "Content-Length": fmt.Sprint(len(want)),
		"Content-Disposition": `attachment; filename="` + name + `.anpkg"`,
		"ETag":                `"` + hex.EncodeToString(sum[:]) + `"`,
		"Repr-Digest":         "sha-256=:" + base + ":", "Digest": "sha-256=" + base,
	} {
		if got := a.header.Get(header); got != value {
			t.Errorf("%s: %s is %q, want %q", name, header, got, value)
		}
	}
}

// TestExportExamples compares with anpkg, and with the digests that are
// committed.
func TestExportExamples(t *testing.T) {
	ts := start(t, nil)
	list, err := os.ReadFile("../projects/packages.sha256")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		digest, file, _ := strings.Cut(strings.TrimSpace(line), "  ")
		name := strings.TrimSuffix(file, ".anpkg")
		dir := filepath.Join("../projects", name)
		plain, err := exportFile(t, dir, exporter.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(plain); hex.EncodeToString(sum[:]) != digest {
			t.Errorf("%s: digest %x, want %s", name, sum, digest)
		}
		for _, options := range []string{"", "{}", `{"variants":"manual"}`, `{"variants":[],"pins":{}}`} {
			wantPackage(t, ts.export(name, options), name, plain)
		}
		all, err := exportFile(t, dir, exporter.Options{Variants: exporter.AllVariants()})
		if err != nil {
			t.Fatal(err)
		}
		wantPackage(t, ts.export(name, `{"variants":"all"}`), name, all)
	}
}

func TestExportOptions(t *testing.T) {
	ts := start(t, nil)
	some, err := exportFile(t, "../projects/bioreactor-bench", exporter.Options{Variants: exporter.SomeVariants("telemetry", "full")})
	if err != nil {
		t.Fatal(err)
	}
	wantPackage(t, ts.export("bioreactor-bench", `{"variants":["full","telemetry"]}`), "bioreactor-bench", some)

	pins := map[string]string{"runtime": "1.2.3", "bread": "0.4.0"}
	pinned, err := exportFile(t, "../projects/mixer-system", exporter.Options{Pins: pins})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := exportFile(t, "../projects/mixer-system", exporter.Options{})
	if err != nil || bytes.Equal(plain, pinned) {
		t.Fatalf("the pins change nothing (%v)", err)
	}
	wantPackage(t, ts.export("mixer-system", ` {"pins":{"bread":"0.4.0","runtime":"1.2.3"}} `), "mixer-system", pinned)
}

func TestExportRefusesOptions(t *testing.T) {
	ts := start(t, nil)
	for _, test := range []struct{ options, want string }{
		{`null`, "want a JSON object"},
		{`[]`, "want a JSON object"},
		{`"all"`, "want a JSON object"},
		{`{"variants":"all"`, "not valid JSON"},
		{`{"variants":`, "not valid JSON"},
		{`{"variants":"all",}`, "not valid JSON"},
		{`{`, "not valid JSON"},
		{`x`, "not valid JSON, at byte"},
		{`{} {}`, "behind the JSON object"},
		{`{"Variants":"all"}`, "unknown option"},
		{`{"runtime_bin":"/bin/sh"}`, "unknown option"},
		{`{"allow_invalid":true}`, "unknown option"},
		{`{"variants":"all","variants":"manual"}`, "one key twice"},
		{`{"variants":null}`, "variants: want"},
		{`{"variants":"telemetry"}`, "variants: want"},
		{`{"variants":[1]}`, "variants: want"},
		{`{"variants":1e999}`, "variants: want"},
		{`{"variants":[""]}`, "variants: want"},
		{`{"variants":{}}`, "variants: want"},
		{`{"pins":null}`, "pins: want a JSON object"},
		{`{"pins":{"sim":1}}`, "pins: want a version"},
		{`{"pins":{"sim":1e999}}`, "pins: want a version"},
		{`{"pins":{"sim":{}}}`, "pins: want a version"},
		{`{"pins":{"sim":"1","sim":"2"}}`, "pins: has one key twice"},
		{"{\"pins\":{\"sim\":\"\xff\"}}", "not UTF-8"},
		{`{"pins":{"":"1"}}`, "cannot be exported"},
		{`{"variants":["nonsense"]}`, "cannot be exported"},
	} {
		body := wantError(t, ts.export("sim-quickstart", test.options), 400, test.want)
		if body.Problems == nil {
			t.Errorf("%s: no list of problems", test.options)
		}
	}
	wantError(t, ts.do(ts.request("POST", "/api/projects/sim-quickstart/export", strings.NewReader("{}"), "Content-Type", "text/plain")), 415, "application/json")
	wantError(t, ts.do(ts.request("POST", "/api/projects/sim-quickstart/export", strings.NewReader("{}"))), 415, "application/json")
	wantError(t, ts.do(ts.request("POST", "/api/projects/sim-quickstart/export?variants=all", nil)), 400, "no query")
	wantError(t, ts.export("sim-quickstart", strings.Repeat(" ", maxOptions+1)), 413, "larger than")
}

func TestExportNames(t *testing.T) {
	projects := ownProjects(t, "sim-quickstart")
	long := strings.Repeat("x", 64)
	if err := os.CopyFS(filepath.Join(projects, long), os.DirFS(filepath.Join(projects, "sim-quickstart"))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(projects, "a-file"), "text")
	ts := start(t, func(c *config) { c.projects = projects })
	if a := ts.export(long, ""); a.status != 200 {
		t.Errorf("a long name: %d %s", a.status, a.body)
	}
	for _, bad := range []string{"a.b", "a%20b", "%2e%2e", "a%2fb", "a%5cb", "a%00b", "%c3%a9", long + "x", "sim-quickstart%0a", "%ff"} {
		wantError(t, ts.export(bad, ""), 400, "not a project name")
	}
	for _, nothing := range []string{"..", ".", "", "a/b", "sim-quickstart/..", "/sim-quickstart"} {
		if a := ts.export(nothing, ""); a.status != 404 {
			t.Errorf("%q: %d %s", nothing, a.status, a.body)
		}
	}
	wantError(t, ts.export("unknown", ""), 404, "there is no project unknown")
	wantError(t, ts.export("a-file", ""), 400, "no project folder")
}

// TestExportLinks shows that a project folder may be a link, but not out of the
// projects.
func TestExportLinks(t *testing.T) {
	projects := ownProjects(t, "sim-quickstart")
	outside, err := filepath.Abs("../projects/sim-quickstart")
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"inside": "sim-quickstart", "absolute": outside, "above": "../projects/sim-quickstart", "loop": "loop", "dangling": "nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(projects, name)); err != nil {
			t.Fatal(err)
		}
	}
	ts := start(t, func(c *config) { c.projects = projects })
	want, err := exportFile(t, filepath.Join(projects, "inside"), exporter.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantPackage(t, ts.export("inside", ""), "inside", want)
	for _, name := range []string{"absolute", "above", "loop"} {
		wantError(t, ts.export(name, ""), 400, "link that leaves the projects")
	}
	wantError(t, ts.export("dangling", ""), 404, "there is no project")
	var names []string
	for _, p := range projectNames(t, ts) {
		names = append(names, p.Name)
	}
	if strings.Join(names, " ") != "inside sim-quickstart" {
		t.Errorf("projects: %q", names)
	}
}

// TestExportProblems shows that everything that is wrong comes with its place.
func TestExportProblems(t *testing.T) {
	projects := ownProjects(t, "sim-quickstart")
	writeFile(t, filepath.Join(projects, "broken/machine-profile.yaml"), "schema_version: 1\nruntime_profiles:\n  manual: /etc/rig\u202e.yaml\n")
	writeFile(t, filepath.Join(projects, "empty/README.md"), "nothing here\n")
	manual := filepath.Join(projects, "sim-quickstart/config/anolis-runtime.manual.yaml")
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, manual, strings.Replace(string(text), "interval_ms: 250", "interval_ms: 250.5", 1))
	const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyzAB"
	writeFile(t, filepath.Join(projects, "leaky/machine-profile.yaml"), "schema_version: 1\napi_token: "+secret+"\nruntime_profiles:\n  manual: "+secret+".yaml\n")
	ts := start(t, func(c *config) { c.projects = projects })

	a := ts.export("broken", "")
	body := wantError(t, a, 400, "the project cannot be exported")
	last := body.Problems[len(body.Problems)-1]
	if last.Origin != "project" || last.Code != "unsafe-path" || last.File != "machine-profile.yaml" || last.Line != 3 || last.Column != 11 || last.Pointer != "/runtime_profiles/manual" {
		t.Errorf("problem %+v", last)
	}
	if bytes.ContainsAny(a.body, "\u202e") {
		t.Errorf("a terminal would act on %q", a.body)
	}
	body = wantError(t, ts.export("empty", ""), 400, "the project cannot be exported")
	if len(body.Problems) != 1 || body.Problems[0].Code != "layout" {
		t.Errorf("problems %+v", body.Problems)
	}
	body = wantError(t, ts.export("sim-quickstart", ""), 400, "the package would be invalid")
	if len(body.Problems) == 0 || body.Problems[0].Origin != "project" || body.Problems[0].File != "config/anolis-runtime.manual.yaml" || body.Problems[0].Line == 0 {
		t.Errorf("problems %+v", body.Problems)
	}
	a = ts.export("leaky", "")
	wantError(t, a, 400, "the project cannot be exported")
	if bytes.Contains(a.body, []byte(secret)) || strings.Contains(ts.logs.String(), secret) {
		t.Error("a secret was told")
	}
	if log := ts.logs.requests(t); fmt.Sprint(log[1]["problems"]) != "[layout]" || log[1]["status"] != 400.0 {
		t.Errorf("log %v", log[1])
	}
}

func TestExportTooLarge(t *testing.T) {
	ts := start(t, func(c *config) { c.maxPackage = 1000 })
	body := wantError(t, ts.export("sim-quickstart", ""), 400, "")
	if len(body.Problems) == 0 {
		t.Error("no problems")
	}
	ts = start(t, func(c *config) { c.maxPackage = 2500 }) // the files fit, the archive does not
	body = wantError(t, ts.export("sim-quickstart", ""), 400, "the project cannot be exported")
	if len(body.Problems) != 1 || body.Problems[0].Code != "too-large" {
		t.Errorf("problems %+v", body.Problems)
	}
}

// TestExportSharedBehaviors takes a behavior from the folder above the projects,
// as anpkg --data-root does, only if the server was told to.
func TestExportSharedBehaviors(t *testing.T) {
	projects := ownProjects(t, "mixer-system")
	dataRoot := filepath.Dir(projects)
	tree := "behaviors/batch_mix.xml"
	if err := os.Mkdir(filepath.Join(dataRoot, "behaviors"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(projects, "mixer-system", tree), filepath.Join(dataRoot, tree)); err != nil {
		t.Fatal(err)
	}
	ts := start(t, func(c *config) { c.projects = projects })
	body := wantError(t, ts.export("mixer-system", ""), 400, "cannot be exported")
	if body.Problems[0].Code != "reference-missing" {
		t.Errorf("problems %+v", body.Problems)
	}
	ts = start(t, func(c *config) { c.projects, c.sharedBehaviors = projects, true })
	want, err := exportFile(t, filepath.Join(projects, "mixer-system"), exporter.Options{DataRoot: os.DirFS(dataRoot), ProjectPath: "projects/mixer-system"})
	if err != nil {
		t.Fatal(err)
	}
	wantPackage(t, ts.export("mixer-system", ""), "mixer-system", want)
}
