package diff_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestDiffConformance compares every recorded package with itself, where nothing
// differs, and with the next ones, where both directions agree.
func TestDiffConformance(t *testing.T) {
	var packages []*handoff.Package
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" {
			continue
		}
		opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name}, AllowInvalid: true}
		p, err := handoff.OpenProject(t.Context(), c.Files.FS(), opts)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		archive, _ := handofftest.Export(t, c.Files.FS(), opts)
		again, err := handoff.Open(t.Context(), bytes.NewReader(archive), int64(len(archive)), handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if d := diffed(t, p, again); !d.Identical || len(d.Changes) != 0 {
			t.Errorf("case %d differs from itself: %+v", i, d.Changes)
		}
		packages = append(packages, p)
	}
	if conformance.All && len(packages) != 447 {
		t.Errorf("%d packages", len(packages))
	}
	changes := 0
	for i, p := range packages {
		steps := []int{1}
		if i%5 == 0 {
			steps = append(steps, 40)
		}
		for _, step := range steps {
			q := packages[(i+step)%len(packages)]
			there := diffed(t, p, q)
			checkComparison(t, there)
			checkMirror(t, there, diffed(t, q, p))
			changes += len(there.Changes)
		}
		if t.Failed() {
			t.Fatalf("package %d", i)
		}
	}
	if conformance.All && changes < 500 {
		t.Errorf("%d changes in all", changes)
	}
}

// packageContent is the content of the package of bioreactor-bench with two files
// that no document uses.
func packageContent(t testing.TB) fstest.MapFS {
	content := handofftest.Memory(t, exported(t, os.DirFS(handofftest.Bench()), "bioreactor-bench", nil).FS())
	content["docs/notes.txt"] = &fstest.MapFile{Data: []byte("one\ntwo\nthree\n")}
	content["docs/site.yaml"] = &fstest.MapFile{Data: []byte("site: {room: 4}\n")}
	return content
}

