package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// unpacked is a package of an example as a directory.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	pkg, err := exporter.Build(t.Context(), os.DirFS(filepath.Join(handofftest.Projects(), name)), exporter.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, pkg.FS()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// packed is a package of an example as a file.
func packed(t *testing.T, name string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name+".anpkg")
	handofftest.MustExportFile(t, filepath.Join(handofftest.Projects(), name), out, handoff.ExportOptions{})
	return out
}

func validatePath(t *testing.T, path string, opts validator.Options) *validator.Report {
	t.Helper()
	report, err := handoff.ValidatePath(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	if report.Package != path {
		t.Errorf("the report on %s names %s", path, report.Package)
	}
	return report
}

func TestValidate(t *testing.T) {
	file := packed(t, "mixer-system")
	data := handofftest.ReadFile(t, file)
	report, err := handoff.Validate(t.Context(), bytes.NewReader(data), int64(len(data)), validator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Valid || !report.Canonical || report.Package != "" || report.SHA256 != handofftest.Digest(data) || report.Size != int64(len(data)) {
		t.Errorf("report %+v", report)
	}
	atPath := validatePath(t, file, validator.Options{})
	atPath.Package = ""
	if diff := cmp.Diff(report, atPath); diff != "" {
		t.Errorf("Validate (-) and ValidatePath (+):\n%s", diff)
	}

	for _, size := range []int64{0, 1, int64(len(data)) - 1} { // what is beyond the size does not count
		report, err := handoff.Validate(t.Context(), bytes.NewReader(data), size, validator.Options{})
		if err != nil || report.Valid || report.Size != size {
			t.Errorf("the first %d bytes: %+v, %v", size, report, err)
		}
	}
	if report, err := handoff.Validate(t.Context(), bytes.NewReader(data), int64(len(data))+1, validator.Options{}); err == nil {
		t.Errorf("a reader that ends before its size: %+v", report)
	}
	broken := errors.New("broken")
	if report, err := handoff.Validate(t.Context(), brokenReader{broken}, 1000, validator.Options{}); !errors.Is(err, broken) || report != nil {
		t.Errorf("a broken reader: %v, %v", report, err)
	}
}

type brokenReader struct{ err error }

func (r brokenReader) ReadAt([]byte, int64) (int, error) { return 0, r.err }

func TestValidatePathDirectory(t *testing.T) {
	dir := unpacked(t, "sim-quickstart")
	report := validatePath(t, dir, validator.Options{})
	if !report.Valid || report.Canonical || report.SHA256 != "" || len(report.Problems) > 0 {
		t.Errorf("report %+v", report)
	}
	archive := validatePath(t, packed(t, "sim-quickstart"), validator.Options{})
	if diff := cmp.Diff(archive.Files, report.Files); diff != "" {
		t.Errorf("files of the archive (-) and the directory (+):\n%s", diff)
	}
	if slash := validatePath(t, dir+"/", validator.Options{}); !slash.Valid {
		t.Errorf("with a slash at the end: %+v", slash)
	}
	t.Chdir(dir)
	if dot := validatePath(t, ".", validator.Options{}); !dot.Valid {
		t.Errorf("as the working directory: %+v", dot)
	}

	handofftest.WriteFile(t, filepath.Join(dir, "providers/extra.yaml"), []byte("a: 1\n"))
	wantCodes(t, validatePath(t, dir, validator.Options{}), validator.CodeChecksumsUnlisted)
	if err := os.RemoveAll(filepath.Join(dir, "meta")); err != nil {
		t.Fatal(err)
	}
	wantCodes(t, validatePath(t, dir, validator.Options{}), validator.CodeMissingFile)
}

// TestValidatePathNoPackage has files that are anything else.
func TestValidatePathNoPackage(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "text": "not a package\n", "magic": "PK\x03\x04"} {
		file := filepath.Join(dir, name)
		handofftest.WriteFile(t, file, []byte(text))
		if report := validatePath(t, file, validator.Options{}); report.Valid || len(report.Problems) == 0 || report.Size != int64(len(text)) {
			t.Errorf("%s: %+v", name, report)
		}
	}
	if report := validatePath(t, t.TempDir(), validator.Options{}); report.Valid || !hasError(report, validator.CodeMissingFile) {
		t.Errorf("an empty directory: %+v", report)
	}
}

func TestValidatePathUnreadable(t *testing.T) {
	file := packed(t, "sim-quickstart")
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none"), filepath.Join(file, "in")} {
		report, err := handoff.ValidatePath(t.Context(), path, validator.Options{})
		var p *fs.PathError
		if report != nil || !errors.As(err, &p) || p.Path != path {
			t.Errorf("%q: %v, %v", path, report, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{file, unpacked(t, "sim-quickstart")} {
		report, err := handoff.ValidatePath(ctx, path, validator.Options{})
		if report != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v, %v", report, err)
		}
		if report, err := handoff.ValidatePath(t.Context(), path, validator.Options{Schemas: validator.Schemas{Provenance: []byte("{")}}); err == nil {
			t.Errorf("with a broken schema: %+v", report)
		}
	}
}

func TestValidatePathOptions(t *testing.T) {
	file, dir := packed(t, "sim-quickstart"), unpacked(t, "sim-quickstart")
	for _, test := range validationOptions {
		wantCodes(t, validatePath(t, dir, test.opts), test.code)
		wantCodes(t, validatePath(t, file, test.opts), test.code)
	}
	for code, limits := range map[validator.Code]validator.Limits{
		"zip-too-many-entries": {Entries: 3}, "zip-file-too-large": {File: 500}, "zip-total-too-large": {Total: 1000},
	} {
		wantCodes(t, validatePath(t, dir, validator.Options{Limits: limits}), validator.CodeTooLarge)
		wantCodes(t, validatePath(t, file, validator.Options{Limits: limits}), code)
	}
}
