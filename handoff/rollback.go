package handoff

import (
	"context"
	"errors"
	"io/fs"

	"github.com/anolishq/anolis-handoff/internal/printable"
	"github.com/anolishq/anolis-handoff/internal/release"
	"github.com/anolishq/anolis-handoff/validator"
)

// RollbackOptions is which release becomes current. The zero value takes the
// previous one.
type RollbackOptions struct {
	// To is the digest of the release, or its first digits: at least 8, and enough
	// to tell it from the others. What is no digest is an fs.ErrInvalid.
	To string
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
// otherwise the error is a *ReleaseError. The rules for packages are not asked
// again: a release that could be unpacked can be gone back to, also with a later
// version of this module that knows more rules.
//
// Errors and the result are as for Unpack; ErrNoPrevious and ErrCurrent say that
// there is nothing to change. A release that is not there is an fs.ErrNotExist.
// After a kill between the changes of the two links, previous is the same as
// current, and only To leads back.
func Rollback(ctx context.Context, dir string, opts RollbackOptions) (*Release, error) {
	dir, err := release.Resolve(dir)
	if err != nil {
		return nil, err
	}
	check := func(ctx context.Context, digest string, files fs.FS) error {
		return checkRelease(ctx, files, digest, releasePath(dir, digest), opts.Limits)
	}
	state, err := release.Rollback(ctx, dir, opts.To, check)
	if state == nil {
		return nil, releaseError(err, printable.Line)
	}
	return newRelease(dir, state), err
}

// checkRelease makes sure that files are the package with the digest.
func checkRelease(ctx context.Context, files fs.FS, digest, path string, limits validator.Limits) error {
	p, err := OpenFS(ctx, files, OpenOptions{Options: validator.Options{Limits: limits}, AllowInvalid: true})
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return &ReleaseError{path, problemDifferences(invalid.Report)}
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
	return &ReleaseError{path, list}
}
