package release_test

import (
	"bytes"
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
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

func drift(t testing.TB, p *handoff.Package, rel fs.FS) *release.DriftReport {
	t.Helper()
	r, err := release.Drift(t.Context(), p, rel)
	if err != nil {
		t.Fatal(err)
	}
	if r.Drifted != (len(r.Files) > 0) {
		t.Errorf("Drifted is %v with %d files", r.Drifted, len(r.Files))
	}
	return r
}

// driftLines is what a report says of files, one a line.
func driftLines(r *release.DriftReport) []string {
	list := []string{}
	for _, f := range r.Files {
		line := fmt.Sprintf("%s %s %s:%d %s", f.State, f.Type, f.Path, f.Line, f.Message)
		list = append(list, strings.TrimSpace(line))
		for _, v := range f.Values {
			list = append(list, "  "+v.Path+" "+shownValue(v.Old)+" -> "+shownValue(v.New))
		}
	}
	return list
}

func shownValue(v *diff.Value) string {
	if v == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s:%d", v.Text, v.Line)
}

// TestDrift makes one change to a release and wants exactly that.
func TestDrift(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	const tree = "runtime/behaviors/fed_batch.xml"
	for _, test := range []struct {
		name   string
		change func(m fstest.MapFS)
		want   []string
	}{
		{"nothing", func(fstest.MapFS) {}, []string{}},
		{"value", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "interval_ms: 3000", "interval_ms: 250")
		},
			[]string{"changed file runtime/anolis-runtime.yaml:59", "  polling.interval_ms 3000:59 -> 250:59"}},
		{"token typed in", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "    bucket: bench-2l\n", "    bucket: bench-2l\n    token: typed-in-at-night-7\n")
		}, []string{"changed file runtime/anolis-runtime.yaml:66", "  telemetry.influxdb.token nothing -> ***:66"}},
		{"other key of a token", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "telemetry:\n", "telemetry:\n  influx_token: typed-in-at-night-7\n")
		}, []string{"changed file runtime/anolis-runtime.yaml:61", "  telemetry.influx_token nothing -> ***:61"}},
		{"values of several kinds", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "port: 8085", "port: '8085'")
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "logging:\n  level: info\n", "")
		}, []string{"changed file runtime/anolis-runtime.yaml:8", "  http.port 8085:8 -> \"8085\":8", "  logging {level: info}:87 -> nothing"}},
		{"comment", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "polling:\n", "polling: # slow bus\n")
		},
			[]string{"changed file runtime/anolis-runtime.yaml:58 no value has changed, only comments, order or spelling"}},
		{"line endings", func(m fstest.MapFS) {
			m[handofftest.RuntimeConfig].Data = bytes.ReplaceAll(m[handofftest.RuntimeConfig].Data, []byte("\n"), []byte("\r\n"))
		}, []string{"changed file runtime/anolis-runtime.yaml:1 only line endings differ"}},
		{"broken", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "polling:\n", "polling: [\n")
		},
			[]string{"changed file runtime/anolis-runtime.yaml:58 cannot be read any more: line 58: this list in brackets is not closed before line 60, column 10"}},
		{"broken JSON", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, "meta/provenance.json", "{\n  \"exported_at", "{,\n  \"exported_at")
		},
			[]string{"changed file meta/provenance.json:1 cannot be read any more: line 1: expected a key in double quotes, found ','"}},
		{"emptied", func(m fstest.MapFS) { m[handofftest.RuntimeConfig].Data = nil },
			[]string{"changed file runtime/anolis-runtime.yaml:1", "  . {runtime: {name: bench-manual, shutdown_timeout_ms: 4000, startup_timeout_ms: 45000}, http: {enabled: true, bind: 127.0.0.1, port: 8085, cors_allowed_origins: […:1 -> null:1"}},
		{"too large", func(m fstest.MapFS) { m[handofftest.RuntimeConfig].Data = bytes.Repeat([]byte("# filler\n"), 300_000) },
			[]string{"changed file runtime/anolis-runtime.yaml:1 is too large to compare its values"}},
		{"explodes", func(m fstest.MapFS) { m[handofftest.RuntimeConfig].Data = []byte(bomb()) },
			[]string{"changed file runtime/anolis-runtime.yaml:1 cannot be read any more: holds more values than the limit allows"}},
		{"behavior", func(m fstest.MapFS) { handofftest.EditRelease(t, m, tree, "</root>", "\n</root>") },
			[]string{"changed file runtime/behaviors/fed_batch.xml:87"}},
		{"missing", func(m fstest.MapFS) { delete(m, tree) },
			[]string{"missing  runtime/behaviors/fed_batch.xml:0"}},
		{"extra", func(m fstest.MapFS) {
			m["runtime/anolis-runtime.yaml.bak"] = &fstest.MapFile{Data: []byte("x")}
			m["logs/2026/run.txt"] = &fstest.MapFile{}
			m["cache"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}, []string{"extra folder cache:0 empty", "extra file logs/2026/run.txt:0", "extra file runtime/anolis-runtime.yaml.bak:0"}},
		{"extra things", func(m fstest.MapFS) {
			m["a"] = &fstest.MapFile{Data: []byte("/etc"), Mode: fs.ModeSymlink}
			m["b"] = &fstest.MapFile{Mode: fs.ModeDevice | fs.ModeCharDevice}
			m["c"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
			m["d"] = &fstest.MapFile{Mode: fs.ModeSocket}
			m["e"] = &fstest.MapFile{Mode: fs.ModeIrregular}
		}, []string{"extra symbolic link a:0", "extra device b:0", "extra named pipe c:0", "extra socket d:0", "extra special file e:0"}},
		{"link in the place of a file", func(m fstest.MapFS) {
			m[tree] = &fstest.MapFile{Data: []byte("../anolis-runtime.yaml"), Mode: fs.ModeSymlink}
		}, []string{"changed symbolic link runtime/behaviors/fed_batch.xml:0 is a symbolic link now, which is not followed"}},
		{"pipe in the place of a file", func(m fstest.MapFS) { m[tree] = &fstest.MapFile{Mode: fs.ModeNamedPipe} },
			[]string{"changed named pipe runtime/behaviors/fed_batch.xml:0 is a named pipe now"}},
		{"folder in the place of a file", func(m fstest.MapFS) {
			delete(m, tree)
			m[tree+"/x"] = &fstest.MapFile{}
		}, []string{"changed folder runtime/behaviors/fed_batch.xml:0 is a folder now", "extra file runtime/behaviors/fed_batch.xml/x:0"}},
		{"empty folder in the place of a file", func(m fstest.MapFS) { m[tree] = &fstest.MapFile{Mode: fs.ModeDir} },
			[]string{"changed folder runtime/behaviors/fed_batch.xml:0 is a folder now"}},
		{"link in the place of a folder", func(m fstest.MapFS) {
			m["elsewhere.xml"] = m[tree]
			delete(m, tree)
			m["runtime/behaviors"] = &fstest.MapFile{Data: []byte("."), Mode: fs.ModeSymlink}
		}, []string{"missing  runtime/behaviors/fed_batch.xml:0 runtime/behaviors is a symbolic link",
			"extra file elsewhere.xml:0", "extra symbolic link runtime/behaviors:0"}},
		{"file in the place of a folder", func(m fstest.MapFS) {
			delete(m, tree)
			m["runtime/behaviors"] = &fstest.MapFile{}
		}, []string{"missing  runtime/behaviors/fed_batch.xml:0 runtime/behaviors is a file", "extra file runtime/behaviors:0"}},
		{"hostile names", func(m fstest.MapFS) {
			m["\x1b[31mred\n"] = &fstest.MapFile{}
			m["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"] = &fstest.MapFile{}
		}, []string{"extra file \x1b[31mred\n:0", "extra file ***:0"}},
	} {
		m := handofftest.ReleaseOf(t, p)
		test.change(m)
		if diff := cmp.Diff(test.want, driftLines(drift(t, p, m))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestDriftWhole has what else a report holds.
func TestDriftWhole(t *testing.T) {
	data, p := handofftest.BenchPackage(t)
	p.Report().Package = "bench.anpkg"
	m := handofftest.ReleaseOf(t, p)
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "    bucket: bench-2l\n", "    token: typed-in-at-night-7\n")
	delete(m, "providers/drives0.yaml")
	m["new"] = &fstest.MapFile{Data: []byte("123")}
	r := drift(t, p, m)
	if r.Version != release.DriftVersion || r.Package != "bench.anpkg" || r.Release != "" || r.Digest != handofftest.Digest(data) ||
		!r.Drifted || r.Unchanged != len(m)-2 || r.MoreValues != 0 || len(r.Files) != 3 {
		t.Errorf("report: %+v", r)
	}
	version := func(data []byte) *release.FileVersion {
		return &release.FileVersion{Size: int64(len(data)), SHA256: handofftest.Digest(data)}
	}
	was := handofftest.ReleaseOf(t, p)
	want := []release.File{
		{State: release.Changed, Path: handofftest.RuntimeConfig, Type: "file", Line: 65,
			Packaged: version(was[handofftest.RuntimeConfig].Data), Released: version(m[handofftest.RuntimeConfig].Data),
			Values: []diff.ValueChange{
				{Path: "telemetry.influxdb.token", New: &diff.Value{Text: "***", Line: 65, Column: 12}},
				{Path: "telemetry.influxdb.bucket", Old: &diff.Value{Text: "bench-2l", Line: 65, Column: 13}},
			},
			Hint: "*** stands for a secret, which does not belong in a file. Take it out and supply it when the runtime starts, in INFLUXDB_TOKEN."},
		{State: release.Missing, Path: "providers/drives0.yaml", Packaged: version(was["providers/drives0.yaml"].Data), Values: []diff.ValueChange{}},
		{State: release.Extra, Path: "new", Type: "file", Released: &release.FileVersion{Size: 3}, Values: []diff.ValueChange{}},
	}
	if diff := cmp.Diff(want, r.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, state := range []release.State{release.Changed, release.Missing, release.Extra} {
		if n := r.Count(state); n != 1 {
			t.Errorf("%d %s", n, state)
		}
	}
	var text, json bytes.Buffer
	if err := errors.Join(r.WriteText(&text, true), r.WriteJSON(&json)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String()+json.String(), "typed-in") {
		t.Error("the token is shown")
	}
}

// TestDriftUnchanged compares all example machines with themselves, on a disk and
// in memory.
func TestDriftUnchanged(t *testing.T) {
	for _, name := range []string{"bioreactor-bench", "legacy-mixer", "mixer-system", "sim-quickstart"} {
		data, _ := handofftest.Export(t, os.DirFS(filepath.Join(handofftest.Projects(), name)), handoff.ExportOptions{Options: exporter.Options{Name: name}})
		p := handofftest.OpenArchive(t, data, handoff.OpenOptions{})
		dir := filepath.Join(t.TempDir(), "release")
		if err := os.CopyFS(dir, p.FS()); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		for _, files := range []fs.FS{root.FS(), os.DirFS(dir), p.FS()} {
			if r := drift(t, p, files); r.Drifted || r.Unchanged != len(p.Report().Files) {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
}

// TestDriftEachByte changes each byte of a release in turn.
func TestDriftEachByte(t *testing.T) {
	data, _ := handofftest.Export(t, os.DirFS(handofftest.Projects()+"/sim-quickstart"), handoff.ExportOptions{Options: exporter.Options{Name: "sim"}})
	p := handofftest.OpenArchive(t, data, handoff.OpenOptions{})
	m := handofftest.ReleaseOf(t, p)
	for name, f := range m {
		for i := range f.Data {
			f.Data[i] ^= 1
			r := drift(t, p, m)
			if len(r.Files) != 1 || r.Files[0].State != release.Changed || r.Files[0].Path != name || r.Unchanged != len(m)-1 {
				t.Fatalf("byte %d of %s: %v", i, name, driftLines(r))
			}
			f.Data[i] ^= 1
		}
	}
}
