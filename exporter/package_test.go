package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestPackageFS holds the file system of a package against its archive.
func TestPackageFS(t *testing.T) {
	pkg := build(t, readBase(t, "variants"), exporter.Options{Variants: exporter.AllVariants()})
	want := unzip(t, archiveOf(t, pkg))
	var names []string
	for name, text := range want {
		names = append(names, name)
		got, err := fs.ReadFile(pkg.FS(), name)
		if err != nil || string(got) != text {
			t.Errorf("%s: %q, %v, want %q", name, got, err, text)
		}
	}
	if err := fstest.TestFS(pkg.FS(), names...); err != nil {
		t.Error(err)
	}
	var files []string
	err := fs.WalkDir(pkg.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, name)
		}
		return err
	})
	slices.Sort(names)
	if diff := cmp.Diff(names, files); err != nil || diff != "" {
		t.Errorf("%v, archive -, file system +\n%s", err, diff)
	}

	manifest, err := checksum.Parse(bytes.NewReader([]byte(want["meta/checksums.sha256"])))
	if err != nil {
		t.Fatal(err)
	}
	if err := manifest.Verify(context.Background(), pkg.FS(), "meta/checksums.sha256"); err != nil {
		t.Error(err)
	}
	if len(manifest) != len(names)-1 {
		t.Errorf("%d checksums for %d files", len(manifest), len(names))
	}
}

func TestNameAndNotes(t *testing.T) {
	pkg := build(t, readBase(t, "variants"), exporter.Options{Name: "bench"})
	if pkg.Name() != "bench" {
		t.Errorf("name %q", pkg.Name())
	}
	notes := pkg.Notes()
	if len(notes) == 0 {
		t.Fatal("no notes")
	}
	notes[0] = validator.Problem{}
	if pkg.Notes()[0] == notes[0] {
		t.Error("the caller changed the notes of the package")
	}
}

// TestConcurrentWrites has many readers of one Package; the race detector looks
// on.
func TestConcurrentWrites(t *testing.T) {
	pkg := build(t, readBase(t, "variants"), exporter.Options{Variants: exporter.AllVariants()})
	want := archiveOf(t, pkg)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			var buf bytes.Buffer
			if _, err := pkg.WriteTo(&buf); err != nil || !bytes.Equal(buf.Bytes(), want) {
				t.Errorf("%v, or another archive", err)
			}
			if _, err := checksum.Sum(context.Background(), pkg.FS()); err != nil {
				t.Error(err)
			}
			pkg.Notes()
		})
	}
	group.Wait()
}

// TestWriterFails passes the error of the writer on.
func TestWriterFails(t *testing.T) {
	pkg := build(t, readBase(t, "variants"), exporter.Options{Variants: exporter.AllVariants()})
	full := errors.New("disk full")
	for _, room := range []int64{0, 1, 100, pkg.Size() - 1} {
		w := &limited{room: room, err: full}
		if n, err := pkg.WriteTo(w); !errors.Is(err, full) || n > room {
			t.Errorf("room for %d: wrote %d, error %v", room, n, err)
		}
	}
}

type limited struct {
	room int64
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	if int64(len(p)) > l.room {
		n := int(l.room)
		l.room = 0
		return n, l.err
	}
	l.room -= int64(len(p))
	return len(p), nil
}

