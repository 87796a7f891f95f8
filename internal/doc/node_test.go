package doc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

func TestGet(t *testing.T) {
	root := doc.NewMap(
		doc.Field("a", doc.NewMap(doc.Field("b", doc.NewInt(1)))),
		doc.Entry{Key: doc.NewInt(5), Value: doc.NewString("under a number")},
		doc.Field("list", doc.NewSeq(doc.NewInt(2))),
		doc.Field("null", doc.NewNull()),
	)
	for _, test := range []struct {
		name string
		got  *doc.Node
		want *doc.Node
	}{
		{"path", root.Get("a").Get("b"), doc.NewInt(1)},
		{"missing", root.Get("x"), nil},
		{"below missing", root.Get("x").Get("y").Get("z"), nil},
		{"below a scalar", root.Get("a").Get("b").Get("c"), nil},
		{"below a list", root.Get("list").Get("0"), nil},
		{"key that is no string", root.Get("5"), nil},
		{"null is there", root.Get("null"), doc.NewNull()},
	} {
		if diff := cmp.Diff(test.want, test.got); diff != "" {
			t.Errorf("%s: want -, got +\n%s", test.name, diff)
		}
	}
}

func TestSetAndDelete(t *testing.T) {
	one, two := doc.NewInt(1), doc.NewInt(2)
	root := doc.NewMap(doc.Entry{Key: doc.NewInt(7), Value: one}, doc.Field("a", one), doc.Field("b", one))
	before := root.Entries[:1]

	root.Set("a", two)
	root.Set("7", two)
	want := doc.NewMap(doc.Entry{Key: doc.NewInt(7), Value: one}, doc.Field("a", two), doc.Field("b", one), doc.Field("7", two))
	if diff := cmp.Diff(want, root); diff != "" {
		t.Errorf("Set: want -, got +\n%s", diff)
	}

	entries := root.Entries
	if !root.Delete("a") || root.Delete("a") || root.Delete("x") {
		t.Error("Delete does not report whether the key was there")
	}
	want = doc.NewMap(doc.Entry{Key: doc.NewInt(7), Value: one}, doc.Field("b", one), doc.Field("7", two))
	if diff := cmp.Diff(want, root); diff != "" {
		t.Errorf("Delete: want -, got +\n%s", diff)
	}
	// A copy of the entries that somebody still holds keeps its order.
	if entries[1].Key.Text != "a" || entries[2].Key.Text != "b" || before[0].Key.Text != "7" {
		t.Errorf("Delete changed older entries: %q, %q", entries[1].Key.Text, entries[2].Key.Text)
	}
	if doc.NewString("s").Delete("a") || (*doc.Node)(nil).Delete("a") {
		t.Error("Delete found a key in what has none")
	}
}

func TestClone(t *testing.T) {
	shared := doc.NewMap(doc.Field("k", doc.NewInt(1)))
	root := doc.NewMap(doc.Field("a", shared), doc.Field("list", doc.NewSeq(shared, doc.NewString("x"))), doc.Field("empty", doc.NewSeq()))
	root.Pos = doc.Pos{Line: 3, Column: 4}
	root.Get("a").Source = "as spelled"
	copied := root.Clone()
	if diff := cmp.Diff(root, copied); diff != "" {
		t.Fatalf("Clone: want -, got +\n%s", diff)
	}
	if copied.Get("a") != copied.Get("list").Items[0] {
		t.Error("nodes that were shared are not in the copy")
	}
	if copied.Get("a") == shared || copied.Entries[0].Key == root.Entries[0].Key {
		t.Error("the copy shares nodes with the original")
	}
	copied.Get("a").Set("k", doc.NewInt(2))
	copied.Get("list").Items[1].Text = "y"
	copied.Delete("empty")
	if shared.Get("k").Text != "1" || root.Get("list").Items[1].Text != "x" || root.Get("empty") == nil {
		t.Errorf("changing the copy changed the original: %v", root)
	}
	if (*doc.Node)(nil).Clone() != nil {
		t.Error("a copy of nothing")
	}
}

func TestKind(t *testing.T) {
	for kind, want := range map[doc.Kind]string{
		doc.Null: "null", doc.Bool: "a boolean", doc.Int: "an integer", doc.Float: "a float", doc.String: "a string",
		doc.Binary: "binary data", doc.Timestamp: "a timestamp", doc.Seq: "a list", doc.Map: "a mapping", doc.Set: "a set",
		doc.Kind(99): "kind 99",
	} {
		if got := kind.String(); got != want {
			t.Errorf("kind %d is %q, want %q", uint8(kind), got, want)
		}
	}
	var none *doc.Node
	if none.IsString() || none.IsMap() || none.IsSeq() {
		t.Error("nothing has a kind")
	}
	for _, n := range []*doc.Node{doc.NewString(""), doc.NewMap(), doc.NewSeq(), doc.NewNull(), {Kind: doc.Set}} {
		if n.IsString() != (n.Kind == doc.String) || n.IsMap() != (n.Kind == doc.Map) || n.IsSeq() != (n.Kind == doc.Seq) {
			t.Errorf("%v is taken for another kind", n.Kind)
		}
	}
	if !(doc.Pos{}).IsZero() || (doc.Pos{Line: 1}).IsZero() || (doc.Pos{Column: 1}).IsZero() {
		t.Error("IsZero")
	}
}
