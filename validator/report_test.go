package validator

import (
	"strings"
	"testing"
)

// TestReportAdd holds the order and the verdict: notes come last and never decide.
func TestReportAdd(t *testing.T) {
	note := problem(Note, CodeUnusedProvider, "machine-profile.yaml", "/providers/b", 9, 3, "is not in the package", "")
	warning := problem(Warning, CodeSuspicious, "a.yaml", "/password", 1, 1, "may be a secret", "")
	r := &Report{Version: ReportVersion}
	if r.Add(note, warning, note); !r.Valid || len(r.Problems) != 2 || r.Problems[0] != warning {
		t.Errorf("valid %v, problems %v", r.Valid, r.Problems)
	}
	var text strings.Builder
	if err := r.WriteText(&text, true); err != nil {
		t.Fatal(err)
	}
	if want := "machine-profile.yaml:9:3: note: /providers/b: is not in the package [unused-provider]\n"; !strings.Contains(text.String(), want) {
		t.Errorf("%q is not in\n%s", want, text.String())
	}
	log := sarifLog(10, []*Report{r})
	if level := log.Runs[0].Results[1].Level; level != "note" {
		t.Errorf("the level of a note is %q in SARIF", level)
	}
	r.Add(problem(Error, CodeSecret, "z.yaml", "", 0, 0, "a secret", ""))
	if r.Valid || r.Problems[0].Severity != Error || r.Count(Note) != 1 {
		t.Errorf("valid %v, problems %v", r.Valid, r.Problems)
	}
}
