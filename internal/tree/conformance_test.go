package tree_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/tree"
)

func read(t *testing.T, files conformance.Files, name string) *tree.Tree {
	t.Helper()
	got, err := tree.Read(context.Background(), files.FS(), name, machine.ParseVersion(machine.NewestRuntime))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func describe(got *tree.Tree) string {
	var b strings.Builder
	for _, f := range got.Findings {
		fmt.Fprintf(&b, "%s:%d:%d %s\n", f.File, f.Line, f.Column, f.Message)
	}
	return b.String()
}

// TestTrees compares with the loader: what its two versions judge alike is judged so
// here, and where they differ the tree is doubtful.
func TestTrees(t *testing.T) {
	for i, c := range conformance.TreeCases(t) {
		got := read(t, c.Files, "main.xml")
		doubtful := slices.ContainsFunc(got.Findings, func(f tree.Finding) bool { return f.Rule == tree.Doubtful })
		differ := c.Loads.Old != c.Loads.New
		switch {
		case differ && !(doubtful && got.Loads()),
			!differ && got.Loads() != c.Loads.New,
			!differ && c.Loads.New && doubtful:
			t.Errorf("case %d, %s: loads in 4.8.4 %v, in 4.9.0 %v, here %v:\n%s%s", i, c.Rule, c.Loads.Old, c.Loads.New, got.Loads(), describe(got), c.Files["main.xml"])
		}
	}
}

// TestRehearsals holds the trees of whole packages against the loader.
func TestRehearsals(t *testing.T) {
	for i, c := range conformance.RehearsalCases(t) {
		var found []conformance.RehearsalFinding
		refused := map[string]bool{}
		for _, want := range slices.Concat(c.Expect.Findings, c.Expect.May) {
			if want.Kind == "tree" {
				refused[want.File] = true
			}
		}
		for name := range c.Files {
			if !strings.HasPrefix(name, "runtime/behaviors/") || !strings.HasSuffix(name, ".xml") {
				continue
			}
			got := read(t, c.Files, name)
			for _, f := range got.Findings {
				if f.Rule == tree.Doubtful {
					t.Errorf("case %d: %s:%d is doubtful: %s", i, f.File, f.Line, f.Message)
				}
				if f.Rule == tree.Refused && refused[f.File] {
					found = append(found, conformance.RehearsalFinding{Kind: "tree", RehearsalPlace: conformance.RehearsalPlace{File: f.File, Line: f.Line}, About: f.Message})
				}
			}
		}
		for _, d := range c.Compare(found, func(f conformance.RehearsalFinding) bool { return f.Kind == "tree" }) {
			t.Errorf("case %d: %s", i, d)
		}
	}
}
