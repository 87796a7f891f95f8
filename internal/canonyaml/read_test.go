package canonyaml_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

func read(t *testing.T, text string) *doc.Node {
	t.Helper()
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatalf("Read(%q): %v", text, err)
	}
	return root
}

func TestReadPositions(t *testing.T) {
	root := read(t, strings.Join([]string{
		"# comment",
		"größe: 5",
		"list:",
		"  - a",
		"  - {x: \"é\", y: !!str 7}",
		"anchored: &a",
		"  deep: |",
		"    text",
		"alias: *a",
	}, "\n"))
	got := map[string]doc.Pos{}
	doc.Walk(root, func(path doc.Path, key, value *doc.Node) bool {
		got[path.String()] = value.Pos
		return true
	})
	want := map[string]doc.Pos{
		".":             {Line: 2, Column: 1},
		`["größe"]`:     {Line: 2, Column: 8},
		"list":          {Line: 4, Column: 3},
		"list[0]":       {Line: 4, Column: 5},
		"list[1]":       {Line: 5, Column: 5},
		"list[1].x":     {Line: 5, Column: 9},
		"list[1].y":     {Line: 5, Column: 17},
		"anchored":      {Line: 6, Column: 11},
		"anchored.deep": {Line: 7, Column: 9},
		"alias":         {Line: 6, Column: 11}, // one node in two places
		"alias.deep":    {Line: 7, Column: 9},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if root.Get("anchored") != root.Get("alias") {
		t.Error("an alias is another node than its anchor")
	}
}

func TestReadErrors(t *testing.T) {
	deep := strings.Repeat("[", 201) + strings.Repeat("]", 201)
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		prev := "*a" + string(rune('0'+i-1))
		bomb.WriteString("a" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) + " [" + strings.Repeat(prev+", ", 9) + prev + "]\n")
	}
	var chain strings.Builder
	chain.WriteString("a0: &a0 []\n")
	for i := 1; i < 250; i++ {
		n, p := itoa(i), itoa(i-1)
		chain.WriteString("a" + n + ": &a" + n + " [*a" + p + "]\n")
	}
	tests := []struct {
		name, in string
		want     []string
		is       error
	}{
		{"duplicate key", "a: 1\nb: 2\na: 3\n", []string{`line 3, column 1: a: duplicate key "a" (first at line 1, column 1)`}, canonyaml.ErrDuplicateKey},
		{
			"all duplicates", "x: {a: 1, a: 2}\ny:\n- b: 1\n  b: 2\n",
			[]string{
				`line 1, column 11: x.a: duplicate key "a" (first at line 1, column 5)`,
				`line 4, column 3: y[0].b: duplicate key "b" (first at line 3, column 3)`,
			},
			canonyaml.ErrDuplicateKey,
		},
		{"two merge keys", "a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", []string{`line 4, column 3: b: duplicate key "<<" (first at line 3, column 3)`}, canonyaml.ErrDuplicateKey},
		{"equal keys spelled differently", "0x1: a\n1: b\n", []string{`line 2, column 1: 1: duplicate key "1" (first at line 1, column 1)`}, canonyaml.ErrDuplicateKey},
		{"anchor twice", "a: &x 1\nb: &x 2\n", []string{"line 2, column 4: anchor is defined twice (first at line 1, column 4)"}, nil},
		{"undefined alias", "a: *nope\n", []string{"line 1, column 4: alias to an anchor that is not defined before it"}, nil},
		{"cycle", "a: &x [*x]\n", []string{"line 1, column 8: a[0]: alias to a collection that contains it"}, nil},
		{"unknown tag", "a: !custom x\nb: !!python/name:os.system x\n", []string{"line 1, column 4: a: unknown or unfitting tag", "line 2, column 4: b: unknown or unfitting tag"}, nil},
		{"not what the tag says", "a: !!int x\nb: !!float y\nc: !!bool z\nd: !!timestamp t\ne: !!binary a\n", []string{
			"line 1, column 4: a: not an integer", "line 2, column 4: b: not a float", "line 3, column 4: c: not a boolean",
			"line 4, column 4: d: not a timestamp", "line 5, column 4: e: not base64 data",
		}, nil},
		{"no such date", "a: 2026-02-30\nb: 2026-01-01 24:00:00\nc: 2026-01-01 00:00:00 +24:00", []string{
			"line 1, column 4: a: a date that does not exist", "line 2, column 4: b: a time of day that does not exist", "line 3, column 4: c: a time zone of a day or more",
		}, nil},
		{"collection as key", "? [a]\n: b\n", []string{"line 1, column 3: a key must be a single value, not a collection"}, nil},
		{"merge of a scalar", "a:\n  <<: 3\n", []string{"line 2, column 7: a[\"<<\"]: a merge key needs a mapping or a list of mappings"}, nil},
		{"special words", "a: =\nb: <<\n", []string{
			"line 1, column 4: a: the words << and = have a meaning of their own; quote them",
			"line 2, column 4: b: the words << and = have a meaning of their own; quote them",
		}, nil},
		{"second document", "a: 1\n---\nb: 2\n", []string{"line 2, column 1: a second document; only one is allowed"}, nil},
		{"tab", "a:\n  b:\tc\n", []string{"line 2, column 5: a tab where a key, a value or a comment begins; use spaces"}, nil},
		{"reserved character", "a: 1\nb: [@x]\n", []string{`line 2, column 5: a plain value cannot begin with '@'; quote it`}, nil},
		{"foreign escape", `a: "\'"`, []string{`line 1, column 6: \' is not an escape in YAML; write ' alone`}, nil},
		{"comment at a block header", "a: |#x\n  b\n", []string{"line 1, column 5: unexpected text behind the block scalar indicator"}, nil},
		{"not UTF-8", "a: \xff\n", []string{"line 1, column 4: not UTF-8 text"}, nil},
		{"control character", "a: 1\nb: x\x01\n", []string{"line 2, column 5: character U+0001 is not allowed in YAML"}, nil},
		{"too deep", deep, []string{"nested deeper than 200 levels"}, canonyaml.ErrLimit},
		{"too deep through aliases", chain.String(), []string{"nested deeper than 200 levels, aliases followed"}, canonyaml.ErrLimit},
		{"too many values", "[" + strings.Repeat("a,", 100_000), []string{"line 1, column 200000: holds more than 100000 keys and values"}, canonyaml.ErrLimit},
		{"alias bomb", bomb.String(), []string{"line 6, column 5: a5: holds more than 1000000 values, aliases followed"}, canonyaml.ErrLimit},
		{"long integer", "a: " + strings.Repeat("9", 4301), []string{"line 1, column 4: a: an integer of more than 4300 digits"}, nil},
		{"long hexadecimal", "a: 0x" + strings.Repeat("f", 4000), []string{"line 1, column 4: a: an integer of more than 4300 digits"}, nil},
		{"long sexagesimal", "a: 1" + strings.Repeat(":1", 5000), []string{"line 1, column 4: a: an integer of more than 4300 digits"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := canonyaml.Read([]byte(tt.in))
			if err == nil {
				t.Fatalf("was read as %q", canonyaml.Append(nil, root))
			}
			var list canonyaml.Errors
			if !errors.As(err, &list) {
				t.Fatalf("error is a %T", err)
			}
			lines := strings.Split(err.Error(), "\n")
			for i, want := range tt.want {
				if i >= len(lines) || !strings.Contains(lines[i], want) {
					t.Errorf("error is\n%v\nwant in line %d: %s", err, i, want)
				}
			}
			if tt.is == nil && len(lines) != len(tt.want) {
				t.Errorf("error has %d lines, want %d:\n%v", len(lines), len(tt.want), err)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("errors.Is is false for %v", tt.is)
			}
		})
	}
}

