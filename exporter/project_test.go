package exporter_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestSameBytesFromEverySource exports one project from memory, from two
// directories in two ways, and out of a zip archive.
func TestSameBytesFromEverySource(t *testing.T) {
	opts := exporter.Options{Variants: exporter.AllVariants()}
	for _, base := range []string{"canonical", "variants", "system"} {
		project := readBase(t, base)
		want := archiveOf(t, build(t, project, opts))

		sources := map[string]fs.FS{"zip": zipped(t, project)}
		for _, dir := range []string{"rig-1", "somewhere/else", "with space é"} {
			dir = filepath.Join(t.TempDir(), dir)
			writeDir(t, dir, project)
			for name, fsys := range directory(t, dir) {
				sources[name+" "+dir] = fsys
			}
		}
		old := maps.Clone(project)
		for name, f := range old {
			f := *f
			f.ModTime = time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)
			f.Mode = 0o400
			old[name] = &f
		}
		sources["other times and modes"] = old
		sources["with files that nothing names"] = with(project, "README.md", "x", "providers/unused.yaml", "token: x", "runtime/behaviors/x.xml", "")

		for name, fsys := range sources {
			if got := archiveOf(t, build(t, fsys, opts)); !bytes.Equal(got, want) {
				t.Errorf("%s: %s: another package than from memory", base, name)
			}
		}
	}
}

func zipped(t *testing.T, fsys fs.FS) fs.FS {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	if err := w.AddFS(fsys); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEnvironmentDoesNotMatter changes what programs look at.
func TestEnvironmentDoesNotMatter(t *testing.T) {
	project := readBase(t, "variants")
	opts := exporter.Options{Variants: exporter.AllVariants()}
	want := archiveOf(t, build(t, project, opts))
	for _, env := range [][2]string{
		{"Pacific/Kiritimati", "tr_TR.UTF-8"}, {"America/St_Johns", "C"}, {"UTC", "ar_EG.UTF-8"}, {":nowhere", "POSIX"},
	} {
		t.Setenv("TZ", env[0])
		t.Setenv("LANG", env[1])
		t.Setenv("LC_ALL", env[1])
		t.Setenv("INFLUXDB_TOKEN", "from-the-environment")
		t.Setenv("SOURCE_DATE_EPOCH", "1")
		if got := archiveOf(t, build(t, project, opts)); !bytes.Equal(got, want) {
			t.Errorf("TZ=%s LANG=%s: another package", env[0], env[1])
		}
	}
}

// shuffled lists directories in a random order.
type shuffled struct {
	fs.FS
	random *rand.Rand
}

func (s shuffled) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(s.FS, name)
	s.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, err
}

func (s shuffled) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if dir, ok := f.(fs.ReadDirFile); ok {
		return shuffledDir{dir, s.random}, nil
	}
	return f, err
}

type shuffledDir struct {
	fs.ReadDirFile
	random *rand.Rand
}

func (d shuffledDir) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := d.ReadDirFile.ReadDir(n)
	d.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, err
}

// TestDeterminism exports every recorded project twice more, from a file system
// that lists its directories in any order: the same bytes and the same notes, or
// the same problems.
func TestDeterminism(t *testing.T) {
	opts := exporter.Options{Variants: exporter.AllVariants()}
	for i, c := range conformance.ExportCases(t) {
		opts.Name = c.Name
		type result struct {
			archive  []byte
			notes    []validator.Problem
			problems []string
		}
		export := func(fsys fs.FS) (r result) {
			pkg, err := exporter.Build(context.Background(), fsys, opts)
			if err != nil {
				r.problems = strings.Split(err.Error(), "\n")
				return r
			}
			return result{archive: archiveOf(t, pkg), notes: pkg.Notes()}
		}
		first := export(c.Files.FS())
		for seed := range uint64(2) {
			again := export(shuffled{c.Files.FS(), rand.New(rand.NewPCG(seed, 1))})
			if !bytes.Equal(first.archive, again.archive) || !slices.Equal(first.notes, again.notes) || !reflect.DeepEqual(first.problems, again.problems) {
				t.Errorf("case %d: two exports differ\n%v\n%v", i, first.problems, again.problems)
			}
		}
	}
}

