package main

import (
	"bytes"
	"context"
	"errors"
	"github.com/anolishq/anolis-handoff/validator"
	"os"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

// anpkg runs the program in this process.
func anpkg(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, streams{noInput{}, &out, &err})
	return code, out.String(), err.String()
}

// noInput fails the test of a command that reads what it was not told to read.
type noInput struct{}

func (noInput) Read([]byte) (int, error) { return 0, errors.New("nobody asked for standard input") }

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "x.anpkg")
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"export", "../projects/sim-quickstart", out}, streams{noInput{}, &stdout, &stderr})
	if code != 1 || stdout.Len() > 0 || stderr.String() != "anpkg export: interrupted; nothing was written\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
	if _, err := os.Lstat(out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is an output: %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken\x1b pipe") }

// TestBrokenStdout must not look like a success to a script.
func TestBrokenStdout(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.anpkg")
	for _, format := range []string{"text", "json"} {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"export", "--format", format, "../projects/sim-quickstart", out}, streams{noInput{}, brokenPipe{}, &stderr})
		want := `anpkg export: standard output: broken\x1b pipe (the package is at ` + out + ")\n"
		if code != 1 || stderr.String() != want {
			t.Errorf("%s: exit %d, stderr %q, want %q", format, code, stderr.String(), want)
		}
	}
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"export", "--format", "json", t.TempDir(), out}, streams{noInput{}, brokenPipe{}, &stderr})
	if want := "anpkg export: standard output: broken\\x1b pipe\n"; code != 1 || stderr.String() != want {
		t.Errorf("failed export: exit %d, stderr %q, want %q", code, stderr.String(), want)
	}
}

// TestChanged wants the way out for a file that changed meanwhile.
func TestChanged(t *testing.T) {
	o := outcome{dir: "rig", out: "x", sent: &sentPackage{}, err: exporter.ErrChanged}
	if got, want := o.failure(), exporter.ErrChanged.Error()+" (export again); nothing was written"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestUnsynced has the rare failure that comes with a package in its place.
func TestUnsynced(t *testing.T) {
	o := outcome{dir: "rig", out: "x", sent: &sentPackage{}, result: &handoff.Result{Size: 1, SHA256: "2"}, err: errors.New("cannot be synced")}
	var stdout, stderr bytes.Buffer
	std := streams{noInput{}, &stdout, &stderr}
	if code := o.printText(std); code != 1 || stdout.Len() > 0 || stderr.String() != "anpkg export: cannot be synced\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
	if code := o.printJSON(std); code != 1 {
		t.Errorf("exit %d", code)
	}
	if r, _ := decodeReport(t, stdout.String()); r.Package != "x" || r.Error != "cannot be synced" {
		t.Errorf("report %+v", r)
	}
}

func TestVariantsHint(t *testing.T) {
	omitted := func(keys ...string) (notes []validator.Problem) {
		for _, key := range keys {
			notes = append(notes, validator.Problem{Code: validator.CodeOmittedVariant, Pointer: "/runtime_profiles/" + key})
		}
		return append(notes, validator.Problem{Code: validator.CodeReader, Pointer: "/other"})
	}
	tests := []struct {
		asked exporter.Variants
		notes []validator.Problem
		want  string
	}{
		{exporter.Variants{}, nil, ""},
		{exporter.Variants{}, omitted(), ""},
		{exporter.Variants{}, omitted("full"), "to package 1 more runtime profile, use --variants all or --variants full"},
		{exporter.SomeVariants("a"), omitted("b", "c"), "to package 2 more runtime profiles, use --variants all or --variants a,b,c"},
		{exporter.Variants{}, omitted("a~1b"), "to package 1 more runtime profile, use --variants all"},
		{exporter.Variants{}, omitted(""), "to package 1 more runtime profile, use --variants all"},
		{exporter.Variants{}, omitted("$(reboot)", "full"), "to package 2 more runtime profiles, use --variants all"},
	}
	for _, test := range tests {
		if got := variantsHint(test.asked, test.notes); got != test.want {
			t.Errorf("asked for %s, %v: %q, want %q", test.asked, test.notes, got, test.want)
		}
	}
}
