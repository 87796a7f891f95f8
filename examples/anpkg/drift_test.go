package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/release"
)

// TestDriftCode takes what could not be compared for trouble, whatever else there
// is.
func TestDriftCode(t *testing.T) {
	files := func(states ...release.State) *release.DriftReport {
		r := &release.DriftReport{Drifted: len(states) > 0}
		for _, s := range states {
			r.Files = append(r.Files, release.File{State: s})
		}
		return r
	}
	for _, test := range []struct {
		report *release.DriftReport
		want   int
	}{
		{files(), 0},
		{files(release.Changed), 1},
		{files(release.Missing, release.Extra), 1},
		{files(release.Unreadable), 2},
		{files(release.Extra, release.Unreadable), 2},
	} {
		if got := driftCode(test.report); got != test.want {
			t.Errorf("%+v: exit %d, want %d", test.report, got, test.want)
		}
	}
}

// TestComparedBrokenStdout must not look like an answer to a script.
func TestComparedBrokenStdout(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rig.anpkg")
	if code, _, stderr := anpkg("export", "../projects/sim-quickstart", file); code != 0 {
		t.Fatal(stderr)
	}
	for _, args := range [][]string{
		{"drift", file, "../projects/sim-quickstart"},
		{"reproduce", "../projects/sim-quickstart", file},
	} {
		for _, format := range []string{"text", "json"} {
			var stderr bytes.Buffer
			code := run(t.Context(), append(args, "--format", format), streams{noInput{}, brokenPipe{}, &stderr})
			want := "anpkg " + args[0] + ": standard output: broken\\x1b pipe\n"
			if code != 2 || stderr.String() != want {
				t.Errorf("%s %s: exit %d, stderr %q, want %q", args[0], format, code, stderr.String(), want)
			}
		}
	}
}

// TestComparedWritesNothing leaves the folders as they were.
func TestComparedWritesNothing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "rig.anpkg")
	if code, _, stderr := anpkg("export", "../projects/sim-quickstart", file); code != 0 {
		t.Fatal(stderr)
	}
	t.Chdir(dir)
	if err := os.Mkdir("box", 0o777); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := anpkg("drift", file, "box"); code != 1 {
		t.Errorf("drift of an empty folder: exit %d", code)
	}
	if code, _, _ := anpkg("reproduce", "box", file); code != 2 {
		t.Errorf("an empty project: exit %d", code)
	}
	for name, want := range map[string]int{".": 2, "box": 0} {
		if entries, err := os.ReadDir(name); err != nil || len(entries) != want {
			t.Errorf("%s has %d entries, %v", name, len(entries), err)
		}
	}
}