// section is one file of a text that holds several.
type section struct {
	name string
	text []byte
}

// splitSections cuts a text at its lines "-- name --". What stands before the
// first one is the head.
func splitSections(text []byte) (head []byte, list []section) {
	at := &head
	for len(text) > 0 {
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line = text[:i+1]
		}
		text = text[len(line):]
		mark := bytes.TrimSuffix(line, []byte("\n"))
		if len(mark) > 6 && bytes.HasPrefix(mark, []byte("-- ")) && bytes.HasSuffix(mark, []byte(" --")) {
			list = append(list, section{name: string(mark[3 : len(mark)-3])})
			at = &list[len(list)-1].text
			continue
		}
		*at = append(*at, line...)
	}
	return head, list
}

// caseFile is a project, how to export it, and what the export has to say.
//
// The head holds settings, one "key: value" on a line, and comment lines that
// begin with #. The section want is the expectation, a section data:NAME is a
// file of the data root, and every other one a file of the project. The setting
// "base" adds the files of testdata/base that have no section of their own.
type caseFile struct {
	file    string
	text    []byte // before the want section
	project fstest.MapFS
	opts    exporter.Options
	want    string
}

func readCase(t testing.TB, file string) caseFile {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := caseFile{file: file, project: fstest.MapFS{}, opts: exporter.Options{Name: "rig-1"}}
	head, sections := splitSections(text)
	data := fstest.MapFS{}
	c.text = text
	if i := bytes.Index(text, []byte("-- want --\n")); i >= 0 {
		c.text = text[:i]
	}
	if err := c.settings(t, string(head)); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, s := range sections {
		f := &fstest.MapFile{Data: s.text, Mode: 0o644}
		if name, ok := strings.CutPrefix(s.name, "data:"); ok {
			data[name] = f
			c.opts.DataRoot = data
		} else if s.name == "want" {
			c.want = string(s.text)
		} else {
			c.project[s.name] = f
		}
	}
	return c
}

func (c *caseFile) settings(t testing.TB, head string) error {
	for line := range strings.Lines(head) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		var err error
		switch key {
		case "base":
			for name, f := range readBase(t, value) {
				c.project[name] = f
			}
		case "name":
			c.opts.Name, err = strconv.Unquote(value)
		case "variants":
			c.opts.Variants, err = exporter.ParseVariants(value)
		case "pin":
			component, version, _ := strings.Cut(value, "=")
			if c.opts.Pins == nil {
				c.opts.Pins = map[string]string{}
			}
			c.opts.Pins[component] = version
		case "with-includes":
			c.opts.WithIncludes = value == "true"
		case "allow-missing-variants":
			c.opts.AllowMissingVariants = value == "true"
		case "project-path":
			c.opts.ProjectPath = value
		case "limit-document":
			c.opts.Limits.Document, err = strconv.ParseInt(value, 10, 64)
		case "limit-documents":
			c.opts.Limits.Documents, err = strconv.ParseInt(value, 10, 64)
		default:
			ok = false
		}
		if err != nil || !ok {
			return fmt.Errorf("setting %q: %v", line, err)
		}
	}
	return nil
}

