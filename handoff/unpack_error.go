package handoff

import (
	"errors"
	"fmt"
	"strings"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/release"
	"github.com/anolishq/anolis-handoff/validator"
)

var (
	// ErrBusy says that another Unpack or Rollback works on the directory.
	ErrBusy = release.ErrBusy
	// ErrNoPrevious says that there is no release to go back to.
	ErrNoPrevious = release.ErrNoPrevious
	// ErrCurrent says that the release to go to is the current one.
	ErrCurrent = release.ErrCurrent
)

// ForeignError is about something that stands where Unpack would put a release
// or a link, and that it did not make. It was left alone.
type ForeignError struct {
	Path   string
	Reason string
}

// Error is the path and the reason.
func (e *ForeignError) Error() string { return e.Path + ": " + e.Reason }

// ReleaseError is about a release whose files are not those that its name, the
// digest, stands for. They were left alone.
type ReleaseError struct {
	// Path is the directory of the release.
	Path string
	// Differences say what is wrong with it, one file each. There is at least one,
	// and after a hundred the last one says how many more there are.
	Differences []string
}

const maxInError = 3

// Error has up to three differences, on one line.
func (e *ReleaseError) Error() string {
	list := e.Differences
	rest := ""
	if len(list) > maxInError {
		list, rest = list[:maxInError], "; and more"
	}
	return fmt.Sprintf("%s was changed after it was unpacked: %s%s", e.Path, strings.Join(list, "; "), rest)
}

// releaseError gives errors of package release their public form, with names as
// show has them.
func releaseError(err error, show func(name string) string) error {
	var failure *release.Failure
	var foreign *release.ForeignError
	var unsound *release.UnsoundError
	switch {
	case errors.As(err, &failure):
		return &release.Failure{Err: releaseError(failure.Err, show), Link: failure.Link, Current: failure.Current}
	case errors.As(err, &foreign):
		return &ForeignError{foreign.Path, foreign.Reason}
	case errors.As(err, &unsound):
		return &ReleaseError{unsound.Path, differences(unsound.Diff, show)}
	}
	return err
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

// problemDifferences are those that a report tells of.
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
