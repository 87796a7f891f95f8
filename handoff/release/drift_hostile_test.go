package release_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestDriftLimits passes nothing over that it does not look at.
func TestDriftLimits(t *testing.T) {
	data, _ := handofftest.Export(t, os.DirFS(handofftest.Projects()+"/sim-quickstart"), handoff.ExportOptions{Options: exporter.Options{Name: "sim"}})
	p := handofftest.OpenArchive(t, data, handoff.OpenOptions{Options: validator.Options{Limits: validator.Limits{Entries: 10}}})
	fill := func(m fstest.MapFS, dir string, n int) fstest.MapFS {
		for i := range n {
			m[fmt.Sprintf("%s%03d", dir, i)] = &fstest.MapFile{}
		}
		return m
	}
	last := func(r *release.DriftReport) string { return driftLines(r)[len(r.Files)-1] }

	if r := drift(t, p, fill(handofftest.ReleaseOf(t, p), "logs/", 6)); len(r.Files) != 6 {
		t.Errorf("within the limit: %v", driftLines(r))
	}
	// One budget for all folders: a folder with three files leaves six of ten.
	two := fill(fill(handofftest.ReleaseOf(t, p), "logs/", 3), "zlast/", 5)
	if r := drift(t, p, two); len(r.Files) != 8 {
		t.Errorf("within the limit in two folders: %v", driftLines(r))
	}
	r := drift(t, p, fill(two, "zlast/x", 1))
	if want := "extra folder zlast:0 was not looked into: the release has over 10 more files and folders than the package"; len(r.Files) != 4 || last(r) != want {
		t.Errorf("too many in two folders: %v", driftLines(r))
	}
	r = drift(t, p, fill(handofftest.ReleaseOf(t, p), "logs/", 100))
	if want := "extra folder logs:0 was not looked into: the release has over 10 more files and folders than the package"; len(r.Files) != 1 || last(r) != want {
		t.Errorf("too many in an extra folder: %v", driftLines(r))
	}
	r = drift(t, p, fill(handofftest.ReleaseOf(t, p), "runtime/", 100))
	if len(r.Files) != 1 || r.Files[0].State != release.Unreadable || r.Unchanged != len(p.Report().Files) {
		t.Errorf("too many in a folder of the package: %v", driftLines(r))
	}
	r = drift(t, p, fill(handofftest.ReleaseOf(t, p), "", 100))
	if len(r.Files) != 1 || r.Files[0].State != release.Unreadable || r.Files[0].Path != "." {
		t.Errorf("too many in the root: %v", driftLines(r))
	}

	m := handofftest.ReleaseOf(t, p)
	deep := strings.Repeat("d/", 600) + "f"
	m[deep] = &fstest.MapFile{}
	_, whole := handofftest.BenchPackage(t)
	r = drift(t, whole, m)
	if want := "extra folder " + strings.TrimSuffix(strings.Repeat("d/", 513), "/") + ":0 was not looked into: it lies too deep"; !strings.Contains(strings.Join(driftLines(r), "\n"), want) {
		t.Errorf("too deep: %v", driftLines(r))
	}
}

// TestDriftManyValues lists a thousand values and counts the others.
func TestDriftManyValues(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	for _, name := range []string{handofftest.RuntimeConfig, "runtime/anolis-runtime.full.yaml"} {
		var b strings.Builder
		for i := range 800 {
			fmt.Fprintf(&b, "more%d: 1\n", i)
		}
		m[name].Data = append(m[name].Data, b.String()...)
	}
	r := drift(t, p, m)
	if n := len(r.Files[0].Values) + len(r.Files[1].Values); n != 1000 || r.MoreValues != 600 {
		t.Errorf("%d values and %d more", n, r.MoreValues)
	}
}

// unsteady is a release in which one path fails after it was looked at.
type unsteady struct {
	fstest.MapFS
	name string
	err  error
	when string // open or lstat
	open func()
}

func (u unsteady) Open(name string) (fs.File, error) {
	if name == u.name && u.when == "open" {
		if u.open != nil {
			u.open()
			return u.MapFS.Open(name)
		}
		return nil, &fs.PathError{Op: "open", Path: "/host/" + name, Err: u.err}
	}
	return u.MapFS.Open(name)
}

