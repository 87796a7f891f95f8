package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	kept              string // the name of the edited release that was replaced
	edits             []string
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

// openDir opens a directory that is not a symbolic link.
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
func (s *store) stagingName() (string, error) { return s.freeName(stagingPrefix, 0, stagingPrefix) }

// freeName is a name of a prefix and a number from first on that is not taken. Messages
// call the prefix shown.
func (s *store) freeName(prefix string, first int, shown string) (string, error) {
	for i := range maxStaging {
		name := fmt.Sprint(prefix, first+i)
		switch _, err := s.releases.Lstat(name); {
		case errors.Is(err, fs.ErrNotExist):
			return name, nil
		case err != nil:
			return "", s.fail("create", releasesDir+"/"+name, err)
		}
	}
	return "", s.fail("create", releasesDir, errors.New("too many directories that begin with "+shown+"; remove those that nobody needs"))
}

// late keeps an error that came when there was no way back.
func (s *store) late(err error) {
	if err != nil {
		s.troubles = append(s.troubles, err)
	}
}

func (s *store) afterwards() error { return errors.Join(s.troubles...) }

// link is a symbolic link that names a release.
type link struct{ name, digest string }

// newName is where a link is made before it replaces the one at name.
func newName(name string) string { return "." + name + ".new" }

// digestLen is how many hexadecimal digits a digest has.
const digestLen = 64

// isDigest reports whether a text can be the name of a release.
func isDigest(s string) bool { return len(s) == digestLen && isHex(s) }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// readLinks looks which releases have names, and refuses anything else.
func (s *store) readLinks() (err error) {
	if s.current, err = s.readLink(currentLink); err != nil {
		return err
	}
	s.previous, err = s.readLink(previousLink)
	return err
}

// readLink is the release that a link names, or empty if there is no link.
func (s *store) readLink(name string) (string, error) {
	info, err := s.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", s.fail("read", name, err)
	case info.Mode().Type() != fs.ModeSymlink:
		return "", &ForeignError{s.path(name), "is not a link to a release; it was left alone"}
	}
	target, err := s.root.Readlink(name)
	if err != nil {
		return "", s.fail("read", name, err)
	}
	digest, ok := strings.CutPrefix(filepath.ToSlash(target), releasesDir+"/")
	if !ok || !isDigest(digest) {
		return "", &ForeignError{s.path(name), "links to something else than a release; it was left alone"}
	}
	return digest, nil
}

// relink changes links one after the other. What could fail for lack of space or
// rights comes before the first change.
func (s *store) relink(ctx context.Context, links []link) (err error) {
	defer func() {
		if err != nil {
			for _, l := range links {
				s.dropLink(newName(l.name))
			}
		}
	}()
	for _, l := range links {
		if err := s.makeLink(l); err != nil {
			return err
		}
	}
	if len(links) == 0 { // whoever did it before may have been killed before this
		return s.syncDir(s.root, ".", ".")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, l := range links {
		if err := s.rename(s.root, newName(l.name), l.name); err != nil {
			return s.fail("replace", l.name, err)
		}
		s.became(l)
		if err := s.syncDir(s.root, ".", "."); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) became(l link) {
	if l.name == currentLink {
		s.current = l.digest
	} else {
		s.previous = l.digest
	}
}

// makeLink makes a link under its temporary name.
func (s *store) makeLink(l link) error {
	name := newName(l.name)
	s.dropLink(name)
	err := s.symlink(s.root, filepath.Join(releasesDir, l.digest), name)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist): // which dropLink has left
		return &ForeignError{s.path(name), "is in the way of a new link; it was left alone"}
	case noSymlinks(err) && s.current == "": // otherwise there is one
		return s.fail("create", l.name, fmt.Errorf("symbolic links cannot be made here; unpack into a plain directory instead: %w", cause.Of(err)))
	}
	return s.fail("create", l.name, err)
}

// noSymlinks reports whether an error says that links are not available: Windows
// asks for a right, and some file systems have none.
func noSymlinks(err error) bool {
	const privilegeNotHeld = syscall.Errno(1314) // of Windows; no other system has as many
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, privilegeNotHeld) || errors.Is(err, syscall.EPERM)
}

