package zipfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func testTree(t *testing.T) *Set {
	text := pattern(smallSize + chunkSize)
	empty := ""
	return mustSet(t,
		FromBytes("machine-profile.yaml", []byte("schema_version: 1\n")),
		FromBytes("meta/provenance.json", []byte("{}\n")),
		FromBytes("runtime/behaviors/größe.xml", nil),
		mustHash(t, "runtime/behaviors/big.xml", source(&text)),
		mustHash(t, "runtime/empty", source(&empty)),
		FromBytes("runtime.yaml", []byte("a")),
	)
}

func TestFS(t *testing.T) {
	err := fstest.TestFS(testTree(t).FS(), "machine-profile.yaml", "meta/provenance.json",
		"runtime/behaviors/größe.xml", "runtime/behaviors/big.xml", "runtime/empty", "runtime.yaml")
	if err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(mustSet(t).FS()); err != nil {
		t.Errorf("empty set: %v", err)
	}
}

func TestFSWalk(t *testing.T) {
	var got []string
	err := fs.WalkDir(testTree(t).FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			got = append(got, fs.FormatFileInfo(info))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"drwxr-xr-x 0 1980-01-01 00:00:00 ./",
		"-rw-r--r-- 18 1980-01-01 00:00:00 machine-profile.yaml",
		"drwxr-xr-x 0 1980-01-01 00:00:00 meta/",
		"-rw-r--r-- 3 1980-01-01 00:00:00 provenance.json",
		"drwxr-xr-x 0 1980-01-01 00:00:00 runtime/",
		"drwxr-xr-x 0 1980-01-01 00:00:00 behaviors/",
		"-rw-r--r-- 557056 1980-01-01 00:00:00 big.xml",
		"-rw-r--r-- 0 1980-01-01 00:00:00 größe.xml",
		"-rw-r--r-- 0 1980-01-01 00:00:00 empty",
		"-rw-r--r-- 1 1980-01-01 00:00:00 runtime.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("walk (-want +got):\n%s", diff)
	}
}

// TestFSCannotBeChanged writes into everything the file system hands out.
func TestFSCannotBeChanged(t *testing.T) {
	s := mustSet(t, FromBytes("a", []byte("text")), FromBytes("b", nil))
	fsys := s.FS()
	for range 2 {
		data, err := fs.ReadFile(fsys, "a")
		if err != nil || string(data) != "text" {
			t.Fatalf("ReadFile = %q, %v", data, err)
		}
		copy(data, "XXXX")
		list, err := fs.ReadDir(fsys, ".")
		if err != nil || len(list) != 2 || list[0].Name() != "a" {
			t.Fatalf("ReadDir = %v, %v", list, err)
		}
		list[0] = list[1]
		dir, err := fsys.Open(".")
		if err != nil {
			t.Fatal(err)
		}
		list, err = dir.(fs.ReadDirFile).ReadDir(-1)
		if err != nil || len(list) != 2 || list[0].Name() != "a" {
			t.Fatalf("ReadDir = %v, %v", list, err)
		}
		list[0] = list[1]
	}
	if _, ok := fsys.(interface{ Create(string) }); ok {
		t.Error("the file system can be written to")
	}
}

func TestFSErrors(t *testing.T) {
	fsys := mustSet(t, FromBytes("d/a", nil)).FS()
	open := func(name string) error { _, err := fsys.Open(name); return err }
	stat := func(name string) error { _, err := fs.Stat(fsys, name); return err }
	readDir := func(name string) error { _, err := fs.ReadDir(fsys, name); return err }
	readFile := func(name string) error { _, err := fs.ReadFile(fsys, name); return err }
	readOpenDir := func(name string) error {
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, f)
		return err
	}
	tests := []struct {
		op   string
		call func(string) error
		name string
		want error
	}{
		{"open", open, "d/b", fs.ErrNotExist},
		{"open", open, "/d/a", fs.ErrInvalid},
		{"open", open, "d/../d/a", fs.ErrInvalid},
		{"stat", stat, "d/a/b", fs.ErrNotExist},
		{"stat", stat, "", fs.ErrInvalid},
		{"readdir", readDir, "x", fs.ErrNotExist},
		{"readdir", readDir, "d/a", errNotDir},
		{"read", readFile, "x", fs.ErrNotExist},
		{"read", readFile, "d", errIsDir},
		{"read", readOpenDir, "d", errIsDir},
	}
	for _, tt := range tests {
		err := tt.call(tt.name)
		var pe *fs.PathError
		if !errors.Is(err, tt.want) || !errors.As(err, &pe) || pe.Op != tt.op || pe.Path != tt.name {
			t.Errorf("%s %q: %v, want %v", tt.op, tt.name, err, tt.want)
		}
	}
}

func TestFSFilesInMemoryCanSeek(t *testing.T) {
	f, err := mustSet(t, FromBytes("a", []byte("content"))).FS().Open("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := f.(io.ReadSeeker); !ok {
		t.Error("no io.ReadSeeker")
	}
	got := make([]byte, 4)
	if _, err := f.(io.ReaderAt).ReadAt(got, 3); err != nil || string(got) != "tent" {
		t.Errorf("ReadAt = %q, %v", got, err)
	}
}

func TestFileOpen(t *testing.T) {
	text := "content"
	for _, f := range []File{FromBytes("a", []byte(text)), mustHash(t, "a", source(&text))} {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := r.Read(nil); n != 0 || err != nil {
			t.Errorf("Read(nil) = %d, %v", n, err)
		}
		var buf bytes.Buffer
		if _, err := buf.ReadFrom(r); err != nil || buf.String() != text {
			t.Errorf("read %q, %v", buf.String(), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestInfoTime(t *testing.T) {
	info, err := fs.Stat(testTree(t).FS(), "meta")
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC); info.ModTime() != want || info.Sys() != nil {
		t.Errorf("ModTime %v, Sys %v", info.ModTime(), info.Sys())
	}
}
