//go:build linux || darwin

package release_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// childUnpacksLimited unpacks where no file may become larger than half a MiB,
// which is to a writer what a full disk is.
func childUnpacksLimited(dir, file string) int {
	p, err := handoff.OpenPath(context.Background(), file, handoff.OpenOptions{})
	if err != nil {
		fmt.Println(err)
		return 2
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 19, Max: 1 << 19}); err != nil {
		fmt.Println("cannot be limited:", err)
		return 2
	}
	for _, plain := range []bool{false, true} {
		to := dir
		if plain {
			to += "-plain"
		}
		rel, err := release.Unpack(context.Background(), p, to, release.UnpackOptions{Plain: plain})
		var path *fs.PathError
		fmt.Println(rel == nil, errors.Is(err, syscall.EFBIG), errors.As(err, &path) && strings.HasSuffix(path.Path, "batch_mix.xml"))
	}
	return 0
}

// TestUnpackLimited has the system refuse to write more.
func TestUnpackLimited(t *testing.T) {
	files, digests := threePackages(t, 1<<20)
	dir := filepath.Join(t.TempDir(), "rig")
	unpackFile(t, files[0], dir, release.UnpackOptions{})
	said, err := unpackChild(t, "unpack-limited", dir, files[1]).Output()
	if err != nil || string(said) != "true true true\ntrue true true\n" {
		t.Errorf("the process said %q, %v", said, err)
	}
	if current := wantRelease(t, dir, digests...); current != digests[0] {
		t.Errorf("current is %s", current)
	}
	wantClean(t, dir)
	handofftest.WantNames(t, filepath.Dir(dir), "rig")
	unpackFile(t, files[1], dir, release.UnpackOptions{})
}

// TestOutOfFiles has no more files to be opened, at every depth: nothing is left but
// the directories that stay, with their modes, and the next try goes well.
func TestOutOfFiles(t *testing.T) {
	files, digests := threePackages(t, 1<<10)
	p, err := handoff.OpenPath(t.Context(), files[1], handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var all syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &all); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &all)
	defer syscall.Umask(syscall.Umask(0o077))
	for _, opts := range []release.UnpackOptions{{}, {Plain: true}} {
		faults := 0
		for most := uint64(0); ; most++ {
			dir := filepath.Join(t.TempDir(), "rig")
			probe, err := syscall.Open(".", syscall.O_RDONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			syscall.Close(probe)
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: uint64(probe) + most, Max: all.Max}); err != nil {
				t.Fatal(err)
			}
			r, err := release.Unpack(t.Context(), p, dir, opts)
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &all); err != nil {
				t.Fatal(err)
			}
			if err == nil {
				break
			}
			faults++
			if r != nil || !errors.Is(err, syscall.EMFILE) {
				t.Errorf("%d files, plain %t: %v, %v", most, opts.Plain, r, err)
			}
			if opts.Plain {
				handofftest.WantNames(t, filepath.Dir(dir))
			} else {
				wantClean(t, dir)
			}
			unpackFile(t, files[1], dir, opts)
			if !opts.Plain {
				wantRelease(t, dir, digests...)
			}
			for _, name := range []string{"releases", "current/runtime", "runtime"} {
				if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().Perm() != 0o755 {
					t.Errorf("%d files: %s has the mode %v", most, name, info.Mode())
				}
			}
		}
		if faults < 4 {
			t.Errorf("%d faults are too few", faults)
		}
	}
}