func (u unsteady) Lstat(name string) (fs.FileInfo, error) {
	if name == u.name && u.when == "lstat" {
		return nil, &fs.PathError{Op: "lstat", Path: "/host/" + name, Err: u.err}
	}
	return u.MapFS.Lstat(name)
}

// TestDriftUnsteady has files that vanish, grow or cannot be read.
func TestDriftUnsteady(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	for _, test := range []struct {
		name, when string
		err        error
		want       string
	}{
		{handofftest.RuntimeConfig, "open", fs.ErrNotExist, "missing  runtime/anolis-runtime.yaml:0"},
		{handofftest.RuntimeConfig, "open", fs.ErrPermission, "unreadable file runtime/anolis-runtime.yaml:0 cannot be read: permission denied"},
		{handofftest.RuntimeConfig, "lstat", fs.ErrPermission, "unreadable  runtime/anolis-runtime.yaml:0 cannot be read: permission denied"},
		{"runtime/behaviors", "lstat", fs.ErrPermission, "unreadable  runtime/behaviors/fed_batch.xml:0 cannot be read: permission denied"},
		{"runtime/behaviors", "open", fs.ErrPermission, "unreadable folder runtime/behaviors:0 cannot be read: permission denied"},
		{"mine", "open", fs.ErrPermission, "extra folder mine:0 cannot be read: permission denied"},
		{"mine", "open", fs.ErrNotExist, ""},
	} {
		m := handofftest.ReleaseOf(t, p)
		if test.name == "mine" {
			m["mine/x"] = &fstest.MapFile{}
		}
		got := strings.Join(driftLines(drift(t, p, unsteady{MapFS: m, name: test.name, when: test.when, err: test.err})), "\n")
		test.want = strings.Replace(test.want, "permission denied", fs.ErrPermission.Error(), 1)
		if got != test.want {
			t.Errorf("%s, %s, %v: %s, want %s", test.name, test.when, test.err, got, test.want)
		}
	}

	m := handofftest.ReleaseOf(t, p)
	swap := unsteady{MapFS: m, name: handofftest.RuntimeConfig, when: "open", open: func() { m[handofftest.RuntimeConfig] = &fstest.MapFile{Mode: fs.ModeNamedPipe} }}
	if got := driftLines(drift(t, p, swap)); len(got) != 1 || got[0] != "unreadable file runtime/anolis-runtime.yaml:0 cannot be read: is not a regular file" {
		t.Errorf("swapped for a pipe: %v", got)
	}

	const tree = "runtime/behaviors/fed_batch.xml"
	m, opened := handofftest.ReleaseOf(t, p), 0
	m[tree] = &fstest.MapFile{Data: []byte("<root/>\n")}
	swap = unsteady{MapFS: m, name: tree, when: "open", open: func() {
		if opened++; opened > 1 { // to find the line
			m[tree] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
		}
	}}
	if got := driftLines(drift(t, p, swap)); len(got) != 1 || got[0] != "unreadable file "+tree+":0 cannot be read: is not a regular file" || opened != 2 {
		t.Errorf("swapped for a pipe after it was read: %v", got)
	}
}

// TestDriftHostileListing has folders that list what cannot be.
func TestDriftHostileListing(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	for _, name := range []string{".", "..", "", "a/b", "\xff"} {
		r := drift(t, p, liar{m, name})
		if len(r.Files) != 1 || r.Files[0].State != release.Extra || r.Unchanged != len(m) {
			t.Errorf("%q: %v", name, driftLines(r))
		}
	}
}

// liar is a release whose root lists one folder more than there is.
type liar struct {
	fstest.MapFS
	name string
}

func (l liar) Open(name string) (fs.File, error) {
	f, err := l.MapFS.Open(name)
	if name != "." || err != nil {
		return f, err
	}
	return &liarDir{f.(fs.ReadDirFile), l.name, false}, nil
}

type liarDir struct {
	fs.ReadDirFile
	name string
	done bool
}

func (d *liarDir) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := d.ReadDirFile.ReadDir(n)
	if !d.done {
		d.done = true
		list = append(list, liarEntry{d.name})
	}
	return list, err
}

type liarEntry struct{ name string }

