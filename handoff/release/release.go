// Package release keeps packages on a machine: Unpack makes one current in one step,
// Rollback makes another one current again, and Drift says what was changed since.
//
// A directory DIR of releases holds
//
//	releases/<digest>/  the files of one package, named by what they are
//	current             a symbolic link to releases/<digest>
//	previous            a symbolic link to the release that was current before
//	releases/<digest>.json      who signed the package, if that was checked
//	releases/<digest>.edited-N  a release that was edited, and replaced since
//	releases/.lock      locked by the process that changes something
//
// and, while a process works or after one was killed, releases/.staging-N,
// .current.new and .previous.new. Everything else in DIR is left alone.
//
// # What survives
//
// Unpack does its work in this order:
//
//  1. write every file to releases/.staging-N and sync it
//  2. sync every directory of it, from the inside out
//  3. read all of it back and compare
//  4. rename it to releases/<digest> and sync releases
//  5. rename a new link over previous and sync DIR: a way back comes first
//  6. rename a new link over current and sync DIR
//
// A release that somebody edited is written again under steps 1 to 3, gets the name
// releases/<digest>.edited-N, and changes places with the edited one in one step, so
// that current never leads to anything but one of the two. Both are complete: the
// new one as the package is, the edited one as it was.
//
// A rename is done or not done, and what a link names is on the disk, complete
// and synced, before the link is. So a kill, a full disk or a loss of power at any
// moment leaves current at the old release or at the new one, and whole. (A loss
// of power asks for a disk that keeps what it reported as written.)
//
// # Where is written
//
// Every path is resolved by an os.Root, below a handle of DIR that is opened
// once: symbolic links that somebody puts there meanwhile lead to an error and
// never out of DIR. Files are only created, never written to when they are there.
//
// # Errors
//
// ErrBusy, ErrNoPrevious and ErrCurrent are to be tested with errors.Is.
// *ForeignError names something in the way that Unpack did not make, *ChangedError a
// release with other files than its name stands for, *Failure which release is
// still current. Errors of the system are an *fs.PathError.
package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// Version is the version of the JSON form of a Result. It changes when a
// field changes its meaning or goes away, not when one is added.
const Version = 1

// UnpackOptions configures Unpack. The zero value keeps releases side by side.
type UnpackOptions struct {
	// Plain makes the directory itself the package. It must not be there, or be
	// empty. There is then no way back.
	Plain bool
	// Prune removes, when all is done, every release but the current and the
	// previous one, and the edited releases that earlier ones have kept. It needs a system with file locks: not Windows.
	Prune bool
	// Signer is who signed the package, if the caller has checked that. It is noted in
	// dir/releases/<digest>.json, for Status. A plain directory has no place for it.
	Signer *Signer
	// Progress, if set, is called now and then while files are written, from the
	// goroutine that unpacks, and must return quickly.
	Progress func(Progress)
}

// Progress describes how far an unpacking is.
type Progress struct {
	File  string // that is written; empty in the last call, when all are
	Done  int64  // bytes of all files so far
	Total int64  // bytes in all
}

