package handoff_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

const quickstartDigest = "d410bfb6b9458eac3bedf8d8ad762be10e79cb46d54410ddde4a3e63808c6788"

// opened is a package opened in each way that there is.
func opened(t *testing.T, opts handoff.OpenOptions) map[string]*handoff.Package {
	t.Helper()
	file, dir := packed(t, "sim-quickstart"), unpacked(t, "sim-quickstart")
	data := handofftest.ReadFile(t, file)
	list := map[string]*handoff.Package{}
	add := func(name string, p *handoff.Package, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		t.Cleanup(func() { p.Close() })
		list[name] = p
	}
	p, err := handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), opts)
	add("archive", p, err)
	p, err = handoff.OpenFS(t.Context(), os.DirFS(dir), opts)
	add("file system", p, err)
	p, err = handoff.OpenPath(t.Context(), file, opts)
	add("file", p, err)
	p, err = handoff.OpenPath(t.Context(), dir, opts)
	add("directory", p, err)
	repacked := zipped(t, os.DirFS(dir))
	p, err = handoff.Open(t.Context(), bytes.NewReader(repacked), int64(len(repacked)), opts)
	add("archive of another tool", p, err)
	p, err = handoff.OpenProject(t.Context(), os.DirFS(filepath.Join(handofftest.Projects(), "sim-quickstart")),
		handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}, Validation: opts.Options, AllowInvalid: opts.AllowInvalid})
	add("project", p, err)
	return list
}

