package release

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestBusy has one at work in every place where another could come.
func TestBusy(t *testing.T) {
	if !hasLocks(t) {
		return // one process at a time, says the documentation
	}
	a, b := smallTree(t, "a"), smallTree(t, "b")
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	mustUnpack(t, dir, a)
	steps := 0
	d := quick
	d.before = func(op, name string) error {
		if steps++; name == ".plain.anpkg-new" || name == ".." {
			return nil // before and after it is locked
		}
		if done, err := unpackPlain(t.Context(), quick, plain, a); done || !errors.Is(err, ErrBusy) {
			return fmt.Errorf("before %s %s: %v, %v", op, name, done, err)
		}
		return nil
	}
	if done, err := unpackPlain(t.Context(), d, plain, b); !done || err != nil {
		t.Error(done, err)
	}
	if err := verifyAt(t, plain, b); err != nil {
		t.Error(err)
	}
	d.before = func(op, name string) error {
		steps++
		_, err1 := unpack(t.Context(), quick, dir, a, true)
		_, err2 := rollback(t.Context(), quick, dir, RollbackOptions{}, nil)
		if !errors.Is(err1, ErrBusy) || !errors.Is(err2, ErrBusy) {
			return fmt.Errorf("before %s %s: %v, %v", op, name, err1, err2)
		}
		return nil
	}
	if _, err := unpack(t.Context(), d, dir, b, true); err != nil {
		t.Error(err)
	}
	if _, err := rollback(t.Context(), d, dir, RollbackOptions{}, checkOf(a)); err != nil {
		t.Error(err)
	}
	if steps < 25 {
		t.Errorf("only %d steps", steps)
	}
	wantSound(t, dir, a, b)
}

func hasLocks(t *testing.T) bool {
	f, err := os.Create(filepath.Join(t.TempDir(), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return !errors.Is(tryLock(f), errors.ErrUnsupported)
}

// TestCrowd has many at work at the same time. What they leave is sound.
func TestCrowd(t *testing.T) {
	if !hasLocks(t) {
		return
	}
	dir := filepath.Join(t.TempDir(), "rig")
	plain := filepath.Join(filepath.Dir(dir), "plain")
	trees := make([]source, 20)
	for i := range trees {
		trees[i] = smallTree(t, fmt.Sprint(i))
	}
	var mu sync.Mutex
	won, plainWon := map[string]bool{}, 0
	var all sync.WaitGroup
	for i, tree := range trees {
		all.Go(func() {
			for range 5 {
				state, err := unpack(t.Context(), quick, dir, tree, i%2 == 0)
				done, plainErr := unpackPlain(t.Context(), quick, plain, tree)
				var foreign *ForeignError
				mu.Lock()
				switch {
				case state != nil && err == nil:
					won[tree.digest] = true
				case state != nil || !errors.Is(err, ErrBusy):
					t.Errorf("state %v, error %v", state, err)
				}
				switch {
				case done && plainErr == nil:
					plainWon++
				case done || !errors.Is(plainErr, ErrBusy) && !errors.As(plainErr, &foreign):
					t.Errorf("plain: %v, %v", done, plainErr)
				}
				mu.Unlock()
				if i%3 == 0 {
					if _, err := rollback(t.Context(), quick, dir, RollbackOptions{}, checkOf(trees...)); err != nil && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrNoPrevious) {
						t.Errorf("rollback: %v", err)
					}
				}
			}
		})
	}
	all.Wait()
	if current := wantSound(t, dir, trees...); !won[current] {
		t.Errorf("%s is current, and nobody won it", current)
	}
	if plainWon != 1 {
		t.Errorf("%d won the plain directory", plainWon)
	}
	wantNothingLeft(t, dir)
	wantNames(t, filepath.Dir(dir), "plain", "rig")
}

// TestLockGoesAway has the file of the lock replaced while another waits for it.
func TestLockGoesAway(t *testing.T) {
	if !hasLocks(t) {
		return
	}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	first, locked, err := acquire(root, "x")
	if !locked || err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if err := root.Remove(lockFile); err != nil {
		t.Fatal(err)
	}
	if isAt(first, root, lockFile) {
		t.Error("a file that is gone is there")
	}
	second, locked, err := acquire(root, "x")
	if !locked || err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if isAt(first, root, lockFile) || !isAt(second, root, lockFile) {
		t.Error("the wrong file is there")
	}
	if _, _, err := acquire(root, "x"); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
}

// TestLockFails has a lock that cannot be had for another reason than that somebody has
// it. The message names it, and nobody is told to try again.
func TestLockFails(t *testing.T) {
	if !hasLocks(t) {
		return
	}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root.Close()
	want := "lock " + filepath.Join("x", lockFile) + ": file already closed"
	if f, locked, err := acquire(root, "x"); f != nil || locked || !errors.Is(err, os.ErrClosed) || err.Error() != want {
		t.Errorf("acquire: %v, want %s", err, want)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), lockFile))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := tryLock(f); err == nil || errors.Is(err, ErrBusy) || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a file that is closed: %v", err)
	}
}
