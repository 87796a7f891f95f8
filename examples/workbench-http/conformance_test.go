package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"github.com/anolishq/anolis-handoff/validator"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/conformance"
)

// TestConformance exports every recorded project over HTTP and as anpkg does:
// the same bytes, or the same problems.
func TestConformance(t *testing.T) {
	projects := ownProjects(t)
	ts := start(t, func(c *config) { c.projects = projects })
	count := map[string]int{}
	for i, c := range conformance.ExportCases(t) {
		name := c.Name
		if !projectName.MatchString(name) {
			count["renamed"]++
			wantError(t, ts.export(url.PathEscape(name), ""), 400, "not a project name")
			name = fmt.Sprintf("case-%d", i)
		}
		dir := filepath.Join(projects, name)
		if err := os.CopyFS(dir, c.Files.FS()); err != nil {
			t.Fatal(err)
		}
		got := ts.export(name, "")
		want, err := exportFile(t, dir, exporter.Options{})
		var problems validator.ProblemList
		var invalid *handoff.InvalidError
		switch {
		case err == nil:
			count["exported"]++
			wantPackage(t, got, name, want)
			sum := sha256.Sum256(got.body)
			if name == c.Name && hex.EncodeToString(sum[:]) != c.Expect.SHA256 {
				t.Errorf("case %d: digest %x, recorded is %s", i, sum, c.Expect.SHA256)
			}
		case errors.As(err, &invalid):
			count["invalid"]++
			wantProblems(t, i, wantError(t, got, 400, "the package would be invalid"), projectProblems(invalid.Report.Problems))
		case errors.As(err, &problems):
			count["problems"]++
			wantProblems(t, i, wantError(t, got, 400, "the project cannot be exported"), projectProblems(problems))
		default:
			t.Errorf("case %d: %v", i, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(count)
}

func wantProblems(t *testing.T, i int, got errorBody, want []problem) {
	t.Helper()
	if fmt.Sprint(got.Problems) != fmt.Sprint(want) || len(want) == 0 {
		t.Errorf("case %d: problems\n%v\nwant\n%v", i, got.Problems, want)
	}
}
