package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
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
		{`{"pins":{"":"1"}}`, ""},
		{`{"variants":["nonsense"]}`, "nonsense"},
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
	wantError(t, ts.export("a-file", ""), 400, "not a project folder")
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
	body := wantError(t, a, 400, "machine-profile.yaml:")
	last := body.Problems[len(body.Problems)-1]
	if last.Origin != "project" || last.Code != "unsafe-path" || last.File != "machine-profile.yaml" || last.Line != 3 || last.Column != 11 || last.Pointer != "/runtime_profiles/manual" {
		t.Errorf("problem %+v", last)
	}
	if bytes.ContainsAny(a.body, "\u202e") {
		t.Errorf("a terminal would act on %q", a.body)
	}
	body = wantError(t, ts.export("empty", ""), 400, "machine-profile.yaml")
	if len(body.Problems) != 1 || body.Problems[0].Code != "layout" {
		t.Errorf("problems %+v", body.Problems)
	}
	body = wantError(t, ts.export("sim-quickstart", ""), 400, "config/anolis-runtime.manual.yaml:")
	if len(body.Problems) == 0 || body.Problems[0].Origin != "project" || body.Problems[0].File != "config/anolis-runtime.manual.yaml" || body.Problems[0].Line == 0 {
		t.Errorf("problems %+v", body.Problems)
	}
	a = ts.export("leaky", "")
	wantError(t, a, 400, "machine-profile.yaml:")
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
	body = wantError(t, ts.export("sim-quickstart", ""), 400, "the limit of this server")
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
	body := wantError(t, ts.export("mixer-system", ""), 400, "system.json:")
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

func projectNames(t *testing.T, ts *testServer) []projectInfo {
	t.Helper()
	a := ts.get("/api/projects")
	var list struct{ Projects []projectInfo }
	if err := json.Unmarshal(a.body, &list); err != nil || a.status != 200 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return list.Projects
}

func TestProjects(t *testing.T) {
	projects := ownProjects(t, "sim-quickstart", "legacy-mixer")
	for _, file := range []string{"z_plain/README.md", "Both/system.json", "Both/machine-profile.yaml", "a.b/system.json", "b c/system.json", "file", "dir/system.json/x"} {
		writeFile(t, filepath.Join(projects, file), "")
	}
	ts := start(t, func(c *config) { c.projects = projects })
	want := []projectInfo{
		{"Both", "canonical", true, nil}, {"dir", "none", false, nil}, {"legacy-mixer", "system", true, nil},
		{"sim-quickstart", "canonical", true, []string{"manual"}}, {"z_plain", "none", false, nil},
	}
	if diff := cmp.Diff(want, projectNames(t, ts)); diff != "" {
		t.Error(diff)
	}
	if err := os.RemoveAll(projects); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(projects, 0o777); err != nil {
		t.Fatal(err)
	}
	ts = start(t, func(c *config) { c.projects = projects })
	if a := ts.get("/api/projects"); string(a.body) != "{\"projects\":[]}\n" {
		t.Errorf("%s", a.body)
	}
}

func noVariables(string) string { return "" }

func TestConfig(t *testing.T) {
	var help strings.Builder
	cfg, err := parseConfig([]string{
		"-projects", "p", "--listen", "[::1]:9", "-host", "Rig.Example.", "-host", "[2001:DB8::1]", "-max-package", "3", "-workers", "2",
		"-max-in-flight", "5", "-max-per-client", "6", "-stall-timeout", "7s", "-shared-behaviors", "-temp-dir", "t",
	}, func(name string) string { return map[string]string{tokenVariable: testToken}[name] }, &help)
	if err != nil || help.Len() > 0 {
		t.Fatal(err, help.String())
	}
	if cfg.projects != "p" || cfg.listen != "[::1]:9" || strings.Join(cfg.hosts, " ") != "rig.example 2001:db8::1" || cfg.maxPackage != 3<<20 ||
		cfg.workers != 2 || cfg.maxInFlight != 5 || cfg.maxPerClient != 6 || cfg.stallTimeout != 7*time.Second || !cfg.sharedBehaviors ||
		cfg.tempDir != "t" || cfg.token != testToken || cfg.runtimeBin != "" {
		t.Errorf("%+v", cfg)
	}
	cfg, err = parseConfig([]string{"-projects", "p"}, noVariables, &help)
	if err != nil || cfg.listen != "127.0.0.1:8077" || cfg.token != "" || cfg.runtimeBin != "" || cfg.sharedBehaviors || len(cfg.hosts) != 0 {
		t.Errorf("defaults: %+v, %v", cfg, err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "-projects is missing"},
		{"-projects p more", "unexpected argument"},
		{"-projects p -token x", "not defined: -token"}, // processes are listed with their flags
		{"-projects p -workers 0", "-workers must be at least 1"},
		{"-projects p -max-in-flight -1", "-max-in-flight must be"},
		{"-projects p -max-per-client 0", "-max-per-client must be"},
		{"-projects p -stall-timeout 0", "-stall-timeout must be"},
		{"-projects p -work-timeout -1s", "-work-timeout must be"},
		{"-projects p -queue-timeout 0s", "-queue-timeout must be"},
		{"-projects p -shutdown-timeout 0s", "-shutdown-timeout must be"},
		{"-projects p -runtime-timeout 0s", "-runtime-timeout must be"},
		{"-projects p -max-package 0", "MiB from 1 to 4096"},
		{"-projects p -max-package 4097", "MiB from 1 to 4096"},
		{"-projects p -max-package 1M", "MiB from 1 to 4096"},
		{"-projects p -host a:1", "without a port"},
		{"-projects p -host http://a", "without a port"},
		{"-projects p -host=", "without a port"},
		{"-projects p -listen 8077", "want ADDRESS:PORT"},
		{"-projects p -listen :8077", "name with -host"},
		{"-projects p -listen 0.0.0.0:8077", "name with -host"},
		{"-projects p -listen [::]:8077", "name with -host"},
		{"-projects p -token-file /nonexistent/token", "-token-file: "},
		{"-projects p -runtime-bin /nonexistent/runtime", "-runtime-bin: "},
	} {
		_, err := parseConfig(strings.Fields(test.args), noVariables, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.args, err)
		}
	}
}

