package contract

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

func TestSource(t *testing.T) {
	names := Names()
	for _, want := range []string{"machine-profile", "provenance", "runtime-config"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not in %q", want, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("%q are not sorted", names)
	}
	for _, name := range names {
		text, err := Source(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		clear(text) // the caller's own
		if again, err := Source(name); err != nil || bytes.Equal(again, text) {
			t.Errorf("%s was changed through its text: %v", name, err)
		}
	}
	for _, name := range []string{"", "nope", "machine-profile.schema.json", "../contract/runtime-config"} {
		if _, err := Source(name); err == nil || !strings.Contains(err.Error(), "runtime-config") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestCompile takes a newer schema, with the words for rules that ours lack.
func TestCompile(t *testing.T) {
	s, err := Compile([]byte(`{"$id": "https://example.com/new.json", "$ref": "#/$defs/shape", "$defs": {"shape": {
		"oneOf": [
			{"properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}, "required": ["r"]},
			{"properties": {"kind": {"const": "square"}, "a": {"type": "number"}}, "required": ["a"]}],
		"not": {"const": {"kind": "none"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		root *doc.Node
		want string
	}{
		{doc.NewMap(doc.Field("kind", doc.NewString("circle")), doc.Field("r", doc.NewInt(1))), ""},
		{doc.NewMap(doc.Field("kind", doc.NewString("circle"))), "0:0 .: is required: r"},
		{doc.NewMap(doc.Field("kind", doc.NewString("star"))), `0:0 kind: must be one of "circle", "square", not "star"`},
		{doc.NewMap(), "0:0 .: is required: r or a"},
		{doc.NewMap(doc.Field("a", doc.NewInt(1)), doc.Field("r", doc.NewInt(1))), "0:0 .: fits more than one of the alternatives that there are"},
	} {
		if got := lines(s.Check(tt.root)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if _, err := Compile([]byte(`{"$ref": "https://example.com/other.json"}`)); err == nil {
		t.Error("a reference to elsewhere was taken")
	}
}

// TestAlternativesAreDeterministic: two constants rule each alternative out, and
// the validator lists them in a random order.
func TestAlternativesAreDeterministic(t *testing.T) {
	s, err := Compile([]byte(`{"anyOf": [
		{"properties": {"a": {"const": 1}, "b": {"const": 2}, "c": {"const": 3}}},
		{"properties": {"a": {"const": 4}, "b": {"const": 5}, "c": {"const": 6}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	root := doc.NewMap(doc.Field("b", doc.NewInt(0)), doc.Field("c", doc.NewInt(0)), doc.Field("a", doc.NewInt(0)))
	for range 50 {
		if got := lines(s.Check(root)); got != "0:0 a: must be one of 1, 4, not 0" {
			t.Fatal(got)
		}
	}
}