// Result is a package on a disk.
type Result struct {
	Version int `json:"version"` // Version
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Digest is the digest of the package, see validator.Package.Digest.
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
	// Edits says how the release was edited that Unpack has replaced, or that Rollback
	// went to by force: one file each, and after a hundred how many more there are.
	Edits []string `json:"edits"`
	// Kept is the directory with the edited release that Unpack has replaced.
	Kept string `json:"kept"`
	// Removed are the digests of the releases that were pruned, sorted, and
	// RemovedEdits the names in dir/releases of the edited ones that had been kept.
	Removed      []string `json:"removed"`
	RemovedEdits []string `json:"removedEdits"`
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
// with the package, and used again. One that cannot be read is an *fs.PathError, and is
// left alone: nobody knows whether it was edited.
//
// If it differs, somebody edited it, and it is replaced: the files of the package
// are written beside it, synced and read back, and then the two directories change
// places in one step. The edited one is kept as dir/releases/<digest>.edited-N,
// which Result.Kept names, until a later Unpack prunes. Only Linux has such a step.
// Elsewhere, and on file systems without it, a release that is not current is
// replaced in two steps, and for the current one the error is a *ChangedError and
// an errors.ErrUnsupported: move it away while the machine stands still, and unpack
// again.
//
// Whatever happens, current names a complete release that was read back and found
// right: the old one or the new one. On an error, a full disk or a cancellation,
// the old one stays and the new files are removed, unless they are a complete release
// already: that stays, and is not current. After a kill, the next Unpack removes what
// is not complete. Everything is synced before current changes, so that the same
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
// An invalid package is an *validator.InvalidError. Unpack is safe for use by many
// goroutines and processes: for one directory, one works and the others get
// ErrBusy. On a system without flock, among them Windows, there is no such lock;
// use one process at a time there. Errors of the system are an *fs.PathError.
//
// The result is nil unless the release is current. An error that comes with a
// result says what went wrong afterwards: that a loss of power could undo it, or
// that something could not be removed.
func Unpack(ctx context.Context, p *validator.Package, dir string, opts UnpackOptions) (*Result, error) {
	if p.Report() == nil {
		return nil, validator.ErrNoPackage
	}
	if !p.Report().Valid {
		return nil, &validator.InvalidError{Report: p.Report()}
	}
	if opts.Plain && opts.Prune {
		return nil, errors.New("a plain directory has no releases to prune")
	}
	src, err := sourceOf(ctx, p)
	if err != nil {
		return nil, err
	}
	src.progress = opts.Progress
	if dir, err = resolve(dir); err != nil {
		return nil, err
	}
	if opts.Plain {
		done, err := unpackPlain(ctx, disk{}, dir, src)
		if !done {
			return nil, err
		}
		return &Result{Version: Version, Digest: src.digest, Path: dir, Edits: []string{}, Removed: []string{}, RemovedEdits: []string{}}, err
	}
	src.signer = opts.Signer
	return unpack(ctx, disk{}, dir, src, opts.Prune)
}

// source is what becomes a release.
type source struct {
	// digest names the content: 64 lower-case hexadecimal digits.
	digest string
	// files holds what sums lists. Reading it fails when it is something else.
	files fs.FS
	sums  checksum.Manifest
	// show returns a name of the package as messages may have it.
	show func(name string) string
	// signer is who signed it; nil if nobody has checked.
	signer *Signer
	// total is the size of all files, and progress hears of it; nil if nobody does.
	total    int64
	progress func(Progress)
}

func sourceOf(ctx context.Context, p *validator.Package) (source, error) {
	src := source{files: p.FS()}
	for _, f := range p.Report().Files {
		src.total += f.Size
	}
	var err error
	if src.digest, err = p.Digest(ctx); err != nil {
		return source{}, err
	}
	search, err := secretscan.New(secretscan.Of(p.Policy()))
	if err != nil {
		return source{}, fmt.Errorf("policy: %w", err)
	}
	hider := hide.New(search)
	src.show = func(name string) string {
		hider.Clean(&name)
		return name
	}
	set, _ := zipfile.SetOf(p.FS()) // always there: the validator hands out nothing else
	for f := range set.Files() {
		src.sums = append(src.sums, checksum.Entry{Path: f.Name, Digest: f.SHA256})
	}
	return src, nil
}

func unpack(ctx context.Context, d disk, dir string, src source, prune bool) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := openStore(d, dir, true)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if prune && !s.locked {
		return nil, errCannotPrune
	}
	reused, err := s.install(ctx, src)
	if err != nil {
		return nil, s.intact(s.saysKept(err))
	}
	change, err := s.towards(src.digest)
	if err == nil {
		err = s.relink(ctx, change)
	}
	if err != nil {
		if s.current != src.digest {
			return nil, s.intact(s.saysKept(err))
		}
		s.late(err)
	}
	result := s.result()
	result.Reused = reused
	if s.kept != "" {
		result.Edits, result.Kept = s.edits, s.path(releasesDir, s.kept)
	}
	if prune {
		removed, edits := s.prune()
		result.Removed, result.RemovedEdits = append(result.Removed, removed...), append(result.RemovedEdits, edits...)
	}
	return result, s.afterwards()
}

