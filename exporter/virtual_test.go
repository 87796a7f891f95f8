package exporter_test

import (
	"io"
	"io/fs"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
)

// virtual is a file system with one more file, whose bytes are made up when they
// are read.
type virtual struct {
	fs.FS
	name string
	size int64
}

func (v virtual) Open(name string) (fs.File, error) {
	if name == v.name {
		return &virtualFile{size: v.size}, nil
	}
	return v.FS.Open(name)
}

// pattern is the content of a virtual file, over and over.
var pattern = func() []byte {
	line := []byte("  <Action ID=\"CallDevice\" device=\"drives0/stir\" function=\"set_open_loop\" arg_pwm=\"{stir_pwm}\"/>\n")
	var p []byte
	for len(p) < 1<<20 {
		p = append(p, line...)
	}
	return p
}()

type virtualFile struct {
	size, at int64
}

func (f *virtualFile) Read(p []byte) (int, error) {
	left := f.size - f.at
	if left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > left {
		p = p[:left]
	}
	n := copy(p, pattern[f.at%int64(len(pattern)):])
	f.at += int64(n)
	return n, nil
}

func (f *virtualFile) Close() error               { return nil }
func (f *virtualFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *virtualFile) Name() string               { return "tree.xml" }
func (f *virtualFile) Size() int64                { return f.size }
func (f *virtualFile) Mode() fs.FileMode          { return 0o644 }
func (f *virtualFile) ModTime() time.Time         { return time.Time{} }
func (f *virtualFile) IsDir() bool                { return false }
func (f *virtualFile) Sys() any                   { return nil }

// bigBehavior is a project with a behavior of the given size.
func bigBehavior(t testing.TB, size int64) fs.FS {
	var base fstest.MapFS = with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/tree.xml}\n")
	return virtual{base, "behaviors/tree.xml", size}
}

// heap samples how large the heap gets.
type heap struct {
	mu         sync.Mutex
	base, peak uint64
	calls      int
}

func newHeap() *heap {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &heap{base: m.HeapInuse, peak: m.HeapInuse}
}

// sample is cheap enough to be called for every chunk of a file.
func (h *heap) sample(exporter.Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls++; h.calls%32 != 1 {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.peak = max(h.peak, m.HeapInuse)
}

// grown is the peak above what was in use before, in bytes.
func (h *heap) grown() uint64 { return h.peak - h.base }

// TestMemory exports a behavior of 256 MiB. The heap must not notice its size.
func TestMemory(t *testing.T) {
	const size, limit = 256 << 20, 64 << 20
	h := newHeap()
	pkg := build(t, bigBehavior(t, size), exporter.Options{Progress: h.sample})
	n, err := pkg.WriteTo(io.Discard)
	if err != nil || n < size || n != pkg.Size() {
		t.Fatalf("wrote %d bytes, error %v", n, err)
	}
	if h.grown() > limit {
		t.Errorf("the heap grew by %d MiB, limit %d MiB", h.grown()>>20, limit>>20)
	}
	if h.calls < 100 {
		t.Errorf("only %d samples", h.calls)
	}
}
