package runtimerule

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/contract"
)

// part is what the test needs of a JSON Schema.
type part struct {
	Type       string
	Properties map[string]json.RawMessage
	Items      *part
}

// TestKeysAreThoseOfTheSchema: a key that one of them lacks was forgotten.
func TestKeysAreThoseOfTheSchema(t *testing.T) {
	text, err := contract.Source("runtime-config")
	if err != nil {
		t.Fatal(err)
	}
	var root part
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if n := compareKeys(t, "", root, config()); n < 60 {
		t.Errorf("only %d keys", n)
	}
}

func compareKeys(t *testing.T, path string, schema part, keys []key) (n int) {
	var want, got []string
	for name := range schema.Properties {
		want = append(want, name)
	}
	for _, k := range keys {
		got = append(got, k.name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: keys (-schema +rules):\n%s", path, diff)
		return 0
	}
	for _, k := range keys {
		n++
		var below part
		if string(schema.Properties[k.name]) != "false" {
			if err := json.Unmarshal(schema.Properties[k.name], &below); err != nil {
				t.Fatal(err)
			}
		}
		at := path + "." + k.name
		if k.list != (below.Items != nil && below.Items.Properties != nil) {
			t.Errorf("%s: list is %v", at, k.list)
		}
		if below.Items != nil && below.Properties == nil {
			below = *below.Items
		}
		if want := map[string]bool{"integer": true, "number": true}[below.Type]; want != (k.number != notNumber) || (below.Type == "number") != (k.number == double) {
			t.Errorf("%s: number is %d, and the schema says %q", at, k.number, below.Type)
		}
		if below.Properties != nil || k.below != nil {
			n += compareKeys(t, at, below, k.below)
		}
	}
	return n
}
