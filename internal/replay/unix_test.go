//go:build unix

package replay

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCrash(t *testing.T) {
	got := one(t, options(t), `stdout "checking\n"`, "kill")
	want := Run{Config: config, Outcome: Crashed, ExitCode: -1, Signal: "SIGKILL", Stdout: "checking\n",
		Stderr: warning, Err: "the runtime was ended by SIGKILL"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A runtime that is ended while it writes a secret may have written one half of
// it, which no mask knows.
func TestCrashInTheMiddleOfALine(t *testing.T) {
	got := one(t, options(t), `stdout "checking\ntoken: abcd"`, `stderr "half of a line"`, "kill")
	if got.Stdout != "checking\n" || got.Stderr != warning || !got.Truncated {
		t.Errorf("got %+v, want no unfinished lines", got)
	}
}

// The child holds the outputs of a runtime that gave its answer, died or hangs
// until the context is done: it ends, and nobody waits for it.
func TestChildEnds(t *testing.T) {
	for _, then := range []string{"accept", "kill", "hang"} {
		t.Run(then, func(t *testing.T) {
			opts := options(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			held, child := meet(t)
			waiting, parent := meet(t)
			connected := make(chan net.Conn, 1)
			go func() {
				connected <- <-child
				if p := <-parent; p != nil {
					p.Close()
				}
				if then == "hang" {
					cancel()
				}
			}()
			pkg := packageOf("child "+held.Addr().String(), "await "+waiting.Addr().String(), then)
			runs, err := Check(ctx, pkg, []string{config}, opts)
			if then == "hang" {
				wantCanceled(t, runs, err, 0)
			} else if want := map[string]Outcome{"accept": Accepted, "kill": Crashed}[then]; err != nil || runs[0].Outcome != want {
				t.Fatalf("got %+v and error %v, want %s", runs, err, want)
			}
			// The connection ends with the process that had it, even if nobody waits
			// for that process.
			held.Close()
			waiting.Close()
			if conn := <-connected; conn == nil {
				t.Error("the child never lived")
			} else if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("read %d bytes, error %v: want the end of the child", n, err)
			} else {
				conn.Close()
			}
		})
	}
}

// A child that leaves the group lives on; the answer of the runtime does not wait
// for it.
func TestRunawayDoesNotHoldUp(t *testing.T) {
	opts := options(t)
	opts.grace = 100 * time.Millisecond
	held, child := meet(t)
	waiting, parent := meet(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn := <-child
		if p := <-parent; p != nil {
			p.Close()
		}
		if conn != nil {
			<-t.Context().Done() // the test is over
			conn.Close()         // and so the child ends
		}
	}()
	t.Cleanup(func() { held.Close(); waiting.Close(); <-ended })
	got := one(t, opts, "runaway "+held.Addr().String(), "await "+waiting.Addr().String())
	if got.Outcome != Accepted || got.Message != valid {
		t.Errorf("got %+v, want the answer", got)
	}
}

func TestNotExecutable(t *testing.T) {
	opts := options(t)
	opts.Binary = filepath.Join(t.TempDir(), "runtime")
	if err := os.WriteFile(opts.Binary, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := Run{Config: config, Outcome: NotRun, ExitCode: -1, Err: "the runtime is not executable"}
	if diff := cmp.Diff(want, one(t, opts)); diff != "" {
		t.Error(diff)
	}
}

func TestMissingInterpreter(t *testing.T) {
	opts := options(t)
	opts.Binary = filepath.Join(t.TempDir(), "runtime")
	if err := os.WriteFile(opts.Binary, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := Run{Config: config, Outcome: NotRun, ExitCode: -1,
		Err: "the runtime does not start: it, or the interpreter or loader that it names, does not exist"}
	if diff := cmp.Diff(want, one(t, opts)); diff != "" {
		t.Error(diff)
	}
}

// The package is left in directories that nobody may enter; options checks that
// they are gone.
func TestLockedDirectoriesAreRemoved(t *testing.T) {
	if got := one(t, options(t), "lock"); got.Outcome != Accepted {
		t.Errorf("got %+v", got)
	}
}

// The root user may enter every directory, so that openUp is never asked for
// above; here it is asked directly.
func TestOpenUp(t *testing.T) {
	dir := t.TempDir()
	outside := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{deep, filepath.Dir(deep), dir, outside} {
		if err := os.Chmod(d, 0o500); err != nil {
			t.Fatal(err)
		}
	}
	(&place{dir: dir, real: dir}).openUp()
	for d, want := range map[string]os.FileMode{dir: 0o700, filepath.Dir(deep): 0o700, deep: 0o700, outside: 0o500} {
		info, err := os.Stat(d)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, error %v, want mode %v", d, info.Mode(), err, want)
		}
	}
}

// A file of the package is for the owner alone and no program.
func TestModes(t *testing.T) {
	p, err := newPlace(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer p.remove()
	pkg := packageOf()
	pkg[config].Mode = 0o4777
	if err := p.extract(t.Context(), pkg, Options{}.withDefaults()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		p.dir: os.ModeDir | 0o700, p.files(): os.ModeDir | 0o700, p.temp(): os.ModeDir | 0o700,
		filepath.Join(p.files(), "runtime"): os.ModeDir | 0o700, filepath.Join(p.files(), config): 0o600,
	} {
		if info, err := os.Lstat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, error %v, want mode %v", name, info.Mode(), err, want)
		}
	}
}

func TestSignalName(t *testing.T) {
	for signal, want := range map[syscall.Signal]string{
		syscall.SIGSEGV: "SIGSEGV", syscall.SIGABRT: "SIGABRT", syscall.Signal(99): "signal 99",
	} {
		if got := signalName(signal); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
