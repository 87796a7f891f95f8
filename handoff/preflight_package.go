package handoff

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/printable"
	"github.com/anolishq/anolis-handoff/validator"
)

// packageItself repeats the verdict on the package. Files that are in no checksum
// list do not count: a directory in which a machine runs has the programs of the
// providers and what the runtime writes, too.
func (f *preflight) packageItself(report *validator.Report) {
	more := map[string]bool{}
	for _, p := range report.Problems {
		if p.Code == validator.CodeChecksumsUnlisted {
			more[p.File] = true
		}
	}
	errors := 0
	for _, p := range report.Problems {
		if p.Severity == validator.Error && !more[p.File] {
			errors++
		}
	}
	c := Check{Kind: "package", Status: CheckOK, Subject: report.Package, Message: "is valid", Profiles: slices.Clone(f.profiles)}
	switch {
	case errors > 0 || !report.Valid && len(more) == 0:
		c.Status = CheckFailed
		c.Message = "is not valid: " + printable.Count(errors, "error")
		c.Hint = "see what is wrong with anpkg validate, and do not run the machine with it"
	case len(more) > 0:
		c.Message = "is valid; its directory has " + printable.Count(len(more), "more file")
	}
	f.checks = append(f.checks, &openCheck{Check: c})
}

// directory looks for the directory that relative paths begin in. If it is not
// there, neither is any of them.
func (f *preflight) directory() {
	if f.target.Dir == "" || f.target.Stat == nil {
		return // and relative paths are skipped
	}
	c := Check{Kind: "directory", Status: CheckOK, Subject: f.target.Dir, Message: "is there", Profiles: slices.Clone(f.profiles)}
	info, err := f.target.stat(f.target.Dir)
	switch {
	case err == nil && info.IsDir():
	case err == nil:
		c.Message = "is a " + typeName(info.Mode()) + ", not a directory"
	case errors.Is(err, fs.ErrNotExist):
		c.Message = "is not there"
	default:
		c.Message = "cannot be looked at: " + f.reason(err)
	}
	if c.Message != "is there" {
		c.Status, c.Hint = CheckFailed, "unpack the package there"
		f.noDir = true
	}
	f.checks = append(f.checks, &openCheck{Check: c})
}
