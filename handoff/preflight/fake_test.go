package preflight_test

import (
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// openRig opens the package of a project after edits, which are pairs of an old
// and a new text. An old text that is nowhere fails the test.
func openRig(t testing.TB, edits ...string) *handoff.Package {
	t.Helper()
	files := handofftest.RigFiles()
	for i := 0; i < len(edits); i += 2 {
		found := false
		for _, f := range files {
			if strings.Contains(string(f.Data), edits[i]) {
				f.Data = []byte(strings.ReplaceAll(string(f.Data), edits[i], edits[i+1]))
				found = true
			}
		}
		if !found {
			t.Fatalf("%q is in no file of the project", edits[i])
		}
	}
	return handofftest.OpenVariants(t, files, "rig")
}

func checked(t testing.TB, p *handoff.Package, target preflight.Target) *preflight.Report {
	t.Helper()
	r, err := preflight.Check(t.Context(), p, target, preflight.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
