package contract

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// edit puts Value at a JSON Pointer, or removes what is there.
type edit struct {
	At    string
	Value json.RawMessage
}

// frozenCase is a change to the base of an oracle, and what Python's jsonschema
// with the reference's schema said about the result.
type frozenCase struct {
	Valid bool
	Edits []edit
}

// oracle is what the reference said about one kind of document.
type oracle struct {
	name     string
	base     string // a valid document
	edits    string // frozen cases
	upstream string // the name of the published schema
	schema   func() (*Schema, error)
	sameText bool // the published schema has its rules in the same places
}

var profileOracle = oracle{"machine profile", "profile.json", "edits.jsonl", "machine-profile", MachineProfile, true}

var runtimeOracle = oracle{"runtime config", "runtime-config.json", "runtime-config-edits.jsonl", "runtime-config", RuntimeConfig, false}

func TestCheckLikeReference(t *testing.T) {
	for _, o := range []oracle{profileOracle, runtimeOracle} {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			s := mustSchema(t, o.schema)
			var valid, invalid int
			for _, c := range o.cases(t) {
				d := o.edited(t, c)
				got := check(t, s, d.root)
				if c.Valid != (len(got) == 0) {
					t.Errorf("%s: valid %v, got %v", d.text, c.Valid, got)
				}
				if c.Valid {
					valid++
				} else {
					invalid++
				}
			}
			if valid < 150 || invalid < 1000 {
				t.Errorf("only %d valid and %d invalid cases", valid, invalid)
			}
		})
	}
}

// TestSameAsUpstreamSchema compares with the published schemas where a copy of
// them lies beside the repository, which is never committed, over the frozen
// cases and over trees that JSON cannot spell: the verdicts, and where the rules
// are in the same places every violation, word for word.
func TestSameAsUpstreamSchema(t *testing.T) {
	for _, o := range []oracle{profileOracle, runtimeOracle} {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			path := "../../../shared/upstream/schemas/" + o.upstream + ".schema.json"
			source, err := os.ReadFile(path)
			if err != nil {
				t.Logf("not compared with the published schema, which is not at %s", path)
				return
			}
			upstream, err := Compile(source)
			if err != nil {
				t.Fatal(err)
			}
			o.compare(t, upstream)
		})
	}
}

func (o oracle) compare(t *testing.T, upstream *Schema) {
	ours := mustSchema(t, o.schema)
	same := func(root *doc.Node, text string) (valid bool) {
		want, got := lines(check(t, upstream, root)), lines(check(t, ours, root))
		if (want == "") != (got == "") || o.sameText && want != got {
			t.Fatalf("%s (-upstream +ours):\n%s", text, cmp.Diff(want, got))
		}
		return got == ""
	}
	cases := o.cases(t)
	for _, c := range cases {
		d := o.edited(t, c)
		same(d.root, d.text)
	}

	rng := rand.New(rand.NewPCG(1, 2))
	var valid int
	const trees = 3000
	for i := range trees {
		root := o.edited(t, frozenCase{}).root
		if i%3 == 0 {
			root = o.edited(t, cases[rng.IntN(len(cases))]).root
		}
		for range 1 + rng.IntN(3) {
			mutate(rng, root)
		}
		if same(root, fmt.Sprintf("tree %d", i)) {
			valid++
		}
	}
	if valid == 0 || valid > trees/2 {
		t.Errorf("%d of %d trees are valid: they show little", valid, trees)
	}
}

// mutate changes one random node of the tree into something of another kind,
// or changes the keys or items of it.
func mutate(rng *rand.Rand, root *doc.Node) {
	var all []*doc.Node
	doc.Walk(root, func(_ doc.Path, _, n *doc.Node) bool {
		all = append(all, n)
		return true
	})
	n := all[rng.IntN(len(all))]
	other := all[rng.IntN(len(all))].Clone()
	switch {
	case n.Kind == doc.Map && rng.IntN(4) > 0:
		keys := []*doc.Node{doc.NewString("surprise"), doc.NewString("a b"), doc.NewString(""), doc.NewString("manual"),
			doc.NewInt(1), doc.NewNull(), {Kind: doc.Timestamp, Text: "2026-04-03"}}
		switch {
		case len(n.Entries) > 0 && rng.IntN(2) == 0:
			i := rng.IntN(len(n.Entries))
			n.Entries = slices.Delete(n.Entries, i, i+1)
		default:
			key := keys[rng.IntN(len(keys))]
			if key.IsString() {
				n.Set(key.Text, other)
			} else {
				n.Entries = append(n.Entries, doc.Entry{Key: key, Value: other})
			}
		}
	case n.Kind == doc.Seq && rng.IntN(4) > 0:
		n.Items = append(n.Items, other)
		if rng.IntN(2) == 0 {
			for range 25 {
				n.Items = append(n.Items, other, doc.NewString(strconv.Itoa(len(n.Items))))
			}
		}
	default:
		values := []doc.Node{
			{Kind: doc.Null}, {Kind: doc.Bool, Bool: true}, {Kind: doc.Int, Text: "1"}, {Kind: doc.Int, Text: strings.Repeat("9", 50)},
			{Kind: doc.Float, Float: 1}, {Kind: doc.Float, Float: 1.5}, {Kind: doc.Float, Float: math.NaN()}, {Kind: doc.Float, Float: math.Inf(-1)},
			{Kind: doc.String, Text: "new-text"}, {Kind: doc.String}, {Kind: doc.String, Text: "a b"}, {Kind: doc.String, Text: "signal"},
			{Kind: doc.Binary, Text: "\xff"}, {Kind: doc.Timestamp, Text: "2026-04-03"}, {Kind: doc.Seq}, {Kind: doc.Map}, {Kind: doc.Set},
		}
		at := n.Pos
		*n = values[rng.IntN(len(values))]
		n.Pos = at
	}
}

type document struct {
	root *doc.Node
	text string
}

func (o oracle) edited(t testing.TB, c frozenCase) document {
	t.Helper()
	data, err := os.ReadFile("testdata/" + o.base)
	if err != nil {
		t.Fatal(err)
	}
	root := decode(t, data)
	for _, e := range c.Edits {
		root = apply(t, root, strings.Split(e.At, "/")[1:], e.Value)
	}
	if data, err = json.Marshal(root); err != nil {
		t.Fatal(err)
	}
	n, err := strictjson.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return document{n, string(data)}
}

func apply(t testing.TB, v any, path []string, value json.RawMessage) any {
	t.Helper()
	if len(path) == 0 {
		return decode(t, value)
	}
	last := len(path) == 1 && value == nil
	switch v := v.(type) {
	case map[string]any:
		if last {
			delete(v, path[0])
		} else {
			v[path[0]] = apply(t, v[path[0]], path[1:], value)
		}
		return v
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i >= len(v) {
			t.Fatalf("no item %s", path[0])
		}
		if last {
			return slices.Delete(v, i, i+1)
		}
		v[i] = apply(t, v[i], path[1:], value)
		return v
	}
	t.Fatalf("nothing at %q", path)
	return nil
}

func decode(t testing.TB, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (o oracle) cases(t testing.TB) []frozenCase {
	t.Helper()
	f, err := os.Open("testdata/" + o.edits)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []frozenCase
	for s := bufio.NewScanner(f); s.Scan(); {
		var c frozenCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

func machineProfileSchema(t testing.TB) *Schema {
	t.Helper()
	return mustSchema(t, MachineProfile)
}

func mustSchema(t testing.TB, schema func() (*Schema, error)) *Schema {
	t.Helper()
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
