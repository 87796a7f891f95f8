package checksum

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/internal/steady"
)

func TestSum(t *testing.T) {
	if got := text(t, mustSum(t, tree())); got != treeText {
		t.Errorf("got\n%s\nwant\n%s", got, treeText)
	}
	if m := mustSum(t, fstest.MapFS{}); len(m) != 0 || text(t, m) != "" {
		t.Errorf("an empty file system has %v", m)
	}
}

func TestSumSkips(t *testing.T) {
	for _, tt := range []struct{ skip, gone []string }{
		{nil, nil},
		{[]string{"B"}, []string{"B"}},
		{[]string{"a/b", "größe.xml", "not/there"}, []string{"a/b", "größe.xml"}},
		{[]string{"a.b"}, []string{"a.b/c"}},
		{[]string{"a", "a/b"}, []string{"a/b"}},
	} {
		want := tree()
		for _, name := range tt.gone {
			delete(want, name)
		}
		if got := text(t, mustSum(t, tree(), tt.skip...)); got != text(t, mustSum(t, want)) {
			t.Errorf("skip %q:\n%s", tt.skip, got)
		}
	}
	if m := mustSum(t, tree(), "."); len(m) != 0 {
		t.Errorf("skip the root: %v", m)
	}
}

// TestSHA256Sum lets the real tool check a manifest where there is one. The
// format itself is pinned by treeText on every system.
func TestSHA256Sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Log("no sha256sum here; treeText holds its recorded output")
		return
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, tree()); err != nil {
		t.Fatal(err)
	}
	check := func() error {
		cmd := exec.CommandContext(t.Context(), tool, "-c", "--strict", "--quiet")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(text(t, mustSum(t, tree())))
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		return err
	}
	if err := check(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a-"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if check() == nil {
		t.Error("sha256sum did not notice a changed file")
	}
}

// faultyFS fails to open or read some paths of a MapFS.
type faultyFS struct {
	fstest.MapFS
	open, read map[string]error
}

func (f faultyFS) Open(name string) (fs.File, error) {
	if err := f.open[name]; err != nil {
		return nil, err
	}
	file, err := f.MapFS.Open(name)
	if readErr := f.read[name]; readErr != nil {
		return faultyFile{file, readErr}, err
	}
	return file, err
}

// ReadDir and Stat must not bypass Open.
func (f faultyFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.open[name]; err != nil {
		return nil, err
	}
	return f.MapFS.ReadDir(name)
}

type faultyFile struct {
	fs.File
	err error
}

func (f faultyFile) Read(p []byte) (int, error) { return 0, f.err }

func TestSumErrors(t *testing.T) {
	boom := errors.New("boom")
	at := func(name string) map[string]error { return map[string]error{name: boom} }
	link := tree()
	link["a/link"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("b")}
	device := tree()
	device["null"] = &fstest.MapFile{Mode: fs.ModeDevice}
	tests := []struct {
		name string
		fsys fs.FS
		path string
		want error
	}{
		{"open", faultyFS{MapFS: tree(), open: at("a/b")}, "a/b", boom},
		{"read", faultyFS{MapFS: tree(), read: at("B")}, "B", boom},
		{"directory", faultyFS{MapFS: tree(), open: at("a.b")}, "a.b", boom},
		{"root", faultyFS{MapFS: tree(), open: at(".")}, ".", boom},
		{"symlink", link, "a/link", ErrNotRegular},
		{"device", device, "null", ErrNotRegular},
		{"backslash", fstest.MapFS{`d/a\b`: {}}, `d/a\b`, ErrPath},
		{"newline", fstest.MapFS{"a\nb": {}}, "a\nb", ErrPath},
		{"standard input", fstest.MapFS{"-": {}}, "-", ErrPath},
	}
	for _, tt := range tests {
		m, err := Sum(t.Context(), tt.fsys)
		var pe *fs.PathError
		if !errors.Is(err, tt.want) || !errors.As(err, &pe) || pe.Path != tt.path || m != nil {
			t.Errorf("%s: %v, %v; want %v at %q", tt.name, m, err, tt.want, tt.path)
		}
		if _, err := Sum(t.Context(), tt.fsys, tt.path); err != nil {
			t.Errorf("%s: skipped, and still %v", tt.name, err)
		}
	}
}

func TestSumCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fsys := stopFS{cancel}
	if m, err := Sum(ctx, fsys); m != nil || err != context.Canceled {
		t.Errorf("Sum = %v, %v", m, err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	fsys = stopFS{cancel}
	if err := (Manifest{{Path: "endless"}}).Verify(ctx, fsys); err != context.Canceled {
		t.Errorf("Verify = %v", err)
	}
	if _, err := Sum(ctx, tree()); err != context.Canceled {
		t.Errorf("Sum = %v", err)
	}
}

// stopFS has one file without end that cancels while it is read.
type stopFS struct{ cancel func() }

func (s stopFS) Open(name string) (fs.File, error) {
	f, err := fstest.MapFS{"endless": {}}.Open(name)
	if name == "endless" {
		return endless{f, s.cancel}, err
	}
	return f, err
}

type endless struct {
	fs.File
	cancel func()
}

func (e endless) Stat() (fs.FileInfo, error) { return sized{size: 1 << 60}, nil }

func (e endless) Read(p []byte) (int, error) {
	e.cancel()
	return len(p), nil
}

// TestSumUnsteady has a file that yields other than its size, or nothing for ever: no
// digest covers a part only.
func TestSumUnsteady(t *testing.T) {
	for name, test := range map[string]struct {
		f    liar
		want error
	}{
		"short":  {liar{size: 5, reads: strings.NewReader("text")}, io.ErrUnexpectedEOF},
		"long":   {liar{size: 3, reads: strings.NewReader("text")}, steady.ErrGrew},
		"idle":   {liar{size: 4, reads: idle{}}, io.ErrNoProgress},
		"hidden": {liar{err: fs.ErrPermission, reads: strings.NewReader("text")}, fs.ErrPermission},
	} {
		var pe *fs.PathError
		if m, err := Sum(t.Context(), test.f); m != nil || !errors.Is(err, test.want) || !errors.As(err, &pe) || pe.Path != "file" {
			t.Errorf("%s: %v, %v", name, m, err)
		}
		var diff *VerifyError
		if err := (Manifest{{Path: "file"}}).Verify(t.Context(), test.f); !errors.As(err, &diff) || len(diff.Unreadable) != 1 || !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := ParseLenient(idle{}); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

// liar is a file system with one file that states a size, or cannot.
type liar struct {
	size  int64
	err   error
	reads io.Reader
}

func (l liar) Open(name string) (fs.File, error) {
	f, err := fstest.MapFS{"file": {}}.Open(name)
	if name == "file" {
		if s, ok := l.reads.(io.Seeker); ok {
			s.Seek(0, io.SeekStart)
		}
		return lyingFile{f, l}, err
	}
	return f, err
}

type lyingFile struct {
	fs.File
	liar liar
}

func (f lyingFile) Stat() (fs.FileInfo, error) { return sized{size: f.liar.size}, f.liar.err }

func (f lyingFile) Read(p []byte) (int, error) { return f.liar.reads.Read(p) }

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// TestSumLimits has too many files for the text of a manifest.
func TestSumLimits(t *testing.T) {
	_, err := Sum(t.Context(), wideFS{})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("Sum = %v, want ErrTooLarge", err)
	}
}

// wideFS has a root with very many empty files of long names.
type wideFS struct{}

const wideCount = MaxSize/4000 + 1

func (wideFS) Open(string) (fs.File, error) { return fstest.MapFS{"x": {}}.Open("x") }

func (wideFS) Stat(string) (fs.FileInfo, error) { return fstest.MapFS{}.Stat(".") }

func (wideFS) ReadDir(string) ([]fs.DirEntry, error) {
	entries := make([]fs.DirEntry, wideCount)
	for i := range entries {
		entries[i] = wideEntry(i)
	}
	return entries, nil
}

type wideEntry int

func (e wideEntry) Name() string {
	return strings.Repeat("x", 4000) + string(rune('0'+e%10)) + string(rune(0x4e00+int(e)/10))
}
func (wideEntry) IsDir() bool                { return false }
func (wideEntry) Type() fs.FileMode          { return 0 }
func (wideEntry) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

func BenchmarkSum(b *testing.B) {
	const size = 64 << 20
	data := bytes.Repeat([]byte("anolis\n\x00"), size/8)
	b.Run("Sum", func(b *testing.B) {
		fsys := fstest.MapFS{"big": {Data: data}}
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			mustSum(b, fsys)
		}
	})
	// The floor: the same bytes through io.Copy and SHA-256.
	b.Run("Copy", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			sum := sha256.New()
			if _, err := io.Copy(sum, bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
