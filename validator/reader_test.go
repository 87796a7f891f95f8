package validator

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// temporaryFolder gives the test a folder for temporary files, in which nothing
// may be left at the end.
func temporaryFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	t.Cleanup(func() { checkEmpty(t, dir) })
	return dir
}

func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

// endless has no end, and counts what was taken of it.
type endless struct{ taken int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.taken += int64(len(p))
	return len(p), nil
}

// TestSpool has every kind of input, good and bad, leave no file behind.
func TestSpool(t *testing.T) {
	small := Limits{Total: 1}
	most := small.MaxArchive()
	input := new(endless)
	for _, test := range []struct {
		name    string
		in      io.Reader
		want    int64
		failure string
	}{
		{"some bytes", strings.NewReader("some bytes"), 10, ""},
		{"byte by byte", iotest.OneByteReader(strings.NewReader("some bytes")), 10, ""},
		{"as much as can be", io.LimitReader(new(endless), most), most, ""},
		{"one more", io.LimitReader(new(endless), most+1), 0, "has more than 33554433 bytes, which is over the limits"},
		{"endless", input, 0, "has more than 33554433 bytes, which is over the limits"},
		{"nothing", strings.NewReader(""), 0, ErrEmpty.Error()},
		{"broken", iotest.ErrReader(errors.New("broken")), 0, "broken"},
		{"broken after some", io.MultiReader(strings.NewReader("some"), iotest.ErrReader(errors.New("broken"))), 0, "broken"},
		{"broken at the end", io.MultiReader(io.LimitReader(new(endless), most), iotest.ErrReader(errors.New("broken"))), 0, "broken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			temporaryFolder(t)
			file, size, err := spool(t.Context(), test.in, "", most)
			if err != nil {
				if err.Error() != test.failure || file != nil {
					t.Errorf("error %v, want %q", err, test.failure)
				}
				return
			}
			if info, err := file.Stat(); err != nil || info.Size() != size || size != test.want {
				t.Errorf("%d bytes, want %d, %v", size, test.want, err)
			}
			file.Close()
		})
	}
	if input.taken > most+1<<20 {
		t.Errorf("%d bytes were read, the limit is %d", input.taken, most)
	}
}

// TestSpoolCanceled waits for a package that does not come.
func TestSpoolCanceled(t *testing.T) {
	temporaryFolder(t)
	in, out := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		io.WriteString(out, "PK")
		cancel()
	}()
	if _, _, err := spool(ctx, in, "", 100); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	out.Close() // the reader ends, wherever it is
}

// TestTemporary has no name in the file system where that is possible.
func TestTemporary(t *testing.T) {
	dir := temporaryFolder(t)
	file, err := newTemporary("")
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		checkEmpty(t, dir)
	}
	file.Close()
}
