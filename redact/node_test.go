package redact_test

import (
	"testing"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

// TestScanNode searches a document that a program made, so that no node has a
// place.
func TestScanNode(t *testing.T) {
	p := redact.Default()
	p.Allow = []redact.Allow{{Path: "a", Rule: "github-token"}}
	s, err := p.Searcher()
	if err != nil {
		t.Fatal(err)
	}
	root := doc.NewMap(
		doc.Field("a", doc.NewString(github)),
		doc.Field("b", doc.NewString(github)),
		doc.Field("c", doc.NewString(github)),
		doc.Field("token", doc.NewString("leak")),
	)
	want := []string{"0:0 error github-token b", "0:0 error github-token c", "0:0 error token-key token"}
	if diff := cmp.Diff(want, brief(s.ScanNode("a.yaml", root))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list := s.ScanNode("a.yaml", nil); len(list) > 0 {
		t.Errorf("of nothing: %v", list)
	}
}