// TestProgress: what is done never shrinks, and ends where it said it would.
func TestProgress(t *testing.T) {
	project := with(readBase(t, "variants"), "behaviors/mix.xml", string(bytes.Repeat([]byte("<!-- padding -->\n"), 200_000)))
	var seen []exporter.Progress
	pkg := build(t, project, exporter.Options{
		Variants: exporter.AllVariants(),
		Progress: func(p exporter.Progress) { seen = append(seen, p) },
	})
	last := map[string]int64{}
	for _, p := range seen {
		if p.Stage != exporter.StageRead || p.File == "" || p.Done < last[p.File] || p.Done == 0 {
			t.Fatalf("while reading: %+v after %d", p, last[p.File])
		}
		last[p.File] = p.Done
	}
	want := map[string]int64{
		"runtime/behaviors/mix.xml":   int64(len(project["behaviors/mix.xml"].Data)),
		"runtime/behaviors/drain.xml": int64(len(project["behaviors/drain.xml"].Data)),
	}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Errorf("bytes read: want -, got +\n%s", diff)
	}

	seen = nil
	if _, err := pkg.WriteTo(io.Discard); err != nil {
		t.Fatal(err)
	}
	var done int64
	for _, p := range seen {
		if p.Stage != exporter.StageWrite || p.Total != pkg.Size() || p.Done < done || p.Done > p.Total {
			t.Fatalf("while writing: %+v after %d", p, done)
		}
		done = p.Done
	}
	if done != pkg.Size() || len(seen) < 20 {
		t.Errorf("%d calls, the last at %d of %d", len(seen), done, pkg.Size())
	}
}

// TestCancelled stops before, while building, and while writing.
func TestCancelled(t *testing.T) {
	project := with(readBase(t, "variants"), "behaviors/mix.xml", string(bytes.Repeat([]byte("<!-- padding -->\n"), 200_000)))
	reason := errors.New("reason")

	before, cancel := context.WithCancelCause(context.Background())
	cancel(reason)
	if pkg, err := exporter.Build(before, project, exporter.Options{Name: "rig-1"}); pkg != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("before: package %v, error %v", pkg, err)
	}
	// A done context has the last word over problems.
	if _, err := exporter.Build(before, with(nil), exporter.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("before, no project: error %v", err)
	}

	during, cancel := context.WithCancelCause(context.Background())
	calls := 0
	pkg, err := exporter.Build(during, project, exporter.Options{Name: "rig-1", Variants: exporter.AllVariants(), Progress: func(p exporter.Progress) {
		if calls++; calls == 2 {
			cancel(reason)
		}
	}})
	if pkg != nil || !errors.Is(err, context.Canceled) || calls > 4 {
		t.Errorf("during Build: package %v, error %v, %d calls", pkg, err, calls)
	}

	writing, cancel := context.WithCancelCause(context.Background())
	pkg = build(t, project, exporter.Options{Variants: exporter.AllVariants(), Progress: func(p exporter.Progress) {
		if p.Stage == exporter.StageWrite && p.Done > p.Total/2 {
			cancel(reason)
		}
	}})
	n, err := pkg.Write(writing, io.Discard)
	if !errors.Is(err, context.Canceled) || n >= pkg.Size() {
		t.Errorf("during Write: %d of %d bytes, error %v", n, pkg.Size(), err)
	}
	if n, err := pkg.Write(writing, io.Discard); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("before Write: %d bytes, error %v", n, err)
	}
	// The package itself is as good as before.
	if _, err := pkg.WriteTo(io.Discard); err != nil {
		t.Error(err)
	}
}

// replaceable is a file system in which one file can become another.
type replaceable struct {
	fs.FS
	name string
	now  fs.FS // where name is looked up, if set
}

func (r *replaceable) Open(name string) (fs.File, error) {
	if name == r.name && r.now != nil {
		return r.now.Open(name)
	}
	return r.FS.Open(name)
}

