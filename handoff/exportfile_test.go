package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

func TestExportFileReplaces(t *testing.T) {
	dir, out := outDir(t)
	result := handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{})
	wantPackage(t, out, result)
	again := handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart/", out, handoff.ExportOptions{})
	wantPackage(t, out, again)
	if again.SHA256 != result.SHA256 {
		t.Error("a second export gives another package")
	}
	handofftest.WantNames(t, dir, "rig.anpkg")
}

// TestExportFileName checks where an empty name comes from.
func TestExportFileName(t *testing.T) {
	project := handofftest.CopyProject(t, "sim-quickstart")
	dir := t.TempDir()
	digestAs := func(projectDir, name string) string {
		return handofftest.MustExportFile(t, projectDir, filepath.Join(dir, "x"), handoff.ExportOptions{Options: exporter.Options{Name: name}}).SHA256
	}
	want := digestAs(project, "sim-quickstart")
	if other := digestAs(project, "other"); other == want {
		t.Fatal("the name is not in the package")
	}
	if got := digestAs(project+"/", ""); got != want {
		t.Error("a trailing slash changes the name")
	}
	t.Chdir(project)
	if got := digestAs(".", ""); got != want {
		t.Error(`"." has another name`)
	}
	t.Chdir("config")
	if got := digestAs("..", ""); got != want {
		t.Error(`".." has another name`)
	}
}

// TestExportFileKeepsOld has the export fail in each way that needs no special
// system.
func TestExportFileKeepsOld(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	broken := handofftest.CopyProject(t, "sim-quickstart")
	handofftest.ReplaceIn(t, broken+"/config/provider-sim.yaml", "type: motorctl", "type: motorctl\n    type: relayio")
	file := filepath.Join(t.TempDir(), "file")
	handofftest.WriteFile(t, file, nil)

	tests := []struct {
		name    string
		ctx     context.Context
		project string
		opts    handoff.ExportOptions
		check   func(error) bool
	}{
		{"problem", t.Context(), broken, handoff.ExportOptions{}, problem(validator.CodeDuplicateKey)},
		{"wrong option", t.Context(), handofftest.Projects() + "/sim-quickstart", handoff.ExportOptions{Options: exporter.Options{Variants: exporter.SomeVariants("none")}}, problem(validator.CodeOption)},
		{"canceled", ctx, handofftest.Projects() + "/sim-quickstart", handoff.ExportOptions{}, is(context.Canceled)},
		{"no project", t.Context(), t.TempDir(), handoff.ExportOptions{}, problem(validator.CodeLayout)},
		{"no directory", t.Context(), file + "s", handoff.ExportOptions{}, is(fs.ErrNotExist)},
		{"empty directory name", t.Context(), "", handoff.ExportOptions{}, is(fs.ErrNotExist)},
		{"a file", t.Context(), file, handoff.ExportOptions{}, func(err error) bool { return strings.Contains(err.Error(), "project directory") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir, out := outDir(t)
			result, err := handoff.ExportFile(test.ctx, test.project, out, test.opts)
			if result != nil || err == nil || !test.check(err) {
				t.Errorf("result %v, error %v", result, err)
			}
			wantOld(t, dir)
		})
	}
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func problem(code validator.Code) func(error) bool {
	return func(err error) bool {
		var p validator.Problem
		return errors.As(err, &p) && p.Code == code
	}
}

// TestExportFileCanceled cancels at every progress of reading and writing, the
// last included.
func TestExportFileCanceled(t *testing.T) {
	project := handofftest.BigProject(t)
	dir, out := outDir(t)
	_, count, events := cancelAt(t, -1)
	handofftest.MustExportFile(t, project, filepath.Join(t.TempDir(), "x"), handoff.ExportOptions{Options: exporter.Options{Progress: count}})
	for n := range *events {
		ctx, count, _ := cancelAt(t, n)
		result, err := handoff.ExportFile(ctx, project, out, handoff.ExportOptions{Options: exporter.Options{Progress: count}})
		if !errors.Is(err, context.Canceled) || result != nil {
			t.Errorf("canceled at event %d: result %v, error %v", n, result, err)
		}
		wantOld(t, dir)
	}
}

// TestExportFileChanged changes a project file after it was read, at every
// moment of the writing: the export fails, or it is the package of what was
// read.
func TestExportFileChanged(t *testing.T) {
	project := handofftest.BigProject(t)
	tree := project + "/behaviors/batch_mix.xml"
	content := handofftest.ReadFile(t, tree)
	changed := bytes.Replace(content, []byte("AlwaysSuccess"), []byte("AlwaysFailure"), 1)
	same, _ := handofftest.Export(t, os.DirFS(project), handoff.ExportOptions{Options: exporter.Options{Name: "mixer-system"}})
	failed := 0
	for n := 0; ; n++ {
		dir, out := outDir(t)
		writes := 0
		result, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{Options: exporter.Options{Progress: func(p exporter.Progress) {
			if p.Stage == exporter.StageWrite {
				if writes == n {
					handofftest.WriteFile(t, tree, changed)
				}
				writes++
			}
		}}})
		handofftest.WriteFile(t, tree, content)
		if writes <= n {
			break // every moment was tried
		}
		if err == nil {
			wantPackage(t, out, result)
			if result.SHA256 != handofftest.Digest(same) {
				t.Errorf("change at event %d: a package of neither state", n)
			}
			continue
		}
		failed++
		if !errors.Is(err, exporter.ErrChanged) || result != nil {
			t.Errorf("change at event %d: result %v, error %v", n, result, err)
		}
		wantOld(t, dir)
	}
	if failed == 0 {
		t.Error("no change was noticed")
	}
}

