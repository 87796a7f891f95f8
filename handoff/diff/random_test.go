package diff_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
)

// TestDiffRandom makes random changes in the documents of a package, sensible or
// not: both directions agree, and nothing that differs is lost.
func TestDiffRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(20, 26))
	content := packageContent(t)
	old := openContent(t, content)
	var names []string
	for name := range content {
		if docfile.KindOf(name) == docfile.YAML {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for range 40 {
		changed := maps.Clone(content)
		for range 1 + rng.IntN(3) {
			name := names[rng.IntN(len(names))]
			root, err := canonyaml.Read(changed[name].Data)
			if err != nil {
				t.Fatal(err)
			}
			for range 1 + rng.IntN(4) {
				change(rng, root)
			}
			changed[name] = &fstest.MapFile{Data: canonyaml.Append(nil, root)}
		}
		new := openContent(t, changed)
		c := diffed(t, old, new)
		checkComparison(t, c)
		checkMirror(t, c, diffed(t, new, old))
		forms(t, c)
		if t.Failed() {
			return
		}
	}
}

// change changes a value somewhere in a document.
func change(rng *rand.Rand, root *doc.Node) {
	var all []*doc.Node
	doc.Walk(root, func(_ doc.Path, _, n *doc.Node) bool {
		all = append(all, n)
		return true
	})
	n := all[rng.IntN(len(all))]
	other := all[rng.IntN(len(all))].Clone()
	switch choice := rng.IntN(5); {
	case choice == 0 && len(n.Items) > 0:
		rng.Shuffle(len(n.Items), func(i, j int) { n.Items[i], n.Items[j] = n.Items[j], n.Items[i] })
	case choice <= 1 && n.Kind == doc.Seq:
		n.Items = append(n.Items, other)
	case choice <= 2 && len(n.Items) > 0:
		n.Items = n.Items[1:]
	case choice <= 2 && n.Kind == doc.Map && len(n.Entries) > 1:
		i := rng.IntN(len(n.Entries))
		n.Entries = slices.Delete(slices.Clone(n.Entries), i, i+1)
	case choice == 3 && n.Kind == doc.Map:
		n.Set([]string{"id", "name", "enabled", "providers", "max", "x y"}[rng.IntN(6)], other)
	case n.Kind == doc.Int:
		n.Text += "0"
	case n.Kind == doc.Bool:
		n.Bool = !n.Bool
	case n.Kind == doc.String:
		n.Text += "x"
	case n.Kind != doc.Map:
		*n = doc.Node{Kind: doc.Null}
	}
}
