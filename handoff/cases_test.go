package handoff_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/validator"
)

// caseProject opens a project that was once handled wrongly, after a bug report.
func caseProject(t *testing.T, name string) fs.FS {
	t.Helper()
	dir := "../exporter/testdata/cases/" + name
	if _, err := os.Stat(dir + "/rig"); err == nil {
		dir += "/rig"
	}
	return os.DirFS(dir)
}

func caseOptions() handoff.ExportOptions {
	return handoff.ExportOptions{Options: exporter.Options{Name: "p", Variants: exporter.AllVariants()}}
}

// TestCaseProjects exports each of them and looks for what must be said: severity,
// code and place of at least one problem or note.
func TestCaseProjects(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refused bool
		want    []string
		secrets []string // that no message may show
	}{
		{name: "01-pairs", want: []string{"warning suspicious config/provider-sim.yaml", "warning suspicious config/anolis-runtime.manual.yaml"},
			secrets: []string{"TrPlant"}},
		{name: "02-newer-runtime", want: nil},
		{name: "05-psk", want: []string{"warning suspicious config/provider-sim.yaml"},
			secrets: []string{"PlantWifi", "PlantDb", "PlantMqtt"}},
		{name: "06-include", want: []string{"note include-not-packed behaviors/fed_batch.xml"}},
		{name: "08-yaml-bracket", refused: true, want: []string{"error yaml-syntax config/provider-sim.yaml:19"}},
		{name: "08-yaml-flow", refused: true, want: []string{"error yaml-syntax config/provider-sim.yaml:21"}},
		{name: "09-unused-provider", want: []string{"note unused-provider machine-profile.yaml"}},
		{name: "binary-list", refused: true, want: []string{"error two-readings config/m.yaml:6"}},
		{name: "id-space", refused: true, want: []string{"error provider-missing machine-profile.yaml"}},
		{name: "variant-syntax", refused: true, want: []string{"error yaml-syntax config/f.yaml"}},
		{name: "unused-provider-syntax", refused: true, want: []string{"error yaml-syntax config/p2.yaml"}},
		{name: "long-key-time"}, {name: "complex-key-list"}, {name: "10-crlf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			result, err := handoff.Export(t.Context(), &out, caseProject(t, tt.name), caseOptions())
			if refused := err != nil; refused != tt.refused || refused && out.Len() > 0 {
				t.Fatalf("refused is %v with %d bytes: %v", refused, out.Len(), err)
			}
			var said []validator.Problem
			var problems validator.ProblemList
			var invalid *handoff.InvalidError
			switch {
			case err == nil:
				said = append(result.Notes, result.Report.Problems...)
			case errors.As(err, &problems):
				said = problems
			case errors.As(err, &invalid):
				said = invalid.Report.Problems
			}
			for _, want := range tt.want {
				found := false
				for _, p := range said {
					found = found || strings.HasPrefix(p.Error(), strings.SplitN(want, " ", 3)[2]) &&
						string(p.Severity) == strings.Fields(want)[0] && string(p.Code) == strings.Fields(want)[1]
				}
				if !found {
					t.Errorf("nothing says %q:\n%v", want, said)
				}
			}
			for _, p := range said {
				for _, secret := range tt.secrets {
					if strings.Contains(p.Error()+p.Hint, secret) {
						t.Errorf("a secret is shown: %v", p)
					}
				}
				if strings.Contains(p.Hint, "emove it") && strings.Contains(string(p.Code), "runtime-") {
					t.Errorf("advice to remove what a newer runtime may read: %v: %s", p, p.Hint)
				}
			}
		})
	}
}

// TestCaseDiffs compares the projects that differ in one thing.
func TestCaseDiffs(t *testing.T) {
	open := func(project fs.FS) *handoff.Package {
		p, err := handoff.OpenProject(t.Context(), project, caseOptions())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one := func(old, new *handoff.Package) diff.Change {
		report, err := handoff.Diff(t.Context(), old, new)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Changes) != 1 {
			t.Fatalf("%d changes: %+v", len(report.Changes), report.Changes)
		}
		return report.Changes[0]
	}
	auth := one(open(caseProject(t, "02-newer-runtime")), open(caseProject(t, "02-newer-runtime-auth-off")))
	if auth.Risk != diff.High || auth.Kind != diff.AuthenticationOff {
		t.Errorf("authentication off: %+v", auth)
	}
	endings := one(open(os.DirFS("../examples/projects/bioreactor-bench")), open(caseProject(t, "10-crlf")))
	if endings.Risk != diff.Low || !strings.Contains(endings.Message, "differs only in line endings") {
		t.Errorf("line endings: %+v", endings)
	}
}
