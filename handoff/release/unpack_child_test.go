package release_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestMain is also a process that unpacks, to be killed or put under limits. Its
// arguments are the directory and packages.
func TestMain(m *testing.M) {
	switch mode := os.Getenv(handofftest.ChildMode); mode {
	case "":
		os.Exit(m.Run())
	case "unpack", "unpack-some":
		os.Exit(childUnpacks(mode, os.Args[1], os.Args[2:]))
	case "repair":
		os.Exit(childRepairs(os.Args[1], os.Args[2], os.Args[3]))
	case "unpack-limited":
		os.Exit(childUnpacksLimited(os.Args[1], os.Args[2]))
	case "unpack-full":
		os.Exit(childUnpacksFull(os.Args[1], os.Args[2], os.Args[3]))
	}
}

// unpackChild is a process that works on dir with packages; see childUnpacks.
func unpackChild(t *testing.T, mode, dir string, packages ...string) *exec.Cmd {
	t.Helper()
	return handofftest.Child(t, mode, append([]string{dir}, packages...)...)
}

// childUnpacks says that it is ready, and unpacks the packages into dir in turn,
// with rollbacks and prunings in between: until it is killed, or a few times. It
// says what should not happen.
func childUnpacks(mode, dir string, files []string) int {
	ctx := context.Background()
	var packages []*handoff.Package
	for _, file := range files {
		p, err := handoff.OpenPath(ctx, file, handoff.OpenOptions{})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		packages = append(packages, p)
	}
	fmt.Println("ready")
	if mode == "unpack" {
		go func() { // not longer than the parent
			io.Copy(io.Discard, os.Stdin)
			os.Exit(1)
		}()
	}
	for i := 0; mode == "unpack" || i < 20; i++ {
		_, err := release.Unpack(ctx, packages[i%len(packages)], dir, release.UnpackOptions{Prune: i%3 == 0})
		if err == nil && i%2 == 0 {
			_, err = release.Rollback(ctx, dir, release.RollbackOptions{})
		}
		busy := mode == "unpack-some" && (errors.Is(err, release.ErrBusy) || errors.Is(err, release.ErrNoPrevious))
		if err != nil && !busy && (i > 0 || !errors.Is(err, release.ErrNoPrevious)) {
			fmt.Println(err)
			return 1
		}
	}
	return 0
}

// wantRelease checks that what current names is one of the releases, and that all
// releases are valid packages with the content that their names say. It returns
// the current one, or "" if there is none.
func wantRelease(t *testing.T, dir string, digests ...string) string {
	t.Helper()
	current := ""
	if _, err := os.Lstat(dir + "/current"); err == nil {
		current = digestOf(t, dir+"/current")
	}
	entries, err := os.ReadDir(dir + "/releases")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	known := current == ""
	for _, d := range digests {
		known = known || d == current
	}
	if !known {
		t.Errorf("the current release is %s", current)
	}
	for _, e := range entries {
		if e.Name()[0] == '.' || e.Name() == current {
			continue
		}
		if got := digestOf(t, dir+"/releases/"+e.Name()); got != e.Name() {
			t.Errorf("releases/%s has the content of %s", e.Name(), got)
		}
	}
	return current
}

// digestOf validates a package and returns its digest.
func digestOf(t *testing.T, path string) string {
	t.Helper()
	p, err := handoff.OpenPath(t.Context(), path, handoff.OpenOptions{})
	if err != nil {
		t.Error(err)
		return ""
	}
	defer p.Close()
	digest, err := p.Digest(t.Context())
	if err != nil {
		t.Error(err)
	}
	return digest
}

// wantClean checks that nothing unfinished is in a directory of releases.
func wantClean(t *testing.T, dir string) {
	t.Helper()
	for _, name := range leftIn(t, dir) {
		t.Errorf("%s is left", name)
	}
}

func leftIn(t *testing.T, dir string) (left []string) {
	t.Helper()
	for _, sub := range []string{"", "/releases"} {
		entries, err := os.ReadDir(dir + sub)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
		for _, e := range entries {
			if e.Name()[0] == '.' && e.Name() != ".lock" {
				left = append(left, e.Name())
			}
		}
	}
	return left
}
