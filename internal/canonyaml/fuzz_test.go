package canonyaml_test

import (
	"bytes"
	"math"
	"testing"

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
		if garbled(text) {
			return
		}
		again, err := canonyaml.Read(text)
		if err != nil {
			t.Fatalf("canonical text is not readable: %v\n%q\nfrom %q", err, text, data)
		}
		if !same(root, again) {
			t.Fatalf("canonical text means something else:\n%q\nfrom %q", text, data)
		}
		if second := canonyaml.Append(nil, again); string(second) != string(text) {
			t.Fatalf("writing again gives another text:\n%q\n%q", text, second)
		}
	})
}

// garbled reports whether the reference's spelling of a document does not mean
// the document: beyond the width it breaks a double-quoted text at every space,
// and so makes an escaped backslash of two that were to end a line and to begin
// the next one. It takes nesting of some 80 columns.
func garbled(text []byte) bool {
	for line := range bytes.Lines(text) {
		if string(bytes.TrimSpace(line)) == `\\` {
			return true
		}
	}
	return false
}

// same compares what two documents mean, not where they stood. (go-cmp takes time
// exponential in the depth of lists.)
func same(a, b *doc.Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || a.Bool != b.Bool || len(a.Items) != len(b.Items) || len(a.Entries) != len(b.Entries) {
		return false
	}
	if math.Float64bits(a.Float) != math.Float64bits(b.Float) && !(math.IsNaN(a.Float) && math.IsNaN(b.Float)) {
		return false
	}
	for i := range a.Items {
		if !same(a.Items[i], b.Items[i]) {
			return false
		}
	}
	for i := range a.Entries {
		if !same(a.Entries[i].Key, b.Entries[i].Key) || !same(a.Entries[i].Value, b.Entries[i].Value) {
			return false
		}
	}
	return true
}
