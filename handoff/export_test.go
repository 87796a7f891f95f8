package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestExportExamples checks that a stream and a file get the same package, the
// one whose digest is committed.
func TestExportExamples(t *testing.T) {
	list := strings.Split(strings.TrimSpace(string(handofftest.ReadFile(t, filepath.Join(handofftest.Projects(), "packages.sha256")))), "\n")
	for _, line := range list {
		want, file, _ := strings.Cut(line, "  ")
		name := strings.TrimSuffix(file, ".anpkg")
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(handofftest.Projects(), name)
			data, streamed := handofftest.Export(t, os.DirFS(dir), handoff.ExportOptions{Options: exporter.Options{Name: name}})
			if handofftest.Digest(data) != want || streamed.SHA256 != want || streamed.Size != int64(len(data)) {
				t.Errorf("Export: %d bytes with digest %s, result %+v, want digest %s", len(data), handofftest.Digest(data), streamed, want)
			}
			out := filepath.Join(t.TempDir(), file)
			filed := handofftest.MustExportFile(t, dir, out, handoff.ExportOptions{})
			wantPackage(t, out, filed)
			if filed.Report.Package != out || streamed.Report.Package != "" {
				t.Errorf("the reports are on %q and %q", filed.Report.Package, streamed.Report.Package)
			}
			filed.Report.Package = ""
			if diff := cmp.Diff(streamed, filed); diff != "" {
				t.Errorf("results of Export (-) and ExportFile (+):\n%s", diff)
			}
		})
	}
	if len(list) < 4 {
		t.Errorf("only %d example packages are listed", len(list))
	}
}

// TestExportNotes checks that notes reach the caller.
func TestExportNotes(t *testing.T) {
	_, result := handofftest.Export(t, os.DirFS(handofftest.Projects()+"/bioreactor-bench"), handoff.ExportOptions{Options: exporter.Options{Name: "bioreactor-bench"}})
	count := map[validator.Code]int{}
	for _, n := range result.Notes {
		count[n.Code]++
	}
	if count[validator.CodeOmittedVariant] != 3 || count[validator.CodeSecretRemoved] != 1 {
		t.Errorf("notes: %v", count)
	}
}

// TestExportWriterFails has the writer fail after every number of bytes around
// the buffer sizes, and some between.
func TestExportWriterFails(t *testing.T) {
	project, opts := os.DirFS(handofftest.BigProject(t)), handoff.ExportOptions{Options: exporter.Options{Name: "mixer-system"}}
	whole, _ := handofftest.Export(t, project, opts)
	var sizes []int
	for n := 0; n < len(whole); n += len(whole)/6 + 1 {
		sizes = append(sizes, n)
	}
	for _, boundary := range []int{0, 32 << 10, 512 << 10, len(whole)} {
		for n := boundary - 1; n <= boundary+1; n++ {
			if n >= 0 && n < len(whole) {
				sizes = append(sizes, n)
			}
		}
	}
	full := errors.New("no space left")
	for _, n := range sizes {
		for _, writerErr := range []error{full, nil} { // nil: a short write without an error
			want := full
			if writerErr == nil {
				want = io.ErrShortWrite
			}
			w := &handofftest.Limited{N: n, Err: writerErr}
			result, err := handoff.Export(t.Context(), w, project, opts)
			if !errors.Is(err, want) || result != nil {
				t.Fatalf("writer of %d bytes: result %v, error %v, want %v", n, result, err, want)
			}
			if !bytes.Equal(w.Got, whole[:n]) {
				t.Fatalf("writer of %d bytes got %d others", n, len(w.Got))
			}
		}
	}
	w := &handofftest.Limited{N: len(whole), Err: full}
	if _, err := handoff.Export(t.Context(), w, project, opts); err != nil {
		t.Errorf("writer of just enough bytes: %v", err)
	}
}

// untouched fails the test when it is written to.
type untouched struct{ t *testing.T }

func (w untouched) Write(p []byte) (int, error) {
	w.t.Errorf("%d bytes were written", len(p))
	return len(p), nil
}

func TestExportWritesNothingOnProblems(t *testing.T) {
	dir := handofftest.CopyProject(t, "bioreactor-bench")
	handofftest.ReplaceIn(t, dir+"/machine-profile.yaml", "machine_id: bioreactor-bench", "machine_id: [1]")
	handofftest.ReplaceIn(t, dir+"/config/provider-drives.yaml", "provider:", "provider: {")
	result, err := handoff.Export(t.Context(), untouched{t}, os.DirFS(dir), handoff.ExportOptions{Options: exporter.Options{Name: "bench"}})
	if result != nil {
		t.Errorf("result %+v", result)
	}
	handofftest.WantProblem(t, err, validator.CodeProfileSchema, "machine-profile.yaml")
	handofftest.WantProblem(t, err, validator.CodeYAMLSyntax, "config/provider-drives.yaml")

	_, err = handoff.Export(t.Context(), untouched{t}, fstest.MapFS{}, handoff.ExportOptions{Options: exporter.Options{Name: "bench"}})
	handofftest.WantProblem(t, err, validator.CodeLayout, "")
	_, err = handoff.Export(t.Context(), untouched{t}, os.DirFS(handofftest.Projects()+"/sim-quickstart"), handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeOption, "")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := handoff.Export(ctx, untouched{t}, os.DirFS(dir), handoff.ExportOptions{Options: exporter.Options{Name: "bench"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a canceled context: %v", err)
	}
}

// TestExportCanceled cancels at every progress. What the writer has then is a
// true beginning, so that nothing wrong was ever written. An export of which
// only the archive's directory is missing may be completed.
func TestExportCanceled(t *testing.T) {
	project := os.DirFS(handofftest.BigProject(t))
	_, count, events := cancelAt(t, -1)
	whole, _ := handofftest.Export(t, project, handoff.ExportOptions{Options: exporter.Options{Name: "rig", Progress: count}})
	if *events < 10 {
		t.Fatalf("only %d events", *events)
	}
	directory := bytes.Index(whole, []byte("PK\x01\x02"))
	for n := range *events {
		ctx, count, _ := cancelAt(t, n)
		seen, complete := 0, false
		opts := handoff.ExportOptions{Options: exporter.Options{Name: "rig", Progress: func(p exporter.Progress) {
			if seen == n {
				complete = p.Stage == exporter.StageWrite && p.Done >= int64(directory)
			}
			seen++
			count(p)
		}}}
		var b bytes.Buffer
		result, err := handoff.Export(ctx, &b, project, opts)
		switch {
		case err == nil:
			if !complete || !bytes.Equal(b.Bytes(), whole) {
				t.Errorf("canceled at event %d: no error, %d bytes", n, b.Len())
			}
		case !errors.Is(err, context.Canceled) || result != nil:
			t.Errorf("canceled at event %d: result %v, error %v", n, result, err)
		case !bytes.HasPrefix(whole, b.Bytes()):
			t.Errorf("canceled at event %d: %d bytes are no beginning of the package", n, b.Len())
		}
	}
}

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
