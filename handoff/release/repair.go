package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// editedMark stands between the digest of a release and a number, in the name under
// which an edited release is kept.
const editedMark = ".edited-"

// isKept reports whether a name is one that keptName gives.
func isKept(name string) bool {
	digest, number, ok := strings.Cut(name, editedMark)
	return ok && isDigest(digest) && number != "" && strings.Trim(number, "0123456789") == ""
}

// keptName is a free name for the edited release that stood at a digest.
func (s *store) keptName(digest string) (string, error) {
	return s.freeName(digest+editedMark, 1, short(digest)+editedMark)
}

// repair puts the source in the place of a release that was edited, and keeps the
// edited one under another name. The two change places in one step, where the
// system can: the name of the release, which current may lead to, never stands for
// anything else than one of them. Where the system cannot, only a release that is
// not current is replaced, in two steps.
func (s *store) repair(ctx context.Context, src source, edited *ChangedError) (info fs.FileInfo, err error) {
	s.dropCopies(ctx, src)
	kept, err := s.keptName(src.digest)
	if err != nil {
		return nil, err
	}
	temp, err := s.stagingName()
	if err != nil {
		return nil, err
	}
	defer func() {
		if s.kept == "" {
			s.releases.RemoveAll(temp) // if not, the next one does
		}
	}()
	if info, err = s.stage(ctx, s.releases, temp, s.path(releasesDir, src.digest), src); err != nil {
		return nil, err
	}
	// The new one gets the name that is for the edited one, and not the other way
	// round: a process that is killed leaves nothing edited under a name that the
	// next one takes for rubbish.
	if err := s.rename(s.releases, temp, kept); err != nil {
		return nil, s.fail("create", releasesDir+"/"+kept, err)
	}
	back := func(err error) (fs.FileInfo, error) {
		s.releases.Rename(kept, temp)
		return nil, err
	}
	if err := s.syncDir(s.releases, ".", releasesDir); err != nil {
		return back(err)
	}
	switch err := s.exchange(s.releases, kept, src.digest); {
	case err == nil:
	case !errors.Is(err, errors.ErrUnsupported):
		return back(s.fail("replace", releasesDir+"/"+src.digest, err))
	case s.current == src.digest:
		return back(&cannotReplace{edited})
	default:
		if err := s.rename(s.releases, kept, temp); err != nil {
			return back(s.fail("replace", releasesDir+"/"+src.digest, err))
		}
		if err := s.replace(temp, kept, src.digest); err != nil {
			return nil, err
		}
	}
	s.kept, s.edits = kept, edited.Differences
	return info, nil
}

// replace moves a release away and the new one to its name. A process that is
// killed in between leaves the edited one under its new name, and the next unpack
// writes the release again.
func (s *store) replace(temp, kept, digest string) error {
	if err := s.rename(s.releases, digest, kept); err != nil {
		return s.fail("replace", releasesDir+"/"+digest, err)
	}
	err := s.rename(s.releases, temp, digest)
	if err == nil {
		return nil
	}
	err = s.fail("replace", releasesDir+"/"+digest, err)
	if s.releases.Rename(kept, digest) != nil {
		s.kept = kept // and install says so
	}
	return err
}

// dropCopies removes what a repair has left that was killed before the release
// and its copy had changed places: a whole copy of the source, with nothing of
// anybody's in it. What cannot be read or removed stays.
func (s *store) dropCopies(ctx context.Context, src source) {
	list, err := names(s.releases)
	if err != nil {
		return
	}
	for _, name := range list {
		if !isKept(name) || !strings.HasPrefix(name, src.digest) || !s.isCopy(ctx, name, src) {
			continue
		}
		if temp, err := s.stagingName(); err == nil && s.rename(s.releases, name, temp) == nil {
			s.removeAll(s.releases, temp) // if not, the next one does
		}
	}
}

func (s *store) isCopy(ctx context.Context, name string, src source) bool {
	root, err := openDir(s.releases, name)
	if err != nil {
		return false
	}
	defer root.Close()
	return src.verify(ctx, s.view(root)) == nil
}

// cannotReplace is about an edited release that is current, on a system that cannot
// exchange two directories in one step: an errors.ErrUnsupported and a
// *ChangedError.
type cannotReplace struct{ edited *ChangedError }

func (e *cannotReplace) Error() string {
	return e.edited.Error() + "; it is current, and this system cannot replace it in one step"
}

func (e *cannotReplace) Unwrap() []error { return []error{e.edited, errors.ErrUnsupported} }

// saysKept adds to an error where the edited release is.
func (s *store) saysKept(err error) error {
	if err == nil || s.kept == "" {
		return err
	}
	return fmt.Errorf("%w; the edited release is kept in %s", err, s.path(releasesDir, s.kept))
}

// exchange lets two names change places in one step.
func (d disk) exchange(root *os.Root, a, b string) error {
	if err := d.step("exchange", b); err != nil {
		return err
	}
	if d.noExchange {
		return errors.ErrUnsupported
	}
	return exchange(root, a, b)
}
