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
)

// TestNotes holds every note of every project in testdata/notes against its
// want section.
func TestNotes(t *testing.T) {
	seen := map[exporter.NoteCode]bool{}
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
				fmt.Fprintf(&got, "%s %s\n", n.Code, n)
				checkNote(t, n)
			}
			c.compare(t, got.String())
		})
	}

	want := []exporter.NoteCode{
		exporter.NoteOmittedVariant, exporter.NoteMissingVariant, exporter.NoteReader, exporter.NoteDeployToken,
		exporter.NoteDangling, exporter.NoteRemoved, exporter.NoteSuspicious, exporter.NoteConfigReplaced,
		exporter.NoteUnusedPin, exporter.NoteSidecar, exporter.NoteCreated,
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("codes that the cases show: want -, got +\n%s", diff)
	}
}

// checkNote holds what is true of every note, whatever it says.
func checkNote(t *testing.T, n exporter.Note) {
	t.Helper()
	if n.File == "" && n.Code != exporter.NoteUnusedPin {
		t.Errorf("note without a file: %v", n)
	}
	if (n.Line == 0) != (n.Column == 0) {
		t.Errorf("line %d, column %d: %v", n.Line, n.Column, n)
	}
	if (n.Path == "") != (n.Pointer == "") {
		t.Errorf("path %q, pointer %q: %v", n.Path, n.Pointer, n)
	}
	if isReader := n.Code == exporter.NoteReader; isReader != (n.Source != "") || isReader != (n.Result != "") {
		t.Errorf("source %q, result %q: %v", n.Source, n.Result, n)
	}
	if strings.Contains(n.String(), "\n") || n.Message == "" {
		t.Errorf("not one line: %q", n)
	}
}
