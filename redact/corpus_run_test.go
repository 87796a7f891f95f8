package redact_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
)

func scanText(t *testing.T, p redact.Policy, file, text string) []redact.Finding {
	t.Helper()
	list, err := p.ScanFile(context.Background(), file, strings.NewReader(text))
	if err != nil {
		t.Fatalf("ScanFile: %v", err)
	}
	return list
}

func TestPlanted(t *testing.T) {
	for _, c := range plantedCases {
		list := scanText(t, redact.Default(), c.file, c.text)
		if !slices.ContainsFunc(list, func(f redact.Finding) bool { return f.Rule == c.rule }) {
			t.Errorf("%s not found in %s:\n%q\ngot %v", c.rule, c.file, c.text, list)
		}
		mustNotShow(t, c.secret, list)
	}
}

func TestInnocent(t *testing.T) {
	for _, c := range innocentCases {
		if list := scanText(t, redact.Default(), c.file, c.text); len(list) > 0 {
			t.Errorf("false alarm in %s:\n%q\ngot %v", c.file, c.text, list)
		}
	}
}

func TestCorpusSize(t *testing.T) {
	families := map[string]bool{}
	for _, c := range plantedCases {
		families[c.rule] = true
	}
	if len(plantedCases) < 290 || len(innocentCases) < 290 || len(families) < 90 {
		t.Errorf("%d planted and %d innocent cases of %d families", len(plantedCases), len(innocentCases), len(families))
	}
}

// mustNotShow checks that no finding has any eight characters of secret.
func mustNotShow(t *testing.T, secret string, list []redact.Finding) {
	t.Helper()
	for _, f := range list {
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+8 <= len(secret); i++ {
			if w := secret[i : i+8]; strings.Contains(f.String(), w) || strings.Contains(string(raw), w) {
				t.Errorf("%q of a secret shows in %s", w, f)
				break
			}
		}
	}
}
