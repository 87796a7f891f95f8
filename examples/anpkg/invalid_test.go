package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/conformance"
)

// invalidCases are the projects of which the reference makes a package that it
// then finds invalid itself.
func invalidCases(t *testing.T) []conformance.Export {
	t.Helper()
	return slices.DeleteFunc(conformance.ExportCases(t), func(c conformance.Export) bool {
		return c.Expect.Error != "" || c.Expect.Valid
	})
}

// TestExportInvalid has all of them refused, and written on demand.
func TestExportInvalid(t *testing.T) {
	cases := invalidCases(t)
	if len(cases) != 178 {
		t.Errorf("%d cases, want 178", len(cases))
	}
	work := t.TempDir()
	for i, c := range cases {
		project, out := filepath.Join(work, "project"), filepath.Join(work, "out.anpkg")
		if err := os.RemoveAll(project); err != nil {
			t.Fatal(err)
		}
		for name, text := range c.Files {
			if err := writeNew(filepath.Join(project, name), text); err != nil {
				t.Fatal(err)
			}
		}
		code, stdout, stderr := anpkg("export", "--name", c.Name, project, out)
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		last := lines[len(lines)-1]
		if code != 1 || stdout != "" || !strings.Contains(lines[0], ": error: ") || strings.HasPrefix(lines[0], "in the package") ||
			!strings.Contains(last, ": the package would be invalid: ") || !strings.Contains(last, "; nothing was written (--allow-invalid ") {
			t.Errorf("case %d: exit %d, stdout %q, stderr\n%s", i, code, stdout, stderr)
		}
		if entries, err := os.ReadDir(work); err != nil || len(entries) != 1 {
			t.Errorf("case %d: %v, %v", i, entries, err)
		}

		code, stdout, stderr = anpkg("export", "--allow-invalid", "--format", "json", "--name", c.Name, project, out)
		if code != 0 || stderr != "" {
			t.Errorf("case %d: exit %d, stderr %q", i, code, stderr)
			continue
		}
		r, _ := decodeReport(t, stdout)
		if r.Error != "" || r.Package != out || r.SHA256 != c.Expect.SHA256 || r.Report == nil || r.Report.Valid || r.Report.Package != out {
			t.Errorf("case %d: %s", i, stdout)
		}
		data, err := os.ReadFile(out)
		if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != c.Expect.SHA256 {
			t.Errorf("case %d: %d other bytes, %v", i, len(data), err)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
}
