package rehearsal_test

import (
	"context"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/rehearsal"
)

// rehearse rehearses a package.
func rehearse(t *testing.T, files conformance.Files) *rehearsal.Result {
	t.Helper()
	var names []string
	for name := range files {
		names = append(names, name)
	}
	m := machine.Read(machine.NewFiles(names), "", func(file string, _ machine.Role) *doc.Node {
		root, err := canonyaml.Read([]byte(files[file]))
		if err != nil {
			return nil
		}
		return root
	})
	result, err := rehearsal.Rehearse(context.Background(), m, files.FS(), rehearsal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// kinds are the codes that the recorded cases know. What else is found goes beyond
// them.
var kinds = map[string]string{
	rehearsal.Tree: "tree", rehearsal.Provider: "provider-config", rehearsal.Bus: "bus",
	rehearsal.Device: "device", rehearsal.Parameter: "parameter",
}

// TestCases compares with 400 packages that were started with the real loader, the
// real providers and the real runtime.
func TestCases(t *testing.T) {
	starts := map[string]int{}
	for i, c := range conformance.RehearsalCases(t) {
		result := rehearse(t, c.Files)
		var found []conformance.RehearsalFinding
		got := "true"
		for _, f := range result.Findings {
			kind, known := kinds[f.Code]
			if !known {
				continue
			}
			switch {
			case f.Stops == machine.Yes:
				got = "false"
			case f.Stops == machine.Unknown && got == "true":
				got = "null"
			}
			found = append(found, conformance.RehearsalFinding{Kind: kind, RehearsalPlace: conformance.RehearsalPlace{File: f.File, Line: f.Line}, About: f.Message})
		}
		all := func(conformance.RehearsalFinding) bool { return true }
		for _, d := range c.Compare(found, all) {
			t.Errorf("case %d %q: %s", i, c.Mutations, d)
		}
		want := "true"
		if c.Expect.Starts == nil {
			want = "null"
		} else if !*c.Expect.Starts {
			want = "false"
		}
		starts[want]++
		if got != want {
			t.Errorf("case %d %q: starts %s, want %s", i, c.Mutations, got, want)
		}
	}
	if starts["true"] < 100 || starts["false"] < 60 || starts["null"] < 5 {
		t.Errorf("too few cases of each kind: %v", starts)
	}
}
