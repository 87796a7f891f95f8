package handoff_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// invalidProject can be exported, and its package breaks two rules.
func invalidProject(t *testing.T) string {
	t.Helper()
	dir := handofftest.CopyProject(t, "sim-quickstart")
	config := filepath.Join(dir, "config/anolis-runtime.manual.yaml")
	handofftest.ReplaceIn(t, config, "interval_ms: 250", "interval_ms: 2.5")
	handofftest.ReplaceIn(t, config, "port: 8090", "port: 80900")
	return dir
}

// wantInvalid checks that err is an *InvalidError whose report has the codes
// among its errors, and gives the report.
func wantInvalid(t *testing.T, err error, codes ...validator.Code) *validator.Report {
	t.Helper()
	var invalid *handoff.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("error %v, want an *InvalidError", err)
	}
	if invalid.Report.Valid {
		t.Error("the report says valid")
	}
	wantCodes(t, invalid.Report, codes...)
	return invalid.Report
}

func wantCodes(t *testing.T, r *validator.Report, codes ...validator.Code) {
	t.Helper()
	for _, code := range codes {
		if !hasError(r, code) {
			t.Errorf("no %s among:\n%v", code, r.Problems)
		}
	}
}

func hasError(r *validator.Report, code validator.Code) bool {
	for _, p := range r.Problems {
		if p.Code == code && p.Severity == validator.Error {
			return true
		}
	}
	return false
}

func TestInvalidIsRefused(t *testing.T) {
	project := invalidProject(t)
	result, err := handoff.Export(t.Context(), untouched{t}, os.DirFS(project), handoff.ExportOptions{Options: exporter.Options{Name: "rig"}})
	if result != nil {
		t.Errorf("result %+v", result)
	}
	report := wantInvalid(t, err, validator.CodeRuntimeSchema)
	if report.Package != "" || report.SHA256 != "" || report.Size != 0 || report.Canonical {
		t.Errorf("the report speaks of an archive: %+v", report)
	}

	var list validator.ProblemList
	var one validator.Problem
	if !errors.As(err, &list) || !errors.As(err, &one) {
		t.Fatalf("%T holds no ProblemList and Problem", err)
	}
	if len(list) != report.Count(validator.Error) || len(list) < 2 || one != list[0] {
		t.Errorf("%d errors in the list, %d in the report; the first is %v", len(list), report.Count(validator.Error), one)
	}
	lines := strings.Split(err.Error(), "\n")
	if lines[0] != "the package is not valid:" || len(lines) != 1+len(list) {
		t.Errorf("the error reads\n%v", err)
	}
	for i, p := range list {
		if lines[i+1] != p.Error() {
			t.Errorf("line %q, want %q", lines[i+1], p.Error())
		}
	}

	dir, out := outDir(t)
	result, err = handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	if result != nil {
		t.Errorf("result %+v", result)
	}
	if report := wantInvalid(t, err, validator.CodeRuntimeSchema); report.Package != out {
		t.Errorf("the report is on %q", report.Package)
	}
	wantOld(t, dir)
	if _, err := handoff.ExportFile(t.Context(), project, filepath.Join(dir, "new"), handoff.ExportOptions{}); err == nil {
		t.Error("a new file is written")
	}
	wantOld(t, dir)
}

// TestInvalidErrorAlone must not panic without a report that explains it.
func TestInvalidErrorAlone(t *testing.T) {
	for _, err := range []error{&handoff.InvalidError{}, &handoff.InvalidError{Report: &validator.Report{Valid: true}}} {
		if err.Error() != "the package is not valid" || errors.Unwrap(err) != nil {
			t.Errorf("%v, inside %v", err, errors.Unwrap(err))
		}
	}
}

