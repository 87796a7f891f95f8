package canonyaml_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/conformance"
)

// TestConformance runs every recorded case. There is no list of exceptions.
func TestConformance(t *testing.T) {
	for i, c := range conformance.YAMLCases(t) {
		root, err := canonyaml.Read([]byte(c.In))
		if c.Error != "" {
			if err == nil {
				t.Errorf("case %d: %q was read, want %s", i, c.In, c.Error)
			} else if dup := errors.Is(err, canonyaml.ErrDuplicateKey); dup != (c.Error == "duplicate key") {
				t.Errorf("case %d: %q: %v, want %s", i, c.In, err, c.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d: %q: %v", i, c.In, err)
			continue
		}
		if diff := cmp.Diff(c.Out, string(canonyaml.Append(nil, root))); diff != "" {
			t.Errorf("case %d: %q (-want +got):\n%s", i, c.In, diff)
		}
	}
}
