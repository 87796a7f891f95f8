// Package faulttest has file systems, readers and writers that fail, stall, end early
// or lie, at the n-th thing that is asked of them.
package faulttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Kind is a way in which something goes wrong.
type Kind string

const (
	Fail   Kind = "fails"                 // with ErrDisk
	Stall  Kind = "stalls"                // yields nothing, and no error, from then on
	Cut    Kind = "is cut short"          // ends, as if that were all
	Grow   Kind = "yields more"           // than there is
	Larger Kind = "states one byte more"  // than there is
	Less   Kind = "states one byte less"  // than there is
	Flip   Kind = "yields a wrong byte"   // and only once
	Count  Kind = "returns a wrong count" // of bytes
	Cancel Kind = "is cancelled"          // and goes well
)

// ErrDisk is the error of Fail.
var ErrDisk = errors.New("disk on fire")

// Injector has one thing go wrong. It is for many goroutines. The zero Injector has
// none.
type Injector struct {
	mu    sync.Mutex
	kind  Kind
	at    int
	stop  func()
	armed bool
	n     int
	hit   string
	open  int
	flip  *Flipped
}

// Set forgets what was, and prepares a fault: at the thing before which at others were
// asked that can go wrong in this way. For Cancel it calls stop.
func (in *Injector) Set(kind Kind, at int, stop func()) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.kind, in.at, in.stop = kind, at, stop
	in.armed, in.n, in.hit, in.flip = false, 0, "", nil
}

// Each calls do with one fault after the other prepared: those of each kind that are
// stride apart, until there is none any more. do arms the injector around what is tried,
// and returns false to leave out the rest of the kind. When nothing went wrong, Hit is
// empty, and it is the last of its kind. Files must not be left open. Each returns how
// many faults there were of each kind.
func (in *Injector) Each(t *testing.T, kinds []Kind, stride int, do func(ctx context.Context) (more bool)) (faults map[Kind]int) {
	t.Helper()
	faults = map[Kind]int{}
	for _, kind := range kinds {
		faults[kind] = 0
		for n := 0; ; n += stride {
			ctx, cancel := context.WithCancel(t.Context())
			in.Set(kind, n, cancel)
			stop := Watch(t, in.Hit)
			more := do(ctx)
			stop()
			cancel()
			if open := in.Open(); open != 0 {
				t.Fatalf("%s: %d files are left open", in.Hit(), open)
			}
			if in.Hit() == "" {
				break
			}
			if faults[kind]++; !more {
				break
			}
		}
	}
	in.Set("", 0, nil)
	return faults
}

// Log says how many faults there were, and checks that they were enough, and some of
// each kind. Otherwise a change that has nothing go wrong any more would go unseen.
func Log(t *testing.T, what string, faults map[Kind]int, steps, least int) {
	t.Helper()
	text, total := "", 0
	for _, kind := range slices.Sorted(maps.Keys(faults)) {
		text += fmt.Sprintf(", %d times %s", faults[kind], kind)
		total += faults[kind]
		if faults[kind] == 0 {
			t.Errorf("%s met nothing that %s", what, kind)
		}
	}
	t.Logf("%s: %d faults%s; cancelled at %d steps", what, total, text, steps)
	if total+steps < least {
		t.Errorf("%s met %d faults, and %d are the least", what, total+steps, least)
	}
}

// EachStep calls do with a context that ends at each of the steps that are stride apart,
// until it ends no more. It returns how many there were.
func EachStep(t *testing.T, stride int, do func(ctx *Steps)) (steps int) {
	t.Helper()
	for n := 0; ; n += stride {
		ctx := NewSteps(t.Context(), n)
		stop := Watch(t, func() string { return fmt.Sprint("cancelled at step ", n) })
		do(ctx)
		stop()
		if !ctx.Ended() {
			return steps
		}
		steps++
	}
}

// Kind returns the kind of the fault.
func (in *Injector) Kind() Kind {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.kind
}

// Flipped is the byte that was wrong.
type Flipped struct {
	File   string
	Offset int64
}

// Arm begins to count.
func (in *Injector) Arm() { in.set(true) }

// Disarm ends all faults.
func (in *Injector) Disarm() { in.set(false) }

func (in *Injector) set(armed bool) {
	in.mu.Lock()
	in.armed = armed
	in.mu.Unlock()
}

// Hit returns what went wrong, or nothing if less was asked.
func (in *Injector) Hit() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.hit
}

// Open returns how many files are open.
func (in *Injector) Open() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.open
}

