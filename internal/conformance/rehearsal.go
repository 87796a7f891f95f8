package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// Rehearsal is the content of a package and what stops it at the start.
type Rehearsal struct {
	Mutations  []string
	NearMisses []string `json:"near_misses"` // what looks wrong and is not
	WellFormed bool     `json:"well_formed"`
	Files      Files
	Expect     struct {
		// Starts is nil if nobody could say.
		Starts   *bool
		Findings []RehearsalFinding
		// May lists what may be reported and need not be.
		May []RehearsalFinding
	}
}

// RehearsalFinding is one fault. Line 0 is any line of the file.
type RehearsalFinding struct {
	Kind string // tree, provider-config, bus, device or parameter
	RehearsalPlace
	About    string
	Profiles []string
	Also     []RehearsalPlace // as good as the place
}

// RehearsalPlace is a line of a file.
type RehearsalPlace struct {
	File string
	Line int
}

// RehearsalCases are the 400 judged packages.
func RehearsalCases(tb testing.TB) []Rehearsal {
	return read[Rehearsal](tb, "rehearsal.jsonl.gz", 400)
}

// Compare holds findings against what is expected of those for which judged
// returns true, and returns every difference, sorted. What is found counts by its
// kind and place only. In a tree file that is refused, more faults of the tree may
// be found than the one that is expected.
func (r *Rehearsal) Compare(found []RehearsalFinding, judged func(RehearsalFinding) bool) []string {
	var differences []string
	refused := map[string]bool{}
	for _, want := range r.Expect.Findings {
		if want.Kind == "tree" {
			refused[want.File] = true
		}
		if judged(want) && !slices.ContainsFunc(found, want.matches) {
			differences = append(differences, fmt.Sprintf("not found: %s %s:%d (%s)", want.Kind, want.File, want.Line, want.About))
		}
	}
	for _, got := range found {
		matches := func(want RehearsalFinding) bool { return want.matches(got) }
		if slices.ContainsFunc(r.Expect.Findings, matches) || slices.ContainsFunc(r.Expect.May, matches) || got.Kind == "tree" && refused[got.File] {
			continue
		}
		differences = append(differences, fmt.Sprintf("not a fault: %s %s:%d (%s)", got.Kind, got.File, got.Line, got.About))
	}
	slices.SortFunc(differences, cmp.Compare)
	return differences
}

func (want RehearsalFinding) matches(got RehearsalFinding) bool {
	if want.Kind != got.Kind {
		return false
	}
	if want.File == got.File && want.Line == 0 {
		return true
	}
	return want.RehearsalPlace == got.RehearsalPlace || slices.Contains(want.Also, got.RehearsalPlace)
}

// Tree is a behavior tree and what two versions of the tree loader say of it.
type Tree struct {
	Rule  string // what it tries
	Files Files  // main.xml, and what that includes
	Loads struct {
		Old bool `json:"4.8.4"`
		New bool `json:"4.9.0"`
	}
}

// UnmarshalJSON reads a case, which has the text of one file or several files.
func (t *Tree) UnmarshalJSON(data []byte) error {
	type plain Tree
	var c struct {
		plain
		XML json.RawMessage
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return err
	}
	*t = Tree(c.plain)
	var text string
	if json.Unmarshal(c.XML, &text) == nil {
		t.Files = Files{"main.xml": text}
		return nil
	}
	return json.Unmarshal(c.XML, &t.Files)
}

// TreeCases are the 460 judged trees.
func TreeCases(tb testing.TB) []Tree {
	return read[Tree](tb, "trees.jsonl.gz", 460)
}