// readBase is one of the sound projects under testdata/base.
func readBase(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile("testdata/base/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return mapFS(text)
}

// mapFS is the project of a text with sections.
func mapFS(text []byte) fstest.MapFS {
	fsys := fstest.MapFS{}
	_, sections := splitSections(text)
	for _, s := range sections {
		fsys[s.name] = &fstest.MapFile{Data: s.text, Mode: 0o644}
	}
	return fsys
}

// TestBehaviorLookup finds a behavior in the project first, then in the data
// root, then as a deploy token of this project.
func TestBehaviorLookup(t *testing.T) {
	data := with(nil,
		"behaviors/mix.xml", "data behaviors",
		"shared/x.xml", "data shared",
		"projects/rig-1/own.xml", "data own",
		"projects/anolis-projects/projects/rig-1/both.xml", "data token",
	)
	for _, test := range []struct {
		name string
		ref  string
		opts exporter.Options
		want string
		base string
	}{
		{"project", "behaviors/mix.xml", exporter.Options{}, "project mix", "mix.xml"},
		{"project unclean", "./a/..//behaviors/mix.xml", exporter.Options{}, "project mix", "mix.xml"},
		{"project before data root", "behaviors/mix.xml", exporter.Options{DataRoot: data}, "project mix", "mix.xml"},
		{"data root", "shared/x.xml", exporter.Options{DataRoot: data}, "data shared", "x.xml"},
		{"above the project", "../../shared/x.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "data shared", "x.xml"},
		{"up and down again", "../rig-1/own.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "project own", "own.xml"},
		{"by the path in the data root", "projects/rig-1/own.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "project own", "own.xml"},
		{"machine id", "../anolis-projects/projects/rig-1/behaviors/mix.xml", exporter.Options{}, "project mix", "mix.xml"},
		{"machine id, other name", "../anolis-projects/projects/rig-1/behaviors/mix.xml", exporter.Options{Name: "bench"}, "project mix", "mix.xml"},
		{"project name", "../anolis-projects/projects/bench/behaviors/mix.xml", exporter.Options{Name: "bench"}, "project mix", "mix.xml"},
		{"a file before the token", "../anolis-projects/projects/rig-1/both.xml", exporter.Options{DataRoot: data, ProjectPath: "projects/rig-1"}, "data token", "both.xml"},
		{"spaces around", "  behaviors/mix.xml\u3000", exporter.Options{}, "project mix", "mix.xml"},
	} {
		project := with(readBase(t, "canonical"),
			"behaviors/mix.xml", "project mix", "own.xml", "project own", "both.xml", "project both",
			"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: '"+test.ref+"', behavior_tree_path: gone.xml}\n")
		got := entriesOf(t, project, test.opts)
		if text := got["runtime/behaviors/"+test.base]; text != test.want {
			t.Errorf("%s: the package has %q, want %q", test.name, text, test.want)
		}
		const rest = "providers:\n- id: sim0\n  args:\n  - --config\n  - providers/sim0.yaml\nautomation:\n  behavior_tree: runtime/behaviors/"
		if config := got["runtime/anolis-runtime.yaml"]; config != rest+test.base+"\n" {
			t.Errorf("%s: config is\n%s", test.name, config)
		}
	}
}

// TestBehaviorShared: one file by three names is no conflict.
func TestBehaviorShared(t *testing.T) {
	project := with(readBase(t, "variants"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/mix.xml}\n",
		"config/full.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: ../anolis-projects/projects/rig-1/behaviors/mix.xml}\n",
		"config/automation.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: ../../projects/rig-1/behaviors/mix.xml}\n")
	got := entriesOf(t, project, exporter.Options{
		Variants: exporter.AllVariants(), DataRoot: with(nil, "other.xml", "x"), ProjectPath: "projects/rig-1",
	})
	if got["runtime/behaviors/mix.xml"] == "" {
		t.Errorf("no behavior in %v", got)
	}
}

// TestUnreadableBehavior keeps the cause of the file system in the chain.
func TestUnreadableBehavior(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: gone.xml}\n")
	problems, err := refusalOf(t, project, exporter.Options{})
	if len(problems) != 1 || problems[0].Code != validator.CodeReferenceMissing {
		t.Fatalf("problems: %v", problems)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("errors.Is(%v, fs.ErrNotExist) is false", err)
	}
}

func tree(includes ...string) string {
	text := "<root BTCPP_format=\"4\">\n"
	for _, name := range includes {
		text += "  <include path=\"" + name + "\"/>\n"
	}
	return text + "</root>\n"
}

// TestWithIncludes packs what behaviors include, each file once and at its relative
// path, and nothing without being asked.
func TestWithIncludes(t *testing.T) {
	project := with(readBase(t, "variants"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: trees/main.xml}\n",
		"config/telemetry.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: trees/other.xml}\n",
		"config/automation.yaml", "providers: [{id: sim0}]\n",
		"config/full.yaml", "providers: [{id: sim0}]\n",
		"trees/main.xml", tree("sub/a.xml", "./sub//b.xml", "other.xml", "main.xml"),
		"trees/sub/a.xml", tree("b.xml", "../main.xml", "deep/c.xml"),
		"trees/sub/b.xml", tree("a.xml"),
		"trees/sub/deep/c.xml", tree(),
		"trees/other.xml", tree(),
	)
	opts := exporter.Options{Variants: exporter.SomeVariants("telemetry")}
	behaviors := func(opts exporter.Options) (names []string, profile string) {
		entries := entriesOf(t, project, opts)
		for name, text := range entries {
			if inside, ok := strings.CutPrefix(name, "runtime/behaviors/"); ok {
				names = append(names, inside)
				if source := string(project["trees/"+inside].Data); text != source {
					t.Errorf("%s is %q, want %q", name, text, source)
				}
			}
		}
		return names, entries["machine-profile.yaml"]
	}
	sorted := cmp.Transformer("sort", func(list []string) map[string]bool {
		set := map[string]bool{}
		for _, s := range list {
			set[s] = true
		}
		return set
	})
	names, without := behaviors(opts)
	if diff := cmp.Diff([]string{"main.xml", "other.xml"}, names, sorted); diff != "" {
		t.Errorf("without includes: want -, got +\n%s", diff)
	}
	opts.WithIncludes = true
	names, profile := behaviors(opts)
	if diff := cmp.Diff([]string{"main.xml", "other.xml", "sub/a.xml", "sub/b.xml", "sub/deep/c.xml"}, names, sorted); diff != "" {
		t.Errorf("with includes: want -, got +\n%s", diff)
	}
	// The manifest lists what runtime configs use.
	if diff := cmp.Diff(without, profile); diff != "" {
		t.Errorf("machine profile without includes -, with +\n%s", diff)
	}
	for _, n := range build(t, project, opts).Notes() {
		if n.Code == validator.CodeIncludeNotPacked {
			t.Errorf("note on what is packed: %v", n)
		}
	}
}

// TestIncludesFromDataRoot looks beside the tree, wherever that is.
func TestIncludesFromDataRoot(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: shared/main.xml}\n",
		"shared/sub.xml", "of the project")
	data := with(nil, "shared/main.xml", tree("sub.xml"), "shared/sub.xml", "of the data root")
	got := entriesOf(t, project, exporter.Options{DataRoot: data, WithIncludes: true})
	if text := got["runtime/behaviors/sub.xml"]; text != "of the data root" {
		t.Errorf("the package has %q", text)
	}
}

// TestIncludeConflict: two trees that include two files by one relative path.
func TestIncludeConflict(t *testing.T) {
	project := with(readBase(t, "variants"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: a/one.xml}\n",
		"config/full.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: b/two.xml}\n",
		"a/one.xml", tree("sub.xml"), "a/sub.xml", "a",
		"b/two.xml", tree("sub.xml"), "b/sub.xml", "b")
	opts := exporter.Options{Variants: exporter.SomeVariants("full"), WithIncludes: true}
	problems := problemsOf(t, project, opts)
	want := `b/two.xml:2:3: error: two behavior trees are called "sub.xml": a/sub.xml and b/sub.xml [conflict]`
	if len(problems) != 1 || problems[0].Error() != want {
		t.Errorf("problems %v, want %s", problems, want)
	}
	opts.WithIncludes = false
	build(t, project, opts)
}

// TestManyIncludes bounds what a chain of includes can make an export do.
func TestManyIncludes(t *testing.T) {
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: t/0.xml}\n")
	for i := range 1500 {
		project[fmt.Sprintf("t/%d.xml", i)] = &fstest.MapFile{Data: []byte(tree(fmt.Sprintf("%d.xml", i+1)))}
	}
	problems := problemsOf(t, project, exporter.Options{WithIncludes: true})
	if len(problems) != 1 || problems[0].Code != validator.CodeDocumentLimit || problems[0].File != "t/1000.xml" {
		t.Errorf("problems %v", problems)
	}
}

