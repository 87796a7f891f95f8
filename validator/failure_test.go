package validator_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// countdown is a context that is cancelled after it was asked n times.
type countdown struct {
	context.Context
	left atomic.Int64
	done chan struct{}
}

func newCountdown(n int64) *countdown {
	c := &countdown{Context: context.Background(), done: make(chan struct{})}
	c.left.Store(n)
	return c
}

func (c *countdown) Err() error {
	switch n := c.left.Add(-1); {
	case n == 0:
		close(c.done)
		return context.Canceled
	case n < 0:
		return context.Canceled
	}
	return nil
}

func (c *countdown) Done() <-chan struct{}       { return c.done }
func (c *countdown) Deadline() (time.Time, bool) { return time.Time{}, false }

// TestCancelAnywhere cancels a validation at every point where it asks.
func TestCancelAnywhere(t *testing.T) {
	c := contentOf(t, exported(t, "sim-quickstart", exporter.Variants{}).FS())
	data := c.archive(t)
	for name, run := range map[string]func(context.Context) (*validator.Report, error){
		"archive": func(ctx context.Context) (*validator.Report, error) {
			return validator.Archive(ctx, bytes.NewReader(data), int64(len(data)), validator.Options{})
		},
		"file system": func(ctx context.Context) (*validator.Report, error) {
			return validator.FS(ctx, c.fs(), validator.Options{})
		},
	} {
		points := int64(0)
		for n := int64(1); ; n++ {
			report, err := run(newCountdown(n))
			if err == nil {
				if !report.Valid {
					t.Errorf("%s: after %d points: %v", name, n, report.Err())
				}
				points = n
				break
			}
			if report != nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: at point %d: report %v, error %v", name, n, report, err)
			}
		}
		if points < 50 {
			t.Errorf("%s asks only %d times", name, points)
		}
	}
}

// TestDeadline checks that the error of the context comes through.
func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if report, err := validator.FS(ctx, sound(t).fs(), validator.Options{}); report != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("report %v, error %v", report, err)
	}
}

// failingAt fails to read beyond a number of bytes in all.
type failingAt struct {
	io.ReaderAt
	left atomic.Int64
}

func (f *failingAt) ReadAt(p []byte, off int64) (int, error) {
	if f.left.Add(-int64(len(p))) < 0 {
		return 0, errBroken
	}
	return f.ReaderAt.ReadAt(p, off)
}

// TestArchiveThatCannotBeRead fails at every kind of reading.
func TestArchiveThatCannotBeRead(t *testing.T) {
	data := contentOf(t, exported(t, "sim-quickstart", exporter.Variants{}).FS()).archive(t)
	for n := int64(0); ; n += 97 {
		r := &failingAt{ReaderAt: bytes.NewReader(data)}
		r.left.Store(n)
		report, err := validator.Archive(t.Context(), r, int64(len(data)), validator.Options{})
		if err == nil {
			if !report.Valid || n < 2*int64(len(data)) {
				t.Errorf("after %d bytes: %v", n, report.Err())
			}
			return
		}
		if report != nil || !errors.Is(err, errBroken) {
			t.Fatalf("after %d bytes: report %v, error %v", n, report, err)
		}
	}
}

// TestWrongSize is a size that the reader does not have.
func TestWrongSize(t *testing.T) {
	data := sound(t).archive(t)
	for _, size := range []int64{int64(len(data)) + 1, 1 << 40, -1} {
		report, err := validator.Archive(t.Context(), bytes.NewReader(data), size, validator.Options{})
		if report != nil && report.Valid || report == nil && err == nil {
			t.Errorf("size %d: %v, %v", size, report, err)
		}
	}
}

// TestFileSystemThatCannotBeRead has nothing to report about.
func TestFileSystemThatCannotBeRead(t *testing.T) {
	report, err := validator.FS(t.Context(), badFS{fstest.MapFS{}, ".", func(fs.File) fs.File { return nil }}, validator.Options{})
	if report != nil || !errors.Is(err, errBroken) {
		t.Errorf("report %v, error %v", report, err)
	}
}

// changing gives a file another content from the n-th opening on.
type changing struct {
	fs.FS
	name  string
	after int
	into  string
	opens *int
}

func (c changing) Open(name string) (fs.File, error) {
	if name != c.name {
		return c.FS.Open(name)
	}
	if *c.opens++; *c.opens > c.after {
		return fstest.MapFS{name: {Data: []byte(c.into)}}.Open(name)
	}
	return c.FS.Open(name)
}

// TestFilesThatChange changes each file between two readings. What was read
// first is what was judged, so that there is no verdict on anything else.
func TestFilesThatChange(t *testing.T) {
	c := contentOf(t, exported(t, "sim-quickstart", exporter.Variants{}).FS())
	for _, name := range c.names() {
		for kind, into := range map[string]string{
			"longer": c[name] + "x", "shorter": c[name][1:], "as long": "#" + c[name][1:], "gone": "",
		} {
			opens := 0
			fsys := changing{c.fs(), name, 1, into, &opens}
			for after := 1; ; after++ {
				fsys.after, opens = after, 0
				report, err := validator.FS(t.Context(), fsys, validator.Options{})
				if opens <= after { // it was not read again
					if err != nil || !report.Valid || after < 2 {
						t.Errorf("%s, %s: read %d times, error %v", name, kind, opens, err)
					}
					break
				}
				if report != nil || !errors.Is(err, exporter.ErrChanged) {
					t.Errorf("%s becomes %s after %d readings: report %v, error %v", name, kind, after, report, err)
				}
			}
		}
	}
}

// TestFileThatCannotBeReadAgain fails at the second opening.
func TestFileThatCannotBeReadAgain(t *testing.T) {
	c := sound(t)
	for _, name := range c.names() {
		opens := 0
		fsys := breaking(name, func(f fs.File) fs.File {
			if opens++; opens > 1 {
				return nil
			}
			return f
		})(c.fs())
		if report, err := validator.FS(t.Context(), fsys, validator.Options{}); report != nil || !errors.Is(err, errBroken) {
			t.Errorf("%s: report %v, error %v", name, report, err)
		}
	}
}
