package strictjson

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

func TestReadErrors(t *testing.T) {
	long := strings.Repeat("k", 100)
	tests := []struct {
		name string
		in   string
		want string
	}{
		{"nothing", "", `line 1, column 1: expected a value, found the end of the text`},
		{"white space", " \r\n\t", `line 2, column 2: expected a value, found the end of the text`},
		{"byte order mark", "\ufeff{}", `line 1, column 1: the text starts with a byte order mark`},
		{"trailing data", "{}\n {}", `line 2, column 2: expected the end of the text, found '{'`},
		{"trailing NUL", "{}\x00", `line 1, column 3: expected the end of the text, found '\x00'`},
		{"duplicate key", "{\n \"topology\": {\"runtime\": {\n  \"port\": 1,\n    \"port\": 2}}}",
			`line 4, column 5: topology.runtime: duplicate key "port" (first at line 3, column 3)`},
		{"duplicate at the root", `{"a":1,"\u0061":2}`, `line 1, column 8: duplicate key "a" (first at line 1, column 2)`},
		{"duplicates all reported", `{"a":1,"a":{"b":1,"b":2},"a":3}`,
			`line 1, column 8: duplicate key "a" (first at line 1, column 2)` + "\n" +
				`line 1, column 19: a: duplicate key "b" (first at line 1, column 13)` + "\n" +
				`line 1, column 26: duplicate key "a" (first at line 1, column 2)`},
		{"duplicate, then broken", `[{"a":1,"a":2},x]`,
			`line 1, column 9: [0]: duplicate key "a" (first at line 1, column 3)` + "\n" +
				`line 1, column 16: [1]: expected a value, found 'x'`},
		{"long duplicate key", `{"` + long + `":1,"` + long + `":2}`,
			`line 1, column 107: duplicate key "` + long[:64] + `…" (first at line 1, column 2)`},
		{"long key in the path", `{"` + long + `":?}`, `line 1, column 105: ["` + long[:64] + `…"]: expected a value, found '?'`},
		{"too many values", "[" + strings.Repeat("0,", MaxValues) + "0]", `line 1, column 100000: [49999]: more than 50000 values`},
		{"NaN", `{"a": [1, NaN]}`, `line 1, column 11: a[1]: NaN is not a JSON number`},
		{"Infinity", `Infinity`, `line 1, column 1: Infinity is not a JSON number`},
		{"negative Infinity", `[-Infinity]`, `line 1, column 2: [0]: -Infinity is not a JSON number`},
		{"minus alone", `-x`, `line 1, column 2: expected a digit, found 'x'`},
		{"no fraction", `1.e1`, `line 1, column 3: expected a digit, found 'e'`},
		{"no exponent", `1e+`, `line 1, column 4: expected a digit, found the end of the text`},
		{"leading zero", `[-012]`, `line 1, column 2: [0]: a number must not have leading zeros`},
		{"too many digits", strings.Repeat("1", 4301), `line 1, column 1: an integer of 4301 digits, more than 4300`},
		{"high surrogate", `"é\ud800"`, `line 1, column 3: an escape for half a surrogate pair`},
		{"low surrogate", `"\udc00\ud800"`, `line 1, column 2: an escape for half a surrogate pair`},
		{"high surrogate and a letter", `"\ud800\u0041"`, `line 1, column 2: an escape for half a surrogate pair`},
		{"unknown escape", `"\x41"`, `line 1, column 2: an unknown escape in a string`},
		{"short escape", `"\u12"`, `line 1, column 2: \u must be followed by four hexadecimal digits`},
		{"invalid UTF-8", "{\"é\": \"é\xff\"}", `line 1, column 9: ["é"]: the text is not valid UTF-8`},
		{"encoded surrogate", "\"\xed\xa0\x80\"", `line 1, column 2: the text is not valid UTF-8`},
		{"invalid UTF-8 outside", "[1,\xff]", `line 1, column 4: [1]: expected a value, found a byte that is not UTF-8`},
		{"tab in a string", "\"a\tb\"", `line 1, column 3: the control character U+0009 in a string must be written as an escape`},
		{"NUL in a string", "\"\x00\"", `line 1, column 2: the control character U+0000 in a string must be written as an escape`},
		{"open string", `{"a": "b`, `line 1, column 9: a: the text ends inside a string`},
		{"open escape", `"a\`, `line 1, column 3: an unknown escape in a string`},
		{"open list", `[1`, `line 1, column 3: expected "," or "]", found the end of the text`},
		{"open object", `{"a":1`, `line 1, column 7: expected "," or "}", found the end of the text`},
		{"trailing comma", `{"a":1,}`, `line 1, column 8: expected a key in double quotes, found '}'`},
		{"bare key", `{a:1}`, `line 1, column 2: expected a key in double quotes, found 'a'`},
		{"no colon", `{"a" 1}`, `line 1, column 6: expected ":", found '1'`},
		{"comment", "{\n// no\n}", `line 2, column 1: expected a key in double quotes, found '/'`},
		{"column in characters", `{"日本語": "🙂", x}`, `line 1, column 14: expected a key in double quotes, found 'x'`},
		{"too deep", strings.Repeat("[", 201), `line 1, column 201: ` + strings.Repeat("[0]", 200) + `: nested deeper than 200 levels`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Read([]byte(tt.in))
			if err == nil {
				t.Fatalf("accepted as %s", canon(n))
			}
			if n != nil {
				t.Error("a node came with the error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%T holds no *Error", err)
			}
		})
	}
}

func TestReadErrorFields(t *testing.T) {
	_, err := Read([]byte("{\"a\":\n [0, {\"k\":1,\"k\":2}]}"))
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v", err)
	}
	want := &Error{Pos: doc.Pos{Line: 2, Column: 13}, Path: doc.Path{"a", 1},
		Msg: `duplicate key "k" (first at line 2, column 7)`, Err: ErrDuplicateKey}
	if diff := cmp.Diff(*want, *got, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadErrorReasons(t *testing.T) {
	reasons := []error{ErrDuplicateKey, ErrNotPortable, ErrLimit}
	for in, want := range map[string][]error{
		`{"a":1,"a":2}`:           {ErrDuplicateKey},
		`[{"a":1,"a":2},NaN]`:     {ErrDuplicateKey, ErrNotPortable},
		`Infinity`:                {ErrNotPortable},
		`-Infinity`:               {ErrNotPortable},
		`"\ud800"`:                {ErrNotPortable},
		strings.Repeat("[", 201):  {ErrLimit},
		strings.Repeat("1", 4301): nil, // Python refuses it, too
		`{"a":1,}`:                nil,
		"\ufeff{}":                nil,
		"\"\xff\"":                nil,
	} {
		_, err := Read([]byte(in))
		for _, reason := range reasons {
			if errors.Is(err, reason) != slices.Contains(want, reason) {
				t.Errorf("%.20q: %v: is %q: %v", in, err, reason, errors.Is(err, reason))
			}
		}
	}
}

func TestReadProject(t *testing.T) {
	root, err := ReadProject([]byte(`[Infinity, -Infinity, {"a": Infinity}]`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{math.Inf(1), math.Inf(-1)} {
		if n := root.Items[i]; n.Kind != doc.Float || n.Float != want {
			t.Errorf("item %d is %v %v, want %v", i, n.Kind, n.Float, want)
		}
	}
	if got := root.Items[1].Source; got != "-Infinity" {
		t.Errorf("source %q", got)
	}
	if root, err := ReadProject([]byte("[NaN]")); err != nil || !math.IsNaN(root.Items[0].Float) || root.Items[0].Source != "NaN" {
		t.Errorf("NaN: %v, %v", root, err)
	}
	for _, in := range []string{"-NaN", "NaN1", "+NaN", "Infinit", "Infinity1", "+Infinity", `"\ud800"`} {
		if _, err := ReadProject([]byte(in)); err == nil {
			t.Errorf("%s was read", in)
		}
	}
}

func TestReadManyDuplicates(t *testing.T) {
	in := "[{" + strings.Repeat(`"a":0,`, 5000) + `"a":0},{"b":1,"b":2}]`
	_, err := Read([]byte(in))
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %T", err)
	}
	list := joined.Unwrap()
	if len(list) != maxProblems+1 {
		t.Errorf("%d errors, want %d", len(list), maxProblems+1)
	}
	want := `line 1, column 6009: [0]: more duplicate keys from here on, not listed`
	if got := list[len(list)-1].Error(); got != want {
		t.Errorf("last is %q, want %q", got, want)
	}
}

func TestReadManyKeys(t *testing.T) {
	// Around the size where the reader starts to index keys.
	for count := 1; count <= 3*fewKeys; count++ {
		var b strings.Builder
		for i := range count {
			fmt.Fprintf(&b, "%q:%d,", fmt.Sprint("k", i), i)
		}
		n, err := Read([]byte("{" + strings.TrimSuffix(b.String(), ",") + "}"))
		if err != nil || len(n.Entries) != count {
			t.Fatalf("%d keys: %v", count, err)
		}
		for i := range count {
			_, err := Read([]byte("{" + b.String() + fmt.Sprintf("%q:0}", fmt.Sprint("k", i))))
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf(`duplicate key "k%d" (first at`, i)) {
				t.Fatalf("%d keys, k%d again: %v", count, i, err)
			}
		}
	}
}

func TestReadPlaces(t *testing.T) {
	in := "\r\n {\"é\\u00e9\": [true,\n\t-1.5e0],\n  \"b\": {\"🙂\": null}, \"c\": \"x\"}"
	root, err := Read([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) doc.Pos { return doc.Pos{Line: line, Column: column} }
	want := &doc.Node{Kind: doc.Map, Pos: at(2, 2), Entries: []doc.Entry{
		{Key: &doc.Node{Kind: doc.String, Text: "éé", Pos: at(2, 3)},
			Value: &doc.Node{Kind: doc.Seq, Pos: at(2, 14), Items: []*doc.Node{
				{Kind: doc.Bool, Bool: true, Pos: at(2, 15)},
				{Kind: doc.Float, Float: -1.5, Pos: at(3, 2)},
			}}},
		{Key: &doc.Node{Kind: doc.String, Text: "b", Pos: at(4, 3)},
			Value: &doc.Node{Kind: doc.Map, Pos: at(4, 8), Entries: []doc.Entry{
				{Key: &doc.Node{Kind: doc.String, Text: "🙂", Pos: at(4, 9)},
					Value: &doc.Node{Kind: doc.Null, Pos: at(4, 14)}},
			}}},
		{Key: &doc.Node{Kind: doc.String, Text: "c", Pos: at(4, 21)},
			Value: &doc.Node{Kind: doc.String, Text: "x", Pos: at(4, 26)}},
	}}
	if diff := cmp.Diff(want, root); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadLikePython holds what CPython's json.loads made of each text, and
// where this reader is stricter on purpose.
func TestReadLikePython(t *testing.T) {
	var cases int
	eachLine(t, "testdata/python_loads.jsonl", func(line []byte) {
		var c struct {
			In      string
			Python  string // empty: refused
			Refused string // the reason why only this reader refuses
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases++
		n, err := Read([]byte(c.In))
		switch {
		case c.Python == "" && err == nil:
			t.Errorf("%.80q: accepted as %s, Python refuses", c.In, canon(n))
		case c.Refused != "" && (err == nil || !strings.Contains(err.Error(), c.Refused)):
			t.Errorf("%.80q: %v, want refused: %s", c.In, err, c.Refused)
		case c.Python != "" && c.Refused == "" && err != nil:
			t.Errorf("%.80q: %v, Python accepts", c.In, err)
		case err == nil && canon(n) != c.Python:
			t.Errorf("%.80q: %.80s, Python has %.80s", c.In, canon(n), c.Python)
		}
	})
	if cases < 100 {
		t.Errorf("only %d cases", cases)
	}
}

func TestReadPrefixes(t *testing.T) {
	const in = "{\"schema_version\": 2, \"n\": [1.5e-3, -0, null, true, false, \"é\\ud83d\\ude00\\n\"], \"o\": {\"\": {}}}"
	if _, err := Read([]byte(in)); err != nil {
		t.Fatal(err)
	}
	for i := range len(in) {
		if _, err := Read([]byte(in[:i])); err == nil {
			t.Errorf("accepted the prefix %q", in[:i])
		}
	}
}

func TestReadDepth(t *testing.T) {
	for _, pair := range []string{"[]", `{"a":`} {
		for depth, want := range map[int]bool{MaxDepth: true, MaxDepth + 1: false, 100000: false} {
			in := strings.Repeat("[", depth) + strings.Repeat("]", depth)
			if pair != "[]" {
				in = strings.Repeat(pair, depth) + "1" + strings.Repeat("}", depth)
			}
			if _, err := Read([]byte(in)); (err == nil) != want {
				t.Errorf("%d times %q: %v", depth, pair, err)
			}
		}
	}
}

func eachLine(t *testing.T, name string, do func(line []byte)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		do(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}

// canon is a value on one line, floats by their bits, strings by their bytes.
func canon(n *doc.Node) string {
	switch n.Kind {
	case doc.Null:
		return "null"
	case doc.Bool:
		return fmt.Sprint(n.Bool)
	case doc.Int:
		return "int:" + n.Text
	case doc.Float:
		return fmt.Sprintf("float:%016x", math.Float64bits(n.Float))
	case doc.String:
		return fmt.Sprintf("str:%x", n.Text)
	case doc.Seq:
		parts := make([]string, len(n.Items))
		for i, item := range n.Items {
			parts[i] = canon(item)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case doc.Map:
		parts := make([]string, len(n.Entries))
		for i, e := range n.Entries {
			parts[i] = canon(e.Key) + "=" + canon(e.Value)
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return "unexpected " + n.Kind.String()
}

// done is a context that is done after its error was asked for some times.
type done struct {
	context.Context
	left int
}

func (d *done) Err() error {
	if d.left--; d.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestReadContext stops in the middle, without a fault of the text.
func TestReadContext(t *testing.T) {
	text := []byte("[" + strings.Repeat("1, ", 1000) + "x")
	for _, left := range []int{0, 1, 500, 1000} {
		ctx := &done{t.Context(), left}
		if root, err := ReadContext(ctx, text); root != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("after %d values: %v", left, err)
		}
		if ctx.left < -2 {
			t.Errorf("after %d values: asked %d times more", left, -ctx.left)
		}
	}
}