// TestCases holds small projects that were judged wrongly once.
func TestCases(t *testing.T) {
	for name, want := range map[string]string{
		"06-include":             "note include-not-packed behaviors/fed_batch.xml",
		"09-unused-provider":     "note unused-provider machine-profile.yaml",
		"variant-syntax":         "error yaml-syntax config/f.yaml",
		"unused-provider-syntax": "error yaml-syntax config/p2.yaml",
	} {
		dir := path.Join("testdata/cases", name)
		if _, err := os.Stat(dir + "/rig"); err == nil {
			dir += "/rig"
		}
		draft, err := exporter.NewDraft(t.Context(), os.DirFS(dir), exporter.Options{Name: "p", Variants: exporter.AllVariants()})
		if strings.HasSuffix(want, "config/f.yaml") { // not packaged
			draft, err = exporter.NewDraft(t.Context(), os.DirFS(dir), exporter.Options{Name: "p"})
		}
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, p := range draft.Problems() {
			found = found || fmt.Sprintf("%s %s %s", p.Severity, p.Code, p.File) == want
		}
		if !found || (draft.FS() == nil) != strings.HasPrefix(want, "error") {
			t.Errorf("%s: no %s in %v", name, want, draft.Problems())
		}
	}
	got := entriesOf(t, os.DirFS("testdata/cases/06-include"), exporter.Options{Name: "p", Variants: exporter.AllVariants(), WithIncludes: true})
	if got["runtime/behaviors/sub.xml"] == "" {
		t.Error("06-include: sub.xml is not packed")
	}
}

