package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

func TestTellRelease(t *testing.T) {
	done := &release.Result{Version: 1, Digest: "d", Path: "rig/releases/d", Link: "rig/current", Removed: []string{}}
	text := "current:  rig/releases/d\nprevious: none\n"
	five := &release.ChangedError{Path: "p", Differences: []string{"a\n is missing", "b", "c", "d", "e"}}
	for _, test := range []struct {
		name         string
		release      *release.Result
		err          error
		code         int
		stdout, err2 string
	}{
		{"done", done, nil, 0, text, ""},
		{"done but", done, errors.New("sync rig: no\x1b"), 1, text,
			"anpkg unpack: it is current, but not all went well: sync rig: no\\x1b\n"},
		{"canceled", nil, fmt.Errorf("%w; rig/current is still x", context.Canceled), 1, "",
			"anpkg unpack: interrupted; rig/current is still x\n"},
		{"busy", nil, release.ErrBusy, 1, "",
			"anpkg unpack: another unpack or rollback is in progress; try again when it is done\n"},
		{"changed", nil, five, 1, "", "a\\n is missing\nb\nc\nd\ne\n" +
			"anpkg unpack: p was changed after it was unpacked: a\\n is missing; b; c; and more\n" +
			"    fix: mv p p.mine  # while the machine stands still; then run this again\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := tellRelease(streams{noInput{}, &out, &errs}, outcomeOf{"unpack", "text", "rig", ""}, test.release, test.err)
			if code != test.code || out.String() != test.stdout || errs.String() != test.err2 {
				t.Errorf("code %d, output %q, errors %q", code, out.String(), errs.String())
			}
		})
	}
}

type fullOutput struct{}

func (fullOutput) Write([]byte) (int, error) { return 0, errors.New("is full") }

func TestTellReleaseUnheard(t *testing.T) {
	done := &release.Result{Version: 1, Path: "rig/releases/d", Link: "rig/current", Previous: "e"}
	for _, format := range []string{"text", "json"} {
		var errs bytes.Buffer
		code := tellRelease(streams{noInput{}, fullOutput{}, &errs}, outcomeOf{"unpack", format, "rig", ""}, done, nil)
		if code != 1 || !strings.Contains(errs.String(), "standard output: is full") {
			t.Errorf("%s: code %d, %q", format, code, errs.String())
		}
	}
}

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

// fullAfter takes a number of bytes.
type fullAfter struct{ left int }

func (w *fullAfter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	if n < len(p) {
		return n, errors.New("full\x1b")
	}
	return n, nil
}

// TestExportBroken has standard output fail after any number of bytes.
// TestExportDataDir finds a project of the workbench by its name, with the behaviors
// that its projects share, and only when there is none here.
func TestExportDataDir(t *testing.T) {
	data := t.TempDir()
	project := filepath.Join(data, "projects", "mixer")
	if err := os.CopyFS(project, os.DirFS("../projects/mixer-system")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(project, "behaviors"), filepath.Join(data, "behaviors")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("ANOLIS_DATA_DIR", data)
	if code, stdout, stderr := anpkg("export", "mixer"); code != 0 || stdout != "mixer.anpkg\n" {
		t.Fatalf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if code, _, stderr := anpkg("export", "nowhere"); code != 1 || !strings.Contains(stderr, "project directory nowhere: no such file or directory") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	if err := os.Mkdir("mixer", 0o777); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := anpkg("export", "mixer"); code != 1 {
		t.Errorf("an empty folder here is not what is exported: exit %d, stderr %q", code, stderr)
	}
	t.Setenv("ANOLIS_DATA_DIR", "")
	if code, _, _ := anpkg("export", "../mixer"); code != 1 {
		t.Errorf("exit %d without the variable", code)
	}
}

func TestExportBroken(t *testing.T) {
	data, err := os.ReadFile(exported(t, "sim-quickstart"))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(data); n += max(1, min(500, len(data)-n)) {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"export", "../projects/sim-quickstart", "-"}, streams{noInput{}, &fullAfter{n}, &stderr})
		want, fails := `anpkg export: standard output: full\x1b; what was written is incomplete`+"\n", 1
		switch n {
		case 0:
			want = `anpkg export: standard output: full\x1b; nothing was written` + "\n"
		case len(data):
			want, fails = "", 0
		}
		if code != fails || stderr.String() != want {
			t.Errorf("broken after %d bytes: exit %d, stderr %q", n, code, &stderr)
		}
	}
}

// TestExportStream has the same bytes as a file.
func TestExportStream(t *testing.T) {
	want, err := os.ReadFile(exported(t, "mixer-system"))
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := anpkg("export", "../projects/mixer-system", "-")
	if code != 0 || stdout != string(want) || strings.Contains(stderr, "anpkg") {
		t.Errorf("exit %d, %d bytes, stderr %q", code, len(stdout), stderr)
	}
}

func TestExportState(t *testing.T) {
	for want, now := range map[string]exporter.Progress{
		"reading 1.5 MiB: runtime/behaviors/a.xml":        {Stage: exporter.StageRead, File: "runtime/behaviors/a.xml", Done: 3 << 19},
		"writing 50% of 3.0 GiB: runtime/behaviors/a.xml": {Stage: exporter.StageWrite, File: "runtime/behaviors/a.xml", Done: 3 << 29, Total: 3 << 30},
		"writing 0% of 10 B: a":                           {Stage: exporter.StageWrite, File: "a", Total: 10},
		"writing 100% of 10 B":                            {Stage: exporter.StageWrite, Done: 10, Total: 10},
	} {
		if got := exportState(now); got != want {
			t.Errorf("%+v is %q, want %q", now, got, want)
		}
	}
}
