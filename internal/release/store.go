package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/rootdir"
)

const (
	releasesDir   = "releases"
	currentLink   = "current"
	previousLink  = "previous"
	stagingPrefix = ".staging-"

	dirMode  = 0o755
	fileMode = 0o644

	// maxStaging bounds the search for a free name.
	maxStaging = 1000
)

// store is an open directory of releases. Where the system has locks, nobody
// else changes it.
type store struct {
	disk
	dir               string   // as the caller calls it
	root              *os.Root // of dir
	releases          *os.Root
	lock              *os.File
	locked            bool
	current, previous string // digests, or empty
	troubles          []error
}

// openStore opens and locks a directory, and removes what killed processes left
// in it.
func openStore(d disk, dir string, create bool) (*store, error) {
	made := false
	if create {
		switch err := os.Mkdir(dir, dirMode); {
		case err == nil:
			made = true
		case !errors.Is(err, fs.ErrExist):
			return nil, &fs.PathError{Op: "create", Path: dir, Err: cause.Of(err)}
		}
	}
	root, err := rootdir.Open("open", dir)
	if err != nil {
		return nil, err
	}
	s := &store{disk: d, dir: dir, root: root}
	if made {
		err = s.settle()
	}
	if err == nil {
		err = s.open(create)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *store) open(create bool) error {
	if err := s.readLinks(); err != nil { // before anything is changed
		return err
	}
	err := s.openReleases(create)
	if err != nil {
		return err
	}
	if s.lock, s.locked, err = acquire(s.releases, s.path(releasesDir)); err != nil {
		return err
	}
	if err := s.readLinks(); err != nil { // nobody changes them from here on
		return err
	}
	if s.locked {
		s.sweep()
		for _, name := range []string{currentLink, previousLink} {
			s.dropLink(newName(name))
		}
	}
	return nil
}

// settle finishes a directory that was just made.
func (s *store) settle() error {
	dir := filepath.Clean(s.dir)
	got, err := s.root.Stat(".")
	if err == nil {
		err = isStill(os.Lstat, dir, got) // the modes of what a link leads to are not ours
	}
	if err == nil {
		err = openUp(s.root)
	}
	if err != nil {
		return s.fail("create", "", err)
	}
	parent, err := os.OpenRoot(filepath.Dir(dir))
	if err != nil {
		return nil // one may write to it without being allowed to read it
	}
	defer parent.Close()
	return s.syncDir(parent, ".", "..")
}

func (s *store) close() {
	// Nothing was written through these handles.
	if s.lock != nil {
		s.lock.Close()
	}
	if s.releases != nil {
		s.releases.Close()
	}
	s.root.Close()
}

// openReleases opens the directory of releases, or makes it.
func (s *store) openReleases(create bool) error {
	info, err := s.root.Lstat(releasesDir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		if err := s.mkdir(s.root, releasesDir); err != nil && !errors.Is(err, fs.ErrExist) {
			return s.fail("create", releasesDir, err)
		}
		if err := s.syncDir(s.root, ".", "."); err != nil {
			return err
		}
	case err != nil:
		return s.fail("open", releasesDir, err)
	case !info.IsDir():
		return &ForeignError{s.path(releasesDir), "is not a directory; it was left alone"}
	}
	if s.releases, err = openDir(s.root, releasesDir); err != nil {
		return s.fail("open", releasesDir, err)
	}
	return nil
}

// openDir opens a directory that is no symbolic link.
func openDir(root *os.Root, name string) (*os.Root, error) {
	want, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !want.IsDir() {
		return nil, syscall.ENOTDIR
	}
	dir, err := root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if got, err := dir.Stat("."); err != nil || !os.SameFile(want, got) {
		dir.Close()
		return nil, errors.Join(errMeddled, err)
	}
	return dir, nil
}

// names are the entries of a directory in their order by name.
func names(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.Name()
	}
	return list, nil
}

// sweep removes the directories that killed processes have left. A failure must
// not keep a release from being unpacked.
func (s *store) sweep() {
	list, err := names(s.releases)
	if err != nil {
		s.late(s.fail("read", releasesDir, err))
	}
	for _, name := range list {
		if isStaging(name) {
			if err := s.removeAll(s.releases, name); err != nil {
				s.late(s.fail("remove", releasesDir+"/"+name, err))
			}
		}
	}
}

// isStaging reports whether a name is one that stagingName gives.
func isStaging(name string) bool {
	number, ok := strings.CutPrefix(name, stagingPrefix)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// stagingName is a free name for what is not finished or not wanted any more.
func (s *store) stagingName() (string, error) {
	for i := range maxStaging {
		name := fmt.Sprint(stagingPrefix, i)
		if _, err := s.releases.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
	}
	return "", s.fail("create", releasesDir, errors.New("too many directories that begin with "+stagingPrefix))
}

// late keeps an error that came when there was no way back.
func (s *store) late(err error) {
	if err != nil {
		s.troubles = append(s.troubles, err)
	}
}

func (s *store) afterwards() error { return errors.Join(s.troubles...) }