// TestVariants packages the same project with each choice of variants. The
// project names them in the order telemetry, manual, full, automation.
func TestVariants(t *testing.T) {
	always := []string{
		"machine-profile.yaml", "meta/checksums.sha256", "meta/provenance.json",
		"providers/sim0.yaml", "runtime/anolis-runtime.yaml",
	}
	for _, test := range []struct {
		name     string
		variants exporter.Variants
		more     []string // entries besides always
		profiles string
		omitted  string
		redacted string
	}{
		{"manual", exporter.Variants{}, nil,
			"runtime_profiles:\n  manual: runtime/anolis-runtime.yaml\nproviders:\n  sim0:",
			`["automation","full","telemetry"]`, "false"},
		{"none named", exporter.SomeVariants(), nil,
			"runtime_profiles:\n  manual: runtime/anolis-runtime.yaml\nproviders:\n  sim0:",
			`["automation","full","telemetry"]`, "false"},
		{"all", exporter.AllVariants(),
			[]string{
				"providers/sim1.yaml", "runtime/anolis-runtime.automation.yaml", "runtime/anolis-runtime.full.yaml",
				"runtime/anolis-runtime.telemetry.yaml", "runtime/behaviors/drain.xml", "runtime/behaviors/mix.xml",
			},
			"runtime_profiles:\n  telemetry: runtime/anolis-runtime.telemetry.yaml\n  manual: runtime/anolis-runtime.yaml\n" +
				"  full: runtime/anolis-runtime.full.yaml\n  automation: runtime/anolis-runtime.automation.yaml\nproviders:\n  sim0:",
			`[]`, "true"},
		{"a list in another order", exporter.SomeVariants("automation", "telemetry", "automation"),
			[]string{"runtime/anolis-runtime.automation.yaml", "runtime/anolis-runtime.telemetry.yaml", "runtime/behaviors/mix.xml"},
			"runtime_profiles:\n  telemetry: runtime/anolis-runtime.telemetry.yaml\n  manual: runtime/anolis-runtime.yaml\n" +
				"  automation: runtime/anolis-runtime.automation.yaml\nproviders:\n  sim0:",
			`["full"]`, "true"},
		{"without a secret", exporter.SomeVariants("manual", "automation"),
			[]string{"runtime/anolis-runtime.automation.yaml", "runtime/behaviors/mix.xml"},
			"runtime_profiles:\n  manual: runtime/anolis-runtime.yaml\n  automation: runtime/anolis-runtime.automation.yaml\nproviders:\n  sim0:",
			`["full","telemetry"]`, "false"},
	} {
		got := entriesOf(t, readBase(t, "variants"), exporter.Options{Variants: test.variants})
		want := slices.Sorted(slices.Values(slices.Concat(always, test.more)))
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%s: entries: want -, got +\n%s", test.name, diff)
		}
		if profile := got["machine-profile.yaml"]; !strings.Contains(profile, test.profiles) {
			t.Errorf("%s: profile lacks\n%s\nin\n%s", test.name, test.profiles, profile)
		}
		provenance := strings.NewReplacer(" ", "", "\n", "").Replace(got["meta/provenance.json"])
		for _, want := range []string{
			`"exported_variant":"manual"`, `"omitted_variants":` + test.omitted,
			`"telemetry_influxdb_token_removed":` + test.redacted,
		} {
			if !strings.Contains(provenance, want) {
				t.Errorf("%s: provenance lacks %s:\n%s", test.name, want, provenance)
			}
		}
		for name, text := range got {
			if strings.Contains(text, "made-up") {
				t.Errorf("%s: %s holds a secret", test.name, name)
			}
		}
	}
}