// contentEdits are edits of a package itself, which no export makes.
func contentEdits() []edit {
	const (
		full    = "runtime/anolis-runtime.full.yaml"
		profile = "machine-profile.yaml"
		tree    = "<root/>\n"
	)
	return []edit{
		{name: "nothing"},
		{name: "checksums alone", files: "meta/checksums.sha256", replace: []string{"\n", "\r\n"},
			want: []string{"low formatting-changed meta/checksums.sha256"}},
		{name: "no checksums", remove: []string{"meta/checksums.sha256"}, want: []string{"low file-removed meta/checksums.sha256"}},
		{name: "order of keys", files: full, replace: []string{"logging:\n  level: info\n", "", "runtime:\n", "logging:\n  level: info\nruntime:\n"},
			want: []string{"low formatting-changed runtime/anolis-runtime.full.yaml"}},
		{name: "formatting of two documents", files: "*/*", replace: []string{"retry_count: 4", "retry_count: 0x4"},
			want: []string{"low formatting-changed providers/drives0.yaml"}},
		{name: "a merge key, which the runtime does not know", files: full, replace: []string{"telemetry:\n", "x: &x {enabled: true}\ntelemetry:\n  <<: *x\n", "  enabled: true\n  influxdb", "  influxdb"},
			want: []string{"medium telemetry-off runtime/anolis-runtime.full.yaml telemetry.enabled", "medium setting-changed runtime/anolis-runtime.full.yaml x.enabled"}},
		{name: "file added", add: map[string]string{"docs/more.txt": "x"}, want: []string{"low file-added docs/more.txt"}},
		{name: "file removed", remove: []string{"docs/notes.txt"}, want: []string{"low file-removed docs/notes.txt"}},
		{name: "file changed", files: "docs/*", replace: []string{"two", "2"}, want: []string{"low file-changed docs/notes.txt"}},
		{name: "other document", files: "docs/*", replace: []string{"room: 4", "room: 5"}, want: []string{"low value-changed docs/site.yaml site.room"}},
		{name: "other document unreadable", files: "docs/*", replace: []string{"{room: 4}", "{room: 4"}, want: []string{"low file-changed docs/site.yaml"}},
		{name: "unreadable runtime config", files: full, replace: []string{"telemetry:", "telemetry"},
			want: []string{"high document-unreadable runtime/anolis-runtime.full.yaml"}},
		{name: "a runtime config that is a list", files: full, replace: []string{"\n", "\n# ", "runtime:", "- runtime:"},
			want: []string{"high document-unreadable runtime/anolis-runtime.full.yaml"}},
		{name: "other document is a list", files: "docs/*", replace: []string{"site: {room: 4}", "[1]"}, want: []string{"low value-changed docs/site.yaml ."}},
		{name: "runtime profiles are no mapping", files: profile, replace: []string{"runtime_profiles:\n", "runtime_profiles: none\nformer:\n"},
			want: []string{
				"high document-unreadable machine-profile.yaml runtime_profiles",
				"medium profile-removed runtime/anolis-runtime.yaml",
				"medium profile-removed runtime/anolis-runtime.automation.yaml",
				"medium profile-removed runtime/anolis-runtime.full.yaml",
				"medium profile-removed runtime/anolis-runtime.telemetry.yaml",
				"low value-changed machine-profile.yaml former.automation",
				"low value-changed machine-profile.yaml former.full",
				"low value-changed machine-profile.yaml former.manual",
				"low value-changed machine-profile.yaml former.telemetry",
			}},
		{name: "a provider without a config file", files: profile, replace: []string{"    config: providers/drives0.yaml\n", "    notes: none\n"},
			want: []string{
				"high document-unreadable providers/drives0.yaml",
				"medium config-moved machine-profile.yaml providers.drives0.config",
				"low label-changed machine-profile.yaml providers.drives0.notes",
			}},
		{name: "two providers with one config file, in another order, with an edit", files: profile, replace: []string{
			"  thermal0:\n    config: providers/thermal0.yaml\n  drives0:\n    config: providers/drives0.yaml\n",
			"  drives0:\n    config: providers/thermal0.yaml\n  thermal0:\n    config: providers/thermal0.yaml\n"},
			more: []edit{{files: "providers/*", replace: []string{"/dev/i2c-2", "/dev/i2c-3"}}},
			want: []string{
				"high address-changed providers/drives0.yaml hardware.bus_path", // by its arguments, drives0 reads it
				// What drives0 finds in the file now, and what thermal0 finds.
				"high device-removed providers/thermal0.yaml devices[harvest_base]",
				"high device-added providers/thermal0.yaml devices[jacket]",
				"high device-removed providers/thermal0.yaml devices[stir_feed]",
				"high address-changed providers/thermal0.yaml hardware.bus_path",
				"high address-changed providers/thermal0.yaml hardware.bus_path",
				"medium config-moved machine-profile.yaml providers.drives0.config",
				"medium setting-changed providers/thermal0.yaml provider.name",
			}},
		{name: "runtime config gone", remove: []string{full}, want: []string{"high document-unreadable runtime/anolis-runtime.full.yaml"}},
		{name: "unreadable machine profile", files: profile, replace: []string{"providers:", "providers"},
			want: []string{"high document-unreadable machine-profile.yaml"}},
		{name: "machine profile gone, and an edit", remove: []string{profile}, more: []edit{{files: full, replace: []string{"port: 8085", "port: 8086"}}},
			want: []string{"high document-unreadable machine-profile.yaml", "high http-moved runtime/anolis-runtime.full.yaml http.port"}},
		{name: "provenance gone", remove: []string{"meta/provenance.json"}, want: []string{"high document-unreadable meta/provenance.json"}},
		{name: "provenance", files: "meta/*", replace: []string{`"bioreactor-bench"`, `"bench"`, "2026-", "2027-"},
			want: []string{"low provenance-changed meta/provenance.json exported_at"}},
		{name: "provider config under another name, with an edit", files: "*/*", replace: []string{"providers/probes0.yaml", "providers/p.yaml"},
			more: []edit{
				{files: profile, replace: []string{"providers/probes0.yaml", "providers/p.yaml"}},
				{remove: []string{"providers/probes0.yaml"}, add: map[string]string{"providers/p.yaml": "provider: {name: probes0}\ndevices: []\n"}},
			},
			want: []string{
				"high device-removed providers/p.yaml devices[broth_oxygen]",
				"high device-removed providers/p.yaml devices[broth_redox]",
				"high device-removed providers/p.yaml devices[broth_temp]",
				"high address-changed providers/p.yaml hardware.bus_path",
				"medium config-moved runtime/anolis-runtime.yaml providers[probes0].args",
				"medium setting-changed providers/p.yaml discovery.mode",
				"medium timing-changed providers/p.yaml hardware.query_delay_us",
				"medium setting-changed providers/p.yaml hardware.retry_count",
				"medium timing-changed providers/p.yaml hardware.timeout_ms",
			}},
		{name: "config and other arguments", files: "runtime/anolis-runtime.yaml", replace: []string{"- warn\n  - --config\n  - providers/probes0.yaml", "- debug\n  - --config\n  - providers/drives0.yaml"},
			want: []string{
				"high arguments-changed runtime/anolis-runtime.yaml providers[probes0].args",
			}},
		{name: "a profile runs the config of another one", files: profile, replace: []string{"telemetry: runtime/anolis-runtime.telemetry.yaml", "telemetry: runtime/anolis-runtime.yaml"},
			want: []string{
				"medium config-moved machine-profile.yaml runtime_profiles.telemetry",
				"medium telemetry-off runtime/anolis-runtime.yaml telemetry.enabled",
				"low label-changed runtime/anolis-runtime.yaml runtime.name",
			}},
		{name: "a provider more in one profile", files: "runtime/anolis-runtime.yaml", replace: []string{"polling:\n", "- {id: extra, command: bin/x}\npolling:\n"},
			want: []string{"high provider-added runtime/anolis-runtime.yaml providers[extra]"}},
		{name: "behavior tree added", add: map[string]string{"runtime/behaviors/slow.xml": tree},
			more: []edit{{files: profile, replace: []string{"behaviors:\n", "behaviors:\n- runtime/behaviors/slow.xml\n"}}},
			want: []string{"medium behavior-added runtime/behaviors/slow.xml"}},
		{name: "two documents of behaviors", add: map[string]string{"runtime/behaviors/b.xml": tree, "runtime/behaviors/c.xml": tree},
			want: []string{"medium behavior-added runtime/behaviors/b.xml", "medium behavior-added runtime/behaviors/c.xml"}},
		{name: "order of expected providers", files: profile, replace: []string{"  - thermal0\n  - drives0\n", "  - drives0\n  - thermal0\n"},
			want: []string{"low order-changed machine-profile.yaml validation.expected_providers"}},
		{name: "key of the profile", files: profile, replace: []string{"schema_version: 1", "schema_version: 2"},
			want: []string{"low value-changed machine-profile.yaml schema_version"}},
		{name: "sections gone", files: "runtime/anolis-runtime.yaml", replace: []string{
			"http:\n  enabled: true\n  bind: 127.0.0.1\n  port: 8085\n  cors_allowed_origins:\n  - http://localhost:5173\n  - http://bench-panel.local\n  cors_allow_credentials: false\n", ""},
			want: []string{
				"high http-widened runtime/anolis-runtime.yaml http.cors_allowed_origins",
				"high http-moved runtime/anolis-runtime.yaml http.port",
				"low value-changed runtime/anolis-runtime.yaml http.bind",
				"low value-changed runtime/anolis-runtime.yaml http.cors_allow_credentials",
				"low value-changed runtime/anolis-runtime.yaml http.enabled",
			}},
		{name: "empty section", files: "docs/*", replace: []string{"site: {room: 4}", "site: {}"}, want: []string{"low value-changed docs/site.yaml site.room"}},
		{name: "providers are no list", files: "runtime/anolis-runtime.yaml", replace: []string{"providers:\n", "providers: {}\nformer: 1\nold:\n"},
			want: []string{
				"high document-unreadable runtime/anolis-runtime.yaml providers",
				"medium setting-changed runtime/anolis-runtime.yaml former",
				"medium setting-changed runtime/anolis-runtime.yaml old[drives0]",
				"medium setting-changed runtime/anolis-runtime.yaml old[probes0]",
				"medium setting-changed runtime/anolis-runtime.yaml old[thermal0]",
			}},
	}
}

