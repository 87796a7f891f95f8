package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// buildBinary compiles the program.
func buildBinary(t *testing.T) string { return build(t, "anpkg", ".") }

// standinSource is the program that takes the place of a machine runtime.
const standinSource = "../../internal/replay/testdata/standin"

// build compiles the program in a directory.
func build(t *testing.T, name, dir string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", name, ".")
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return name
}

// copyProject gives the test an example project of its own.
func copyProject(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("../projects", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// TestBinary checks what only a process has: its exit code and its two outputs.
func TestBinary(t *testing.T) {
	binary := buildBinary(t)
	project := copyProject(t, "bioreactor-bench")
	dir := t.TempDir()
	for _, test := range []struct {
		args           []string
		code           int
		stdout, stderr bool // whether something is there
	}{
		{[]string{"export", project}, 0, true, true},
		{[]string{"export", "--format", "json", project}, 0, true, false},
		{[]string{"export", "--variants", "none", project}, 1, false, true},
		{[]string{"export", "--format", "json", "--variants", "none", project}, 1, true, false},
		{[]string{"export", "--none", project}, 2, false, true},
		{[]string{"validate", "bioreactor-bench.anpkg"}, 0, true, false},
		{[]string{"validate", "--limit", "entries=1", "bioreactor-bench.anpkg"}, 1, true, false},
		{[]string{"validate", "none"}, 2, false, true},
		{[]string{"schema", "report"}, 0, true, false},
		{nil, 2, false, true},
		{[]string{"help"}, 0, true, false},
	} {
		cmd := exec.Command(binary, test.args...)
		var stdout, stderr bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
		code := exitCode(t, cmd.Run())
		if code != test.code || stdout.Len() > 0 != test.stdout || stderr.Len() > 0 != test.stderr {
			t.Errorf("anpkg %q: exit %d, stdout %q, stderr %q", test.args, code, &stdout, &stderr)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || entries[0].Name() != "bioreactor-bench.anpkg" {
		t.Errorf("the directory has %v, %v", entries, err)
	}
}

// TestCollections counts the garbage collections of a short process.
func TestCollections(t *testing.T) {
	binary := buildBinary(t)
	project := copyProject(t, "bioreactor-bench")
	for _, test := range []struct {
		env  string
		some bool
	}{{"GOGC=", false}, {"GOGC=10", true}} {
		cmd := exec.Command(binary, "check", project)
		cmd.Env = append(os.Environ(), "GOMEMLIMIT=", "GODEBUG=gctrace=1", test.env)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
		if n := bytes.Count(stderr.Bytes(), []byte("gc ")); (n > 0) != test.some {
			t.Errorf("%s: %d collections", test.env, n)
		}
	}
}
