package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/validator"
)

// Package is a package that was validated, to be looked into and compared. Its
// content cannot change: each file is verified whenever it is read, and a source
// that changed gives an error, never other content.
//
// A Package is safe for concurrent use if what it was opened from is, as files
// and directories are. Close it when it came from a path.
type Package struct {
	files  fs.FS
	report *validator.Report
	hider  *display.Hider
	limits validator.Limits
	close  func() error
}

// newPackage makes a package of what a validator handed out.
func newPackage(files fs.FS, report *validator.Report, opts OpenOptions) (*Package, error) {
	if files == nil || !report.Valid && !opts.AllowInvalid {
		return nil, &InvalidError{report}
	}
	hider, err := display.New(opts.Validation.Policy)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return &Package{files: files, report: report, hider: hider, limits: opts.Validation.Limits.OrDefault()}, nil
}

// FS is the content of the package as a read-only file system.
func (p *Package) FS() fs.FS { return p.files }

// Report is the verdict on the package. It is valid unless
// OpenOptions.AllowInvalid was set. The caller must not change it.
func (p *Package) Report() *validator.Report { return p.report }

// Digest is the SHA-256 of the package in its canonical form, in lower-case
// hexadecimal: a name for the content, the same for an archive, its unpacked
// files and an archive that another tool made of them. For a canonical archive
// it is the SHA-256 of the file.
func (p *Package) Digest(ctx context.Context) (string, error) {
	if p.report.Canonical && p.report.SHA256 != "" {
		return p.report.SHA256, nil
	}
	set, _ := archive.SetOf(p.files) // always there: the validator hands out nothing else
	h := sha256.New()
	if _, err := set.Write(ctx, h, nil); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Close releases what OpenPath opened. Nothing can be read from the package then.
func (p *Package) Close() error {
	if p.close == nil {
		return nil
	}
	return p.close()
}