// TestDiffContent edits packages themselves, also into invalid ones.
func TestDiffContent(t *testing.T) {
	before := packageContent(t)
	old := openContent(t, before)
	for _, e := range contentEdits() {
		t.Run(e.name, func(t *testing.T) {
			after := maps.Clone(before)
			e.apply(t, after)
			checkEdit(t, e, old, openContent(t, after))
		})
	}
}

// TestDiffKinds: every kind of change is explained, and some edit shows it.
func TestDiffKinds(t *testing.T) {
	shown := map[string]bool{}
	for _, e := range slices.Concat(bioreactorEdits(), mixerEdits(), contentEdits()) {
		for _, line := range e.want {
			kind := diff.Kind(strings.Fields(line)[1])
			shown[string(kind)], shown[string(mirrored(kind))] = true, true
		}
	}
	kinds := diff.Kinds()
	for i, info := range kinds {
		if !shown[string(info.Kind)] {
			t.Errorf("no edit shows %s", info.Kind)
		}
		if info.Title == "" || info.Why == "" || !strings.HasSuffix(info.Why, ".") || rank(info.Risk) < 0 {
			t.Errorf("%+v", info)
		}
		if i > 0 && rank(kinds[i-1].Risk) > rank(info.Risk) {
			t.Errorf("%s is not in its place", info.Kind)
		}
		if slices.ContainsFunc(kinds[:i], func(other diff.KindInfo) bool { return other.Kind == info.Kind }) {
			t.Errorf("%s is explained twice", info.Kind)
		}
	}
	if mixed := len(bioreactorEdits()) + len(mixerEdits()); mixed < 80 {
		t.Errorf("%d edits", mixed)
	}
}

