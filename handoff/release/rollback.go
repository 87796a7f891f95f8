package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/validator"
)

// RollbackOptions configures Rollback. The zero value takes the previous release.
type RollbackOptions struct {
	// To is the digest of the release, or its first digits: at least 8, and enough
	// to tell it from the others. Text that is not a digest is an fs.ErrInvalid.
	To string
	// Force lets Rollback go to a release that was edited. It is called with how, before
	// anything changes, and its error ends the rollback. Nil goes to no such release.
	Force func(edited *ChangedError) error
	// Limits bound the release that is read, as they did when it was opened to be
	// unpacked.
	Limits validator.Limits
}

// Rollback makes the previous release current again, or another one that is still
// in the directory dir of Unpack. What was current becomes previous, so that a
// second Rollback undoes the first.
//
// The link dir/current changes in one step, or not at all. The release must be
// sound: every file is read, and they must be exactly those that were unpacked;
// otherwise the error is a *ChangedError, unless RollbackOptions.Force takes it as it
// is. The rules for packages are not asked
// again: a release that could be unpacked can be gone back to, also with a later
// version of this module that knows more rules.
//
// Errors and the result are as for Unpack; ErrNoPrevious and ErrCurrent say that
// there is nothing to change. A release that is not there is an fs.ErrNotExist.
// After a kill between the changes of the two links, previous is the same as
// current, and only To leads back.
func Rollback(ctx context.Context, dir string, opts RollbackOptions) (*Result, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	return rollback(ctx, disk{}, dir, opts, func(ctx context.Context, digest string, files fs.FS) error {
		return isPackage(ctx, files, digest, filepath.Join(dir, releasesDir, digest), opts.Limits)
	})
}

// isPackage makes sure that files are the package with the digest.
func isPackage(ctx context.Context, files fs.FS, digest, path string, limits validator.Limits) error {
	p, err := validator.OpenFS(ctx, files, validator.OpenOptions{Options: validator.Options{Limits: limits}, AllowInvalid: true})
	var invalid *validator.InvalidError
	if errors.As(err, &invalid) {
		if why := firstUnreadable(invalid.Report); why != "" {
			return fmt.Errorf("%s cannot be checked: %s", path, why)
		}
		return &ChangedError{path, problemDifferences(invalid.Report)}
	}
	if err != nil {
		return err
	}
	got, err := p.Digest(ctx)
	if err != nil || got == digest {
		return err
	}
	list := problemDifferences(p.Report())
	if len(list) == 0 {
		list = []string{"it is the package " + got}
	}
	return &ChangedError{path, list}
}

// minPrefix is how many digits a short form of a digest has at least.
const minPrefix = 8

// notDigest is a text that is not a short form of a digest: an fs.ErrInvalid.
type notDigest string

func (e notDigest) Error() string {
	return fmt.Sprintf("%q is not %d to 64 lower-case hexadecimal digits of a digest", string(e), minPrefix)
}

func (e notDigest) Is(target error) bool { return target == fs.ErrInvalid }

// check returns an error unless the files of a release are what its digest stands
// for.
type check func(ctx context.Context, digest string, files fs.FS) error

func rollback(ctx context.Context, d disk, dir string, opts RollbackOptions, check check) (*Result, error) {
	to := opts.To
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
	var edited *ChangedError
	if opts.Force != nil && errors.As(err, &edited) {
		s.edits = edited.Differences
		err = opts.Force(edited)
	}
	if err != nil {
		return nil, s.intact(err)
	}
	// Current comes first, other than in Unpack: after a kill between the two, what
	// was asked for is done. With previous first, it would not be, and forgotten.
	back, err := s.wayBack()
	if err == nil {
		err = s.relink(ctx, append([]link{{currentLink, target}}, back...))
	}
	if err != nil {
		if s.current != target {
			return nil, s.intact(err)
		}
		s.late(err)
	}
	result := s.result()
	result.Reused = true
	result.Edits = append(result.Edits, s.edits...)
	return result, s.afterwards()
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
		if isDigest(name) {
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

func (s *store) checkRelease(ctx context.Context, digest string, check check) error {
	if _, err := s.hasRelease(digest); err != nil {
		return err
	}
	root, err := openDir(s.releases, digest)
	if err != nil {
		return s.fail("open", releasesDir+"/"+digest, err)
	}
	defer root.Close()
	return check(ctx, digest, s.view(root))
}
