package redact_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

// TestDocumentedRules checks that the table of the package documentation lists the
// default key rules, all of them and in their order.
func TestDocumentedRules(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented, want []string
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z0-9-]+) {2,}\S`).FindAllStringSubmatch(string(text), -1) {
		if m[1] != "rule" {
			documented = append(documented, m[1])
		}
	}
	for _, r := range redact.Default().Keys {
		want = append(want, r.ID)
	}
	if diff := cmp.Diff(want, documented); diff != "" {
		t.Errorf("(-rules +documented):\n%s", diff)
	}
}

// TestEveryRuleIsPlanted checks that the corpus has a secret for every rule.
func TestEveryRuleIsPlanted(t *testing.T) {
	planted := map[string]bool{}
	for _, c := range plantedCases {
		planted[c.rule] = true
	}
	for _, r := range redact.Default().Keys {
		if !planted[r.ID] {
			t.Errorf("no planted secret for %s", r.ID)
		}
	}
	for _, r := range redact.Default().Shapes {
		if !planted[r.ID] {
			t.Errorf("no planted secret for %s", r.ID)
		}
	}
}
