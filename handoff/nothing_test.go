package handoff_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestNothing gives every entry point nothing to work with, and wants an error.
func TestNothing(t *testing.T) {
	ctx := t.Context()
	p := handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart"), false)
	named := handoff.ExportOptions{Options: exporter.Options{Name: "rig"}}
	for name, do := range map[string]func() error{
		"checksum.Sum":   func() error { _, err := checksum.Sum(ctx, nil); return err },
		"Verify":         func() error { return checksum.Manifest{}.Verify(ctx, nil) },
		"Scan":           func() error { _, err := redact.Default().Scan(ctx, nil); return err },
		"Build":          func() error { _, err := exporter.Build(ctx, nil, named.Options); return err },
		"Export":         func() error { _, err := handoff.Export(ctx, io.Discard, nil, named); return err },
		"OpenProject":    func() error { _, err := handoff.OpenProject(ctx, nil, named); return err },
		"OpenFS":         func() error { _, err := handoff.OpenFS(ctx, nil, handoff.OpenOptions{}); return err },
		"Open":           func() error { _, err := handoff.Open(ctx, nil, 1, handoff.OpenOptions{}); return err },
		"OpenReader":     func() error { _, err := handoff.OpenReader(ctx, nil, handoff.OpenOptions{}); return err },
		"OpenPath":       func() error { _, err := handoff.OpenPath(ctx, "", handoff.OpenOptions{}); return err },
		"Validate":       func() error { _, err := handoff.Validate(ctx, nil, 1, validator.Options{}); return err },
		"ValidateReader": func() error { _, err := handoff.ValidateReader(ctx, nil, validator.Options{}); return err },
		"FS":             func() error { _, err := validator.FS(ctx, nil, validator.Options{}); return err },
		"Drift":          func() error { _, err := handoff.Drift(ctx, p, nil); return err },
		"DriftPath":      func() error { _, err := handoff.DriftPath(ctx, p, ""); return err },
		"Reproduce":      func() error { _, err := handoff.Reproduce(ctx, p, nil, reproduce.Options{}); return err },
		"ExportOptions":  func() error { _, err := reproduce.ExportOptions(ctx, p, nil, reproduce.Options{}); return err },
		"Rollback":       func() error { _, err := handoff.Rollback(ctx, "", release.RollbackOptions{}); return err },
	} {
		if err := do(); err == nil {
			t.Errorf("%s of nothing is no error", name)
		}
	}
	for _, none := range []*handoff.Package{nil, {}} {
		for name, do := range map[string]func() error{
			"Inspect":       func() error { _, err := handoff.Inspect(ctx, none); return err },
			"Slots":         func() error { _, err := inspect.Slots(ctx, none); return err },
			"Diff from":     func() error { _, err := handoff.Diff(ctx, none, p); return err },
			"Diff to":       func() error { _, err := handoff.Diff(ctx, p, none); return err },
			"Unpack":        func() error { _, err := handoff.Unpack(ctx, none, t.TempDir(), release.UnpackOptions{}); return err },
			"Drift":         func() error { _, err := handoff.Drift(ctx, none, p.FS()); return err },
			"DriftPath":     func() error { _, err := handoff.DriftPath(ctx, none, t.TempDir()); return err },
			"Reproduce":     func() error { _, err := handoff.Reproduce(ctx, none, p.FS(), reproduce.Options{}); return err },
			"ExportOptions": func() error { _, err := reproduce.ExportOptions(ctx, none, p.FS(), reproduce.Options{}); return err },
			"Preflight": func() error {
				_, err := handoff.Preflight(ctx, none, preflight.Target{}, preflight.Options{})
				return err
			},
		} {
			if err := do(); err == nil {
				t.Errorf("%s of no package is no error", name)
			}
		}
	}
}

// TestZeroResults writes results with nothing in them, as a caller could make them.
func TestZeroResults(t *testing.T) {
	type result interface {
		WriteText(w io.Writer, color bool) error
		WriteJSON(w io.Writer) error
	}
	for _, r := range []result{
		&inspect.Report{}, &diff.Report{}, &release.Result{}, &release.DriftReport{}, &reproduce.Report{}, &preflight.Report{}, &validator.Report{},
	} {
		var text, object bytes.Buffer
		for _, color := range []bool{false, true} {
			if err := r.WriteText(&text, color); err != nil || text.Len() == 0 {
				t.Errorf("%T: %q, %v", r, &text, err)
			}
		}
		if err := r.WriteJSON(&object); err != nil || !json.Valid(object.Bytes()) {
			t.Errorf("%T: %s, %v", r, &object, err)
		}
	}
	var markdown bytes.Buffer
	if err := (&diff.Report{}).WriteMarkdown(&markdown); err != nil || markdown.Len() == 0 {
		t.Errorf("%q, %v", &markdown, err)
	}
	for _, c := range []diff.ValueChange{{}, {New: &diff.Value{}}, {Old: &diff.Value{}}} {
		_ = c.String()
	}
	for _, err := range []error{
		&handoff.InvalidError{}, &release.ForeignError{}, &release.ChangedError{}, &release.Failure{}, &release.Failure{Current: "short"}, &preflight.ProfileError{},
	} {
		if err.Error() == "" {
			t.Errorf("%T says nothing", err)
		}
	}
}
