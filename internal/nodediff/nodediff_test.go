package nodediff_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// byID names items that have an id.
func byID(_ doc.Path, item *doc.Node) (string, bool) {
	id := item.Get("id")
	return doc.KeyText(cmp.Or(id, doc.NewNull())), id.IsString()
}

func parse(t *testing.T, text string) *doc.Node {
	t.Helper()
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"equal":              {"a: 1", "a: 1", ""},
		"spelling":           {"a: 0x10\nb: yes\nc: 'x'", "c: x\nb: true\na: 16", ""},
		"disputed spelling":  {"a: 1000\nb: 90\nc: 1.5\nd: 8", "a: 1_000\nb: 1:30\nc: 1_.5\nd: 010", "a: 1000 -> 1000; b: 90 -> 90; c: 1.5 -> 1.5"},
		"disputed twice":     {"a: 1_000", "a: 10_00", ""},
		"scalar":             {"a: 1", "a: 2", "a: 1 -> 2"},
		"kind":               {"a: 1", "a: '1'", `a: 1 -> '1'`},
		"float and integer":  {"a: 1", "a: 1.0", "a: 1 -> 1.0"},
		"not a number":       {"a: .nan", "a: .NaN", ""},
		"null is a value":    {"a: null", "{}", "a: null -> none"},
		"new key":            {"{}", "a: {b: 1}", "a: none -> {b: 1}"},
		"gone key":           {"a: {b: 1}\nc: 2", "c: 2", "a: {b: 1} -> none"},
		"order of keys":      {"a: 1\nb: 2", "b: 2\na: 1", ""},
		"keys of two kinds":  {"1: a\n'1': b", "1: a\n'1': c", "1: b -> c"},
		"binary keys":        {"!!binary YQ==: 1\n!!binary Yg==: 2", "!!binary YQ==: 1\n!!binary Yg==: 3", "binary: 2 -> 3"},
		"list of scalars":    {"a: [1, 2]", "a: [2, 1]", "a: [1, 2] -> [2, 1]"},
		"empty list":         {"a: []", "a: [1]", "a: [] -> [1]"},
		"item at the end":    {"a: [{b: 1}]", "a: [{b: 1}, {b: 2}]", "a[1]: none -> {b: 2}"},
		"item in front":      {"a: [{b: 1}, {b: 2}]", "a: [{b: 0}, {b: 1}, {b: 2}]", "a[0]: none -> {b: 0}"},
		"item between":       {"a: [{b: 1}, {b: 2}]", "a: [{b: 1}, {b: 3}, {b: 2}]", "a[1]: none -> {b: 3}"},
		"inside an item":     {"a: [{b: 1}, {b: 2}]", "a: [{b: 1}, {b: 3}]", "a[1].b: 2 -> 3"},
		"repeated items":     {"a: [[1], [1], [1]]", "a: [[1]]", "a[1]: [1] -> none; a[2]: [1] -> none"},
		"named item":         {"a: [{id: x, b: 1}]", "a: [{id: x, b: 2}]", "a[x].b: 1 -> 2"},
		"named, new":         {"a: [{id: x}]", "a: [{id: y}, {id: x}]", "a[y]: none -> {id: y}"},
		"named, gone":        {"a: [{id: x}, {id: y}]", "a: [{id: y}]", "a[x]: {id: x} -> none"},
		"named, moved":       {"a: [{id: x}, {id: y}]", "a: [{id: y}, {id: x}]", "a moved"},
		"named, from empty":  {"a: []", "a: [{id: x}]", "a[x]: none -> {id: x}"},
		"a name twice":       {"a: [{id: x}, {id: x}]", "a: [{id: x}, {id: x, b: 1}]", "a[1].b: none -> 1"},
		"an item has none":   {"a: [{id: x}]", "a: [{c: x}]", "a[0].c: none -> x; a[0].id: x -> none"},
		"odd name":           {"a: [{id: 'x.y', b: 1}]", "a: [{id: 'x.y'}]", `a["x.y"].b: 1 -> none`},
		"set":                {"a: !!set {x, y}", "a: !!set {y, z}", "a.z: none -> null; a.x: null -> none"},
		"shared collections": {"a: &x [1]\nb: *x", "a: &x [2]\nb: *x", "a: [1] -> [2]; b: [1] -> [2]"},
		"the document":       {"a", "[a]", ".: a -> [a]"},
	} {
		t.Run(name, func(t *testing.T) {
			old, new := parse(t, c.old), parse(t, c.new)
			if got := show(nodediff.Compare(old, new, byID)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			checkPair(t, old, new)
		})
	}
}

