package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
)

// temporaryFolder gives the test a folder for temporary files, in which nothing
// may be left at the end.
func temporaryFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	t.Cleanup(func() { checkEmpty(t, dir) })
	return dir
}

func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

// TestSpoolNowhere has no folder for temporary files.
func TestSpoolNowhere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	t.Setenv("TMPDIR", missing)
	t.Setenv("TMP", missing)
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"validate", "-"}, streams{strings.NewReader("PK"), &stdout, &stderr})
	if code != 2 || !strings.HasPrefix(stderr.String(), "anpkg validate: standard input: cannot be stored: ") || !strings.Contains(stderr.String(), "missing") {
		t.Errorf("exit %d, stderr %q", code, &stderr)
	}
}

// TestOpenPackage opens a package in each of its forms.
func TestOpenPackage(t *testing.T) {
	file := exported(t, "mixer-system")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "unpacked")
	unpack(t, file, folder)
	temporaryFolder(t)
	for arg, name := range map[string]string{file: file, folder: folder, "-": "standard input"} {
		p, done, err := openPackage(t.Context(), streams{in: bytes.NewReader(data)}, arg, handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		profile, err := p.FS().Open("machine-profile.yaml")
		if err != nil || p.Report().Package != name || nameOf(arg) != name {
			t.Errorf("%s: report on %s, %v", arg, p.Report().Package, err)
		} else if _, err := io.Copy(io.Discard, profile); err != nil {
			t.Errorf("%s: %v", arg, err)
		}
		done()
	}
}

// TestOpenPackageFails tells what is wrong in the words of validate.
func TestOpenPackageFails(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing\x1b")
	temporaryFolder(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx      context.Context
		arg, in  string
		want     []string // in the output, in this order
		severity bool     // an invalid package
	}{
		{t.Context(), missing, "", []string{"anpkg diff: " + printable(missing) + ": "}, false},
		{t.Context(), folder, "", []string{folder + ": INVALID: ", "[missing-file]", "anpkg diff: " + folder + ": is not valid"}, true},
		{t.Context(), "-", "text", []string{"standard input: INVALID: 1 error", "[zip-no-end-record]", "anpkg diff: standard input: is not valid"}, true},
		{t.Context(), "-", "", []string{"anpkg diff: standard input: is empty"}, false},
		{canceled, "-", "PK", []string{"anpkg diff: interrupted\n"}, false},
	} {
		_, _, err := openPackage(test.ctx, streams{in: strings.NewReader(test.in)}, test.arg, handoff.OpenOptions{})
		var invalid *handoff.InvalidError
		if errors.As(err, &invalid) != test.severity {
			t.Errorf("%s: %v", test.arg, err)
		}
		var stderr bytes.Buffer
		tellError(streams{err: &stderr}, "diff", nameOf(test.arg), err)
		rest := stderr.String()
		for _, want := range test.want {
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				t.Errorf("%s: no %q in %q", test.arg, want, &stderr)
			}
			rest = after
		}
		if strings.Contains(stderr.String(), "\x1b") {
			t.Errorf("%s: %q", test.arg, &stderr)
		}
	}
}
