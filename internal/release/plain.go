package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/rootdir"
)

// UnpackPlain makes a tree the directory dir, which must not be there or be
// empty. It appears in one step, from a directory beside it; an empty one is
// removed right before. done reports whether it did; an error that comes with it
// says what went wrong afterwards.
func UnpackPlain(ctx context.Context, dir string, tree Tree) (done bool, err error) {
	return unpackPlain(ctx, disk{}, dir, tree)
}

func unpackPlain(ctx context.Context, d disk, dir string, tree Tree) (done bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	parent, base, err := splitPlain(dir)
	if err != nil {
		return false, err
	}
	s := &store{disk: d, dir: dir}
	if s.root, err = rootdir.Open("open", parent); err != nil {
		return false, err
	}
	defer s.root.Close()
	if _, err := s.isFree(base); err != nil { // before the long work
		return false, err
	}
	work := workName(base)
	if err := s.openWork(work); err != nil {
		return false, err
	}
	defer s.closeWork(work)
	temp, err := s.stagingName()
	if err != nil {
		return false, err
	}
	defer s.releases.RemoveAll(temp) // unless it has its name by then
	info, err := s.stage(ctx, s.releases, temp, dir, tree)
	if err != nil {
		return false, err
	}
	there, err := s.isFree(base)
	if err != nil {
		return false, err
	}
	if there { // os.Root.Rename replaces no directory
		if err := s.remove(s.root, base); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, s.fail("replace", "", err)
		}
	}
	if err := s.rename(s.root, filepath.Join(work, temp), base); err != nil {
		return false, s.fail("create", "", err)
	}
	if err := isStill(s.root.Lstat, base, info); err != nil {
		return false, s.fail("create", "", err)
	}
	return true, s.syncDir(s.root, ".", "..")
}

// splitPlain is the directory around dir and the name in it, behind a symbolic
// link that the caller has there.
func splitPlain(dir string) (parent, base string, err error) {
	where := filepath.Clean(dir) // a link with a slash behind it is one, too
	switch filepath.Base(where) {
	case ".", "..", string(filepath.Separator):
		return "", "", &fs.PathError{Op: "create", Path: dir, Err: errors.New("cannot be replaced; name a new directory in it")}
	}
	if info, err := os.Lstat(where); err == nil && info.Mode().Type() == fs.ModeSymlink {
		if where, err = filepath.EvalSymlinks(where); err != nil {
			return "", "", &fs.PathError{Op: "open", Path: dir, Err: cause.Of(err)}
		}
	}
	where, err = filepath.Abs(where)
	return filepath.Dir(where), filepath.Base(where), err
}

// isFree makes sure that nothing gets lost, and reports whether there is an empty
// directory.
func (s *store) isFree(base string) (there bool, err error) {
	info, err := s.root.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, s.fail("open", "", err)
	case !info.IsDir():
		return false, &ForeignError{s.dir, "is not a directory; it was left alone"}
	}
	root, err := openDir(s.root, base)
	if err != nil {
		return false, s.fail("open", "", err)
	}
	defer root.Close()
	f, err := root.Open(".")
	if err != nil {
		return false, s.fail("open", "", err)
	}
	defer f.Close()
	switch found, err := f.Readdirnames(1); {
	case len(found) > 0:
		return false, &ForeignError{s.dir, "is not empty; it was left alone"}
	case err != io.EOF:
		return false, s.fail("open", "", err)
	}
	return true, nil
}

// workName is the directory in which the one called base is made. It is short
// enough for file systems, however long base is.
func workName(base string) string {
	const limit = 200
	for len(base) > limit {
		_, size := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-size]
	}
	return "." + base + ".anpkg-new"
}

// openWork opens and locks the directory to work in. Who had it before may take
// it away at the end, between any two of the steps.
func (s *store) openWork(work string) (err error) {
	for range maxLocks {
		switch err = s.mkdir(s.root, work); {
		case err == nil, errors.Is(err, fs.ErrExist):
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, errMeddled):
			continue
		default:
			return s.fail("create", "", fmt.Errorf("a directory beside it: %w", cause.Of(err)))
		}
		if s.releases, err = openDir(s.root, work); err != nil {
			continue
		}
		if s.lock, s.locked, err = acquire(s.releases, s.dir); err == nil {
			if s.locked {
				s.sweep()
			}
			return nil
		}
		s.releases.Close()
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return s.fail("create", "", errors.Join(errMeddled, err))
}

// closeWork takes the directory away, and the lock on it last. If it cannot, the
// next one does.
func (s *store) closeWork(work string) {
	s.releases.Remove(lockFile)
	s.releases.Close()
	s.root.Remove(work)
	s.lock.Close()
}