// zipped is a zip file as common tools make it: compressed, with times.
func zipped(t *testing.T, files fs.FS) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOpen has the same content and the same digest whatever it comes from.
func TestOpen(t *testing.T) {
	want := handofftest.ExampleFiles(t, "sim-quickstart")
	for name, p := range opened(t, handoff.OpenOptions{}) {
		if !p.Report().Valid || p.Report().Canonical != (name == "archive" || name == "file") {
			t.Errorf("%s: report %+v", name, p.Report())
		}
		var got []string
		for _, f := range p.Report().Files {
			got = append(got, f.Path)
			data, err := fs.ReadFile(p.FS(), f.Path)
			if err != nil || !bytes.Equal(data, want[f.Path].Data) || handofftest.Digest(data) != f.SHA256 {
				t.Errorf("%s: %s has %d bytes, %v", name, f.Path, len(data), err)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: files %q", name, got)
		}
		if err := fstest.TestFS(p.FS(), got...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if sum, err := p.Digest(t.Context()); sum != quickstartDigest || err != nil {
			t.Errorf("%s: digest %s, %v", name, sum, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if s, err := handoff.Inspect(ctx, p); s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Inspect after cancel: %v, %v", name, s, err)
		}
		if s, err := inspect.Slots(ctx, p); s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Slots after cancel: %v, %v", name, s, err)
		}
		if sum, err := p.Digest(ctx); !p.Report().Canonical && (sum != "" || !errors.Is(err, context.Canceled)) {
			t.Errorf("%s: Digest after cancel: %s, %v", name, sum, err)
		}
	}
}

// TestOpenInvalid refuses a package with its report, and opens it when that was
// asked for.
func TestOpenInvalid(t *testing.T) {
	files := handofftest.ExampleFiles(t, "sim-quickstart", [3]string{"runtime/anolis-runtime.yaml", "interval_ms: 250", "interval_ms: 50"})
	dir := filepath.Join(t.TempDir(), "bad")
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	data := zipped(t, files)
	file := filepath.Join(t.TempDir(), "bad.anpkg")
	handofftest.WriteFile(t, file, data)
	for name, open := range map[string]func(handoff.OpenOptions) (*handoff.Package, error){
		"": func(o handoff.OpenOptions) (*handoff.Package, error) {
			return handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), o)
		},
		file: func(o handoff.OpenOptions) (*handoff.Package, error) { return handoff.OpenPath(t.Context(), file, o) },
		dir:  func(o handoff.OpenOptions) (*handoff.Package, error) { return handoff.OpenPath(t.Context(), dir, o) },
	} {
		p, err := open(handoff.OpenOptions{})
		var invalid *handoff.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Package != name || !hasError(invalid.Report, validator.CodeRuntimeSchema) {
			t.Errorf("%q: %v, %v", name, p, err)
		}
		p, err = open(handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if p.Report().Valid || p.Report().Package != name {
			t.Errorf("%q: report %+v", name, p.Report())
		}
		if data, err := fs.ReadFile(p.FS(), "runtime/anolis-runtime.yaml"); err != nil || !bytes.Contains(data, []byte("interval_ms: 50")) {
			t.Errorf("%q: %d bytes, %v", name, len(data), err)
		}
		if sum, err := p.Digest(t.Context()); err != nil || len(sum) != 64 || sum == quickstartDigest {
			t.Errorf("%q: digest %s, %v", name, sum, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestOpenUncertain never opens a zip file of which nobody knows what it holds.
func TestOpenUncertain(t *testing.T) {
	data := handofftest.ReadFile(t, packed(t, "sim-quickstart"))
	for name, change := range map[string]func([]byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)-1] },
		"empty":   func(b []byte) []byte { return nil },
		"lead":    func(b []byte) []byte { return append([]byte("#!/bin/sh\n"), b...) },
		"content": func(b []byte) []byte { b[200] ^= 1; return b },
		"twice":   func(b []byte) []byte { return append(b, b...) },
	} {
		b := change(bytes.Clone(data))
		p, err := handoff.Open(t.Context(), bytes.NewReader(b), int64(len(b)), handoff.OpenOptions{AllowInvalid: true})
		var invalid *handoff.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Valid || len(invalid.Report.Problems) == 0 {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// TestOpenFails tells a package that could not be judged from a bad one.
func TestOpenFails(t *testing.T) {
	file, dir := packed(t, "sim-quickstart"), unpacked(t, "sim-quickstart")
	broken := errors.New("broken")
	if p, err := handoff.Open(t.Context(), brokenReader{broken}, 1000, handoff.OpenOptions{}); p != nil || !errors.Is(err, broken) {
		t.Errorf("a broken reader: %v, %v", p, err)
	}
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none"), filepath.Join(file, "in"), os.DevNull} {
		p, err := handoff.OpenPath(t.Context(), path, handoff.OpenOptions{AllowInvalid: true})
		var at *fs.PathError
		if p != nil || !errors.As(err, &at) || at.Path != path {
			t.Errorf("%q: %v, %v", path, p, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	policy := &redact.Policy{Keys: []redact.KeyRule{{ID: "no words"}}}
	for _, path := range []string{file, dir} {
		if p, err := handoff.OpenPath(ctx, path, handoff.OpenOptions{AllowInvalid: true}); p != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v, %v", p, err)
		}
		p, err := handoff.OpenPath(t.Context(), path, handoff.OpenOptions{Options: validator.Options{Policy: policy}})
		if p != nil || err == nil || errors.As(err, new(*handoff.InvalidError)) {
			t.Errorf("with a broken policy: %v, %v", p, err)
		}
	}
}

// TestOpenProject is what an export of the project writes.
func TestOpenProject(t *testing.T) {
	project := os.DirFS(filepath.Join(handofftest.Projects(), "bioreactor-bench"))
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "bioreactor-bench", Variants: exporter.AllVariants()}}
	_, result := handofftest.Export(t, project, opts)
	p, err := handoff.OpenProject(t.Context(), project, opts)
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := p.Digest(t.Context()); sum != result.SHA256 || err != nil {
		t.Errorf("digest %s, %v, exported %s", sum, err, result.SHA256)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}

	p, err = handoff.OpenProject(t.Context(), fstest.MapFS{}, opts)
	if p != nil {
		t.Error("a package of nothing")
	}
	handofftest.WantProblem(t, err, validator.CodeLayout, "")

	bad := os.DirFS("testdata/half-interval")
	p, err = handoff.OpenProject(t.Context(), bad, handoff.ExportOptions{Options: exporter.Options{Name: "half-interval"}})
	if p != nil || !errors.As(err, new(*handoff.InvalidError)) {
		t.Errorf("%v, %v", p, err)
	}
	p, err = handoff.OpenProject(t.Context(), bad, handoff.ExportOptions{Options: exporter.Options{Name: "half-interval"}, AllowInvalid: true})
	if err != nil || p.Report().Valid {
		t.Errorf("%v, %v", p, err)
	}
}

// TestOpenPolicy hides by the policy of the caller: that of the validation, and
// else that of the export.
func TestOpenPolicy(t *testing.T) {
	policy := redact.Default()
	policy.Keys = append(slices.Clone(policy.Keys), redact.KeyRule{ID: "bus", Severity: redact.Warning, Words: []string{"bus_path"}})
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "legacy-mixer", Policy: &policy}}
	project := os.DirFS(filepath.Join(handofftest.Projects(), "legacy-mixer"))
	fromProject, err := handoff.OpenProject(t.Context(), project, opts)
	if err != nil {
		t.Fatal(err)
	}
	fromFiles, err := handoff.OpenFS(t.Context(), fromProject.FS(), handoff.OpenOptions{Options: validator.Options{Policy: &policy}})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*handoff.Package{"project": fromProject, "files": fromFiles} {
		var text bytes.Buffer
		if err := inspected(t, p).WriteText(&text, false); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String(), "i2c-4") || !strings.Contains(text.String(), "bus         ***\n") {
			t.Errorf("%s: shown:\n%s", name, &text)
		}
	}
}

func inspected(t testing.TB, p *handoff.Package) *inspect.Report {
	t.Helper()
	s, err := handoff.Inspect(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPackageConcurrent uses one package from many goroutines.
func TestPackageConcurrent(t *testing.T) {
	for name, p := range opened(t, handoff.OpenOptions{}) {
		want := inspected(t, p)
		var working sync.WaitGroup
		for range 8 {
			working.Go(func() {
				if diff := cmp.Diff(want, inspected(t, p)); diff != "" {
					t.Errorf("%s: another summary:\n%s", name, diff)
				}
				if sum, err := p.Digest(t.Context()); sum != quickstartDigest || err != nil {
					t.Errorf("%s: digest %s, %v", name, sum, err)
				}
				if slots, err := inspect.Slots(t.Context(), p); slots == nil || len(slots) > 0 || err != nil {
					t.Errorf("%s: slots %v, %v", name, slots, err)
				}
			})
		}
		working.Wait()
	}
}

// TestPackageClose makes sure that nothing is read after Close, and that there is
// nothing to close unless a path was opened.
func TestPackageClose(t *testing.T) {
	for name, p := range opened(t, handoff.OpenOptions{}) {
		ofPath := name == "file" || name == "directory"
		for range 2 { // the second one has nothing to do, or says so
			if err := p.Close(); err != nil && !ofPath {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := fs.ReadFile(p.FS(), "machine-profile.yaml")
		if (err != nil) != ofPath {
			t.Errorf("%s: after Close: %v", name, err)
		}
	}
}

// TestPackageChanged gives an error and never other content when the source is
// not what it was.
func TestPackageChanged(t *testing.T) {
	const name = "providers/bench-sim.yaml"
	for change, rewrite := range map[string]func([]byte) []byte{
		"one byte": func(b []byte) []byte { return bytes.Replace(b, []byte("id: oven"), []byte("id: over"), 1) },
		"longer":   func(b []byte) []byte { return append(b, "# more\n"...) },
		"shorter":  func(b []byte) []byte { return b[:len(b)-1] },
		"empty":    func(b []byte) []byte { return nil },
	} {
		dir, file := unpacked(t, "sim-quickstart"), packed(t, "sim-quickstart")
		for _, path := range []string{dir, file} {
			p, err := handoff.OpenPath(t.Context(), path, handoff.OpenOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			at := path
			if path == dir {
				at = filepath.Join(dir, name)
			}
			if path == file && (change == "longer" || change == "shorter") {
				continue // it is not there that an archive has the file
			}
			handofftest.WriteFile(t, at, rewrite(handofftest.ReadFile(t, at)))
			if data, err := fs.ReadFile(p.FS(), name); err == nil {
				t.Errorf("%s, %s: read %d bytes", change, filepath.Base(path), len(data))
			}
			if s, err := handoff.Inspect(t.Context(), p); err == nil {
				t.Errorf("%s, %s: %+v", change, filepath.Base(path), s)
			}
			if sum, err := p.Digest(t.Context()); path == dir && err == nil {
				t.Errorf("%s: digest %s", change, sum)
			}
		}
	}
}

// TestPackageRemoved is about files that are there no more, and others that are
// there in their place.
func TestPackageRemoved(t *testing.T) {
	dir := unpacked(t, "sim-quickstart")
	p, err := handoff.OpenPath(t.Context(), dir, handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	handofftest.WriteFile(t, filepath.Join(dir, "providers/new.yaml"), []byte("a: 1\n"))
	if _, err := fs.ReadFile(p.FS(), "providers/new.yaml"); err == nil {
		t.Error("a file was read that was not there when the package was opened")
	}
	if s := inspected(t, p); s.Files != 5 {
		t.Errorf("%d files", s.Files)
	}
	if err := os.RemoveAll(filepath.Join(dir, "runtime")); err != nil {
		t.Fatal(err)
	}
	if s, err := handoff.Inspect(t.Context(), p); s != nil || err == nil {
		t.Errorf("%+v, %v", s, err)
	}
}

// invalidProject can be exported, and its package breaks two rules.
func invalidProject(t *testing.T) string {
	t.Helper()
	dir := handofftest.CopyProject(t, "sim-quickstart")
	config := filepath.Join(dir, "config/anolis-runtime.manual.yaml")
	handofftest.ReplaceIn(t, config, "interval_ms: 250", "interval_ms: 2.5")
	handofftest.ReplaceIn(t, config, "port: 8090", "port: 80900")
	return dir
}

// wantInvalid checks that err is an *InvalidError whose report has the codes
// among its errors, and gives the report.
func wantInvalid(t *testing.T, err error, codes ...validator.Code) *validator.Report {
	t.Helper()
	var invalid *handoff.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("error %v, want an *InvalidError", err)
	}
	if invalid.Report.Valid {
		t.Error("the report says valid")
	}
	wantCodes(t, invalid.Report, codes...)
	return invalid.Report
}

func wantCodes(t *testing.T, r *validator.Report, codes ...validator.Code) {
	t.Helper()
	for _, code := range codes {
		if !hasError(r, code) {
			t.Errorf("no %s among:\n%v", code, r.Problems)
		}
	}
}

func hasError(r *validator.Report, code validator.Code) bool {
	for _, p := range r.Problems {
		if p.Code == code && p.Severity == validator.Error {
			return true
		}
	}
	return false
}

func TestInvalidIsRefused(t *testing.T) {
	project := invalidProject(t)
	result, err := handoff.Export(t.Context(), untouched{t}, os.DirFS(project), handoff.ExportOptions{Options: exporter.Options{Name: "rig"}})
	if result != nil {
		t.Errorf("result %+v", result)
	}
	report := wantInvalid(t, err, validator.CodeRuntimeSchema)
	if report.Package != "" || report.SHA256 != "" || report.Size != 0 || report.Canonical {
		t.Errorf("the report speaks of an archive: %+v", report)
	}

	var list validator.ProblemList
	var one validator.Problem
	if !errors.As(err, &list) || !errors.As(err, &one) {
		t.Fatalf("%T holds no ProblemList and Problem", err)
	}
	if len(list) != report.Count(validator.Error) || len(list) < 2 || one != list[0] {
		t.Errorf("%d errors in the list, %d in the report; the first is %v", len(list), report.Count(validator.Error), one)
	}
	lines := strings.Split(err.Error(), "\n")
	if lines[0] != "the package is not valid:" || len(lines) != 1+len(list) {
		t.Errorf("the error reads\n%v", err)
	}
	for i, p := range list {
		if lines[i+1] != p.Error() {
			t.Errorf("line %q, want %q", lines[i+1], p.Error())
		}
	}

	dir, out := outDir(t)
	result, err = handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	if result != nil {
		t.Errorf("result %+v", result)
	}
	if report := wantInvalid(t, err, validator.CodeRuntimeSchema); report.Package != out {
		t.Errorf("the report is on %q", report.Package)
	}
	wantOld(t, dir)
	if _, err := handoff.ExportFile(t.Context(), project, filepath.Join(dir, "new"), handoff.ExportOptions{}); err == nil {
		t.Error("a new file is written")
	}
	wantOld(t, dir)
}

// TestInvalidErrorAlone must not panic without a report that explains it.
func TestInvalidErrorAlone(t *testing.T) {
	for _, err := range []error{&handoff.InvalidError{}, &handoff.InvalidError{Report: &validator.Report{Valid: true}}} {
		if err.Error() != "the package is not valid" || errors.Unwrap(err) != nil {
			t.Errorf("%v, inside %v", err, errors.Unwrap(err))
		}
	}
}

func TestAllowInvalid(t *testing.T) {
	project := invalidProject(t)
	pkg, err := exporter.Build(t.Context(), os.DirFS(project), exporter.Options{Name: "sim-quickstart"})
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	if _, err := pkg.WriteTo(&want); err != nil {
		t.Fatal(err)
	}

	opts := handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}, AllowInvalid: true}
	data, streamed := handofftest.Export(t, os.DirFS(project), opts)
	if string(data) != want.String() {
		t.Error("the bytes are not those of exporter.Build")
	}
	_, out := outDir(t)
	filed := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{AllowInvalid: true})
	wantPackage(t, out, filed)
	for _, result := range []*handoff.Result{streamed, filed} {
		r := result.Report
		if r.Valid || r.Err() == nil || !r.Canonical || r.SHA256 != handofftest.Digest(data) || r.Size != int64(len(data)) || result.SHA256 != r.SHA256 {
			t.Errorf("report %+v", r)
		}
		wantCodes(t, r, validator.CodeRuntimeSchema)
	}

	// It changes nothing for a package that is valid, and forgives nothing else.
	valid := handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{AllowInvalid: true})
	if !valid.Report.Valid {
		t.Errorf("report %+v", valid.Report)
	}
	dir, out := outDir(t)
	_, err = handoff.ExportFile(t.Context(), t.TempDir(), out, handoff.ExportOptions{AllowInvalid: true})
	handofftest.WantProblem(t, err, validator.CodeLayout, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := handoff.ExportFile(ctx, project, out, handoff.ExportOptions{AllowInvalid: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	wantOld(t, dir)
}

// TestExportReport compares the verdict before the write with that on the file.
func TestExportReport(t *testing.T) {
	for _, project := range []string{handofftest.Projects() + "/bioreactor-bench", handofftest.Projects() + "/mixer-system", invalidProject(t)} {
		_, out := outDir(t)
		result := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{AllowInvalid: true})
		wantSameVerdict(t, result.Report, out)
	}
}

// wantSameVerdict validates a file and compares with the report of its export,
// but for the check of the archive, for which there was none then. It gives the
// report on the file.
func wantSameVerdict(t *testing.T, got *validator.Report, file string) *validator.Report {
	t.Helper()
	want := validatePath(t, file, validator.Options{})
	a, b := *got, *want
	for _, r := range []*validator.Report{&a, &b} {
		checks, skipped := r.Checks, r.Skipped
		r.Checks, r.Skipped = nil, nil
		for _, c := range checks {
			if c != "archive" {
				r.Checks = append(r.Checks, c)
			}
		}
		for _, s := range skipped {
			if s.Check != "archive" {
				r.Skipped = append(r.Skipped, s)
			} else if r == &b || s.Reason != "the archive was not read back" {
				t.Errorf("skipped: %+v", s)
			}
		}
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("verdict on the file (-) and before it was written (+):\n%s", diff)
	}
	return want
}

// TestValidationPolicy checks that what the export lets pass is not refused by
// the validation that follows, unless that has a policy of its own.
func TestValidationPolicy(t *testing.T) {
	project := handofftest.CopyProject(t, "sim-quickstart")
	handofftest.ReplaceIn(t, project+"/config/provider-sim.yaml", "startup_policy: strict", "startup_policy: strict\naccess_token: not-really-one")
	lenient, strict := redact.Default(), redact.Default()
	lenient.Allow = append(lenient.Allow, redact.Allow{Path: "access_token"})

	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeSecret, "config/provider-sim.yaml")
	_, err = handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{
		Options: exporter.Options{Policy: &lenient}, Validation: validator.Options{Policy: &strict},
	})
	wantInvalid(t, err, validator.CodeSecret)
	if strings.Contains(err.Error(), "not-really") {
		t.Errorf("the error tells the value: %v", err)
	}
	wantOld(t, dir)
	result := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{Options: exporter.Options{Policy: &lenient}})
	wantPackage(t, out, result)

	report, err := handoff.ValidatePath(t.Context(), out, validator.Options{Policy: &lenient})
	if err != nil || !report.Valid {
		t.Errorf("with the policy of the export: %v, %v", report, err)
	}
	report, err = handoff.ValidatePath(t.Context(), out, validator.Options{})
	if err != nil || !hasError(report, validator.CodeSecret) {
		t.Errorf("with the default policy: %v, %v", report, err)
	}
}

// validationOptions are options that make a good package invalid, each with the
// code that tells so.
var validationOptions = []struct {
	name string
	opts validator.Options
	code validator.Code
}{
	{"document", validator.Options{Limits: validator.Limits{Document: 100}}, validator.CodeDocumentLimit},
	{"profile", validator.Options{Schemas: validator.Schemas{MachineProfile: []byte(`{"required": ["serial"]}`)}}, validator.CodeProfileSchema},
	{"runtime", validator.Options{Schemas: validator.Schemas{RuntimeConfig: []byte(`{"required": ["serial"]}`)}}, validator.CodeRuntimeSchema},
	{"provenance", validator.Options{Schemas: validator.Schemas{Provenance: []byte(`{"required": ["serial"]}`)}}, validator.CodeProvenance},
	{"replay", validator.Options{Runtime: validator.Runtime{Binary: "testdata/none"}}, validator.CodeReplayFailed},
}

func TestValidationOptions(t *testing.T) {
	project := handofftest.Projects() + "/sim-quickstart"
	for _, test := range validationOptions {
		t.Run(test.name, func(t *testing.T) {
			dir, out := outDir(t)
			_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{Validation: test.opts})
			wantInvalid(t, err, test.code)
			_, err = handoff.Export(t.Context(), untouched{t}, os.DirFS(project), handoff.ExportOptions{
				Options: exporter.Options{Name: "rig"}, Validation: test.opts,
			})
			wantInvalid(t, err, test.code)
			wantOld(t, dir)
		})
	}
	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{
		Validation:   validator.Options{Schemas: validator.Schemas{RuntimeConfig: []byte(`{`)}},
		AllowInvalid: true, // does not mean that nobody looks
	})
	var invalid *handoff.InvalidError
	if err == nil || errors.As(err, &invalid) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with a broken schema: %v", err)
	}
	wantOld(t, dir)
}

