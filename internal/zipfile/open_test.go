package zipfile

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// open reads an archive that cannot fail to be read.
func open(t testing.TB, data []byte) (*Reader, []Fault) {
	t.Helper()
	r, list, err := Open(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return r, list
}

func codes(list []Fault) (codes []string) {
	for _, f := range list {
		codes = append(codes, f.Code)
	}
	return codes
}

// contents reads every file of a file system.
func contents(t testing.TB, fsys fs.FS) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// standard is what archive/zip sees in an archive.
func standard(t testing.TB, data []byte) map[string]string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("archive/zip: %v", err)
	}
	files := map[string]string{}
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatalf("archive/zip: %s: %v", f.Name, err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("archive/zip: %s: %v", f.Name, err)
		}
		if strings.HasSuffix(f.Name, "/") && len(content) == 0 {
			continue
		}
		if _, twice := files[f.Name]; twice {
			t.Fatalf("archive/zip has %s twice", f.Name)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestOpenWritten(t *testing.T) {
	long := pattern(smallSize + 3*chunkSize + 5)
	for name, files := range map[string]map[string]string{
		"empty": {},
		"small": {"a": "hi", "meta/checksums.sha256": "", "runtime/behaviors/größe.xml": "<a/>"},
		"large": {"a/long": long, "b": "x", "c": strings.Repeat("\x00", smallSize)},
		"zip in a zip": {"inner.zip": string(write(t, mustSet(t, FromBytes("a", []byte("hi"))))),
			"z": "PK\x05\x06 and PK\x01\x02"},
	} {
		var list []File
		for n, c := range files {
			list = append(list, FromBytes(n, []byte(c)))
		}
		data := write(t, mustSet(t, list...))
		r, faults := open(t, data)
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
			continue
		}
		if ok, reason := r.Canonical(); !ok || reason != "" {
			t.Errorf("%s: not canonical: %s", name, reason)
		}
		if diff := cmp.Diff(files, contents(t, r.Set().FS())); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
		if !bytes.Equal(write(t, r.Set()), data) {
			t.Errorf("%s: written again, it is another archive", name)
		}
	}
}

// TestOpenTolerates has what other tools write: valid, and not canonical.
func TestOpenTolerates(t *testing.T) {
	hi := part64{name: "a", content: "hi"}
	with := func(change func(*part64)) crafted {
		e := hi
		change(&e)
		return crafted{entries: []part64{e, {name: "b"}}}
	}
	both := func(f func(*rawHeader)) crafted { return with(func(e *part64) { e.both = f }) }
	central := func(f func(*rawHeader)) crafted { return with(func(e *part64) { e.central = f }) }
	streamed := func(h *rawHeader) { h.flags |= flagDescriptor }
	zeroed := func(h *rawHeader) { h.crc, h.packed, h.size = 0, 0, 0 }
	packedLen := len(deflated("hi"))
	dir := part64{name: "d/"}
	tests := []struct {
		name, reason string
		c            crafted
	}{
		{"deflate", "a is compressed", with(func(e *part64) { e.deflate = true })},
		{"descriptor", "a is compressed", with(func(e *part64) {
			e.deflate, e.both, e.local, e.after = true, streamed, zeroed, trailer("hi", packedLen)
		})},
		{"descriptor after STORED", "a has a header", with(func(e *part64) {
			e.both, e.local, e.after = streamed, zeroed, trailer("hi", 2)
		})},
		{"descriptor, sizes stated", "a is compressed", with(func(e *part64) {
			e.deflate, e.both, e.after = true, streamed, trailer("hi", packedLen)
		})},
		{"time", "a has a time", both(func(h *rawHeader) { h.time = 1 })},
		{"mode", "a has attributes", central(func(h *rawHeader) { h.attrs = 0o100600 << 16 })},
		{"mode without a type", "a has attributes", central(func(h *rawHeader) { h.attrs = 0o600 << 16 })},
		{"made by", "a has a header", central(func(h *rawHeader) { h.madeBy = 63 })},
		{"version", "a has a header", both(func(h *rawHeader) { h.version = 10 })},
		{"version 45", "a has a header", both(func(h *rawHeader) { h.version = version45 })},
		{"local version", "a has a local header", with(func(e *part64) { e.local = func(h *rawHeader) { h.version = 10 } })},
		{"text", "a has a header", central(func(h *rawHeader) { h.internal = 1 })},
		{"UTF-8 flag", "a has a header", both(func(h *rawHeader) { h.flags = flagUTF8 })},
		{"entry comment", "a has a comment", central(func(h *rawHeader) { h.comment = "hello" })},
		{"made by jar", "a has extra", central(func(h *rawHeader) { h.extra = extra(extraJava, "") })},
		{"times", "a has extra", central(func(h *rawHeader) { h.extra = extra(extraTimes, "\x01abcd") })},
		{"the same name again", "a has extra", central(func(h *rawHeader) {
			h.extra = extra(extraUnicodePath, "\x01\x43\xbe\xb7\xe8a")
		})},
		{"user", "a has a local header", with(func(e *part64) {
			e.local = func(h *rawHeader) { h.extra = extra(extraUnix3, "\x01\x04abcd\x04abcd") }
		})},
		{"archive comment", "has a comment", crafted{entries: []part64{hi}, end: func(e *rawEnd) { e.comment = "PK\x05" }}},
		{"directories", "d/ is a directory entry", crafted{entries: []part64{dir, hi, {name: "d/e"}}}},
		{"compressed directory", "d/ is a directory entry", crafted{entries: []part64{{name: "d/", deflate: true}, hi}}},
		{"order", "files are not sorted", crafted{entries: []part64{{name: "b"}, hi}}},
		{"order of contents", "a does not lie", crafted{entries: []part64{{name: "b"}, hi}, reverse: true}},
		{"order of the directory", "files are not sorted", crafted{entries: []part64{hi, {name: "b"}}, reverse: true}},
	}
	for _, tt := range tests {
		data := tt.c.bytes()
		r, faults := open(t, data)
		if len(faults) > 0 {
			t.Errorf("%s: %v", tt.name, faults)
			continue
		}
		if ok, reason := r.Canonical(); ok || !strings.HasPrefix(reason, tt.reason) {
			t.Errorf("%s: Canonical = %v, %q, want %q", tt.name, ok, reason, tt.reason)
		}
		if diff := cmp.Diff(standard(t, data), contents(t, r.Set().FS())); diff != "" {
			t.Errorf("%s: files (-archive/zip +got):\n%s", tt.name, diff)
		}
	}
}

