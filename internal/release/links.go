package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

// link is a symbolic link that names a release.
type link struct{ name, digest string }

// newName is where a link is made before it replaces the one at name.
func newName(name string) string { return "." + name + ".new" }

// IsDigest reports whether a text can be the name of a release.
func IsDigest(s string) bool { return len(s) == 64 && isHex(s) }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// readLinks looks which releases have names, and refuses what is no such link.
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
	if !ok || !IsDigest(digest) {
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

// noSymlinks reports whether an error says that links are not to be had: Windows
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

func (s *store) holds(digest string) bool {
	found, _ := s.hasRelease(digest)
	return found
}

// otherPrevious is the previous release, if one could go back to it.
func (s *store) otherPrevious() string {
	if s.previous == s.current || !s.holds(s.previous) {
		return ""
	}
	return s.previous
}
