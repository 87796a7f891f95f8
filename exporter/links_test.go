package exporter_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// writeDir puts a project into a directory.
func writeDir(t testing.TB, dir string, fsys fs.FS) {
	t.Helper()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
}

// directory gives a directory as each of the file systems that the standard
// library has for it.
func directory(t testing.TB, dir string) map[string]fs.FS {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return map[string]fs.FS{"os.DirFS": os.DirFS(dir), "os.Root": root.FS()}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	os.Remove(name)
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestLinksThatLeave refuses every symbolic link out of the project, also when
// the file system itself would follow it.
func TestLinksThatLeave(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "rig-1")
	writeDir(t, dir, with(readBase(t, "variants"),
		"config/absolute.yaml", "",
		"machine-profile.yaml", `schema_version: 1
machine_id: rig-1
display_name: Test rig
runtime_profiles:
  telemetry: config/telemetry.yaml
  manual: config/manual.yaml
  full: config/full.yaml
  absolute: config/absolute.yaml
  loop: config/loop.yaml
  dir: away/manual.yaml
providers:
  sim0: {config: config/sim0.yaml}
  sim1: {config: config/sim1.yaml}
compatibility:
  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}
  providers: {sim0: {strategy: local-build, version: dev}}
`))
	outside := filepath.Join(parent, "outside")
	writeDir(t, outside, with(nil, "manual.yaml", "providers: [{id: sim0}]\n", "x.xml", "<root/>", "sim1.yaml", "a: 1\n"))

	link(t, "../../outside/manual.yaml", filepath.Join(dir, "config/telemetry.yaml"))
	link(t, filepath.Join(outside, "manual.yaml"), filepath.Join(dir, "config/absolute.yaml"))
	link(t, "loop.yaml", filepath.Join(dir, "config/loop.yaml"))
	link(t, "../outside", filepath.Join(dir, "away"))
	link(t, "../../rig-1/../outside/sim1.yaml", filepath.Join(dir, "config/sim1.yaml"))
	link(t, "../away/x.xml", filepath.Join(dir, "behaviors/drain.xml"))

	const want = `config/full.yaml:8:23: error: /automation/behavior_tree_path: behaviors/drain.xml: leaves the project through a symbolic link [unsafe-path]
machine-profile.yaml:5:14: error: /runtime_profiles/telemetry: "config/telemetry.yaml": leaves the project through a symbolic link [unsafe-path]
machine-profile.yaml:8:13: error: /runtime_profiles/absolute: "config/absolute.yaml": leaves the project through a symbolic link [unsafe-path]
machine-profile.yaml:9:9: error: /runtime_profiles/loop: "config/loop.yaml": crosses too many symbolic links [unreadable]
machine-profile.yaml:10:8: error: /runtime_profiles/dir: "away/manual.yaml": leaves the project through a symbolic link [unsafe-path]
machine-profile.yaml:13:18: error: /providers/sim1/config: "config/sim1.yaml": leaves the project through a symbolic link [unsafe-path]
`
	for name, fsys := range directory(t, dir) {
		var got strings.Builder
		for _, p := range problemsOf(t, fsys, exporter.Options{Variants: exporter.AllVariants()}) {
			fmt.Fprintln(&got, p.Error())
			if strings.Contains(p.Error(), parent) {
				t.Errorf("%s: a path of this machine in %v", name, p)
			}
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s: want -, got +\n%s", name, diff)
		}
	}
}

// TestProjectFilesThatLeave are the files that make a directory a project.
func TestProjectFilesThatLeave(t *testing.T) {
	for _, file := range []string{"machine-profile.yaml", "system.json"} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "rig-1")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		writeDir(t, filepath.Join(parent, "outside"), with(readBase(t, "system"), "machine-profile.yaml", "a: 1\n"))
		link(t, "../outside/"+file, filepath.Join(dir, file))
		for name, fsys := range directory(t, dir) {
			problems := problemsOf(t, fsys, exporter.Options{})
			if len(problems) != 1 || problems[0].Code != validator.CodeUnsafePath || problems[0].File != file {
				t.Errorf("%s: %v", name, problems)
			}
		}
	}
}

// TestLinksInside follows links that stay in the project.
func TestLinksInside(t *testing.T) {
	base := readBase(t, "variants")
	plain := archiveOf(t, build(t, base, exporter.Options{Variants: exporter.AllVariants()}))

	dir := filepath.Join(t.TempDir(), "rig-1")
	writeDir(t, dir, base)
	move := func(from, to, target string) {
		t.Helper()
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
		link(t, target, filepath.Join(dir, from))
	}
	move("config/manual.yaml", "manual.yaml", "../manual.yaml")
	move("behaviors", "trees", "trees")
	move("trees/mix.xml", "mix.xml", "../config/../mix.xml")
	move("config/sim0.yaml", "second.yaml", "./sim1-link.yaml")
	link(t, "../second.yaml", filepath.Join(dir, "config/sim1-link.yaml"))
	for name, fsys := range directory(t, dir) {
		if got := archiveOf(t, build(t, fsys, exporter.Options{Variants: exporter.AllVariants()})); string(got) != string(plain) {
			t.Errorf("%s: another package than without links", name)
		}
	}
}
