package release_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

// TestRepairProcessKilled kills processes that repair releases and go back by force, at
// random moments. No edit is ever lost, and current always leads to a whole release,
// edited or not.
func TestRepairProcessKilled(t *testing.T) {
	const rounds = 3
	kills := 12
	if unpackSlow {
		kills = 5
	}
	files, digests := threePackages(t, 0)
	files, digests = []string{files[0], files[2]}, []string{digests[0], digests[2]}
	edits := 0
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "rig")
		rng := rand.New(rand.NewPCG(7, uint64(round)))
		current := ""
		for range kills {
			killUnpack(t, unpackChild(t, "repair", dir, files...), time.Duration(rng.IntN(150_000))*time.Microsecond)
			wantEdits(t, dir, digests...)
			target, err := os.Readlink(filepath.Join(dir, "current"))
			if err != nil && (current != "" || !os.IsNotExist(err)) {
				t.Fatal(err)
			}
			if current = target; current != "" {
				if _, err := os.Stat(filepath.Join(dir, "current", "machine-profile.yaml")); err != nil {
					t.Error(err)
				}
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		numbers, _ := editNumbers(dir)
		edits += len(numbers)
		p, err := handoff.OpenPath(t.Context(), files[0], handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{}); err != nil {
			t.Error(err)
		}
		wantEdits(t, dir, digests...)
		if got := digestOf(t, filepath.Join(dir, "current")); got != digests[0] {
			t.Errorf("%s is current at the end", got)
		}
		wantClean(t, dir)
	}
	if edits < rounds {
		t.Errorf("only %d edits", edits)
	}
	t.Logf("%d edits", edits)
}
