package exporter_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
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