func (e liarEntry) Name() string { return e.name }
func (e liarEntry) IsDir() bool  { return true }

func (e liarEntry) Type() fs.FileMode          { return fs.ModeDir }
func (e liarEntry) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

// TestDriftErrors wants no report where there can be none.
func TestDriftErrors(t *testing.T) {
	data, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := release.Drift(ctx, p, m); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v, %v", r, err)
	}
	if r, err := release.Drift(t.Context(), p, os.DirFS(filepath.Join(t.TempDir(), "gone"))); r != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no release: %v, %v", r, err)
	}
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "interval_ms: 3000", "interval_ms: 250")
	at := bytes.LastIndex(data, []byte("interval_ms: 3000"))
	data[at] = 'I'
	if r, err := release.Drift(t.Context(), p, m); r != nil || !errors.Is(err, exporter.ErrChanged) {
		t.Errorf("the package has changed: %v, %v", r, err)
	}
}

// TestDriftLinks tries links on a disk, which lead out of the release or back
// into it.
func TestDriftLinks(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	dir := filepath.Join(t.TempDir(), "release")
	if err := os.CopyFS(dir, p.FS()); err != nil {
		t.Fatal(err)
	}
	link := func(target, name string) {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.RemoveAll(name), os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("/etc/passwd", "out")
	link("runtime", "back")
	link(".", "loop")
	link("anolis-runtime.full.yaml", handofftest.RuntimeConfig)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	want := []string{
		"changed symbolic link runtime/anolis-runtime.yaml:0 is a symbolic link now, which is not followed",
		"extra symbolic link back:0", "extra symbolic link loop:0", "extra symbolic link out:0",
	}
	if diff := cmp.Diff(want, driftLines(drift(t, p, root.FS()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDriftAliases looks once at what a few bytes repeat 20,000 times. Otherwise
// this takes minutes.
func TestDriftAliases(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	text := string(m[handofftest.RuntimeConfig].Data) + "a: &a {x: " + strings.Repeat("y", 1_000_000) + "}\nb: [" + strings.Repeat("*a, ", 20_000) + "]\n"
	m[handofftest.RuntimeConfig].Data = []byte(text)
	r := drift(t, p, m)
	if len(r.Files) != 1 || len(r.Files[0].Values) != 2 || r.Files[0].Values[1].Path != "b" || len(r.Files[0].Values[1].New.Text) > 200 {
		t.Errorf("%v", driftLines(r))
	}
}

// FuzzDrift puts any text in the place of a runtime config, with a token at its
// end.
func FuzzDrift(f *testing.F) {
	_, p := handofftest.BenchPackage(f)
	m := handofftest.ReleaseOf(f, p)
	for _, text := range []string{"", string(m[handofftest.RuntimeConfig].Data), "a: [", "- &a [*a]", "? [x]\n: y", "\xff", "{}\n--- 1\n", "a: |\n ", "'", "#", bomb()} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m[handofftest.RuntimeConfig] = &fstest.MapFile{Data: append(bytes.Clone(text), "\n telemetry: {influxdb: {token: "+fuzzToken+"}}\n"...)}
		r, err := release.Drift(t.Context(), p, m)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Files) != 1 || r.Files[0].State != release.Changed || r.Files[0].Line == 0 {
			t.Errorf("%v", driftLines(r))
		}
		var out bytes.Buffer
		if err := errors.Join(r.WriteText(&out, true), r.WriteJSON(&out)); err != nil {
			t.Error(err)
		}
		if strings.Contains(out.String(), fuzzToken[:16]) {
			t.Error("the token is shown")
		}
	})
}

// fuzzToken has the form of a token of InfluxDB.
const fuzzToken = "Vt9qLx3mPzR7kYw2Nc8sBd5fHg1jTa6uEo4iWv0XyQZrKbMnCpDsFgHjLqWeRtYuIoPaSdFgHjKlZxCvBnMqWe=="

// bomb is a YAML text of few bytes and 600,000 values.
func bomb() string {
	text := "l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for i := 1; i < 6; i++ {
		text += fmt.Sprintf("l%d: &l%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*l%d, ", i-1), 5), ", "))
	}
	return text + "end: [*l5, *l5, *l5, *l5]\n"
}