func TestHelp(t *testing.T) {
	var help strings.Builder
	if _, err := parseConfig([]string{"--help"}, noVariables, &help); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	for _, want := range []string{"Usage: workbench-http -projects FOLDER", "-token-file", tokenVariable, "-runtime-bin", "127.0.0.1:8077"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the help lacks %s:\n%s", want, help.String())
		}
	}
}

// TestPage gets every file of the page, twice.
func TestPage(t *testing.T) {
	ts := start(t, nil)
	err := fs.WalkDir(webFiles, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, err := fs.ReadFile(webFiles, name)
		if err != nil {
			return err
		}
		path := strings.TrimPrefix(name, "web")
		if path == "/index.html" {
			path = "/"
		}
		a := ts.get(path)
		if a.status != 200 || !bytes.Equal(a.body, want) {
			t.Errorf("%s: %d with %d bytes", path, a.status, len(a.body))
		}
		etag := a.header.Get("ETag")
		for match, status := range map[string]int{etag: 304, `"x", W/` + etag: 304, `"x"`: 200, strings.Trim(etag, `"`): 200} {
			if a := ts.get(path, "If-None-Match", match); a.status != status || a.header.Get("ETag") != etag {
				t.Errorf("%s with %s: %d", path, match, a.status)
			}
		}
		if a := ts.do(ts.request("HEAD", path, nil)); a.status != 200 || len(a.body) > 0 || a.header.Get("ETag") != etag {
			t.Errorf("HEAD %s: %d", path, a.status)
		}
		// The page must work without what its own security policy forbids.
		for _, inline := range []string{"<script>", "<style", "style=\"", "onclick=", "http://", "https://"} {
			if strings.HasSuffix(name, ".html") && bytes.Contains(want, []byte(inline)) {
				t.Errorf("%s has %s", name, inline)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := ts.get("/"); !bytes.HasPrefix(a.body, []byte("<!doctype html>")) || a.status != http.StatusOK {
		t.Errorf("%d %.40q", a.status, a.body)
	}
}

func TestLoadStatic(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("x")}
	assets, err := loadStatic(fstest.MapFS{"web/index.html": file, "web/a.js": file, "web/b/c.css": file, "web/b/index.html": file})
	if err != nil {
		t.Fatal(err)
	}
	for path, contentType := range map[string]string{
		"/": "text/html; charset=utf-8", "/a.js": "text/javascript; charset=utf-8", "/b/c.css": "text/css; charset=utf-8", "/b/index.html": "text/html; charset=utf-8",
	} {
		if assets[path].contentType != contentType {
			t.Errorf("%s: %q", path, assets[path].contentType)
		}
	}
	if _, err := loadStatic(fstest.MapFS{"web/a.exe": file}); err == nil || !strings.Contains(err.Error(), "web/a.exe") {
		t.Errorf("an unknown type: %v", err)
	}
	if _, err := loadStatic(fstest.MapFS{}); err == nil {
		t.Error("no page at all")
	}
}

// TestCheckProject answers with what an export notes, at its places in the project;
// the export says how much that is.
func TestCheckProject(t *testing.T) {
	ts := start(t, nil)
	exported := ts.export("bioreactor-bench", "")
	notes, err := strconv.Atoi(exported.header.Get("Handoff-Notes"))
	if err != nil || notes == 0 || !strings.HasPrefix(exported.header.Get("Link"), "<check>;") {
		t.Errorf("notes %d, %v, link %q", notes, err, exported.header.Get("Link"))
	}
	checked := ts.do(ts.request(http.MethodPost, "/api/projects/bioreactor-bench/check", nil))
	var report validator.Report
	if err := json.Unmarshal(checked.body, &report); err != nil || checked.status != 200 || !report.Valid {
		t.Fatalf("%d, %v: %s", checked.status, err, checked.body)
	}
	if report.Count(validator.Note) == 0 || report.Problems[0].File != "config/anolis-runtime.automation.yaml" {
		t.Errorf("problems %v", report.Problems)
	}
	wantError(t, ts.do(ts.request(http.MethodPost, "/api/projects/gone/check", nil)), 404, "no project")
}
