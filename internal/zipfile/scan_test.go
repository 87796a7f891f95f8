package zipfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seen keeps the contents that Scan shows, in their order.
type seen struct {
	names    []string
	contents map[string]string // closed
}

func (s *seen) watch(name string) io.WriteCloser {
	if strings.HasSuffix(name, ".skip") {
		return nil
	}
	s.names = append(s.names, name)
	return &seenContent{s, name, strings.Builder{}}
}

type seenContent struct {
	s    *seen
	name string
	strings.Builder
}

func (c *seenContent) Close() error {
	c.s.contents[c.name] = c.String()
	return nil
}

// TestScan compares Scan with Open and with the digest of the bytes, for archives
// that are canonical, valid, and at fault.
func TestScan(t *testing.T) {
	large := pattern(3*chunkSize + 7)
	archives := [][]byte{
		write(t, mustSet(t)),
		write(t, mustSet(t, FromBytes("a", []byte(large)), FromBytes("b.skip", []byte("x")), FromBytes("c", nil))),
		crafted{entries: []part64{{name: "b", content: large, deflate: true}, {name: "a", content: "x"}, {name: "d/"}}}.bytes(),
		{},
	}
	for _, h := range hostiles() {
		archives = append(archives, h.data)
	}
	for i, data := range archives {
		s := seen{contents: map[string]string{}}
		want, wantFaults, err := Open(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, faults, sum, err := Scan(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{}, s.watch)
		if err != nil || sum != sha256.Sum256(data) {
			t.Fatalf("archive %d: digest %x, %v", i, sum, err)
		}
		if diff := cmp.Diff(wantFaults, faults); diff != "" {
			t.Errorf("archive %d: faults (-want +got):\n%s", i, diff)
		}
		if (want == nil) != (got == nil) {
			t.Fatalf("archive %d: reader %v, not %v", i, got, want)
		}
		if want == nil {
			continue
		}
		if diff := cmp.Diff(contents(t, want.Set().FS()), contents(t, got.Set().FS())); diff != "" {
			t.Errorf("archive %d (-want +got):\n%s", i, diff)
		}
		for name, text := range contents(t, got.Set().FS()) {
			if shown, ok := s.contents[name]; ok == strings.HasSuffix(name, ".skip") || ok && shown != text {
				t.Errorf("archive %d: %s was shown: %v, with %d of %d bytes", i, name, ok, len(shown), len(text))
			}
		}
	}
}

// TestScanReadsOnce counts bytes: everything is read once, and what stands behind the
// entries a few times.
func TestScanReadsOnce(t *testing.T) {
	data := write(t, mustSet(t, FromBytes("a", []byte(pattern(4<<20))), FromBytes("b", []byte(pattern(100)))))
	counter := &countingAt{data: data}
	s := seen{contents: map[string]string{}}
	if _, _, _, err := Scan(t.Context(), counter, int64(len(data)), Limits{}, s.watch); err != nil {
		t.Fatal(err)
	}
	if most := len(data) + 70<<10; counter.read > most {
		t.Errorf("read %d bytes of %d", counter.read, len(data))
	}
}

// TestScanOfChanges changes each byte of an archive after some readings. The digest is
// that of the bytes that were checked, or there is an error.
func TestScanOfChanges(t *testing.T) {
	data := write(t, mustSet(t, FromBytes("a", []byte(pattern(100))), FromBytes("b", []byte("x"))))
	end := bytes.Index(data, centralMagic)
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 1
		refused := 0
		for after := range 12 {
			r := &changingAt{data, changed, after}
			_, faults, sum, err := Scan(t.Context(), r, int64(len(data)), Limits{}, nil)
			switch {
			case errors.Is(err, ErrChanged):
				refused++
			case err != nil:
				t.Fatal(err)
			case len(faults) > 0:
			case sum == sha256.Sum256(data):
			default:
				// A name or a time may change before all is read.
				if _, faults, err := Open(t.Context(), bytes.NewReader(changed), int64(len(changed)), Limits{}); len(faults) > 0 || err != nil || sum != sha256.Sum256(changed) {
					t.Errorf("byte %d after %d readings: digest %x, faults %v", i, after, sum, faults)
				}
			}
		}
		if i >= end && refused == 0 {
			t.Errorf("byte %d: no change was noticed", i)
		}
	}
}

// changingAt gives other bytes after some readings.
type changingAt struct {
	before, then []byte
	left         int
}

func (c *changingAt) ReadAt(p []byte, at int64) (int, error) {
	data := c.before
	if c.left--; c.left < 0 {
		data = c.then
	}
	return bytes.NewReader(data).ReadAt(p, at)
}

// TestScanErrors passes on what the reader and the watcher say.
func TestScanErrors(t *testing.T) {
	data := write(t, mustSet(t, FromBytes("a", []byte(pattern(3*chunkSize)))))
	boom := errors.New("boom")
	for at := range int64(100) {
		at *= int64(len(data)) / 100
		r, faults, _, err := Scan(t.Context(), failingAt{data, at, boom}, int64(len(data)), Limits{}, nil)
		if !errors.Is(err, boom) || r != nil || faults != nil {
			t.Fatalf("unreadable at %d: %v, %v, %v", at, r, faults, err)
		}
	}
	for _, left := range []int{0, 1, 2, 3} {
		_, _, _, err := Scan(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{}, func(string) io.WriteCloser {
			return &failingWriter{left, boom}
		})
		if !errors.Is(err, boom) {
			t.Errorf("the watcher failed at call %d: %v", left, err)
		}
	}
	if _, _, _, err := Scan(t.Context(), bytes.NewReader(nil), -1, Limits{}, nil); err == nil {
		t.Error("negative size: no error")
	}
}

type failingWriter struct {
	left int
	err  error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func (w *failingWriter) Close() error {
	_, err := w.Write(nil)
	return err
}

// TestMemory opens archives of many small files. What a file needs is the same in a
// small and in a large one, and most of it is not needed any more afterwards.
func TestMemory(t *testing.T) {
	const small, large = 1000, 8000
	use := func(count int) (allocated, objects, kept float64) {
		var files []File
		for i := range count {
			files = append(files, FromBytes(fmt.Sprintf("folder/page-%05d.txt", i), fmt.Appendf(nil, "page %d", i)))
		}
		data := write(t, mustSet(t, files...))
		files = nil
		var before, after, end runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		r, faults, _, err := Scan(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{}, nil)
		runtime.ReadMemStats(&after)
		if err != nil || len(faults) > 0 {
			t.Fatal(faults, err)
		}
		fsys := r.Set().FS()
		runtime.GC()
		runtime.ReadMemStats(&end)
		runtime.KeepAlive(fsys)
		runtime.KeepAlive(data)
		return float64(after.TotalAlloc - before.TotalAlloc), float64(after.Mallocs - before.Mallocs), float64(end.HeapAlloc) - float64(before.HeapAlloc)
	}
	use(1) // whatever is made once
	smallAllocated, smallObjects, smallKept := use(small)
	largeAllocated, largeObjects, largeKept := use(large)
	const more = large - small
	for _, x := range []struct {
		what     string
		got, max float64
	}{
		{"bytes allocated", (largeAllocated - smallAllocated) / more, 400},
		{"objects allocated", (largeObjects - smallObjects) / more, 4},
		{"bytes kept", (largeKept - smallKept) / more, 150},
	} {
		t.Logf("for each file: %.1f %s", x.got, x.what)
		if x.got > x.max {
			t.Errorf("for each file: %.1f %s, not %v", x.got, x.what, x.max)
		}
	}
}
