package handoff_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
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