// TestExportFileTargets has outputs that cannot be one.
func TestExportFileTargets(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"empty", "full/inner"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	handofftest.WriteFile(t, dir+"/file", []byte(old))
	tests := []struct {
		out, want string
		err       error // nil: any
	}{
		{dir, "is a directory", nil},
		{dir + "/empty", "is a directory", nil},
		{dir + "/full", "is a directory", nil},
		{dir + "/empty/", "is not the name of a file", nil},
		{dir + "/missing/", "is not the name of a file", nil},
		{"", "is not the name of a file", nil},
		{".", "is a directory", nil},
		{dir + "/missing/rig.anpkg", "rig.anpkg", fs.ErrNotExist},
		{dir + "/file/rig.anpkg", "rig.anpkg", nil},
	}
	for _, test := range tests {
		result, err := handoff.ExportFile(t.Context(), handofftest.Projects()+"/sim-quickstart", test.out, handoff.ExportOptions{})
		if err == nil || result != nil {
			t.Errorf("out %q: result %v, error %v", test.out, result, err)
			continue
		}
		if test.err != nil && !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("out %q: error %v, want %q and no word of a temporary file", test.out, err, test.want)
		}
		var p *fs.PathError
		if !errors.As(err, &p) || p.Path != test.out {
			t.Errorf("out %q: %v is no PathError of it", test.out, err)
		}
	}
	handofftest.WantNames(t, dir, "empty", "file", "full")
	handofftest.WantNames(t, dir+"/empty")
	handofftest.WantNames(t, dir+"/full", "inner")
	if got := handofftest.ReadFile(t, dir+"/file"); string(got) != old {
		t.Error("a file in the way was changed")
	}
}

// TestExportFileInProject writes into the project itself, twice: the first
// package must not become part of the second.
func TestExportFileInProject(t *testing.T) {
	project := handofftest.CopyProject(t, "mixer-system")
	want, _ := handofftest.Export(t, os.DirFS(project), handoff.ExportOptions{Options: exporter.Options{Name: "mixer-system"}})
	out := filepath.Join(project, "behaviors", "rig.anpkg")
	for range 2 {
		result := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{})
		wantPackage(t, out, result)
		if result.SHA256 != handofftest.Digest(want) {
			t.Error("another package than outside of the project")
		}
	}
	handofftest.WantNames(t, filepath.Dir(out), "batch_mix.xml", "rig.anpkg")
}

// TestExportFileLongName leaves no room for a longer temporary name.
func TestExportFileLongName(t *testing.T) {
	for _, name := range []string{strings.Repeat("x", 250), strings.Repeat("ü", 120)} {
		dir := t.TempDir()
		out := filepath.Join(dir, name)
		wantPackage(t, out, handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{}))
		handofftest.WantNames(t, dir, name)
	}
}

// TestExportFileLeftover has files of crashed exports in the way.
func TestExportFileLeftover(t *testing.T) {
	dir, out := outDir(t)
	handofftest.WriteFile(t, filepath.Join(dir, ".rig.anpkg.0.tmp"), []byte("left over"))
	if err := os.Mkdir(filepath.Join(dir, ".rig.anpkg.1.tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	wantPackage(t, out, handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{}))
	handofftest.WantNames(t, dir, ".rig.anpkg.0.tmp", ".rig.anpkg.1.tmp", "rig.anpkg")
	if got := handofftest.ReadFile(t, filepath.Join(dir, ".rig.anpkg.0.tmp")); string(got) != "left over" {
		t.Error("a file of another process was changed")
	}
}

// TestExportFileConcurrent has several exports to one file write at the same
// time: the barrier lets none finish before all have begun to write.
func TestExportFileConcurrent(t *testing.T) {
	dir, out := outDir(t)
	names := []string{"sim-quickstart", "mixer-system", "bioreactor-bench", "mixer-system"}
	digests := map[string]bool{}
	var begun, done sync.WaitGroup
	begun.Add(len(names))
	results := make([]*handoff.Result, len(names))
	errs := make([]error, len(names))
	for i, name := range names {
		var once sync.Once
		opts := handoff.ExportOptions{Options: exporter.Options{Progress: func(p exporter.Progress) {
			if p.Stage == exporter.StageWrite {
				once.Do(func() { begun.Done(); begun.Wait() })
			}
		}}}
		done.Go(func() {
			results[i], errs[i] = handoff.ExportFile(t.Context(), filepath.Join(handofftest.Projects(), name), out, opts)
		})
	}
	done.Wait()
	for i := range names {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		digests[results[i].SHA256] = true
	}
	if len(digests) != 3 {
		t.Errorf("%d different packages, want 3", len(digests))
	}
	if got := handofftest.Digest(handofftest.ReadFile(t, out)); !digests[got] {
		t.Error("the file is none of the packages")
	}
	handofftest.WantNames(t, dir, "rig.anpkg")
}
