package canonyaml_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// TestReadMerged tells what a mapping says itself from what a merge key brought.
func TestReadMerged(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want map[string]bool // key of use, and whether it was merged
	}{
		"no merge":    {"use: {a: 1}", map[string]bool{"a": false}},
		"merged":      {"base: &b {a: 1, b: 2}\nuse: {<<: *b, c: 3}", map[string]bool{"a": true, "b": true, "c": false}},
		"own wins":    {"base: &b {a: 1, b: 2}\nuse: {a: 9, <<: *b}", map[string]bool{"a": false, "b": true}},
		"of a list":   {"x: &x {a: 1}\ny: &y {a: 2, b: 2}\nuse: {<<: [*x, *y]}", map[string]bool{"a": true, "b": true}},
		"in place":    {"use: {<<: {a: 1}}", map[string]bool{"a": true}},
		"of a merge":  {"x: &x {a: 1}\ny: &y {<<: *x, b: 2}\nuse: {<<: *y}", map[string]bool{"a": true, "b": true}},
		"quoted word": {"use: {'<<': {a: 1}}", map[string]bool{"<<": false}},
	} {
		root, err := canonyaml.Read([]byte(tt.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, root := range []*doc.Node{root, root.Clone()} {
			got := map[string]bool{}
			for _, e := range root.Get("use").Entries {
				got[e.Key.Text] = e.Merged
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

// TestSetMerged: a value that a program gives is the mapping's own.
func TestSetMerged(t *testing.T) {
	root, err := canonyaml.Read([]byte("{<<: {a: 1}}"))
	if err != nil {
		t.Fatal(err)
	}
	root.Set("a", doc.NewInt(2))
	if e := root.Entries[0]; e.Merged || e.Value.Text != "2" {
		t.Errorf("entry is %+v", e)
	}
}
