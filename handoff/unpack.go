package handoff

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/release"
	"github.com/anolishq/anolis-handoff/validator"
)

// ReleaseVersion is the version of the JSON form of a Release. It changes when a
// field changes its meaning or goes away, not when one is added.
const ReleaseVersion = 1

// UnpackOptions is how a package is put on a disk. The zero value keeps releases
// side by side.
type UnpackOptions struct {
	// Plain makes the directory itself the package. It must not be there, or be
	// empty. There is then no way back.
	Plain bool
	// Prune removes, when all is done, every release but the current and the
	// previous one. It needs a system with file locks, which Windows has not in
	// the standard library.
	Prune bool
}

// Release is a package on a disk.
type Release struct {
	Version int `json:"version"` // ReleaseVersion
	// Digest is that of the package, see Package.Digest.
	Digest string `json:"digest"`
	// Path is the directory with the files.
	Path string `json:"path"`
	// Link is the path of the symbolic link "current" to it: what a machine is
	// started from. It is empty for a plain directory.
	Link string `json:"link"`
	// Previous is the digest of the release that Rollback goes back to, if any.
	Previous string `json:"previous"`
	// Reused says that the release was there already. It was checked.
	Reused bool `json:"reused"`
	// Removed are the digests of the releases that were pruned, sorted.
	Removed []string `json:"removed"`
}

// Unpack writes a package into the directory dir and makes it the current
// release:
//
//	dir/releases/<digest>/  the files of the package
//	dir/current             a symbolic link to releases/<digest>
//	dir/previous            a symbolic link to the release that was current before
//
// The directory is created unless it is there; the one around it must be there.
// What else is in it is left alone. What stands at one of these names and was not
// made by Unpack is a *ForeignError. A release that is there already is compared
// with the package, and used again; if it differs, that is a *ReleaseError, and
// it is not touched.
//
// Whatever happens, current names a complete release that was read back and found
// right: the old one or the new one. On an error, a full disk or a cancellation,
// the old one stays and the new files are removed; after a kill, the next Unpack
// removes them. Everything is synced before current changes, so that the same
// holds for a loss of power, on a disk that keeps what it reported as written.
// After a kill right before current changes, previous may name the same release
// as current; Rollback can then go to any other one by its digest.
//
// Files have the mode 0644, directories 0755, and both belong to the process.
//
// Nothing outside of dir is written, whatever symbolic links somebody puts there
// meanwhile. Dir itself may be a symbolic link. A ".." in it goes up from where a
// link before it leads, as for the system; the paths of the result are without it.
//
// With Plain, dir is the package itself. It is made beside dir, in
// ".NAME.anpkg-new", and appears in one step. An empty dir is removed right
// before, with its mode and owner; it cannot be a mount point.
//
// An invalid package is an *InvalidError. Unpack is safe for use by many
// goroutines and processes: for one directory, one works and the others get
// ErrBusy. On a system without flock, among them Windows, there is no such lock;
// use one process at a time there. Errors of the system are an *fs.PathError.
//
// The result is nil unless the release is current. An error that comes with a
// result says what went wrong afterwards: that a loss of power could undo it, or
// that something could not be removed.
func Unpack(ctx context.Context, p *Package, dir string, opts UnpackOptions) (*Release, error) {
	if p.FS() == nil {
		return nil, validator.ErrNoPackage
	}
	if !p.Report().Valid {
		return nil, &InvalidError{Report: p.Report()}
	}
	if opts.Plain && opts.Prune {
		return nil, errors.New("a plain directory has no releases to prune")
	}
	digest, err := p.Digest(ctx)
	if err != nil {
		return nil, err
	}
	if dir, err = release.Resolve(dir); err != nil {
		return nil, err
	}
	showName, err := namesFor(p)
	if err != nil {
		return nil, err
	}
	tree := release.Tree{Digest: digest, Files: p.FS(), Sums: sumsOf(p), Show: showName}
	if opts.Plain {
		done, err := release.UnpackPlain(ctx, dir, tree)
		if !done {
			return nil, releaseError(err, showName)
		}
		return &Release{Version: ReleaseVersion, Digest: digest, Path: dir, Removed: []string{}}, err
	}
	state, err := release.Unpack(ctx, dir, tree, opts.Prune)
	if state == nil {
		return nil, releaseError(err, showName)
	}
	return newRelease(dir, state), err
}

func newRelease(dir string, s *release.State) *Release {
	return &Release{
		Version:  ReleaseVersion,
		Digest:   s.Current,
		Path:     releasePath(dir, s.Current),
		Link:     filepath.Join(dir, "current"),
		Previous: s.Previous,
		Reused:   s.Reused,
		Removed:  append([]string{}, s.Removed...),
	}
}

func releasePath(dir, digest string) string { return filepath.Join(dir, "releases", digest) }

// sums are the digests of all files.
func sumsOf(p *Package) checksum.Manifest {
	var m checksum.Manifest
	set, _ := archive.SetOf(p.FS()) // always there: the validator hands out nothing else
	for f := range set.Files() {
		m = append(m, checksum.Entry{Path: f.Name, Digest: f.SHA256})
	}
	return m
}

// namesFor returns a function that gives the names of files as messages may have
// them.
func namesFor(p *Package) (func(name string) string, error) {
	hider, err := display.New(p.Policy())
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return func(name string) string {
		hider.Clean(&name)
		return name
	}, nil
}