// TestNothing gives every entry point nothing to work with, and wants an error.
func TestNothing(t *testing.T) {
	ctx := t.Context()
	p := handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart"), false)
	named := handoff.ExportOptions{Options: exporter.Options{Name: "rig"}}
	for name, do := range map[string]func() error{
		"checksum.Sum":   func() error { _, err := checksum.Sum(ctx, nil); return err },
		"Verify":         func() error { return checksum.Manifest{}.Verify(ctx, nil) },
		"Scan":           func() error { _, err := redact.Default().Scan(ctx, nil); return err },
		"Build":          func() error { _, err := exporter.Build(ctx, nil, named.Options); return err },
		"Export":         func() error { _, err := handoff.Export(ctx, io.Discard, nil, named); return err },
		"OpenProject":    func() error { _, err := handoff.OpenProject(ctx, nil, named); return err },
		"OpenFS":         func() error { _, err := handoff.OpenFS(ctx, nil, handoff.OpenOptions{}); return err },
		"Open":           func() error { _, err := handoff.Open(ctx, nil, 1, handoff.OpenOptions{}); return err },
		"OpenReader":     func() error { _, err := handoff.OpenReader(ctx, nil, handoff.OpenOptions{}); return err },
		"OpenPath":       func() error { _, err := handoff.OpenPath(ctx, "", handoff.OpenOptions{}); return err },
		"Validate":       func() error { _, err := handoff.Validate(ctx, nil, 1, validator.Options{}); return err },
		"ValidateReader": func() error { _, err := handoff.ValidateReader(ctx, nil, validator.Options{}); return err },
		"FS":             func() error { _, err := validator.FS(ctx, nil, validator.Options{}); return err },
		"Drift":          func() error { _, err := handoff.Drift(ctx, p, nil); return err },
		"DriftPath":      func() error { _, err := handoff.DriftPath(ctx, p, ""); return err },
		"Reproduce":      func() error { _, err := handoff.Reproduce(ctx, p, nil, reproduce.Options{}); return err },
		"ExportOptions":  func() error { _, err := reproduce.ExportOptions(ctx, p, nil, reproduce.Options{}); return err },
		"Rollback":       func() error { _, err := handoff.Rollback(ctx, "", release.RollbackOptions{}); return err },
	} {
		if err := do(); err == nil {
			t.Errorf("%s of nothing is no error", name)
		}
	}
	for _, none := range []*handoff.Package{nil, {}} {
		for name, do := range map[string]func() error{
			"Inspect":       func() error { _, err := handoff.Inspect(ctx, none); return err },
			"Slots":         func() error { _, err := inspect.Slots(ctx, none); return err },
			"Diff from":     func() error { _, err := handoff.Diff(ctx, none, p); return err },
			"Diff to":       func() error { _, err := handoff.Diff(ctx, p, none); return err },
			"Unpack":        func() error { _, err := handoff.Unpack(ctx, none, t.TempDir(), release.UnpackOptions{}); return err },
			"Drift":         func() error { _, err := handoff.Drift(ctx, none, p.FS()); return err },
			"DriftPath":     func() error { _, err := handoff.DriftPath(ctx, none, t.TempDir()); return err },
			"Reproduce":     func() error { _, err := handoff.Reproduce(ctx, none, p.FS(), reproduce.Options{}); return err },
			"ExportOptions": func() error { _, err := reproduce.ExportOptions(ctx, none, p.FS(), reproduce.Options{}); return err },
			"Preflight": func() error {
				_, err := handoff.Preflight(ctx, none, preflight.Target{}, preflight.Options{})
				return err
			},
		} {
			if err := do(); err == nil {
				t.Errorf("%s of no package is no error", name)
			}
		}
	}
}

