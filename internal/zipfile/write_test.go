package zipfile

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// TestGolden spells out every byte of an archive with a UTF-8 name.
func TestGolden(t *testing.T) {
	want := strings.Join([]string{
		"504b0304 1400 0000 0000 0000 2100 ac2a93d8 02000000 02000000 0100 0000 61 6869", // a: "hi"
		"504b0304 1400 0008 0000 0000 2100 00000000 00000000 00000000 0200 0000 c3a9",    // é: empty
		"504b0102 1403 1400 0000 0000 0000 2100 ac2a93d8 02000000 02000000 0100 0000 0000 0000 0000 0000a481 00000000 61",
		"504b0102 1403 1400 0008 0000 0000 2100 00000000 00000000 00000000 0200 0000 0000 0000 0000 0000a481 21000000 c3a9",
		"504b0506 0000 0000 0200 0200 5f000000 41000000 0000",
	}, "")
	var buf bytes.Buffer
	if _, err := mustSet(t, FromBytes("é", nil), FromBytes("a", []byte("hi"))).WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(buf.Bytes()); got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got  %s\nwant %s", got, strings.ReplaceAll(want, " ", ""))
	}
}

func TestEmptySet(t *testing.T) {
	var buf bytes.Buffer
	s := mustSet(t)
	if n, err := s.WriteTo(&buf); n != 22 || err != nil || s.Size() != 22 {
		t.Errorf("WriteTo = %d, %v; Size = %d; want 22 bytes", n, err, s.Size())
	}
	if want := "PK\x05\x06" + strings.Repeat("\x00", 18); buf.String() != want {
		t.Errorf("got %q", buf.String())
	}
}

// source opens what content points to at that moment.
func source(content *string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		return io.NopCloser(iotest.HalfReader(strings.NewReader(*content))), nil
	}
}

func mustHash(t testing.TB, name string, open func() (io.ReadCloser, error)) File {
	t.Helper()
	f, err := Hash(t.Context(), name, open, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// contentSizes lie around the sizes of the buffers.
var contentSizes = []int{0, 1, smallSize - 1, smallSize, smallSize + 1, smallSize + chunkSize,
	smallSize + chunkSize + 1, smallSize + 2*chunkSize, smallSize + 5*chunkSize - 1}

func TestHashEqualsFromBytes(t *testing.T) {
	for _, size := range contentSizes {
		text := pattern(size)
		var tee bytes.Buffer
		got, err := Hash(t.Context(), "n", source(&text), &tee)
		if err != nil {
			t.Fatal(err)
		}
		want := FromBytes("n", []byte(text))
		if got.Name != want.Name || got.Size != want.Size || got.CRC32 != want.CRC32 || got.SHA256 != want.SHA256 {
			t.Errorf("size %d: Hash and FromBytes differ", size)
		}
		if tee.String() != text {
			t.Errorf("size %d: tee got %d bytes that are not the content", size, tee.Len())
		}
		a, b := write(t, mustSet(t, got)), write(t, mustSet(t, want))
		if !bytes.Equal(a, b) {
			t.Errorf("size %d: archives of the same content differ", size)
		}
		readBack(t, a, map[string]string{"n": text})
	}
}

// pattern is a text of which every chunk differs from the others.
func pattern(size int) string {
	var b []byte
	for i := int64(0); len(b) < size; i++ {
		b = append(strconv.AppendInt(b, i, 10), '\n')
	}
	return string(b[:size])
}

func write(t testing.TB, s *Set) []byte {
	t.Helper()
	var buf bytes.Buffer
	n, err := s.WriteTo(&buf)
	if err != nil || n != int64(buf.Len()) || n != s.Size() {
		t.Fatalf("WriteTo = %d, %v; wrote %d, Size %d", n, err, buf.Len(), s.Size())
	}
	return buf.Bytes()
}

func TestHashErrors(t *testing.T) {
	boom := errors.New("boom")
	text := pattern(3 * chunkSize)
	failing := func(after int) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(text[:after]), iotest.ErrReader(boom))), nil
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		open   func() (io.ReadCloser, error)
		tee    io.Writer
		want   error
		atPath bool
	}{
		{"open", t.Context(), func() (io.ReadCloser, error) { return nil, boom }, nil, boom, true},
		{"read at once", t.Context(), failing(0), nil, boom, true},
		{"read later", t.Context(), failing(2 * chunkSize), nil, boom, true},
		{"tee of a small file", t.Context(), failing(1), failAfter(0, boom), boom, true},
		{"tee", t.Context(), source(&text), failAfter(0, boom), boom, false},
		{"tee later", t.Context(), source(&text), failAfter(chunkSize, boom), boom, false},
		{"canceled", canceled, source(&text), nil, context.Canceled, false},
	}
	for _, tt := range tests {
		f, err := Hash(tt.ctx, "dir/n", tt.open, tt.tee)
		var pe *fs.PathError
		atPath := errors.As(err, &pe) && pe.Path == "dir/n"
		if !errors.Is(err, tt.want) || atPath != tt.atPath || f.Name != "" {
			t.Errorf("%s: %v, %v; want %v, a *PathError: %v", tt.name, f.Name, err, tt.want, tt.atPath)
		}
	}
}

// failAfter returns a writer that takes n bytes and then fails.
func failAfter(n int, err error) io.Writer { return &failWriter{n, err} }

type failWriter struct {
	left int
	err  error
}

func (w *failWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		n := w.left
		w.left = 0
		return n, w.err
	}
	w.left -= len(p)
	return len(p), nil
}

func TestHashStopsWhenCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if read += len(p); read > 8*chunkSize {
			cancel()
		}
		return len(p), nil
	})
	open := func() (io.ReadCloser, error) { return io.NopCloser(endless), nil }
	if _, err := Hash(ctx, "n", open, nil); err != context.Canceled {
		t.Errorf("Hash = %v, want context.Canceled", err)
	}
	if read > 12*chunkSize {
		t.Errorf("read %d bytes after the cancellation", read-8*chunkSize)
	}
	// A reader that makes no progress is left as soon as ctx is done.
	ctx, cancel = context.WithCancel(t.Context())
	idle := readerFunc(func([]byte) (int, error) { cancel(); return 0, nil })
	open = func() (io.ReadCloser, error) { return io.NopCloser(idle), nil }
	if _, err := Hash(ctx, "n", open, nil); err != context.Canceled {
		t.Errorf("Hash = %v, want context.Canceled", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestWriteCanceled(t *testing.T) {
	text := pattern(6 * chunkSize)
	for _, f := range []File{FromBytes("b", []byte(text)), mustHash(t, "b", source(&text))} {
		s := mustSet(t, FromBytes("a", nil), f, FromBytes("c", nil))
		for _, stopAt := range []string{"a", "b", "c"} {
			ctx, cancel := context.WithCancel(t.Context())
			var last int64
			n, err := s.Write(ctx, io.Discard, func(name string, written int64) {
				if last = written; name == stopAt {
					cancel()
				}
			})
			if stopAt != "c" && err != context.Canceled || stopAt == "c" && err != nil {
				t.Errorf("canceled at %s: %v", stopAt, err)
			}
			if stopAt == "b" && last > smallSize+chunkSize || n > s.Size() {
				t.Errorf("canceled at %s: went on to byte %d, wrote %d", stopAt, last, n)
			}
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := mustSet(t, FromBytes("a", nil)).Write(canceled, io.Discard, nil); n != 0 || err != context.Canceled {
		t.Errorf("Write = %d, %v, want 0, context.Canceled", n, err)
	}
}

func TestWriteProgress(t *testing.T) {
	text := pattern(smallSize + chunkSize + 10)
	s := mustSet(t, FromBytes("a", []byte("hi")), mustHash(t, "b", source(&text)), FromBytes("c", nil))
	type call struct {
		Name    string
		Written int64
	}
	var got []call
	if _, err := s.Write(t.Context(), io.Discard, func(name string, written int64) {
		got = append(got, call{name, written})
	}); err != nil {
		t.Fatal(err)
	}
	b := int64(33 + 31) // where the content of b starts
	want := []call{
		{"a", 31}, {"a", 33},
		{"b", b}, {"b", b + smallSize}, {"b", b + smallSize + chunkSize}, {"b", b + int64(len(text))},
		{"c", b + int64(len(text)) + 31},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

// TestWriteFailingWriter lets the writer fail at every byte.
func TestWriteFailingWriter(t *testing.T) {
	boom := errors.New("disk full")
	text := "some content"
	s := mustSet(t, FromBytes("a", []byte("hi")), mustHash(t, "b", source(&text)))
	for limit := range int(s.Size()) {
		n, err := s.WriteTo(failAfter(limit, boom))
		if err != boom || n != int64(limit) {
			t.Errorf("limit %d: WriteTo = %d, %v", limit, n, err)
		}
	}
	big := mustSet(t, FromBytes("a", []byte(pattern(3*chunkSize))))
	for _, limit := range []int{0, 40, smallSize, chunkSize, 2 * chunkSize} {
		if n, err := big.WriteTo(failAfter(limit, boom)); err != boom || n != int64(limit) {
			t.Errorf("limit %d: WriteTo = %d, %v", limit, n, err)
		}
	}
	if n, err := s.WriteTo(failAfter(5, nil)); !errors.Is(err, io.ErrShortWrite) || n != 5 {
		t.Errorf("short writer: WriteTo = %d, %v", n, err)
	}
	if n, err := s.WriteTo(writerFunc(func(p []byte) (int, error) { return len(p) + 1, nil })); err == nil || n != 0 {
		t.Errorf("lying writer: WriteTo = %d, %v", n, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestSetIsSafeForConcurrentUse(t *testing.T) {
	text := pattern(smallSize + 2*chunkSize)
	s := mustSet(t, mustHash(t, "a", source(&text)), FromBytes("b", []byte("x")))
	want := write(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var buf bytes.Buffer
			if _, err := s.WriteTo(&buf); err != nil || !bytes.Equal(buf.Bytes(), want) {
				t.Errorf("concurrent WriteTo: %v, or other bytes", err)
			}
			if data, err := fs.ReadFile(s.FS(), "a"); err != nil || string(data) != text {
				t.Errorf("concurrent ReadFile: %v, or other bytes", err)
			}
		})
	}
	wg.Wait()
}

// FuzzWrite checks that the standard library reads back what was put in.
func FuzzWrite(f *testing.F) {
	f.Add("a", []byte("hi"), "b/é", []byte{}, true)
	f.Add("PK\x05\x06", []byte("PK\x05\x06"), "a", []byte("PK\x03\x04"), false)
	f.Fuzz(func(t *testing.T, name1 string, data1 []byte, name2 string, data2 []byte, read bool) {
		file1, file2 := FromBytes(name1, data1), FromBytes(name2, data2)
		if read {
			file1 = mustHash(t, name1, func() (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(data1)), nil
			})
		}
		s, err := NewSet(file1, file2)
		if err != nil {
			return
		}
		readBack(t, write(t, s), map[string]string{name1: string(data1), name2: string(data2)})
	})
}