// TestOpenStandardWriter reads what the standard library writes by default.
func TestOpenStandardWriter(t *testing.T) {
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	want := map[string]string{"a": pattern(3 * chunkSize), "dir/b": "", "dir/e": "x"}
	zw.Create("dir/")
	for name, content := range want {
		w, _ := zw.Create(name)
		io.WriteString(w, content)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	r, faults := open(t, b.Bytes())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if diff := cmp.Diff(want, contents(t, r.Set().FS())); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestOpenKeepsTheSanePart checks what is left of an archive with faults.
func TestOpenKeepsTheSanePart(t *testing.T) {
	c := crafted{entries: []part64{
		{name: "../x", content: "1"}, {name: "a", content: "2"}, {name: "a/b", content: "3"},
		{name: "c", content: "4", both: func(h *rawHeader) { h.crc++ }}, {name: "a/", content: ""}, {name: "z", content: "5"},
	}, tail: "junk"}
	r, faults := open(t, c.bytes())
	want := []string{CodeNameTraversal, CodeCRC, CodeFileIsDirectory, CodeFileIsDirectory, CodeTrailingData}
	got := codes(faults)
	if diff := cmp.Diff(sortedSet(want), sortedSet(got)); diff != "" {
		t.Fatalf("codes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"a": "2", "z": "5"}, contents(t, r.Set().FS())); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if ok, reason := r.Canonical(); ok || reason == "" {
		t.Errorf("Canonical = %v, %q", ok, reason)
	}
}

func TestOpenErrors(t *testing.T) {
	data := write(t, mustSet(t, FromBytes("a", []byte(pattern(2*chunkSize))), FromBytes("b", nil)))
	boom := errors.New("boom")
	for at := range int64(400) {
		at *= int64(len(data)) / 400
		r, faults, err := Open(t.Context(), failingAt{data, at, boom}, int64(len(data)), Limits{})
		if !errors.Is(err, boom) || r != nil || faults != nil {
			t.Fatalf("unreadable at %d: %v, %v, %v", at, r, faults, err)
		}
	}
	if _, _, err := Open(t.Context(), bytes.NewReader(data[:100]), int64(len(data)), Limits{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("shorter than its size: %v", err)
	}
	if _, _, err := Open(t.Context(), bytes.NewReader(nil), -1, Limits{}); err == nil {
		t.Error("negative size: no error")
	}
	for calls := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		r := &canceling{bytes.NewReader(data), calls, cancel}
		if _, _, err := Open(ctx, r, int64(len(data)), Limits{}); err != context.Canceled && r.left < 0 {
			t.Errorf("canceled after %d reads: %v", calls, err)
		}
		cancel()
	}
}

// failingAt fails to read the byte at a place.
type failingAt struct {
	data []byte
	at   int64
	err  error
}

func (f failingAt) ReadAt(p []byte, at int64) (int, error) {
	if at <= f.at && f.at < at+int64(len(p)) {
		return copy(p, f.data[at:f.at]), f.err
	}
	return copy(p, f.data[at:]), nil
}

type canceling struct {
	io.ReaderAt
	left   int
	cancel func()
}

func (c *canceling) ReadAt(p []byte, at int64) (int, error) {
	if c.left == 0 {
		c.cancel()
	}
	c.left--
	return c.ReaderAt.ReadAt(p, at)
}

// TestOpenSeesLaterChanges changes an archive after it was opened.
func TestOpenSeesLaterChanges(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		data := crafted{entries: []part64{{name: "dir/n", content: pattern(1000), deflate: deflate}}}.bytes()
		r, _ := open(t, data)
		good := bytes.Clone(data)
		for i := 35; i < 80; i++ {
			data[i] ^= 1
			if got, err := fs.ReadFile(r.Set().FS(), "dir/n"); err == nil && (!deflate || string(got) != pattern(1000)) {
				t.Errorf("deflate %v, byte %d changed: read %d bytes", deflate, i, len(got))
			}
			copy(data, good)
		}
		if err := iotest.TestReader(mustOpen(t, r.Set()), []byte(pattern(1000))); err != nil {
			t.Error(err)
		}
	}
}

func mustOpen(t *testing.T, s *Set) io.Reader {
	t.Helper()
	f, err := s.FS().Open("dir/n")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestChangedContent(t *testing.T) {
	for _, size := range []int{1, smallSize, smallSize + 1, smallSize + chunkSize, smallSize + 3*chunkSize - 1} {
		before := pattern(size)
		flip := func(i int) string {
			b := []byte(before)
			b[i] ^= 1
			return string(b)
		}
		for name, after := range map[string]string{
			"emptied":            "",
			"one byte less":      before[1:],
			"one byte more":      before + "x",
			"far more":           before + pattern(3*chunkSize),
			"first byte changed": flip(0),
			"last byte changed":  flip(size - 1),
		} {
			content := before
			s := mustSet(t, mustHash(t, "dir/n", source(&content)))
			good := write(t, s)
			content = after
			headers := int64(30 + len("dir/n"))

			var buf bytes.Buffer
			n, err := s.WriteTo(&buf)
			wantChanged(t, size, name+": WriteTo", err)
			if n != int64(buf.Len()) || n > headers+int64(size) || bytes.HasPrefix(buf.Bytes(), good) {
				t.Errorf("size %d, %s: wrote %d bytes of %d", size, name, n, len(good))
			}
			_, err = fs.ReadFile(s.FS(), "dir/n")
			wantChanged(t, size, name+": FS", err)
			f, err := s.FS().Open("dir/n")
			if err != nil {
				t.Fatal(err)
			}
			n, err = io.Copy(io.Discard, f)
			wantChanged(t, size, name+": FS in chunks", err)
			if n > int64(size) {
				t.Errorf("size %d, %s: read %d bytes", size, name, n)
			}
			if n, again := f.Read(make([]byte, 1)); n != 0 || again != err {
				t.Errorf("size %d, %s: a second read gives %d, %v", size, name, n, again)
			}

			content = before
			if !bytes.Equal(write(t, s), good) {
				t.Errorf("size %d, %s: a restored file gives another archive", size, name)
			}
		}
	}
}

func wantChanged(t *testing.T, size int, what string, err error) {
	t.Helper()
	var changed *ChangedError
	if !errors.Is(err, ErrChanged) || !errors.As(err, &changed) || changed.Name != "dir/n" {
		t.Errorf("size %d, %s: %v, want a *ChangedError", size, what, err)
	}
}

// TestChangedSizeIsSeenFirst checks that a file of the disk with another size is
// refused before its content is read.
func TestChangedSizeIsSeenFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("one")
	s := mustSet(t, mustHash(t, "dir/n", func() (io.ReadCloser, error) { return os.Open(path) }))
	good := write(t, s)
	put("three")
	n, err := s.WriteTo(io.Discard)
	wantChanged(t, 3, "WriteTo", err)
	if n != 0 {
		t.Errorf("%d bytes reached the writer", n)
	}
	put("two")
	_, err = s.WriteTo(io.Discard)
	wantChanged(t, 3, "WriteTo", err)
	put("one")
	if !bytes.Equal(write(t, s), good) {
		t.Error("a restored file gives another archive")
	}
}

// TestUnreadableLater has a file that can be hashed and not read again.
func TestUnreadableLater(t *testing.T) {
	boom := errors.New("boom")
	var openErr, readErr error
	f := mustHash(t, "dir/n", func() (io.ReadCloser, error) {
		if readErr != nil {
			return io.NopCloser(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(readErr))), nil
		}
		return io.NopCloser(strings.NewReader("abc")), openErr
	})
	s := mustSet(t, f)
	check := func(what string) {
		t.Helper()
		_, werr := s.WriteTo(io.Discard)
		_, rerr := fs.ReadFile(s.FS(), "dir/n")
		for _, err := range []error{werr, rerr} {
			var pe *fs.PathError
			if !errors.Is(err, boom) || errors.Is(err, ErrChanged) || !errors.As(err, &pe) || pe.Path != "dir/n" {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	openErr = boom
	check("open")
	openErr, readErr = nil, boom
	check("read")
}

// idleAt is an archive that yields nothing any more once it is done.
type idleAt struct {
	*bytes.Reader
	done *bool
}

func (r idleAt) ReadAt(p []byte, at int64) (int, error) {
	if *r.done {
		return 0, nil
	}
	return r.Reader.ReadAt(p, at)
}

// TestIdle does not wait for ever for a source that yields nothing.
func TestIdle(t *testing.T) {
	idle := func() (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(nil)), nil } // (0, nil) for ever
	if f, err := Hash(t.Context(), "n", idle, nil); f.Name != "" || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v, %v", f, err)
	}
	later := mustHash(t, "n", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("text")), nil })
	later.from = opened(idle)
	if data, err := fs.ReadFile(mustSet(t, later).FS(), "n"); data != nil || !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%q, %v", data, err)
	}
	archive := write(t, mustSet(t, FromBytes("n", []byte("text"))))
	done := true
	if r, _, err := Open(t.Context(), idleAt{bytes.NewReader(archive), &done}, int64(len(archive)), Limits{}); r != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, %v", r, err)
	}
	done = false
	r, _, err := Open(t.Context(), idleAt{bytes.NewReader(archive), &done}, int64(len(archive)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	done = true
	if data, err := fs.ReadFile(r.Set().FS(), "n"); data != nil || err == nil {
		t.Errorf("%q, %v", data, err)
	}
}

// TestSourcesAreClosed counts what is open after each way to end.
func TestSourcesAreClosed(t *testing.T) {
	open := 0
	content := pattern(smallSize + 2*chunkSize)
	f := mustHash(t, "dir/n", func() (io.ReadCloser, error) {
		open++
		return closer{strings.NewReader(content), &open}, nil
	})
	s := mustSet(t, f)
	check := func(what string) {
		t.Helper()
		if open != 0 {
			t.Errorf("%d sources left open after %s", open, what)
		}
	}
	check("Hash")
	write(t, s)
	check("WriteTo")
	s.WriteTo(failAfter(smallSize, io.ErrClosedPipe))
	check("a failed WriteTo")
	ctx, cancel := context.WithCancel(t.Context())
	s.Write(ctx, io.Discard, func(string, int64) { cancel() })
	check("a canceled Write")
	if _, err := fs.ReadFile(s.FS(), "dir/n"); err != nil {
		t.Error(err)
	}
	check("ReadFile")
	content = "changed"
	s.WriteTo(io.Discard)
	check("a changed file")
}

type closer struct {
	io.Reader
	open *int
}

func (c closer) Close() error { *c.open--; return nil }

// TestCheckNames wants the faults that an archive with these names has.
func TestCheckNames(t *testing.T) {
	list := []string{"a", "../b", "A", "dir/x", "dir", "c\n", "nul.txt", "e\u0301", "\u00e9", "fine/größe.xml"}
	var c crafted
	for _, name := range list {
		c.entries = append(c.entries, part64{name: name})
	}
	type fault struct {
		index      int64
		name, code string
	}
	var got []fault
	for _, f := range CheckNames(list) {
		got = append(got, fault{f.Offset, f.Name, f.Code})
	}
	want := []fault{
		{1, "../b", CodeNameTraversal}, {2, "A", CodeCaseCollision}, {3, "dir/x", CodeFileIsDirectory},
		{5, `c\n`, CodeNameControl}, {6, "nul.txt", CodeNameReserved}, {8, "é", CodeUnicodeCollision},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(fault{})); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	_, faults := open(t, c.bytes())
	if diff := cmp.Diff(sortedSet(codes(faults)), sortedSet(codes(CheckNames(list)))); diff != "" {
		t.Errorf("codes (-Open +CheckNames):\n%s", diff)
	}
}

func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{
		"meta/größe.xml": "meta/größe.xml", `a"b`: `a"b`, "a\x00\n\x1b[31m": `a\x00\n\x1b[31m`,
		"a\u202eb": `a\u202eb`, "\xff": `\xff`, strings.Repeat("x", 300): strings.Repeat("x", 200) + "…",
	} {
		if got := printable(name); got != want {
			t.Errorf("printable(%q) = %q, want %q", name, got, want)
		}
	}
}
