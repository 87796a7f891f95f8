package release

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlain(t *testing.T) {
	a := tree(t, "a")
	for _, name := range []string{"rig", "empty", "with space\n", strings.Repeat("ö", 127)} {
		parent := t.TempDir()
		if err := os.Mkdir(filepath.Join(parent, "empty"), 0o700); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(parent, name)
		if done, err := unpackPlain(t.Context(), disk{}, dir, a); !done || err != nil {
			t.Errorf("%q: %v, %v", name, done, err)
		}
		if err := verifyAt(t, dir, a); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if name == "empty" {
			wantNames(t, parent, "empty")
		} else {
			wantNames(t, parent, "empty", name)
		}
		before := picture(t, parent)
		done, err := unpackPlain(t.Context(), disk{}, dir, a)
		var foreign *ForeignError
		if done || !errors.As(err, &foreign) || foreign.Path != dir {
			t.Errorf("%q: again: %v, %v", name, done, err)
		}
		if diff := cmp.Diff(before, picture(t, parent)); diff != "" {
			t.Errorf("%q: again: %s", name, diff)
		}
	}
}

func TestPlainRefused(t *testing.T) {
	a := tree(t, "a")
	parent := t.TempDir()
	t.Chdir(parent)
	if err := errors.Join(
		os.WriteFile("file", []byte("mine\n"), 0o600),
		os.Mkdir("full", 0o700),
		os.WriteFile("full/.hidden", nil, 0o600),
		os.Mkdir("empty", 0o700),
		os.Symlink("nothing", "dangling"),
		os.Symlink("file", "link"),
		os.Symlink("full", "folder"),
		os.WriteFile(".busy.anpkg-new", []byte("mine\n"), 0o600),
		os.Symlink("empty", ".linked.anpkg-new"),
	); err != nil {
		t.Fatal(err)
	}
	before := picture(t, parent)
	for _, dir := range []string{"", ".", "..", "empty/..", "empty/.", "/", "file", "full", "dangling", "link", "folder", "file/rig", "no/rig", "busy", "linked"} {
		if done, err := unpackPlain(t.Context(), quick, dir, a); done != (dir == "empty/.") || (err == nil) != done {
			t.Errorf("%q: %v, %v", dir, done, err)
		}
		if dir == "empty/." {
			if err := errors.Join(os.RemoveAll("empty"), os.Mkdir("empty", 0o700)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(before, picture(t, parent)); diff != "" {
		t.Error(diff)
	}
}

// TestPlainFails has every step fail, and somebody else come in between.
func TestPlainFails(t *testing.T) {
	a := smallTree(t, "a")
	each(t, 10, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "rig")
		failed := false
		at(func(op, name string) error {
			failed = true
			return syscall.EACCES
		})
		done, err := unpackPlain(t.Context(), d, dir, a)
		var p *fs.PathError
		if failed && (!errors.Is(err, fs.ErrPermission) || !errors.As(err, &p) || !strings.HasPrefix(p.Path, parent)) {
			t.Error(done, err)
		}
		if !failed && (!done || err != nil) {
			t.Error(done, err)
		}
		if !done {
			wantNames(t, parent)
			return
		}
		wantNames(t, parent, "rig")
		if err := verifyAt(t, dir, a); err != nil {
			t.Error(err)
		}
	})
	each(t, 10, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "rig")
		mine := filepath.Join(dir, "mine")
		at(func(op, name string) error {
			os.Mkdir(dir, 0o700)
			return os.WriteFile(mine, nil, 0o600)
		})
		done, err := unpackPlain(t.Context(), d, dir, a)
		if _, statErr := os.Stat(mine); !done && (statErr != nil || err == nil) {
			t.Error(err, statErr)
		}
		wantNames(t, parent, "rig")
	})
}

// TestPlainKilled has a process end at every step, by copying what is there then.
func TestPlainKilled(t *testing.T) {
	a := smallTree(t, "a")
	each(t, 10, func(t *testing.T, d disk, at func(func(op, name string) error)) {
		parent, later := t.TempDir(), t.TempDir()
		dir := filepath.Join(later, "rig")
		at(func(op, name string) error {
			copyTree(t, parent, later)
			return nil
		})
		if done, err := unpackPlain(t.Context(), d, filepath.Join(parent, "rig"), a); !done || err != nil {
			t.Error(done, err)
		}
		if _, err := os.Lstat(dir); err == nil {
			if err := verifyAt(t, dir, a); err != nil {
				t.Error(err)
			}
			return
		}
		if done, err := unpackPlain(t.Context(), quick, dir, a); !done || err != nil {
			t.Error(done, err)
		}
		wantNames(t, later, "rig")
	})
}

// TestPlainMounted has an empty directory that cannot be removed.
func TestPlainMounted(t *testing.T) {
	dir := t.TempDir()
	d := quick
	d.before = func(op, name string) error {
		if op == "remove" {
			return syscall.EBUSY
		}
		return nil
	}
	done, err := unpackPlain(t.Context(), d, dir, smallTree(t, "a"))
	var p *fs.PathError
	if done || !errors.Is(err, syscall.EBUSY) || !errors.As(err, &p) || p.Path != dir {
		t.Error(done, err)
	}
	wantNames(t, dir)
	wantNames(t, filepath.Dir(dir), filepath.Base(dir))
}

// TestPlainLinks has the caller's links in several spellings, good ones and bad
// ones.
func TestPlainLinks(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := errors.Join(os.Mkdir("real", 0o755), os.Symlink("real", "link"), os.Symlink("loop", "loop"), os.Symlink("no", "dangling")); err != nil {
		t.Fatal(err)
	}
	if done, err := unpackPlain(t.Context(), quick, "link/", smallTree(t, "a")); !done || err != nil {
		t.Error(done, err)
	}
	wantNames(t, "real", "machine-profile.yaml", "runtime")
	for _, dir := range []string{"loop", "dangling"} {
		_, err := unpackPlain(t.Context(), quick, dir, smallTree(t, "a"))
		var p *fs.PathError
		if !errors.As(err, &p) || p.Path != dir {
			t.Errorf("%s: %v", dir, err)
		}
	}
}
