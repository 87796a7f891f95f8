package replay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// standin is the path of the stand-in for a machine runtime, see
// testdata/standin.
var standin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "standin-*")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		standin = filepath.Join(dir, "standin")
		if runtime.GOOS == "windows" {
			standin += ".exe"
		}
		build := exec.Command("go", "build", "-o", standin, "./testdata/standin")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

const config = "runtime/anolis-runtime.yaml"

// packageOf is a small package whose config makes the stand-in do the given
// things.
func packageOf(actions ...string) fstest.MapFS {
	text := "runtime: {name: bench}\n"
	for _, a := range actions {
		text += "# standin: " + a + "\n"
	}
	return fstest.MapFS{
		"machine-profile.yaml":    {Data: []byte("schema_version: 1\n")},
		config:                    {Data: []byte(text)},
		"providers/sim0.yaml":     {Data: []byte("provider: {}\n")},
		"runtime/behaviors/é.xml": {Data: []byte("<root/>")},
	}
}

// options are those of a test whose temporary directory must be empty again when
// the test is over, with no goroutine left behind.
func options(t *testing.T) Options {
	t.Helper()
	dir, before := t.TempDir(), runtime.NumGoroutine()
	t.Cleanup(func() {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Errorf("left in the temporary directory: %v, error %v", left, err)
		}
		after := 0
		for range 100 {
			if after = runtime.NumGoroutine(); after <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines, there were %d", after, before)
	})
	return Options{Binary: standin, TempDir: dir, Timeout: time.Minute}
}

// one makes a single run.
func one(t *testing.T, opts Options, actions ...string) Run {
	t.Helper()
	runs, err := Check(t.Context(), packageOf(actions...), []string{config}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 1 || runs[0].Config != config {
		t.Fatalf("got %+v, want one run of %s", runs, config)
	}
	return runs[0]
}

// meet is a place where the test and a stand-in wait for each other. The channel
// gives the first connection, or is closed when the place is.
func meet(t *testing.T) (net.Listener, <-chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	conns := make(chan net.Conn, 1)
	go func() {
		defer close(conns)
		if conn, err := l.Accept(); err == nil {
			conns <- conn
		}
	}()
	return l, conns
}

// badFS breaks when a file is opened.
type badFS struct {
	fs.FS
	open func(name string) (fs.File, error)
}

func (b badFS) Open(name string) (fs.File, error) {
	if name == "." || !strings.Contains(name, ".") { // directories
		return b.FS.Open(name)
	}
	return b.open(name)
}

var errBroken = errors.New("broken")

func wantCanceled(t *testing.T, runs []Run, err error, n int) {
	t.Helper()
	if !errors.Is(err, context.Canceled) || len(runs) != n {
		t.Fatalf("got %d runs and error %v, want %d and the error of the context", len(runs), err, n)
	}
}
