package diff_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

//go:generate go test -run=^TestChangesDocIsCurrent$ . -update

const changesDoc = "../../docs/changes.md"

const changesIntro = `<!-- Made by "go generate" in handoff/diff from the texts of diff.Kinds. Change those. -->

# What a comparison reports

` + "`anpkg diff OLD NEW`" + ` says what changed from one package to another *for the machine*. One change of the machine is one change in the comparison, however many files and runtime profiles it shows up in; spelling, the order of keys, checksums and the bytes of the zip file are none.

Every change has a kind, which is stable: scripts may match it, and it never changes its meaning. The kind decides the risk. In Go, ` + "`diff.Kinds()`" + ` has these texts.
`

// risks in the order of the page.
var risks = []struct {
	risk  diff.Risk
	title string
}{
	{diff.High, "High risk: the machine can move, heat or be reached differently, or the effect is not known"},
	{diff.Medium, "Medium risk: the machine times, restarts, records or is built differently, or only the provider knows"},
	{diff.Low, "Low risk: the machine does what it did"},
}

// TestChangesDocIsCurrent compares the page with the kinds.
func TestChangesDocIsCurrent(t *testing.T) {
	var b strings.Builder
	b.WriteString(changesIntro)
	listed := 0
	for _, r := range risks {
		fmt.Fprintf(&b, "\n## %s\n\n| kind | change | why it matters |\n| --- | --- | --- |\n", r.title)
		for _, k := range diff.Kinds() {
			if k.Risk == r.risk {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Kind, k.Title, k.Why)
				listed++
			}
		}
	}
	if listed != len(diff.Kinds()) {
		t.Errorf("%d of %d kinds have a known risk", listed, len(diff.Kinds()))
	}
	if *handofftest.Update {
		if err := os.WriteFile(changesDoc, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(changesDoc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(page)); diff != "" {
		t.Errorf("run go generate ./handoff/diff (-want +got):\n%s", diff)
	}
}