// TestDiffSecrets: whatever changes, no form shows a secret.
func TestDiffSecrets(t *testing.T) {
	const one, two = "glpat-Zk3pQ9xW7vB2nM5tR8yL", "hunter2hunter2"
	content := func(secret string) fstest.MapFS {
		m := packageContent(t)
		m["runtime/anolis-runtime.yaml"].Data = []byte("http: {bind: " + secret + "}\nproviders:\n" +
			"- {id: thermal0, command: bin/x, args: [--token, " + secret + "], timeout_ms: 5, password: " + secret + "}\n" +
			"telemetry: {enabled: true, influxdb: {url: 'http://me:" + secret + "@db.local', token: " + secret + "}}\n")
		m["providers/thermal0.yaml"].Data = []byte("password: " + secret + "\ndevices: [{id: x, api_key: " + secret + "}]\n")
		return m
	}
	names := content(one)
	names["docs/"+one+".txt"] = &fstest.MapFile{Data: []byte("x")}
	names["providers/drives0.yaml"].Data = []byte(one + ": 1\ndevices: [{id: " + one + ", label: x}]\n")
	for _, pair := range [][2]fstest.MapFS{{packageContent(t), content(one)}, {content(two), content(one)}, {packageContent(t), names}} {
		for _, c := range []*diff.Report{
			diffed(t, openContent(t, pair[0]), openContent(t, pair[1])),
			diffed(t, openContent(t, pair[1]), openContent(t, pair[0])),
		} {
			if len(c.Changes) == 0 {
				t.Error("nothing differs")
			}
			for _, form := range forms(t, c) {
				// As a bind address the second one is a word like any other.
				form = strings.ReplaceAll(form, "http.bind: "+two, "")
				if strings.Contains(form, one) {
					t.Errorf("a secret in:\n%s", form)
				}
			}
			for _, x := range c.Changes {
				if x.Path != "http.bind" && (x.Old != nil && strings.Contains(x.Old.Text, two) || x.New != nil && strings.Contains(x.New.Text, two) || strings.Contains(x.Message, two)) {
					t.Errorf("a secret in %+v", x)
				}
			}
		}
	}
}

// forms are all forms of a comparison.
func forms(t *testing.T, c *diff.Report) []string {
	t.Helper()
	var list []string
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return c.WriteText(b, false) },
		func(b *bytes.Buffer) error { return c.WriteText(b, true) },
		func(b *bytes.Buffer) error { return c.WriteJSON(b) },
		func(b *bytes.Buffer) error { return c.WriteMarkdown(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		list = append(list, b.String())
	}
	return list
}

// failing is a file system in which reading a file gives an error.
type failing struct {
	fs.FS
	name string
	on   *bool
}

var errDiffRead = errors.New("broken")

func (f failing) Open(name string) (fs.File, error) {
	if *f.on && name == f.name {
		return nil, errDiffRead
	}
	return f.FS.Open(name)
}

// TestDiffErrors: what cannot be read or is canceled gives no comparison.
func TestDiffErrors(t *testing.T) {
	good := openContent(t, packageContent(t))
	for _, name := range []string{"machine-profile.yaml", "docs/notes.txt", "runtime/behaviors/fed_batch.xml"} {
		on := false
		content := packageContent(t)
		content[name].Data = append(content[name].Data, '\n')
		bad, err := handoff.OpenFS(t.Context(), failing{content, name, &on}, handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Fatal(err)
		}
		diffed(t, good, bad)
		on = true
		for _, pair := range [][2]*handoff.Package{{good, bad}, {bad, good}} {
			if c, err := diff.Packages(t.Context(), pair[0], pair[1]); !errors.Is(err, errDiffRead) || c != nil {
				t.Errorf("%s: %v, %v", name, c, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := diff.Packages(ctx, good, good); !errors.Is(err, context.Canceled) || c != nil {
		t.Errorf("%v, %v", c, err)
	}
}

// checkEdit compares packages and checks that the changes are the expected ones.
func checkEdit(t *testing.T, e edit, old, new *handoff.Package) {
	t.Helper()
	c := diffed(t, old, new)
	var got []string
	for _, x := range c.Changes {
		got = append(got, strings.TrimSpace(strings.Join([]string{string(x.Risk), string(x.Kind), x.File, x.Path}, " ")))
	}
	if d := cmp.Diff(e.want, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	checkComparison(t, c)
	checkMirror(t, c, diffed(t, new, old))
}