// Flip returns the byte that was wrong, or nil.
func (in *Injector) Flip() *Flipped {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.flip
}

// now reports whether the thing that is asked, which can go wrong in these ways, goes
// wrong.
func (in *Injector) now(what, name string, kinds ...Kind) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	possible := in.kind == Cancel
	for _, k := range kinds {
		possible = possible || k == in.kind
	}
	if !in.armed || !possible {
		return false
	}
	in.n++
	if in.n != in.at+1 {
		return false
	}
	in.hit = fmt.Sprintf("%s %s: %s (no. %d)", what, name, in.kind, in.at)
	if in.kind == Cancel {
		in.stop()
		return false
	}
	return true
}

func (in *Injector) opened(by int) {
	in.mu.Lock()
	in.open += by
	in.mu.Unlock()
}

// Ask returns the error of a thing that can only fail, if it does.
func (in *Injector) Ask(what, name string) error {
	if in.now(what, name, Fail) {
		return fault(what, name)
	}
	return nil
}

func fault(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: ErrDisk} }

// FS is a file system with one fault in it.
func FS(fsys fs.FS, in *Injector) fs.FS { return faulty{fsys, in} }

type faulty struct {
	fsys fs.FS
	in   *Injector
}

func (f faulty) Open(name string) (fs.File, error) {
	if f.in.now("open", name, Fail) {
		return nil, fault("open", name)
	}
	opened, err := f.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	f.in.opened(1)
	return &file{File: opened, name: name, in: f.in}, nil
}

func (f faulty) Stat(name string) (fs.FileInfo, error) {
	if f.in.now("stat", name, Fail) {
		return nil, fault("stat", name)
	}
	return fs.Stat(f.fsys, name)
}

func (f faulty) Lstat(name string) (fs.FileInfo, error) {
	if f.in.now("lstat", name, Fail) {
		return nil, fault("lstat", name)
	}
	return fs.Lstat(f.fsys, name)
}

func (f faulty) ReadLink(name string) (string, error) {
	if f.in.now("readlink", name, Fail) {
		return "", fault("readlink", name)
	}
	return fs.ReadLink(f.fsys, name)
}

func (f faulty) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(f.fsys, name)
	return f.in.list(name, list, err)
}

// list has a fault in the listing of a folder.
func (in *Injector) list(name string, list []fs.DirEntry, err error) ([]fs.DirEntry, error) {
	if in.now("readdir", name, Fail, Cut) {
		if in.Kind() == Cut {
			return list[:len(list)/2], err
		}
		return nil, fault("readdir", name)
	}
	for i, e := range list {
		if !e.IsDir() {
			list[i] = entry{e, name, in}
		}
	}
	return list, err
}

type entry struct {
	fs.DirEntry
	dir string
	in  *Injector
}

func (e entry) Info() (fs.FileInfo, error) {
	if e.in.now("info", e.dir+"/"+e.Name(), Fail) {
		return nil, fault("stat", e.Name())
	}
	info, err := e.DirEntry.Info()
	return e.in.info("info", e.dir+"/"+e.Name(), info), err
}

// info has a fault in the size of a file.
func (in *Injector) info(what, name string, info fs.FileInfo) fs.FileInfo {
	if info == nil || info.IsDir() || !in.now(what, name, Larger, Less) {
		return info
	}
	if in.Kind() == Less {
		return sized{info, max(0, info.Size()-1)}
	}
	return sized{info, info.Size() + 1}
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

// file is an open file or folder.
type file struct {
	fs.File
	name   string
	in     *Injector
	at     int64
	kind   Kind // what it does from now on
	closed bool
}

func (f *file) Stat() (fs.FileInfo, error) {
	if f.in.now("stat", f.name, Fail) {
		return nil, fault("stat", f.name)
	}
	info, err := f.File.Stat()
	return f.in.info("stat", f.name, info), err
}

func (f *file) Close() error {
	if !f.closed {
		f.closed = true
		f.in.opened(-1)
	}
	return f.File.Close()
}

func (f *file) ReadDir(n int) ([]fs.DirEntry, error) {
	dir, ok := f.File.(fs.ReadDirFile)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	list, err := dir.ReadDir(n)
	return f.in.list(f.name, list, err)
}

func (f *file) Read(p []byte) (int, error) {
	n, err := read(f.in, &f.kind, f.name, f.at, p, f.File.Read)
	f.at += int64(max(0, n))
	return n, err
}

// read is one read of a stream, with a fault. What lasts is in kind.
func read(in *Injector, kind *Kind, name string, at int64, p []byte, do func([]byte) (int, error)) (int, error) {
	if *kind == "" && in.now("read", name, Fail, Stall, Cut, Grow, Flip, Count) {
		*kind = in.Kind()
	}
	switch *kind {
	case Fail:
		return 0, fault("read", name)
	case Stall:
		return 0, nil
	case Cut:
		return 0, io.EOF
	case Count:
		return len(p) + 1, nil
	case Grow:
		if len(p) > 0 {
			p[0] = '\n'
		}
		*kind = "" // one byte more than it should have
		return min(1, len(p)), nil
	}
	n, err := do(p)
	if *kind == Flip {
		*kind = ""
		if n > 0 {
			i := n / 2
			p[i] ^= 1
			in.mu.Lock()
			in.flip = &Flipped{name, at + int64(i)}
			in.mu.Unlock()
		}
	}
	return n, err
}

// Reader is a stream with one fault in it, which yields at most most bytes at a time.
func Reader(r io.Reader, most int, in *Injector) io.Reader { return &stream{r: r, most: most, in: in} }

type stream struct {
	r    io.Reader
	most int
	in   *Injector
	at   int64
	kind Kind
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := read(s.in, &s.kind, "stream", s.at, p, func(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.most)]) })
	s.at += int64(max(0, n))
	return n, err
}

