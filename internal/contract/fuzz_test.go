package contract

import (
	"testing"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// FuzzCheckText: no document makes Check panic or give a violation no place.
func FuzzCheckText(f *testing.F) {
	schema, err := RuntimeConfig()
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		"providers: [{id: a, command: b}]", "5: [", "? 1\n: 2\nproviders: {}", "http: {enabled: true, port: .nan, cors_allowed_origins: [*]}",
		"automation: {enabled: true, parameters: [{type: int64, default: 1.5, allowed_values: [1]}], mode_transition_hooks: {before_transition: [{calls: [{args: {1: [2]}}]}]}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			return
		}
		for _, v := range check(t, schema, root) {
			if v.Pos.IsZero() || v.Message == "" {
				t.Errorf("incomplete: %+v", v)
			}
		}
	})
}