// TestEachVariantIsRewritten looks into every runtime config of a whole machine.
func TestEachVariantIsRewritten(t *testing.T) {
	got := entriesOf(t, readBase(t, "variants"), exporter.Options{Variants: exporter.AllVariants()})
	for name, want := range map[string]string{
		"runtime/anolis-runtime.yaml": `providers:
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
`,
		"runtime/anolis-runtime.telemetry.yaml": `providers:
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
telemetry:
  enabled: true
  influxdb:
    bucket: rig
`,
		"runtime/anolis-runtime.automation.yaml": `providers:
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
automation:
  behavior_tree: runtime/behaviors/mix.xml
`,
		"runtime/anolis-runtime.full.yaml": `providers:
- id: sim1
  args:
  - --config
  - providers/sim1.yaml
- id: sim0
  args:
  - --config
  - providers/sim0.yaml
telemetry:
  enabled: true
automation:
  behavior_tree: runtime/behaviors/drain.xml
`,
		"runtime/behaviors/mix.xml":   "<root><BehaviorTree ID=\"Mix\"/></root>\n",
		"runtime/behaviors/drain.xml": "<root><BehaviorTree ID=\"Drain\"/></root>\n",
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
	const tail = "behaviors:\n- runtime/behaviors/drain.xml\n- runtime/behaviors/mix.xml\n"
	if profile := got["machine-profile.yaml"]; !strings.HasSuffix(profile, tail) {
		t.Errorf("profile does not end in\n%s\nbut is\n%s", tail, profile)
	}
}

func TestParseVariants(t *testing.T) {
	for _, test := range []struct {
		text string
		want string // what String says, "" for an error
	}{
		{"manual", "manual"},
		{"all", "all"},
		{"full", "full"},
		{"telemetry,full", "telemetry,full"},
		{" telemetry , full ", "telemetry,full"},
		{"manual,all", "manual,all"},
		{"", ""},
		{" ", ""},
		{"full,", ""},
		{",full", ""},
		{"full,,telemetry", ""},
	} {
		v, err := exporter.ParseVariants(test.text)
		if (err != nil) != (test.want == "") {
			t.Errorf("ParseVariants(%q): error %v", test.text, err)
			continue
		}
		if err == nil && v.String() != test.want {
			t.Errorf("ParseVariants(%q) is %q, want %q", test.text, v, test.want)
		}
	}
	if got := (exporter.Variants{}).String(); got != "manual" {
		t.Errorf("the zero value is %q, want manual", got)
	}

	// The names are a copy.
	names := []string{"full"}
	v := exporter.SomeVariants(names...)
	names[0] = "other"
	if v.String() != "full" {
		t.Errorf("the caller changed the variants to %q", v)
	}
}

// TestManualProvidersComeFirst: what further variants add stands behind the
// providers of the manual one, wherever the project lists that.
func TestManualProvidersComeFirst(t *testing.T) {
	project := with(readBase(t, "variants"), "config/telemetry.yaml", "providers: [{id: sim1}, {id: sim0}]\n")
	profile := entriesOf(t, project, exporter.Options{Variants: exporter.AllVariants()})["machine-profile.yaml"]
	const want = "providers:\n  sim0:\n    config: providers/sim0.yaml\n  sim1:\n    config: providers/sim1.yaml\n"
	if !strings.Contains(profile, want) {
		t.Errorf("profile lacks\n%s\nin\n%s", want, profile)
	}
}

const twoKinds = `{
  "schema_version": 2,
  "topology": {
    "runtime": {"http_port": 8080, "providers": [
      {"id": "a0", "kind": "ezo"}, {"id": "b0", "kind": "bread"}, {"id": "b1"}, {"id": "x0"}, {"id": "r0"}]},
    "providers": {
      "b1": {"kind": "bread", "config": {"x": 1}},
      "b0": {"config": {"x": 1}},
      "a0": {"kind": "ezo", "config": {"x": 1}},
      "x0": {"config": {"x": 1}},
      "r0": {"kind": "runtime", "config": {"x": 1}}
    }
  }
}`

// TestPins holds the versions and components of a profile against the rules:
// pinned-ref for a kind that is pinned, components only with a pin of the
// runtime and one of a provider.
func TestPins(t *testing.T) {
	const bread = "    bread:\n      repo: anolishq/anolis-provider-bread\n      version: 2.0.1\n"
	const ezo = "    ezo:\n      repo: anolishq/anolis-provider-ezo\n      version: v3\n"
	const runtime = "components:\n  runtime:\n    repo: anolishq/anolis\n    version: '1.0'\n  providers:\n"
	for _, test := range []struct {
		name       string
		pins       map[string]string
		pinned     map[string]string // provider to version
		components string
	}{
		{"none", nil, nil, ""},
		{"runtime alone", map[string]string{"runtime": "1.0"}, nil, ""},
		{"provider alone", map[string]string{"bread": "2.0.1"}, map[string]string{"b0": "2.0.1", "b1": "2.0.1"}, ""},
		{"both", map[string]string{"runtime": "1.0", "bread": "2.0.1"}, map[string]string{"b0": "2.0.1", "b1": "2.0.1"}, runtime + bread},
		{"all", map[string]string{"runtime": "1.0", "bread": "2.0.1", "ezo": "v3"},
			map[string]string{"a0": "v3", "b0": "2.0.1", "b1": "2.0.1"}, runtime + ezo + bread},
		{"an absent kind", map[string]string{"runtime": "1.0", "sim": "2"}, nil, ""},
	} {
		profile := entriesOf(t, with(nil, "system.json", twoKinds), exporter.Options{Pins: test.pins})["machine-profile.yaml"]
		for _, id := range []string{"a0", "b0", "b1", "x0", "r0"} {
			want := "    " + id + ":\n      strategy: local-build\n      version: unspecified\n"
			if version := test.pinned[id]; version != "" {
				want = "    " + id + ":\n      strategy: pinned-ref\n      version: " + version + "\n"
			}
			if !strings.Contains(profile, want) {
				t.Errorf("%s: profile lacks\n%sin\n%s", test.name, want, profile)
			}
		}
		_, components, _ := strings.Cut(profile, "\ncomponents:\n")
		if components != "" {
			components = "components:\n" + components
		}
		if diff := cmp.Diff(test.components, components); diff != "" {
			t.Errorf("%s: components: want -, got +\n%s", test.name, diff)
		}
	}
}

// TestPinsOfCanonicalProject: such a project has its own versions.
func TestPinsOfCanonicalProject(t *testing.T) {
	base := readBase(t, "canonical")
	plain := entriesOf(t, base, exporter.Options{})
	pinned := entriesOf(t, base, exporter.Options{Pins: map[string]string{"runtime": "1.0", "sim": "2.0"}})
	if diff := cmp.Diff(plain, pinned); diff != "" {
		t.Errorf("without pins -, with pins +\n%s", diff)
	}
}

// virtual is a file system with one more file, whose bytes are made up when they
// are read.
type virtual struct {
	fs.FS
	name string
	size int64
}

func (v virtual) Open(name string) (fs.File, error) {
	if name == v.name {
		return &virtualFile{size: v.size}, nil
	}
	return v.FS.Open(name)
}

// pattern is the content of a virtual file, over and over.
var pattern = func() []byte {
	line := []byte("  <Action ID=\"CallDevice\" device=\"drives0/stir\" function=\"set_open_loop\" arg_pwm=\"{stir_pwm}\"/>\n")
	var p []byte
	for len(p) < 1<<20 {
		p = append(p, line...)
	}
	return p
}()

type virtualFile struct {
	size, at int64
}

func (f *virtualFile) Read(p []byte) (int, error) {
	left := f.size - f.at
	if left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n := copy(p, pattern[f.at%int64(len(pattern)):])
	f.at += int64(n)
	return n, nil
}

func (f *virtualFile) Close() error               { return nil }
func (f *virtualFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *virtualFile) Name() string               { return "tree.xml" }
func (f *virtualFile) Size() int64                { return f.size }
func (f *virtualFile) Mode() fs.FileMode          { return 0o644 }
func (f *virtualFile) ModTime() time.Time         { return time.Time{} }
func (f *virtualFile) IsDir() bool                { return false }
func (f *virtualFile) Sys() any                   { return nil }

// bigBehavior is a project with a behavior of the given size.
func bigBehavior(t testing.TB, size int64) fs.FS {
	var base fstest.MapFS = with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/tree.xml}\n")
	return virtual{base, "behaviors/tree.xml", size}
}