// result describes how the directory is left.
func (s *store) result() *Result {
	return &Result{
		Version: Version, Digest: s.current, Path: s.path(releasesDir, s.current), Link: s.path(currentLink),
		Previous: s.otherPrevious(), Edits: []string{}, Removed: []string{}, RemovedEdits: []string{},
	}
}

// towards is how to make a release current, if it is not.
func (s *store) towards(digest string) (change []link, err error) {
	if s.current == digest {
		return nil, nil
	}
	back, err := s.wayBack()
	return append(back, link{currentLink, digest}), err
}

// wayBack is how to make the current release the previous one, if it is there.
func (s *store) wayBack() ([]link, error) {
	if found, err := s.holds(s.current); err != nil || !found {
		return nil, err
	}
	return []link{{previousLink, s.current}}, nil
}

// install makes sure that the source is in the releases.
func (s *store) install(ctx context.Context, src source) (reused bool, err error) {
	there, err := s.reuse(ctx, src)
	reused = there != nil
	var edited *ChangedError
	switch {
	case errors.As(err, &edited):
		there, err = s.repair(ctx, src, edited)
	case err == nil && !reused:
		there, err = s.add(ctx, src)
	}
	if err != nil {
		return false, err
	}
	if src.signer != nil {
		if err := s.writeRecord(src.digest, src.signer); err != nil {
			return false, err
		}
	}
	// Also for one that was there: whoever put it there may have been killed
	// before this.
	if err := s.syncDir(s.releases, ".", releasesDir); err != nil {
		return false, err
	}
	name := releasesDir + "/" + src.digest
	if err := isStill(s.root.Lstat, name, there); err != nil {
		return false, s.fail("create", name, err)
	}
	return reused, nil
}

// reuse is the directory of the source if it is there already, and otherwise nil.
// What has its name and is something else is an error.
func (s *store) reuse(ctx context.Context, src source) (fs.FileInfo, error) {
	if found, err := s.hasRelease(src.digest); err != nil || !found {
		return nil, err
	}
	name := releasesDir + "/" + src.digest
	root, err := openDir(s.releases, src.digest)
	if err != nil {
		return nil, s.fail("open", name, err)
	}
	defer root.Close()
	if err := src.verify(ctx, s.view(root)); err != nil {
		return nil, changed(s.path(releasesDir, src.digest), err, src.show)
	}
	info, err := root.Stat(".")
	if err != nil {
		return nil, s.fail("open", name, err)
	}
	return info, nil
}

// add writes the source beside the releases and then names it.
func (s *store) add(ctx context.Context, src source) (info fs.FileInfo, err error) {
	temp, err := s.stagingName()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.releases.RemoveAll(temp) // if not, the next one does
		}
	}()
	// Messages call it by its final name from the start.
	info, err = s.stage(ctx, s.releases, temp, s.path(releasesDir, src.digest), src)
	if err != nil {
		return nil, err
	}
	if err := s.rename(s.releases, temp, src.digest); err != nil {
		return nil, s.fail("create", releasesDir+"/"+src.digest, err)
	}
	return info, nil
}

// isStill makes sure that what stands at a name is what was put there.
func isStill(lstat func(string) (fs.FileInfo, error), name string, want fs.FileInfo) error {
	got, err := lstat(name)
	if err == nil && !os.SameFile(got, want) {
		err = errMeddled
	}
	return err
}

var (
	// ErrBusy reports that another Unpack or Rollback works on the directory.
	ErrBusy = errors.New("another unpack or rollback is in progress; try again when it is done")
	// ErrNoPrevious reports that there is no release to go back to.
	ErrNoPrevious = errors.New("there is no previous release to go back to")
	// ErrCurrent reports that the release to go to is the current one.
	ErrCurrent = errors.New("this release is current already")

	errName        = errors.New("is not a valid file name on this system")
	errReadBack    = errors.New("the disk does not hold what was written")
	errMeddled     = errors.New("was replaced by another process meanwhile")
	errIrregular   = errors.New("is not a regular file")
	errCannotPrune = fmt.Errorf("releases cannot be pruned here, because this system cannot lock them: %w", errors.ErrUnsupported)
)

