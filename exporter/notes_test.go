package exporter_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestNotes holds every note of every project in testdata/notes against its
// want section.
func TestNotes(t *testing.T) {
	seen := map[validator.Code]bool{}
	for _, file := range caseFiles(t, "notes") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			c := readCase(t, file)
			pkg, err := exporter.Build(context.Background(), c.project, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, n := range pkg.Notes() {
				seen[n.Code] = true
				fmt.Fprintln(&got, n.Error())
				checkNote(t, n)
			}
			c.compare(t, got.String())
		})
	}

	want := []validator.Code{
		validator.CodeOmittedVariant, validator.CodeMissingVariant, validator.CodeReader, validator.CodeDeployToken,
		validator.CodeDanglingReference, validator.CodeSecretRemoved, validator.CodeSuspicious, validator.CodeConfigReplaced,
		validator.CodeReferenceMissing, validator.CodeUnsafePath, validator.CodeUnusedPin, validator.CodeUnusedProvider, validator.CodeDuplicateKey, validator.CodeIncludeNotPacked, validator.CodeSidecarIgnored, validator.CodeCreatedUnreadable,
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("codes that the cases show: want -, got +\n%s", diff)
	}
}

// checkNote holds what is true of every note, whatever it says.
func checkNote(t *testing.T, n validator.Problem) {
	t.Helper()
	if n.File == "" && n.Code != validator.CodeUnusedPin {
		t.Errorf("note without a file: %v", n)
	}
	if (n.Line == 0) != (n.Column == 0) {
		t.Errorf("line %d, column %d: %v", n.Line, n.Column, n)
	}
	if want := n.Code == validator.CodeSuspicious; (n.Severity == validator.Warning) != want || (n.Severity == validator.Note) == want {
		t.Errorf("severity %s: %v", n.Severity, n)
	}
	if strings.Contains(n.Error(), "\n") || n.Message == "" {
		t.Errorf("not one line: %q", n)
	}
}
