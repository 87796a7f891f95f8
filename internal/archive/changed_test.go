package archive

import (
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
)

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