// heap samples how large the heap gets.
type heap struct {
	mu         sync.Mutex
	base, peak uint64
	calls      int
}

func newHeap() *heap {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &heap{base: m.HeapInuse, peak: m.HeapInuse}
}

// sample is cheap enough to be called for every chunk of a file.
func (h *heap) sample(exporter.Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls++; h.calls%32 != 1 {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.peak = max(h.peak, m.HeapInuse)
}

// grown is the peak above what was in use before, in bytes.
func (h *heap) grown() uint64 { return h.peak - h.base }

// TestMemory exports a behavior of 256 MiB. The heap must not notice its size.
func TestMemory(t *testing.T) {
	const size, limit = 256 << 20, 64 << 20
	h := newHeap()
	pkg := build(t, bigBehavior(t, size), exporter.Options{Progress: h.sample})
	n, err := pkg.WriteTo(io.Discard)
	if err != nil || n < size || n != pkg.Size() {
		t.Fatalf("wrote %d bytes, error %v", n, err)
	}
	if h.grown() > limit {
		t.Errorf("the heap grew by %d MiB, limit %d MiB", h.grown()>>20, limit>>20)
	}
	if h.calls < 100 {
		t.Errorf("only %d samples", h.calls)
	}
}

// TestProfiles lists the runtime profiles of a project without reading their configs.
func TestProfiles(t *testing.T) {
	bench := os.DirFS(filepath.Join("..", "examples", "projects", "bioreactor-bench"))
	names, err := exporter.Profiles(t.Context(), bench, exporter.Options{Name: "bench"})
	if want := []string{"manual", "telemetry", "automation", "full"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v", names, err)
	}
	names, err = exporter.Profiles(t.Context(), fstest.MapFS{}, exporter.Options{Name: "bench"})
	var problems validator.ProblemList
	if names != nil || !errors.As(err, &problems) || len(problems) != 1 {
		t.Errorf("an empty folder: %q, %v", names, err)
	}
	if _, err := exporter.Profiles(t.Context(), nil, exporter.Options{Name: "bench"}); err == nil {
		t.Error("a nil file system is no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := exporter.Profiles(ctx, bench, exporter.Options{Name: "bench"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
