package handoff_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestConformance exports every recorded project. What is valid is written and
// validated again, what is not is refused, and written with AllowInvalid.
func TestConformance(t *testing.T) {
	dir := t.TempDir()
	project, out := filepath.Join(dir, "project"), filepath.Join(dir, "out.anpkg")
	count := map[string]int{}
	for i, c := range conformance.ExportCases(t) {
		if err := errors.Join(os.RemoveAll(project), os.RemoveAll(out), os.CopyFS(project, c.Files.FS())); err != nil {
			t.Fatal(err)
		}
		opts := handoff.ExportOptions{Options: exporter.Options{Name: c.Name}}
		result, err := handoff.ExportFile(t.Context(), project, out, opts)
		switch {
		case c.Expect.Error != "":
			count["error"]++
			var problems validator.ProblemList
			if !errors.As(err, &problems) {
				t.Errorf("case %d: %v, want Problems: %s", i, err, c.Expect.Error)
			}
			handofftest.WantNames(t, dir, "project")
			continue
		case !c.Expect.Valid:
			count["invalid"]++
			var invalid *handoff.InvalidError
			if !errors.As(err, &invalid) || result != nil {
				t.Errorf("case %d: %v, want it refused: %s", i, err, c.Expect.InvalidBecause)
			}
			handofftest.WantNames(t, dir, "project")
			opts.AllowInvalid = true
			if result, err = handoff.ExportFile(t.Context(), project, out, opts); err != nil {
				t.Errorf("case %d: with AllowInvalid: %v", i, err)
				continue
			}
		case err != nil:
			t.Errorf("case %d: %v", i, err)
			continue
		default:
			count["valid"]++
		}
		wantPackage(t, out, result)
		if result.SHA256 != c.Expect.SHA256 || result.Size != c.Expect.Size {
			t.Errorf("case %d: %d bytes with digest %s", i, result.Size, result.SHA256)
		}
		report := wantSameVerdict(t, result.Report, out)
		if report.Valid != c.Expect.Valid || !report.Canonical {
			t.Errorf("case %d: valid %v, canonical %v: %v", i, report.Valid, report.Canonical, report.Err())
		}
	}
	if count["valid"] != 269 || count["invalid"] != 178 || count["error"] != 91 {
		t.Errorf("cases: %v", count)
	}
}
