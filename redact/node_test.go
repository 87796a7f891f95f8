package redact_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

func engine(t testing.TB, p redact.Policy) *secretscan.Engine {
	t.Helper()
	e, err := secretscan.New(secretscan.Of(&p))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func scanBrief(list []secretscan.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprintf("%d:%d %s %s %s", f.Line, f.Column, f.Severity, f.Rule, f.Path))
	}
	return out
}

// TestScanNode searches a document that a program made, so that no node has a
// place.
func TestScanNode(t *testing.T) {
	p := redact.Default()
	p.Allow = []redact.Allow{{Path: "a", Rule: "github-token"}}
	s := engine(t, p)
	root := doc.NewMap(
		doc.Field("a", doc.NewString(github)),
		doc.Field("b", doc.NewString(github)),
		doc.Field("c", doc.NewString(github)),
		doc.Field("token", doc.NewString("leak")),
	)
	want := []string{"0:0 error github-token b", "0:0 error github-token c", "0:0 error token-key token"}
	if diff := cmp.Diff(want, scanBrief(s.ScanNode("a.yaml", root))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if list := s.ScanNode("a.yaml", nil); len(list) > 0 {
		t.Errorf("of nothing: %v", list)
	}
}

// TestDocumentScanner finds what a scanner finds that reads the document itself.
func TestDocumentScanner(t *testing.T) {
	searcher := engine(t, extended())
	documents := 0
	compare := func(file, text string) {
		kind := docfile.KindOf(file)
		if kind == docfile.None {
			return
		}
		root, err := kind.Parse([]byte(text))
		if err != nil {
			return
		}
		documents++
		read, known := searcher.NewScanner(file), searcher.NewScanner(file)
		known.Document(root)
		half := len(text) / 2
		io.WriteString(read, text)
		io.WriteString(known, text[:half])
		io.WriteString(known, text[half:])
		want, got := read.Findings(), known.Findings()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %q (-read +known):\n%s", file, text, diff)
		}
	}
	for _, c := range plantedCases {
		compare(c.file, c.text)
	}
	for _, c := range innocentCases {
		compare(c.file, c.text)
	}
	if documents < 20 {
		t.Errorf("only %d documents", documents)
	}
}
