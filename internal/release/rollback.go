package release

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// minPrefix is how many digits a short form of a digest has at least.
const minPrefix = 8

// notDigest is a text that is no short form of a digest: an fs.ErrInvalid.
type notDigest string

func (e notDigest) Error() string {
	return fmt.Sprintf("%q is not %d to 64 lower-case hexadecimal digits of a digest", string(e), minPrefix)
}

func (e notDigest) Is(target error) bool { return target == fs.ErrInvalid }

// Check tells whether the files of a release are what its name says.
type Check func(ctx context.Context, digest string, files fs.FS) error

// Rollback makes another release of dir current: the one whose digest begins with
// to, or the previous one if to is empty. What was current becomes previous. The
// release must pass the check.
//
// The State is nil unless the release is current. An error that comes with a State
// says what went wrong afterwards.
func Rollback(ctx context.Context, dir, to string, check Check) (*State, error) {
	return rollback(ctx, disk{}, dir, to, check)
}

func rollback(ctx context.Context, d disk, dir, to string, check Check) (*State, error) {
	if to != "" && (len(to) < minPrefix || len(to) > 64 || !isHex(to)) {
		return nil, notDigest(to)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := openStore(d, dir, false)
	if err != nil {
		return nil, err
	}
	defer s.close()
	target, err := s.target(to)
	if err == nil {
		err = s.checkRelease(ctx, target, check)
	}
	if err != nil {
		return nil, s.intact(err)
	}
	// Current comes first, other than in Unpack: after a kill between the two, what
	// was asked for is done. With previous first, it would not be, and forgotten.
	change := []link{{currentLink, target}}
	if keep := s.current; keep != "" && s.holds(keep) {
		change = append(change, link{previousLink, keep})
	}
	if err := s.relink(ctx, change); err != nil {
		if s.current != target {
			return nil, s.intact(err)
		}
		s.late(err)
	}
	return &State{Current: target, Previous: s.otherPrevious(), Reused: true}, s.afterwards()
}

// target finds the release to go back to.
func (s *store) target(to string) (string, error) {
	if to == "" {
		if s.previous == "" || s.previous == s.current {
			return "", ErrNoPrevious
		}
		to = s.previous
	}
	list, err := names(s.releases)
	if err != nil {
		return "", s.fail("read", releasesDir, err)
	}
	var there, found []string
	for _, name := range list {
		if IsDigest(name) {
			there = append(there, name)
			if strings.HasPrefix(name, to) {
				found = append(found, name)
			}
		}
	}
	switch {
	case len(found) > 1:
		return "", fmt.Errorf("%s is the beginning of %d releases: %s", to, len(found), strings.Join(found, ", "))
	case len(found) == 0:
		return "", noRelease{to, there}
	case found[0] == s.current:
		return "", ErrCurrent
	}
	return found[0], nil
}

// noRelease is about a release that is not there: an fs.ErrNotExist.
type noRelease struct {
	to    string
	there []string
}

func (e noRelease) Error() string {
	const limit = 5
	var list []string
	for _, digest := range e.there[:min(len(e.there), limit)] {
		list = append(list, short(digest))
	}
	switch more := len(e.there) - limit; {
	case len(list) == 0:
		return "there is no release " + e.to + ", and no other one"
	case more > 0:
		return fmt.Sprintf("there is no release %s, only %s and %d more", e.to, strings.Join(list, ", "), more)
	}
	return fmt.Sprintf("there is no release %s, only %s", e.to, strings.Join(list, ", "))
}

func (e noRelease) Is(target error) bool { return target == fs.ErrNotExist }

func (s *store) checkRelease(ctx context.Context, digest string, check Check) error {
	if _, err := s.hasRelease(digest); err != nil {
		return err
	}
	root, err := openDir(s.releases, digest)
	if err != nil {
		return s.fail("open", releasesDir+"/"+digest, err)
	}
	defer root.Close()
	return check(ctx, digest, root.FS())
}