func itoa(i int) string { return doc.NewInt(int64(i)).Text }

// A message must not repeat what could be a secret.
func TestErrorsHideValues(t *testing.T) {
	const secret = "hunter2secret"
	for _, in := range []string{
		"token: !!int " + secret, "token: @" + secret, "token: *" + secret, "token: " + secret + ": x",
		"token: !!float " + secret, "token: '" + secret, "token: !!binary é" + secret, "token: [" + secret + "}",
		"token: \"\\q" + secret + "\"", "token:\t" + secret, "a: &" + secret + " 1\nb: &" + secret + " 2",
	} {
		_, err := canonyaml.Read([]byte(in))
		if err == nil {
			t.Errorf("%q was read", in)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error shows the value: %v", in, err)
		}
	}
}

func TestRemarks(t *testing.T) {
	for in, want := range map[string]canonyaml.Remark{
		"yes": canonyaml.BoolWord, "Off": canonyaml.BoolWord, "ON": canonyaml.BoolWord,
		"true": canonyaml.NoRemark, "True": canonyaml.NoRemark, "FALSE": canonyaml.NoRemark, "y": canonyaml.NoRemark,
		"012": canonyaml.Octal, "-017": canonyaml.Octal, "0": canonyaml.NoRemark, "00": canonyaml.Octal,
		"0b11": canonyaml.Binary, "0b1_1": canonyaml.Binary,
		"0x0A": canonyaml.NoRemark, "0x_A": canonyaml.Underscore,
		"1:30": canonyaml.Base60, "1:30.5": canonyaml.Base60,
		"1_000": canonyaml.Underscore, "1_0.5": canonyaml.Underscore,
		"2026-04-03": canonyaml.Timestamp, "2026-04-03 01:02:03": canonyaml.Timestamp,
		"0.10": canonyaml.Digits, "1.5e+3": canonyaml.Digits, "25.0": canonyaml.NoRemark, "25.": canonyaml.Digits, "+2.5": canonyaml.NoRemark,
		".5": canonyaml.Digits, ".INF": canonyaml.NoRemark, ".nan": canonyaml.NoRemark, "1.0e+16": canonyaml.NoRemark,
		"12e5": canonyaml.NumberLike, "'12e5'": canonyaml.NumberLike, "0o17": canonyaml.NumberLike, "08": canonyaml.NumberLike, "-.5": canonyaml.NumberLike,
		"1.5e3": canonyaml.NumberLike, "'12'": canonyaml.NoRemark, "e5": canonyaml.NoRemark, "12e": canonyaml.NoRemark, "1.2.3": canonyaml.NoRemark,
		"'yes'": canonyaml.NoRemark, "null": canonyaml.NoRemark, "!!int '012'": canonyaml.Octal,
	} {
		if got := canonyaml.RemarkOn(read(t, in)); got != want {
			t.Errorf("RemarkOn(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestMerge(t *testing.T) {
	const in = `
base: &base {x: 1, y: {deep: true}}
more: &more {y: 2, z: 3}
one:
  own: 0
  <<: *base
  x: replaced
two:
  <<: [*base, *more]
`
	const want = `base:
  x: 1
  y: &id001
    deep: true
more:
  y: 2
  z: 3
one:
  x: replaced
  y: *id001
  own: 0
two:
  y: *id001
  z: 3
  x: 1
`
	if diff := cmp.Diff(want, string(canonyaml.Append(nil, read(t, in)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAppendKeepsPrefix writes behind what is there already.
func TestAppendKeepsPrefix(t *testing.T) {
	got := string(canonyaml.Append([]byte("--- "), read(t, "a: "+strings.Repeat("word ", 40)+"end")))
	want := "--- " + string(canonyaml.Append(nil, read(t, "a: "+strings.Repeat("word ", 40)+"end")))
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// 1 and true are one key to the reference and two to most others.
func TestReplaced(t *testing.T) {
	root := read(t, "true: a\n01: b\nx: c\n")
	if len(root.Entries) != 2 || root.Entries[0].Value.Text != "b" || !root.Entries[0].Replaced || root.Entries[1].Replaced {
		t.Errorf("entries are %+v", root.Entries)
	}
}