// ForeignError reports something that stands where Unpack would put a release or a
// link, and that it did not make. It was left alone.
type ForeignError struct {
	Path   string
	Reason string
}

// Error is the path and the reason.
func (e *ForeignError) Error() string { return e.Path + ": " + e.Reason }

// ChangedError reports a release whose files are not those that its name, the
// digest, stands for. They were left alone.
type ChangedError struct {
	// Path is the directory of the release.
	Path string
	// Differences say what is wrong with it, one file each. There is at least one,
	// and after a hundred the last one says how many more there are.
	Differences []string
}

const maxInError = 3

// Error has up to three differences, on one line.
func (e *ChangedError) Error() string {
	list := e.Differences
	rest := ""
	if len(list) > maxInError {
		list, rest = list[:maxInError], "; and more"
	}
	return fmt.Sprintf("%s was changed after it was unpacked: %s%s", e.Path, strings.Join(list, "; "), rest)
}

// changed makes differences an error about a release. What the system does not let us
// read is not known to differ, and any other error of a verification means that it was
// not finished.
func changed(path string, err error, show func(name string) string) error {
	var diff *checksum.VerifyError
	if !errors.As(err, &diff) {
		return err
	}
	for _, e := range diff.Unreadable {
		if !errors.Is(e, checksum.ErrNotRegular) {
			return &fs.PathError{Op: "read", Path: filepath.Join(path, filepath.FromSlash(show(e.Path))), Err: cause.Of(e)}
		}
	}
	return &ChangedError{path, differences(diff, show)}
}

// differences are sentences about the files of a release.
func differences(diff *checksum.VerifyError, show func(string) string) []string {
	var list []string
	add := func(name, what string) { list = append(list, show(name)+" "+what) }
	for _, c := range diff.Changed {
		add(c.Path, "has another content")
	}
	for _, name := range diff.Missing {
		add(name, "is missing")
	}
	for _, name := range diff.Extra {
		add(name, "is not in the package")
	}
	for _, err := range diff.Unreadable {
		add(err.Path, "cannot be read: "+err.Err.Error())
	}
	return atMost(list)
}

// problemDifferences are those that a report lists.
func problemDifferences(report *validator.Report) []string {
	var list []string
	for _, p := range report.Problems {
		if p.Severity == validator.Error {
			list = append(list, p.Error())
		}
	}
	return atMost(list)
}

const maxDifferences = 100

func atMost(list []string) []string {
	if more := len(list) - maxDifferences; more > 0 {
		list = append(list[:maxDifferences:maxDifferences], fmt.Sprintf("and %d more", more))
	}
	return list
}

// path is a name in the directory as the caller knows it.
func (s *store) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// fail is an error about a slash path in the directory.
func (s *store) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: s.path(filepath.FromSlash(name)), Err: cause.Of(err)}
}

// Failure reports an error after which the same release is current as before.
type Failure struct {
	Err error // what went wrong
	// Link is the path of the link, and Current the release that it names: a
	// digest, or empty.
	Link, Current string
}

// Error returns what went wrong, and what is current.
func (e *Failure) Error() string {
	if e.Current == "" {
		return fmt.Sprintf("%v; %s is not there, as before", e.Err, e.Link)
	}
	return fmt.Sprintf("%v; %s is still %s", e.Err, e.Link, short(e.Current))
}

// Unwrap returns Err.
func (e *Failure) Unwrap() error { return e.Err }

func (s *store) intact(err error) error { return &Failure{err, s.path(currentLink), s.current} }

// short is a digest for messages: what tells it from others, and Rollback takes.
func short(digest string) string { return digest[:min(len(digest), 12)] }
