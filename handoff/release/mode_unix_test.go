//go:build unix

package release

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/rootdir"
)

// TestModes are the same whatever the umask and the directory around it say.
func TestModes(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077} {
		parent := t.TempDir()
		if err := os.Chmod(parent, 0o777|fs.ModeSetgid); err != nil {
			t.Fatal(err)
		}
		old := syscall.Umask(umask)
		_, err1 := unpack(t.Context(), quick, filepath.Join(parent, "rig"), tree(t, "a"), false)
		_, err2 := unpackPlain(t.Context(), quick, filepath.Join(parent, "plain"), tree(t, "a"))
		syscall.Umask(old)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		files := 0
		err := filepath.WalkDir(parent, func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == parent || d.Type() == fs.ModeSymlink {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o644)
			switch {
			case d.IsDir():
				want = fs.ModeDir | 0o755
			case d.Name() == lockFile:
				want = 0o600
			}
			if info.Mode() != want {
				t.Errorf("umask %o: %s has the mode %v", umask, path, info.Mode())
			}
			if uid := info.Sys().(*syscall.Stat_t).Uid; int(uid) != os.Geteuid() {
				t.Errorf("%s belongs to %d", path, uid)
			}
			files++
			return nil
		})
		if err != nil || files < 20 {
			t.Errorf("%d files, %v", files, err)
		}
	}
}

// TestSpecialFiles must not wait for the other end of a pipe.
func TestSpecialFiles(t *testing.T) {
	a := smallTree(t, "a")
	for _, name := range []string{"current", "releases", "releases/.lock", "releases/" + a.digest} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		var foreign *ForeignError
		if _, err := unpack(t.Context(), quick, dir, a, false); !errors.As(err, &foreign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, filepath.Join(pipe, "rig")} {
		_, err1 := unpack(t.Context(), quick, path, a, false)
		_, err2 := unpackPlain(t.Context(), quick, path, a)
		_, err3 := rollback(t.Context(), quick, path, RollbackOptions{}, nil)
		if err1 == nil || err2 == nil || err3 == nil {
			t.Errorf("%s: %v, %v, %v", path, err1, err2, err3)
		}
	}
	dir := t.TempDir()
	mustUnpack(t, dir, a)
	if err := syscall.Mkfifo(filepath.Join(dir, "releases", a.digest, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	var unsound *ChangedError
	without := quick
	without.noExchange = true // and not replaced, which opens no pipe either
	if _, err := unpack(t.Context(), without, dir, a, false); !errors.As(err, &unsound) || len(unsound.Differences) != 1 || !strings.HasPrefix(unsound.Differences[0], "pipe cannot be read") {
		t.Error(err)
	}
}

// TestReadOnly fails for everyone but root, whom permissions do not bind; both
// outcomes are checked.
func TestReadOnly(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	dir := t.TempDir()
	mustUnpack(t, dir, a)
	for _, name := range []string{dir, filepath.Join(dir, "releases")} {
		if err := os.Chmod(name, 0o555); err != nil {
			t.Fatal(err)
		}
		state, err := unpack(t.Context(), quick, dir, b, false)
		if os.Geteuid() == 0 {
			if err != nil {
				t.Error(err)
			}
		} else if state != nil || !errors.Is(err, fs.ErrPermission) || wantSound(t, dir, a, b) != a.digest {
			t.Errorf("state %v, error %v", state, err)
		}
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	wantNothingLeft(t, dir)
}

// TestSwappedDir has somebody put a link in the place of the directory that was
// just made: the modes elsewhere stay.
func TestSwappedDir(t *testing.T) {
	around := t.TempDir()
	private, link := filepath.Join(around, "private"), filepath.Join(around, "rig")
	if err := errors.Join(os.Mkdir(private, 0o700), os.Symlink("private", link)); err != nil {
		t.Fatal(err)
	}
	root, err := rootdir.Open("open", link)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := &store{disk: quick, dir: link, root: root}
	if err := s.settle(); !errors.Is(err, errMeddled) {
		t.Error(err)
	}
	if info, err := os.Stat(private); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
}

// TestImmutable has a system that makes no link, where it has made some.
func TestImmutable(t *testing.T) {
	a, b := smallTree(t, "a"), smallTree(t, "b")
	dir := t.TempDir()
	for want, tree := range map[bool]source{true: a, false: b} {
		dir := dir
		if want {
			dir = t.TempDir()
		} else {
			mustUnpack(t, dir, a)
		}
		d := quick
		d.before = func(op, name string) error {
			if op == "symlink" {
				return syscall.EPERM
			}
			return nil
		}
		_, err := unpack(t.Context(), d, dir, tree, false)
		if !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "plain directory") != want {
			t.Error(err)
		}
	}
}