// dropLink removes a link to a release, and nothing else.
func (s *store) dropLink(name string) {
	if digest, err := s.readLink(name); err == nil && digest != "" {
		s.root.Remove(name)
	}
}

// hasRelease reports whether a release is there, whatever is in it.
func (s *store) hasRelease(digest string) (bool, error) {
	info, err := s.releases.Lstat(digest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, s.fail("read", releasesDir+"/"+digest, err)
	case !info.IsDir():
		return false, &ForeignError{s.path(releasesDir, digest), "is not a directory; it was left alone"}
	}
	return true, nil
}

// holds reports whether a release is there, which something else at its name is not.
func (s *store) holds(digest string) (bool, error) {
	if digest == "" {
		return false, nil
	}
	found, err := s.hasRelease(digest)
	if errors.As(err, new(*ForeignError)) {
		return false, nil
	}
	return found, err
}

// otherPrevious is the previous release, if one could go back to it.
func (s *store) otherPrevious() string {
	found, err := s.holds(s.previous)
	s.late(err)
	if s.previous == s.current || !found && err == nil {
		return ""
	}
	return s.previous
}

const (
	lockFile = ".lock"
	// maxLocks bounds how often a lock is tried again whose file went away.
	maxLocks = 10
)

// acquire locks a directory until the file is closed or the process ends. On a
// system without locks it only says so.
//
// A file of its own is locked and not the directory: network file systems want a
// file that is open for writing.
func acquire(dir *os.Root, shown string) (lock *os.File, locked bool, err error) {
	fail := func(err error) error {
		return &fs.PathError{Op: "lock", Path: filepath.Join(shown, lockFile), Err: cause.Of(err)}
	}
	for range maxLocks {
		if info, err := dir.Lstat(lockFile); err == nil && !info.Mode().IsRegular() {
			return nil, false, &ForeignError{filepath.Join(shown, lockFile), "is not a regular file; it was left alone"}
		}
		f, err := dir.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, false, fail(err)
		}
		switch err := tryLock(f); {
		case errors.Is(err, errors.ErrUnsupported):
			return f, false, nil
		case errors.Is(err, ErrBusy):
			f.Close()
			return nil, false, fmt.Errorf("%s: %w", shown, ErrBusy)
		case err != nil:
			f.Close()
			return nil, false, fail(err)
		}
		if isAt(f, dir, lockFile) {
			return f, true, nil
		}
		f.Close() // the one that had it took it away
	}
	return nil, false, fail(errMeddled)
}

func isAt(f *os.File, dir *os.Root, name string) bool {
	want, err1 := f.Stat()
	got, err2 := dir.Lstat(name)
	return err1 == nil && err2 == nil && os.SameFile(want, got)
}

// prune removes all releases that have no link, and the edited ones that were kept
// before this run. It returns what it removed. A release first loses its name for
// good, so that none is ever there in part.
func (s *store) prune() (removed, edits []string) {
	list, err := names(s.releases)
	if err != nil {
		s.late(s.fail("prune", releasesDir, err))
		return nil, nil
	}
	var gone, temps []string
	for _, name := range list {
		if !s.isIdle(name) {
			continue
		}
		temp, err := s.stagingName()
		if err != nil {
			s.late(err)
			break
		}
		if err := s.rename(s.releases, name, temp); err != nil {
			s.late(s.fail("prune", releasesDir+"/"+name, err))
			continue
		}
		gone, temps = append(gone, name), append(temps, temp)
		if isKept(name) {
			edits = append(edits, name)
		} else {
			removed = append(removed, name)
		}
	}
	for _, name := range list { // also what a killed one has left
		if !isRecord(name) {
			continue
		}
		found, err := s.holds(strings.TrimSuffix(name, recordSuffix))
		if err == nil && !found {
			if err = s.remove(s.releases, name); err != nil {
				err = s.fail("prune", releasesDir+"/"+name, err)
			}
		}
		s.late(err)
	}
	if len(temps) == 0 {
		return nil, nil
	}
	if err := s.syncDir(s.releases, ".", releasesDir); err != nil {
		s.late(err)
		return removed, edits // the next unpack removes what is left
	}
	for i, temp := range temps {
		if err := s.removeAll(s.releases, temp); err != nil {
			s.late(s.fail("prune", releasesDir+"/"+gone[i], err))
		}
	}
	return removed, edits
}

