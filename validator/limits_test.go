package validator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestManyProblems bounds what a package that is wrong all over can make a report
// cost, and says that there is more.
func TestManyProblems(t *testing.T) {
	c := sound(t)
	c[runtimeYAML] = "providers:\n" + strings.Repeat("- 1\n", 3000)
	report := ofFS(t, c.fs(), validator.Options{})
	listed, last := 0, ""
	for _, p := range report.Problems {
		if p.Code == validator.CodeRuntimeSchema {
			listed++
			if strings.Contains(p.Message, "more problems") {
				last = p.Message
			}
		}
	}
	if report.Valid || listed != 1001 || last != "2000 more problems of this kind are not listed" {
		t.Errorf("valid %v, %d listed, and %q", report.Valid, listed, last)
	}
}

// TestManyValues bounds the documents of a package together.
func TestManyValues(t *testing.T) {
	c := sound(t)
	for i := range 5 {
		c[fmt.Sprintf("providers/extra%d.yaml", i)] = "a: [" + strings.Repeat("x, ", 500) + "x]\n"
	}
	report := ofFS(t, c.fs(), validator.Options{Limits: validator.Limits{Values: 2000}})
	if codes := codesOf(report); report.Valid || !strings.Contains(fmt.Sprint(codes), string(validator.CodeDocumentLimit)) {
		t.Errorf("valid %v: %v", report.Valid, codes)
	}
	if report := ofFS(t, c.fs(), validator.Options{}); strings.Contains(fmt.Sprint(codesOf(report)), string(validator.CodeDocumentLimit)) {
		t.Errorf("refused by the default limit: %v", report.Problems)
	}
}

// TestLongValues quotes the beginning of a value that aliases repeat, and nothing
// more.
func TestLongValues(t *testing.T) {
	c := sound(t)
	c[runtimeYAML] = "a: &a \"/opt/" + strings.Repeat("ü", 50_000) + "\"\nproviders:\n" +
		strings.Repeat("- {id: *a, command: *a, args: [*a, --config, *a]}\n", 20) + "automation: {enabled: true, behavior_tree: *a}\n"
	report, err := validator.FS(t.Context(), c.mapFS(), validator.Options{})
	if err != nil || report.Valid {
		t.Fatal(report, err)
	}
	for _, p := range report.Problems {
		if len(p.Message) > 1000 {
			t.Errorf("%s: a message of %d bytes", p.Code, len(p.Message))
		}
	}
}