// ReaderAt is an archive with one fault in it.
func ReaderAt(r io.ReaderAt, in *Injector) io.ReaderAt { return &at{r, in} }

type at struct {
	r  io.ReaderAt
	in *Injector
}

func (a *at) ReadAt(p []byte, off int64) (int, error) {
	name := fmt.Sprintf("%d bytes at %d", len(p), off)
	if a.in.now("read", name, Fail, Stall, Cut, Flip, Count) {
		switch a.in.Kind() {
		case Fail:
			n, _ := a.r.ReadAt(p[:len(p)/2], off)
			return n, fault("read", name)
		case Stall:
			return 0, nil
		case Cut:
			n, _ := a.r.ReadAt(p[:len(p)/2], off)
			return n, io.EOF
		case Count:
			return len(p) + 1, nil
		case Flip:
			n, err := a.r.ReadAt(p, off)
			if n > 0 {
				p[n/2] ^= 1
			}
			return n, err
		}
	}
	return a.r.ReadAt(p, off)
}

// Writer is a writer with one fault in it.
func Writer(w io.Writer, in *Injector) io.Writer { return &writer{w, in} }

type writer struct {
	w  io.Writer
	in *Injector
}

func (w *writer) Write(p []byte) (int, error) {
	if w.in.now("write", fmt.Sprint(len(p), " bytes"), Fail, Stall, Cut, Count) {
		switch w.in.Kind() {
		case Fail:
			n, _ := w.w.Write(p[:len(p)/2])
			return n, fault("write", "the output")
		case Stall:
			return 0, nil
		case Cut:
			return w.w.Write(p[:len(p)/2])
		case Count:
			return len(p) + 1, nil
		}
	}
	return w.w.Write(p)
}

// Steps is a context that ends when it was asked At times whether it has.
type Steps struct {
	context.Context
	At    int64
	asked atomic.Int64
	done  chan struct{}
	once  sync.Once
}

// NewSteps returns a context that ends at a step.
func NewSteps(parent context.Context, at int) *Steps {
	return &Steps{Context: parent, At: int64(at), done: make(chan struct{})}
}

// Done is closed when the context has ended.
func (s *Steps) Done() <-chan struct{} { return s.done }

// Err counts.
func (s *Steps) Err() error {
	if s.asked.Add(1) > s.At {
		s.once.Do(func() { close(s.done) })
		return context.Canceled
	}
	return nil
}

// Ended reports whether the context has ended.
func (s *Steps) Ended() bool { return s.asked.Load() > s.At }

// Watch ends the process with the name of what hangs. Call the result when it does not.
func Watch(t *testing.T, what func() string) (stop func()) {
	t.Helper()
	timer := time.AfterFunc(time.Minute, func() {
		fmt.Fprintln(os.Stderr, t.Name(), "hangs:", what())
		panic("a test hangs")
	})
	return func() { timer.Stop() }
}

// Settled checks that no goroutine is left of those that were started since there were
// that many.
func Settled(t *testing.T, before int, now func() int) {
	t.Helper()
	n := 0
	for range 4000 {
		if n = now(); n <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left", n-before)
}