// isIdle reports whether a name in the releases is one to prune.
func (s *store) isIdle(name string) bool {
	if !isKept(name) && !isDigest(name) || name == s.kept || name == s.current || name == s.previous {
		return false
	}
	found, err := s.holds(name)
	s.late(err)
	return found
}

// resolve is the path of a directory without "..", which package filepath takes
// away together with the name before it, and the system together with what that
// links to. The directory around it must be there.
func resolve(dir string) (string, error) {
	elements := strings.FieldsFunc(dir, isSeparator)
	if !slices.Contains(elements, "..") {
		return dir, nil
	}
	around, base := dir, ""
	if last := elements[len(elements)-1]; last != ".." {
		around, base = filepath.Split(strings.TrimRightFunc(dir, isSeparator))
	}
	resolved, err := filepath.EvalSymlinks(around)
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: dir, Err: cause.Of(err)}
	}
	return filepath.Join(resolved, base), nil
}

func isSeparator(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) }

// disk is what changes a file system in steps of which each is done or not. Tests
// look on, or have a step fail.
type disk struct {
	// before is called before each step. Its error becomes that of the step.
	before func(op, name string) error
	// flush replaces (*os.File).Sync.
	flush func(*os.File) error
	// reads replaces the files of a release that are read.
	reads func(fs.FS) fs.FS
	// noExchange is a system that cannot exchange two directories.
	noExchange bool
}

// view is the files in a directory of releases.
func (d disk) view(root *os.Root) fs.FS {
	if d.reads == nil {
		return root.FS()
	}
	return d.reads(root.FS())
}

func (d disk) step(op, name string) error {
	if d.before == nil {
		return nil
	}
	return d.before(op, name)
}

func (d disk) mkdir(root *os.Root, name string) error {
	if err := d.step("mkdir", name); err != nil {
		return err
	}
	if err := root.Mkdir(name, dirMode); err != nil {
		return err
	}
	dir, err := openDir(root, name)
	if err == nil {
		err = errors.Join(openUp(dir), dir.Close())
	}
	if err != nil && !errors.Is(err, errMeddled) {
		root.Remove(name) // with another mode, the next one would take it as it is
	}
	return err
}

// openUp gives a directory that was just made its mode, whatever the umask took
// away.
func openUp(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	return setMode(f, dirMode)
}

func setMode(f *os.File, mode os.FileMode) error {
	if runtime.GOOS == "windows" {
		return nil // there are no such modes
	}
	return f.Chmod(mode)
}

func (d disk) create(root *os.Root, name string) (*os.File, error) {
	if err := d.step("create", name); err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
}

func (d disk) symlink(root *os.Root, target, name string) error {
	if err := d.step("symlink", name); err != nil {
		return err
	}
	return root.Symlink(target, name)
}

func (d disk) rename(root *os.Root, from, to string) error {
	if err := d.step("rename", to); err != nil {
		return err
	}
	return root.Rename(from, to)
}

func (d disk) remove(root *os.Root, name string) error {
	if err := d.step("remove", name); err != nil {
		return err
	}
	return root.Remove(name)
}

func (d disk) removeAll(root *os.Root, name string) error {
	if err := d.step("remove", name); err != nil {
		return err
	}
	return root.RemoveAll(name)
}

func (d disk) sync(f *os.File, name string) error {
	if err := d.step("sync", name); err != nil {
		return err
	}
	if d.flush != nil {
		return d.flush(f)
	}
	return f.Sync()
}

// syncDir makes renames in a directory survive a loss of power, where the system
// can. Messages and tests know it as shown.
func (s *store) syncDir(root *os.Root, name, shown string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	f, err := root.Open(name)
	if err != nil {
		return s.fail("sync", shown, err)
	}
	defer f.Close() // it was only read
	switch err := s.sync(f, shown); {
	case err == nil, errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.EINVAL):
		return nil // no caller could do better on such a file system
	default:
		return s.fail("sync", shown, err)
	}
}
