package runtimerule

import (
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// FuzzCheck: no document makes Check panic, every violation has a place in the
// document, and what merge keys bring never hides one.
func FuzzCheck(f *testing.F) {
	for _, tt := range ruleTests {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			return
		}
		found := check(root)
		paths := map[string]bool{}
		doc.Walk(root, func(path doc.Path, _, _ *doc.Node) bool {
			paths[path.Pointer()] = true
			return len(paths) < 10_000
		})
		for _, v := range found {
			if len(paths) < 10_000 && !paths[v.Path.Pointer()] {
				t.Errorf("%s is not in the document: %s", v.Path, v.Message)
			}
			if v.Pos.IsZero() || v.Code == "" || v.Message == "" || v.Hint == "" {
				t.Errorf("incomplete: %+v", v)
			}
		}
		if before, after := refusals(found), refusals(check(withoutMerged(root))); after > before {
			t.Errorf("%d refusals with merge keys and %d without", before, after)
		}
	})
}

func refusals(found []Violation) (n int) {
	for _, v := range found {
		if !v.Warning {
			n++
		}
	}
	return n
}

// withoutMerged is the document as the runtime sees it.
func withoutMerged(n *doc.Node) *doc.Node {
	if n == nil {
		return nil
	}
	c := *n
	c.Items, c.Entries = nil, nil
	for _, item := range n.Items {
		c.Items = append(c.Items, withoutMerged(item))
	}
	for _, e := range n.Entries {
		if !e.Merged {
			c.Entries = append(c.Entries, doc.Entry{Key: e.Key, Value: withoutMerged(e.Value)})
		}
	}
	return &c
}
