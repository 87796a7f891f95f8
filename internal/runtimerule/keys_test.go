package runtimerule

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/machine"
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
	if n := compareKeys(t, "", root, machine.RuntimeKeys()); n < 60 {
		t.Errorf("only %d keys", n)
	}
}

func isNumber(t machine.Type) bool {
	return t == machine.Signed32 || t == machine.Unsigned32 || t == machine.Size || t == machine.Double
}

func compareKeys(t *testing.T, path string, schema part, keys []machine.Key) (n int) {
	var want, got []string
	for name := range schema.Properties {
		want = append(want, name)
	}
	for _, k := range keys {
		// The schema is that of the oldest runtime: it has no key that came later.
		if _, old := schema.Properties[k.Name]; old || k.Since == (machine.Since{}) {
			got = append(got, k.Name)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: keys (-schema +rules):\n%s", path, diff)
		return 0
	}
	for _, k := range keys {
		if _, old := schema.Properties[k.Name]; !old {
			continue
		}
		n++
		var below part
		if string(schema.Properties[k.Name]) != "false" {
			if err := json.Unmarshal(schema.Properties[k.Name], &below); err != nil {
				t.Fatal(err)
			}
		}
		at := path + "." + k.Name
		if k.List != (below.Items != nil && below.Items.Properties != nil) {
			t.Errorf("%s: list is %v", at, k.List)
		}
		if below.Items != nil && below.Properties == nil {
			below = *below.Items
		}
		// The runtime names these in a warning and never reads them.
		flat := path == ".telemetry" && (k.Name == "batch_size" || k.Name == "flush_interval_ms")
		if want := map[string]bool{"integer": true, "number": true}[below.Type]; want != isNumber(k.Type) && !flat || (below.Type == "number") != (k.Type == machine.Double) {
			t.Errorf("%s: type is %d, and the schema says %q", at, k.Type, below.Type)
		}
		if below.Properties != nil || k.Below != nil {
			n += compareKeys(t, at, below, k.Below)
		}
	}
	return n
}