// TestChanged changes a file between Build and Write. Either the archive is the
// one that was built, or there is an error.
func TestChanged(t *testing.T) {
	const before = "<root>before</root>\n"
	one := func(name, text string) fs.FS { return with(nil, name, text) }
	for _, kind := range []struct {
		name    string
		file    string
		project fstest.MapFS
	}{
		{"behavior", "behaviors/mix.xml", with(readBase(t, "canonical"),
			"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/mix.xml}\n",
			"behaviors/mix.xml", before)},
		{"verbatim provider", "providers/sim0.yaml", with(nil,
			"system.json", `{"schema_version": 2, "topology": {"runtime": {"http_port": 1, "providers": [{"id": "sim0"}]}}}`,
			"providers/sim0.yaml", before)},
	} {
		for _, test := range []struct {
			name string
			now  fs.FS
			want error
		}{
			{"same", one(kind.file, before), nil},
			{"grown", one(kind.file, before+"x"), exporter.ErrChanged},
			{"grown by much", one(kind.file, strings.Repeat(before, 100_000)), exporter.ErrChanged},
			{"shrunk", one(kind.file, before[:10]), exporter.ErrChanged},
			{"empty", one(kind.file, ""), exporter.ErrChanged},
			{"other content", one(kind.file, strings.Replace(before, "before", "behind", 1)), exporter.ErrChanged},
			{"gone", with(nil), fs.ErrNotExist},
			{"a directory", one(kind.file+"/x", ""), nil}, // any error
		} {
			fsys := &replaceable{FS: kind.project, name: kind.file}
			pkg := build(t, fsys, exporter.Options{})
			want := archiveOf(t, pkg)

			fsys.now = test.now
			var got strings.Builder
			_, err := pkg.Write(context.Background(), &got)
			_, readErr := fs.ReadFile(pkg.FS(), "runtime/behaviors/mix.xml")
			if kind.name != "behavior" {
				_, readErr = fs.ReadFile(pkg.FS(), kind.file)
			}
			switch {
			case test.name == "same":
				if err != nil || readErr != nil || got.String() != string(want) {
					t.Errorf("%s, %s: %v, %v, or another archive", kind.name, test.name, err, readErr)
				}
			case err == nil, readErr == nil:
				t.Errorf("%s, %s: Write gives %v, ReadFile %v", kind.name, test.name, err, readErr)
			case test.want != nil && (!errors.Is(err, test.want) || !errors.Is(readErr, test.want)):
				t.Errorf("%s, %s: Write gives %v, ReadFile %v, want %v", kind.name, test.name, err, readErr, test.want)
			}

			// Put back, the package is as good as before.
			fsys.now = nil
			if string(archiveOf(t, pkg)) != string(want) {
				t.Errorf("%s, %s: another archive", kind.name, test.name)
			}
		}
	}
}

// TestReadFails passes the error of the file system on, with the file's name.
func TestReadFails(t *testing.T) {
	broken := errors.New("bad sector")
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/mix.xml}\n",
		"behaviors/mix.xml", "<root/>")
	for _, test := range []struct{ file, where string }{
		{"machine-profile.yaml", "machine-profile.yaml: error: bad sector [unreadable]"},
		{"config/manual.yaml", "config/manual.yaml: error: bad sector [unreadable]"},
		{"config/sim0.yaml", "config/sim0.yaml: error: bad sector [unreadable]"},
		{"behaviors/mix.xml", "config/manual.yaml:2:29: error: /automation/behavior_tree: behaviors/mix.xml: bad sector [unreadable]"},
	} {
		problems, err := refusalOf(t, failing{project, test.file, broken}, exporter.Options{})
		if len(problems) != 1 || problems[0].Code != validator.CodeUnreadable || problems[0].Error() != test.where {
			t.Errorf("%s: %v, want %s", test.file, problems, test.where)
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: the cause is not in the chain of %v", test.file, problems)
		}
	}

	fsys := &replaceable{FS: project, name: "behaviors/mix.xml"}
	pkg := build(t, fsys, exporter.Options{})
	fsys.now = failing{project, "behaviors/mix.xml", broken}
	if _, err := pkg.WriteTo(io.Discard); !errors.Is(err, broken) || !strings.Contains(err.Error(), "mix.xml") {
		t.Errorf("WriteTo: %v", err)
	}
}

// failing cannot read one of its files to the end.
type failing struct {
	fs.FS
	name string
	err  error
}

func (f failing) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err == nil && name == f.name {
		return failingFile{file, f.err}, nil
	}
	return file, err
}

type failingFile struct {
	fs.File
	err error
}

func (f failingFile) Read([]byte) (int, error) { return 0, f.err }