// TestZeroResults writes results with nothing in them, as a caller could make them.
func TestZeroResults(t *testing.T) {
	type result interface {
		WriteText(w io.Writer, color bool) error
		WriteJSON(w io.Writer) error
	}
	for _, r := range []result{
		&inspect.Report{}, &diff.Report{}, &release.Result{}, &release.DriftReport{}, &reproduce.Report{}, &preflight.Report{}, &validator.Report{},
	} {
		var text, object bytes.Buffer
		for _, color := range []bool{false, true} {
			if err := r.WriteText(&text, color); err != nil || text.Len() == 0 {
				t.Errorf("%T: %q, %v", r, &text, err)
			}
		}
		if err := r.WriteJSON(&object); err != nil || !json.Valid(object.Bytes()) {
			t.Errorf("%T: %s, %v", r, &object, err)
		}
	}
	var markdown bytes.Buffer
	if err := (&diff.Report{}).WriteMarkdown(&markdown); err != nil || markdown.Len() == 0 {
		t.Errorf("%q, %v", &markdown, err)
	}
	for _, c := range []diff.ValueChange{{}, {New: &diff.Value{}}, {Old: &diff.Value{}}} {
		_ = c.String()
	}
	for _, err := range []error{
		&handoff.InvalidError{}, &release.ForeignError{}, &release.ChangedError{}, &release.Failure{}, &release.Failure{Current: "short"}, &preflight.ProfileError{},
	} {
		if err.Error() == "" {
			t.Errorf("%T says nothing", err)
		}
	}
}