func TestAllowInvalid(t *testing.T) {
	project := invalidProject(t)
	pkg, err := exporter.Build(t.Context(), os.DirFS(project), exporter.Options{Name: "sim-quickstart"})
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	if _, err := pkg.WriteTo(&want); err != nil {
		t.Fatal(err)
	}

	opts := handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}, AllowInvalid: true}
	data, streamed := handofftest.Export(t, os.DirFS(project), opts)
	if string(data) != want.String() {
		t.Error("the bytes are not those of exporter.Build")
	}
	_, out := outDir(t)
	filed := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{AllowInvalid: true})
	wantPackage(t, out, filed)
	for _, result := range []*handoff.Result{streamed, filed} {
		r := result.Report
		if r.Valid || r.Err() == nil || !r.Canonical || r.SHA256 != handofftest.Digest(data) || r.Size != int64(len(data)) || result.SHA256 != r.SHA256 {
			t.Errorf("report %+v", r)
		}
		wantCodes(t, r, validator.CodeRuntimeSchema)
	}

	// It changes nothing for a package that is valid, and forgives nothing else.
	valid := handofftest.MustExportFile(t, handofftest.Projects()+"/sim-quickstart", out, handoff.ExportOptions{AllowInvalid: true})
	if !valid.Report.Valid {
		t.Errorf("report %+v", valid.Report)
	}
	dir, out := outDir(t)
	_, err = handoff.ExportFile(t.Context(), t.TempDir(), out, handoff.ExportOptions{AllowInvalid: true})
	handofftest.WantProblem(t, err, validator.CodeLayout, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := handoff.ExportFile(ctx, project, out, handoff.ExportOptions{AllowInvalid: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	wantOld(t, dir)
}

// TestExportReport compares the verdict before the write with that on the file.
func TestExportReport(t *testing.T) {
	for _, project := range []string{handofftest.Projects() + "/bioreactor-bench", handofftest.Projects() + "/mixer-system", invalidProject(t)} {
		_, out := outDir(t)
		result := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{AllowInvalid: true})
		wantSameVerdict(t, result.Report, out)
	}
}

// wantSameVerdict validates a file and compares with the report of its export,
// but for the check of the archive, for which there was none then. It gives the
// report on the file.
func wantSameVerdict(t *testing.T, got *validator.Report, file string) *validator.Report {
	t.Helper()
	want := validatePath(t, file, validator.Options{})
	a, b := *got, *want
	for _, r := range []*validator.Report{&a, &b} {
		checks, skipped := r.Checks, r.Skipped
		r.Checks, r.Skipped = nil, nil
		for _, c := range checks {
			if c != "archive" {
				r.Checks = append(r.Checks, c)
			}
		}
		for _, s := range skipped {
			if s.Check != "archive" {
				r.Skipped = append(r.Skipped, s)
			} else if r == &b || s.Reason != "the archive was not read back" {
				t.Errorf("skipped: %+v", s)
			}
		}
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("verdict on the file (-) and before it was written (+):\n%s", diff)
	}
	return want
}

// TestValidationPolicy checks that what the export lets pass is not refused by
// the validation that follows, unless that has a policy of its own.
func TestValidationPolicy(t *testing.T) {
	project := handofftest.CopyProject(t, "sim-quickstart")
	handofftest.ReplaceIn(t, project+"/config/provider-sim.yaml", "startup_policy: strict", "startup_policy: strict\naccess_token: not-really-one")
	lenient, strict := redact.Default(), redact.Default()
	lenient.Allow = append(lenient.Allow, redact.Allow{Path: "access_token"})

	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeSecret, "config/provider-sim.yaml")
	_, err = handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{
		Options: exporter.Options{Policy: &lenient}, Validation: validator.Options{Policy: &strict},
	})
	wantInvalid(t, err, validator.CodeSecret)
	if strings.Contains(err.Error(), "not-really") {
		t.Errorf("the error tells the value: %v", err)
	}
	wantOld(t, dir)
	result := handofftest.MustExportFile(t, project, out, handoff.ExportOptions{Options: exporter.Options{Policy: &lenient}})
	wantPackage(t, out, result)

	report, err := handoff.ValidatePath(t.Context(), out, validator.Options{Policy: &lenient})
	if err != nil || !report.Valid {
		t.Errorf("with the policy of the export: %v, %v", report, err)
	}
	report, err = handoff.ValidatePath(t.Context(), out, validator.Options{})
	if err != nil || !hasError(report, validator.CodeSecret) {
		t.Errorf("with the default policy: %v, %v", report, err)
	}
}

// validationOptions are options that make a good package invalid, each with the
// code that tells so.
var validationOptions = []struct {
	name string
	opts validator.Options
	code validator.Code
}{
	{"document", validator.Options{Limits: validator.Limits{Document: 100}}, validator.CodeDocumentLimit},
	{"profile", validator.Options{Schemas: validator.Schemas{MachineProfile: []byte(`{"required": ["serial"]}`)}}, validator.CodeProfileSchema},
	{"runtime", validator.Options{Schemas: validator.Schemas{RuntimeConfig: []byte(`{"required": ["serial"]}`)}}, validator.CodeRuntimeSchema},
	{"provenance", validator.Options{Schemas: validator.Schemas{Provenance: []byte(`{"required": ["serial"]}`)}}, validator.CodeProvenance},
	{"replay", validator.Options{Runtime: validator.Runtime{Binary: "testdata/none"}}, validator.CodeReplayFailed},
}

func TestValidationOptions(t *testing.T) {
	project := handofftest.Projects() + "/sim-quickstart"
	for _, test := range validationOptions {
		t.Run(test.name, func(t *testing.T) {
			dir, out := outDir(t)
			_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{Validation: test.opts})
			wantInvalid(t, err, test.code)
			_, err = handoff.Export(t.Context(), untouched{t}, os.DirFS(project), handoff.ExportOptions{
				Options: exporter.Options{Name: "rig"}, Validation: test.opts,
			})
			wantInvalid(t, err, test.code)
			wantOld(t, dir)
		})
	}
	dir, out := outDir(t)
	_, err := handoff.ExportFile(t.Context(), project, out, handoff.ExportOptions{
		Validation:   validator.Options{Schemas: validator.Schemas{RuntimeConfig: []byte(`{`)}},
		AllowInvalid: true, // does not mean that nobody looks
	})
	var invalid *handoff.InvalidError
	if err == nil || errors.As(err, &invalid) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with a broken schema: %v", err)
	}
	wantOld(t, dir)
}
