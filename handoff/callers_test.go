package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// callersSecret is what an error of a caller shows.
const callersSecret = "ghp_Z8kQ2mXw5RtY7uVb3NcL6pJd9FsA4eGh1TqK"

// callersError is an error of a caller's own, as a storage in a network returns it.
type callersError struct{}

func (callersError) Error() string { return "GET https://store?token=" + callersSecret + ": forbidden" }
func (callersError) Unwrap() error { return fs.ErrPermission }

// callers fails as a file system at every file whose name has at in it, and always as a
// reader and writer.
type callers struct {
	fs.FS
	at string
}

func (c callers) Open(name string) (fs.File, error) {
	if strings.Contains(name, c.at) {
		return nil, callersError{}
	}
	return c.FS.Open(name)
}

func (callers) Read([]byte) (int, error)          { return 0, callersError{} }
func (callers) ReadAt([]byte, int64) (int, error) { return 0, callersError{} }
func (callers) Write([]byte) (int, error)         { return 0, callersError{} }

// TestErrorsOfCallers has what a caller hands in fail with an error of the caller's own.
// Whatever comes back as an error has it inside, for errors.Is and errors.As, and what
// comes back as a report shows nothing of it that a report must not show.
func TestErrorsOfCallers(t *testing.T) {
	ctx, project := t.Context(), faultProject()
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "rig"}}
	p, err := handoff.OpenProject(ctx, project, opts)
	if err != nil {
		t.Fatal(err)
	}
	release := fstest.MapFS{}
	for _, f := range p.Report().Files {
		text, err := fs.ReadFile(p.FS(), f.Path)
		if err != nil {
			t.Fatal(err)
		}
		release[f.Path] = &fstest.MapFile{Data: text}
	}
	sums, err := checksum.Sum(ctx, release)
	if err != nil {
		t.Fatal(err)
	}
	type function func(c callers) (report any, err error)
	failed := func(err error) (any, error) { return nil, err }
	reads := map[string]function{
		"OpenFS": func(c callers) (any, error) {
			_, err := handoff.OpenFS(ctx, c, handoff.OpenOptions{})
			return failed(err)
		},
		"validator.FS":    func(c callers) (any, error) { return validator.FS(ctx, c, validator.Options{}) },
		"Drift":           func(c callers) (any, error) { return handoff.Drift(ctx, p, c) },
		"redact.Scan":     func(c callers) (any, error) { return redact.Default().Scan(ctx, c) },
		"checksum.Sum":    func(c callers) (any, error) { return checksum.Sum(ctx, c) },
		"checksum.Verify": func(c callers) (any, error) { return failed(sums.Verify(ctx, c)) },
	}
	exports := map[string]function{
		"Export":      func(c callers) (any, error) { return handoff.Export(ctx, io.Discard, c, opts) },
		"Check":       func(c callers) (any, error) { return handoff.Check(ctx, c, opts) },
		"OpenProject": func(c callers) (any, error) { _, err := handoff.OpenProject(ctx, c, opts); return failed(err) },
		"Reproduce":   func(c callers) (any, error) { return handoff.Reproduce(ctx, p, c, reproduce.Options{}) },
		"Profiles":    func(c callers) (any, error) { return exporter.Profiles(ctx, c, opts.Options) },
		"Build":       func(c callers) (any, error) { _, err := exporter.Build(ctx, c, opts.Options); return failed(err) },
	}
	streams := map[string]function{
		"Open": func(c callers) (any, error) {
			_, err := handoff.Open(ctx, c, 1000, handoff.OpenOptions{})
			return failed(err)
		},
		"OpenReader": func(c callers) (any, error) {
			_, err := handoff.OpenReader(ctx, c, handoff.OpenOptions{})
			return failed(err)
		},
		"Validate":        func(c callers) (any, error) { return handoff.Validate(ctx, c, 1000, validator.Options{}) },
		"ValidateReader":  func(c callers) (any, error) { return handoff.ValidateReader(ctx, c, validator.Options{}) },
		"redact.ScanFile": func(c callers) (any, error) { return redact.Default().ScanFile(ctx, "a.txt", c) },
		"checksum.Parse":  func(c callers) (any, error) { return checksum.Parse(c) },
		"Export to":       func(c callers) (any, error) { return handoff.Export(ctx, c, project, opts) },
		"Sheet":           func(c callers) (any, error) { return failed(handoff.Sheet(ctx, c, p, sheet.Options{})) },
		"WriteTo":         func(c callers) (any, error) { _, err := sums.WriteTo(c); return failed(err) },
		"WriteText":       func(c callers) (any, error) { return failed(p.Report().WriteText(c, false)) },
		"WriteJSON":       func(c callers) (any, error) { return failed(p.Report().WriteJSON(c)) },
	}
	errs, reports := 0, 0
	try := func(name string, call function, c callers) {
		report, err := call(c)
		var invalid *handoff.InvalidError
		if errors.As(err, &invalid) { // which is a report
			report, err = invalid.Report, nil
		}
		if err != nil {
			errs++
			if !errors.Is(err, fs.ErrPermission) || !errors.As(err, new(callersError)) || errors.Is(err, context.Canceled) {
				t.Errorf("%s at %q: %v", name, c.at, err)
			}
			if errors.As(err, new(validator.ProblemList)) && strings.Contains(err.Error(), callersSecret[:8]) {
				t.Errorf("%s at %q shows a secret: %v", name, c.at, err)
			}
			return
		}
		reports++
		var text bytes.Buffer
		if err := handoff.WriteJSON(&text, report); err != nil {
			t.Error(err)
		}
		if strings.Contains(text.String(), callersSecret[:8]) {
			t.Errorf("%s at %q shows a secret: %s", name, c.at, &text)
		}
	}
	for _, at := range []string{"", "machine-profile", "heater", "a.xml"} {
		for name, call := range reads {
			try(name, call, callers{release, at})
		}
		for name, call := range exports {
			try(name, call, callers{project, at})
		}
	}
	for name, call := range streams {
		try(name, call, callers{})
	}
	t.Logf("%d errors and %d reports", errs, reports)
	if errs < 30 || reports < 15 {
		t.Errorf("%d errors and %d reports are too few", errs, reports)
	}
}