func show(list []nodediff.Change) string {
	var parts []string
	for _, c := range list {
		if c.Moved {
			parts = append(parts, c.Path.String()+" moved")
			continue
		}
		parts = append(parts, c.Path.String()+": "+flow(c.Old)+" -> "+flow(c.New))
	}
	return strings.Join(parts, "; ")
}

// flow is a node in short.
func flow(n *doc.Node) string {
	var parts []string
	switch {
	case n == nil:
		return "none"
	case n.Kind == doc.Seq:
		for _, item := range n.Items {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case n.Kind == doc.Map, n.Kind == doc.Set:
		for _, e := range n.Entries {
			parts = append(parts, doc.KeyText(e.Key)+": "+flow(e.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case n.Quoted:
		return "'" + n.Text + "'"
	case n.Kind == doc.Float:
		return canonyaml.FormatFloat(n.Float)
	}
	return doc.KeyText(n)
}

// checkPair checks what holds for every two documents.
func checkPair(t *testing.T, a, b *doc.Node) {
	t.Helper()
	merges := hasMerged(a) || hasMerged(b)
	for _, name := range []nodediff.Namer{nil, byID} {
		there, back := nodediff.Compare(a, b, name), nodediff.Compare(b, a, name)
		for i := range back {
			back[i].Old, back[i].New = back[i].New, back[i].Old
		}
		x, y := lines(there), lines(back)
		if !slices.Equal(x, y) {
			t.Errorf("not a mirror:\n%s\n%s", strings.Join(x, "\n"), strings.Join(y, "\n"))
		}
		for _, c := range there {
			if c.Old == nil && c.New == nil || !c.Moved && nodediff.Equal(c.Old, c.New) && !merges {
				t.Errorf("%s is no change", show([]nodediff.Change{c}))
			}
		}
		if n := len(nodediff.Compare(a, a.Clone(), name)); n != 0 {
			t.Errorf("%d changes in a copy", n)
		}
	}
	if equal := nodediff.Equal(a, b); equal != (len(nodediff.Compare(a, b, nil)) == 0) || equal != nodediff.Equal(b, a) {
		t.Errorf("equal: %v", equal)
	}
	if !nodediff.Equal(a, a.Clone()) {
		t.Error("a copy is not equal")
	}
}

// hasMerged reports whether readers may disagree on the entries of a mapping.
func hasMerged(root *doc.Node) bool {
	found := false
	doc.Walk(root, func(_ doc.Path, _, n *doc.Node) bool {
		found = found || slices.ContainsFunc(n.Entries, func(e doc.Entry) bool { return e.Merged || e.Replaced })
		return true
	})
	return found
}

func lines(list []nodediff.Change) []string {
	var all []string
	for _, c := range list {
		all = append(all, fmt.Sprintf("%s %v %p %p", c.Path, c.Moved, c.Old, c.New))
	}
	slices.Sort(all)
	return all
}

// TestRandom compares random trees with copies in which something was changed.
func TestRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	for range 2000 {
		a := tree(rng, 4)
		b := a.Clone()
		for range rng.IntN(4) {
			mutate(rng, b)
		}
		checkPair(t, a, b)
		checkPair(t, a, tree(rng, 3))
		if t.Failed() {
			t.Fatalf("%s\n%s", flow(a), flow(b))
		}
	}
}

func tree(rng *rand.Rand, depth int) *doc.Node {
	choices := 7
	if depth == 0 {
		choices = 5
	}
	switch rng.IntN(choices) {
	case 0:
		return doc.NewNull()
	case 1:
		return doc.NewBool(rng.IntN(2) == 0)
	case 2:
		return doc.NewInt(rng.Int64N(3))
	case 3:
		return &doc.Node{Kind: doc.Float, Float: float64(rng.IntN(3))}
	case 4:
		return doc.NewString(string(rune('a' + rng.IntN(3))))
	case 5:
		n := doc.NewSeq()
		for range rng.IntN(5) {
			n.Items = append(n.Items, tree(rng, depth-1))
		}
		return n
	}
	n := doc.NewMap()
	for range rng.IntN(5) {
		n.Set([]string{"id", "a", "b", "c.d"}[rng.IntN(4)], tree(rng, depth-1))
	}
	return n
}

// mutate changes a node somewhere.
func mutate(rng *rand.Rand, root *doc.Node) {
	var all []*doc.Node
	doc.Walk(root, func(_ doc.Path, _, n *doc.Node) bool {
		all = append(all, n)
		return true
	})
	n := all[rng.IntN(len(all))]
	switch {
	case n.Kind == doc.Seq && len(n.Items) > 0:
		i := rng.IntN(len(n.Items))
		switch rng.IntN(3) {
		case 0:
			n.Items = slices.Delete(n.Items, i, i+1)
		case 1:
			n.Items = slices.Insert(n.Items, i, tree(rng, 2))
		default:
			rng.Shuffle(len(n.Items), func(i, j int) { n.Items[i], n.Items[j] = n.Items[j], n.Items[i] })
		}
	case n.Kind == doc.Map && len(n.Entries) > 0 && rng.IntN(2) == 0:
		rng.Shuffle(len(n.Entries), func(i, j int) { n.Entries[i], n.Entries[j] = n.Entries[j], n.Entries[i] })
	default:
		*n = *tree(rng, 2)
	}
}

// TestNil compares with no document.
func TestNil(t *testing.T) {
	a := parse(t, "a: 1")
	if got := show(nodediff.Compare(nil, a, nil)); got != ".: none -> {a: 1}" {
		t.Error(got)
	}
	if nodediff.Equal(nil, a) || !nodediff.Equal(nil, nil) || len(nodediff.Compare(nil, nil, byID)) != 0 {
		t.Error("nothing is not equal to nothing")
	}
}

// TestMerged: a runtime that knows no merge keys sees no b in c.
func TestMerged(t *testing.T) {
	old, new := parse(t, "a: {b: 1}\nc: {b: 1}"), parse(t, "a: &x {b: 1}\nc: {<<: *x}")
	for _, list := range [][]nodediff.Change{nodediff.Compare(old, new, nil), nodediff.Compare(new, old, byID)} {
		if got := show(list); got != "c.b: 1 -> 1" {
			t.Error(got)
		}
	}
	if nodediff.Equal(old, new) {
		t.Error("they are equal")
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("a: [{id: x, b: 1}, {id: y}]", "a: [{id: y}, {id: x, b: 2}]")
	f.Add("a: &x [[1], [2]]\nb: *x", "a: [[0], [1], [2]]")
	f.Add("{1: a, '1': b, !!binary YQ==: c}", "[1, 1.0, .nan, !!set {x}]")
	f.Fuzz(func(t *testing.T, old, new string) {
		a, err1 := canonyaml.Read([]byte(old))
		b, err2 := canonyaml.Read([]byte(new))
		if err1 != nil || err2 != nil || a == nil || b == nil || doc.Count(a, 5000) == 5000 || doc.Count(b, 5000) == 5000 {
			return
		}
		checkPair(t, a, b)
	})
}

func BenchmarkCompare(b *testing.B) {
	for _, c := range []struct {
		name string
		item func(i int) *doc.Node
	}{
		{"named", func(i int) *doc.Node {
			return doc.NewMap(doc.Field("id", doc.NewString(fmt.Sprint("item", i))), doc.Field("n", doc.NewInt(int64(i))))
		}},
		{"positional", func(i int) *doc.Node { return doc.NewMap(doc.Field("n", doc.NewInt(int64(i)))) }},
		{"scalars", func(i int) *doc.Node { return doc.NewInt(int64(i)) }},
	} {
		old, new := doc.NewSeq(), doc.NewSeq()
		for i := range 50_000 {
			old.Items = append(old.Items, c.item(i))
			new.Items = append(new.Items, c.item(50_000-i))
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				nodediff.Compare(old, new, byID)
			}
		})
	}
}
