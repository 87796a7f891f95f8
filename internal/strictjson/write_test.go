package strictjson

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// TestAppendLikePython holds what json.dumps(indent=2, sort_keys=True) wrote.
func TestAppendLikePython(t *testing.T) {
	var cases int
	eachLine(t, "testdata/python_dumps.jsonl", func(line []byte) {
		var c struct{ In, Out string }
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		cases++
		n, err := Read([]byte(c.In))
		if err != nil {
			t.Fatalf("%q: %v", c.In, err)
		}
		got, err := Append([]byte("kept"), n)
		if err != nil {
			t.Errorf("%q: %v", c.In, err)
		}
		if diff := cmp.Diff("kept"+c.Out, string(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.In, diff)
		}
	})
	if cases < 25 {
		t.Errorf("only %d cases", cases)
	}
}

func TestAppendProvenance(t *testing.T) {
	n := doc.NewMap(
		doc.Field("source_project", doc.NewString("Bioréacteur 🧪")),
		doc.Field("package_format_version", doc.NewInt(1)),
		doc.Field("omitted_variants", doc.NewSeq()),
		doc.Field("redaction_policy", doc.NewMap(
			doc.Field("telemetry_influxdb_token_removed", doc.NewBool(true)),
			doc.Field("deploy_time_env_var", doc.NewString("INFLUXDB_TOKEN")),
		)),
	)
	got, err := Append(nil, n)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "omitted_variants": [],
  "package_format_version": 1,
  "redaction_policy": {
    "deploy_time_env_var": "INFLUXDB_TOKEN",
    "telemetry_influxdb_token_removed": true
  },
  "source_project": "Bior\u00e9acteur \ud83e\uddea"
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n.Entries[0].Key.Text != "source_project" {
		t.Error("writing reordered the tree")
	}
}

func TestAppendRefuses(t *testing.T) {
	cycle := doc.NewSeq()
	cycle.Items = append(cycle.Items, cycle)
	loop := doc.NewMap()
	loop.Set("a", loop)
	tests := []struct {
		name string
		in   *doc.Node
		want string
	}{
		{"nothing", nil, "a value is missing"},
		{"a missing value", doc.NewMap(doc.Field("a", nil)), "a: a value is missing"},
		{"a float", doc.NewSeq(&doc.Node{Kind: doc.Float, Float: math.Inf(1), Pos: doc.Pos{Line: 2, Column: 3}}),
			"line 2, column 3: [0]: cannot write a float as JSON"},
		{"a timestamp", &doc.Node{Kind: doc.Timestamp}, "cannot write a timestamp as JSON"},
		{"binary", &doc.Node{Kind: doc.Binary}, "cannot write binary data as JSON"},
		{"a set", &doc.Node{Kind: doc.Set}, "cannot write a set as JSON"},
		{"an integer key", doc.NewMap(doc.Entry{Key: doc.NewInt(1), Value: doc.NewNull()}), "a key that is not a string"},
		{"no key", doc.NewMap(doc.Entry{Value: doc.NewNull()}), "a key that is not a string"},
		{"a duplicate key", doc.NewMap(doc.Field("a", doc.NewInt(1)), doc.Field("b", doc.NewInt(1)), doc.Field("a", doc.NewInt(1))),
			`duplicate key "a"`},
		{"a broken string", doc.NewSeq(doc.NewString("\xff")), "[0]: text that is not valid UTF-8"},
		{"a broken key", doc.NewMap(doc.Field("\xff", doc.NewNull())), `["\xff"]: text that is not valid UTF-8`},
		{"no digits", &doc.Node{Kind: doc.Int, Text: "-"}, "an integer without decimal digits"},
		{"octal digits", &doc.Node{Kind: doc.Int, Text: "012"}, "an integer without decimal digits"},
		{"hexadecimal digits", &doc.Node{Kind: doc.Int, Text: "0x1"}, "an integer without decimal digits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Append([]byte("kept"), tt.in)
			if err == nil {
				t.Fatalf("wrote %q", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if string(got) != "kept" {
				t.Errorf("left %q", got)
			}
		})
	}
	for _, n := range []*doc.Node{cycle, loop} {
		var e *Error
		if _, err := Append(nil, n); !errors.As(err, &e) || e.Msg != "nested too deep" {
			t.Errorf("a cycle: %v", err)
		}
	}
}
