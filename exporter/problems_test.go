package exporter_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

var update = flag.Bool("update", false, "write the want sections of testdata anew; read the difference")

func caseFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/%s: %v", dir, err)
	}
	return files
}

// compare holds the lines of got against the want section of the case.
func (c caseFile) compare(t *testing.T, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(c.file, slices.Concat(c.text, []byte("-- want --\n"+got)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// TestProblems holds every problem of every project in testdata/problems against
// its want section: all of them, in order, with code, place, path and message.
func TestProblems(t *testing.T) {
	seen := map[validator.Code]bool{}
	for _, file := range caseFiles(t, "problems") {
		c := readCase(t, file)
		pkg, err := exporter.Build(context.Background(), c.project, c.opts)
		var problems validator.ProblemList
		if !errors.As(err, &problems) || pkg != nil {
			t.Errorf("%s: package %v, error %v, want Problems", file, pkg, err)
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			var got strings.Builder
			for _, p := range problems {
				seen[p.Code] = true
				fmt.Fprintln(&got, p.Error())
				checkProblem(t, err, p)
			}
			c.compare(t, got.String())
		})
	}

	want := []validator.Code{
		validator.CodeLayout, validator.CodeReferenceMissing, validator.CodeMissingVariant, validator.CodeUnreadable, validator.CodeUnsafePath,
		validator.CodeYAMLSyntax, validator.CodeJSONSyntax, validator.CodeDuplicateKey, validator.CodeStructure, validator.CodeProfileSchema,
		validator.CodeSecret, validator.CodeConflict, validator.CodeDocumentLimit, validator.CodeOption,
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("codes that the cases show: want -, got +\n%s", diff)
	}
}

// checkProblem holds what is true of every problem, whatever it says.
func checkProblem(t testing.TB, whole error, p validator.Problem) {
	t.Helper()
	if p.File == "" && p.Code != validator.CodeLayout && p.Code != validator.CodeOption {
		t.Errorf("problem without a file: %v", p)
	}
	if (p.Line == 0) != (p.Column == 0) {
		t.Errorf("line %d, column %d: %v", p.Line, p.Column, p)
	}
	if p.Pointer != "" && p.Pointer[0] != '/' {
		t.Errorf("pointer %q: %v", p.Pointer, p)
	}
	if strings.Contains(p.Error(), "\n") || p.Message == "" {
		t.Errorf("not one line: %q", p.Error())
	}
	if info, known := validator.Info(p.Code); !known || p.Hint != info.Fix || p.Severity != validator.Error {
		t.Errorf("severity %s, hint %q: %v", p.Severity, p.Hint, p)
	}
	if !errors.Is(whole, p) {
		t.Errorf("errors.Is does not find %v", p)
	}
}
