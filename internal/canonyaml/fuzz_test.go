package canonyaml_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// FuzzRead: reading never panics, and the canonical text of what was read reads
// back to the same document and is canonical itself.
func FuzzRead(f *testing.F) {
	for i, c := range conformance.YAMLCases(f) {
		if i%25 == 0 && len(c.In) < 2000 {
			f.Add([]byte(c.In))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		root, err := canonyaml.Read(data)
		if err != nil {
			if root != nil {
				t.Error("a document beside an error")
			}
			return
		}
		text := canonyaml.Append(nil, root)
		again, err := canonyaml.Read(text)
		if err != nil {
			t.Fatalf("canonical text is not readable: %v\n%q\nfrom %q", err, text, data)
		}
		if diff := cmp.Diff(root, again, sameDocument); diff != "" {
			t.Fatalf("canonical text means something else (-from +canonical):\n%s\n%q\nfrom %q", diff, text, data)
		}
		if second := canonyaml.Append(nil, again); string(second) != string(text) {
			t.Fatalf("writing again gives another text:\n%q\n%q", text, second)
		}
	})
}

// sameDocument compares what a document means, not where it stood.
var sameDocument = cmp.Options{
	cmpopts.IgnoreFields(doc.Node{}, "Pos", "Source", "Quoted"),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b float64) bool {
		return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
	}),
}
