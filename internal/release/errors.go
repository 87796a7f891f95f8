package release

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/cause"
)

var (
	// ErrBusy says that another process, or another goroutine, is at work.
	ErrBusy = errors.New("another unpack or rollback is at work here; try again when it is done")
	// ErrNoPrevious says that there is nothing to go back to.
	ErrNoPrevious = errors.New("there is no previous release to go back to")
	// ErrCurrent says that a release is the current one already.
	ErrCurrent = errors.New("this release is current already")

	errName        = errors.New("is no name for a file on this system")
	errReadBack    = errors.New("the disk does not hold what was written")
	errMeddled     = errors.New("somebody replaced it meanwhile")
	errCannotPrune = fmt.Errorf("releases cannot be pruned here, because this system cannot lock them: %w", errors.ErrUnsupported)
)

// ForeignError is about something that stands where a release, or a link to one,
// belongs, and was not made by this package. It was left alone.
type ForeignError struct {
	Path   string
	Reason string
}

func (e *ForeignError) Error() string { return e.Path + ": " + e.Reason }

// UnsoundError is about a release with other files than its name says.
type UnsoundError struct {
	Path string
	Diff *checksum.VerifyError
}

func (e *UnsoundError) Error() string {
	return fmt.Sprintf("%s has other files than its name says: %v", e.Path, e.Diff)
}

// unsound makes differences an error about a release; any other error of a
// verification means that it was not finished.
func unsound(path string, err error) error {
	var diff *checksum.VerifyError
	if errors.As(err, &diff) {
		return &UnsoundError{path, diff}
	}
	return err
}

// path is a name in the directory as the caller knows it.
func (s *store) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// fail is an error about a slash path in the directory.
func (s *store) fail(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: s.path(filepath.FromSlash(name)), Err: cause.Of(err)}
}

// Failure is an error after which the same release is current as before.
type Failure struct {
	Err error
	// Link is the path of the link, and Current the release that it names: a
	// digest, or empty.
	Link, Current string
}

func (e *Failure) Error() string {
	if e.Current == "" {
		return e.Err.Error() + "; " + e.Link + " is not there, as before"
	}
	return e.Err.Error() + "; " + e.Link + " is still " + short(e.Current)
}

func (e *Failure) Unwrap() error { return e.Err }

func (s *store) intact(err error) error { return &Failure{err, s.path(currentLink), s.current} }

// short is a digest for messages: what tells it from others, and Rollback takes.
func short(digest string) string { return digest[:12] }
