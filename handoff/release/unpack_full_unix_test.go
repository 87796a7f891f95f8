//go:build linux || darwin

package release_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
