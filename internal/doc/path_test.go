package doc_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

func TestPath(t *testing.T) {
	for _, test := range []struct {
		path    doc.Path
		text    string
		pointer string
	}{
		{nil, ".", ""},
		{doc.Path{}, ".", ""},
		{doc.Path{"providers"}, "providers", "/providers"},
		{doc.Path{"providers", 0, "args", 12}, "providers[0].args[12]", "/providers/0/args/12"},
		{doc.Path{3, "id"}, "[3].id", "/3/id"},
		{doc.Path{1, 2}, "[1][2]", "/1/2"},
		{doc.Path{"a.b", "c"}, `["a.b"].c`, "/a.b/c"},
		{doc.Path{"a", "b.c"}, `a["b.c"]`, "/a/b.c"},
		{doc.Path{"a/b", "c~d", "~1"}, `["a/b"]["c~d"]["~1"]`, "/a~1b/c~0d/~01"},
		{doc.Path{""}, `[""]`, "/"},
		{doc.Path{"", ""}, `[""][""]`, "//"},
		{doc.Path{"0"}, "0", "/0"},
		{doc.Path{"a b"}, `["a b"]`, "/a b"},
		{doc.Path{"é"}, `["é"]`, "/é"},
		{doc.Path{"line\nfeed", `"`}, `["line\nfeed"]["\""]`, "/line\nfeed/\""},
		{doc.Path{"under_score", "da-sh"}, "under_score.da-sh", "/under_score/da-sh"},
	} {
		if got := test.path.String(); got != test.text {
			t.Errorf("String of %q = %s, want %s", []any(test.path), got, test.text)
		}
		if got := test.path.Pointer(); got != test.pointer {
			t.Errorf("Pointer of %q = %s, want %s", []any(test.path), got, test.pointer)
		}
	}
}

// TestChildSharesNothing guards against two paths that grow from one and
// overwrite each other's last step.
func TestChildSharesNothing(t *testing.T) {
	parent := make(doc.Path, 0, 8).Child("a")
	first, second := parent.Child("b"), parent.Child(7)
	if first.String() != "a.b" || second.String() != "a[7]" || parent.String() != "a" {
		t.Errorf("parent %s, children %s and %s", parent, first, second)
	}
}

func TestKeyText(t *testing.T) {
	for _, test := range []struct {
		key  *doc.Node
		want string
	}{
		{doc.NewString("a"), "a"},
		{doc.NewString(""), ""},
		{doc.NewNull(), "null"},
		{doc.NewBool(true), "true"},
		{doc.NewBool(false), "false"},
		{doc.NewInt(-5), "-5"},
		{&doc.Node{Kind: doc.Float, Float: 0.1}, "0.1"},
		{&doc.Node{Kind: doc.Float, Float: math.Inf(-1)}, "-Inf"},
		{&doc.Node{Kind: doc.Timestamp, Text: "2026-01-02"}, "2026-01-02"},
		{&doc.Node{Kind: doc.Binary, Text: "\xff\x00"}, "binary"},
	} {
		if got := doc.KeyText(test.key); got != test.want {
			t.Errorf("KeyText(%v) = %q, want %q", test.key.Kind, got, test.want)
		}
	}
}

func TestWalk(t *testing.T) {
	shared := doc.NewSeq(doc.NewInt(1))
	root := doc.NewMap(
		doc.Field("a", shared),
		doc.Field("skipped", doc.NewMap(doc.Field("x", doc.NewNull()))),
		doc.Entry{Key: doc.NewBool(true), Value: shared},
		doc.Field("none", nil),
		doc.Field("set", &doc.Node{Kind: doc.Set, Entries: []doc.Entry{{Key: doc.NewString("m"), Value: doc.NewNull()}}}),
	)
	var got []string
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		name := "-"
		if key != nil {
			name = doc.KeyText(key)
		}
		got = append(got, fmt.Sprintf("%s key %s: %s", path, name, value.Kind))
		return name != "skipped"
	})
	want := []string{
		". key -: a mapping",
		"a key a: a list",
		"a[0] key -: an integer",
		"skipped key skipped: a mapping",
		"true key true: a list",
		"true[0] key -: an integer",
		"set key set: a set",
		"set.m key m: null",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visits: want -, got +\n%s", diff)
	}
	doc.Walk(nil, func(doc.Path, *doc.Node, *doc.Node) bool {
		t.Error("a visit of nothing")
		return true
	})
}

func TestCompare(t *testing.T) {
	ordered := []doc.Path{
		{}, {0}, {doc.Item{Name: "z", Index: 1}}, {2}, {2, "a"}, {10}, {""}, {"a"}, {"a", 1}, {"a", "b"}, {"b"},
	}
	for i, p := range ordered {
		for j, q := range ordered {
			if got, want := p.Compare(q), slices.Compare([]int{i}, []int{j}); got != want {
				t.Errorf("%s and %s: %d, want %d", p, q, got, want)
			}
		}
	}
}
