package validator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/redact"
)

// Package is a validated, read-only package: what every verb works on. Its content
// cannot change: each file is verified against the report whenever it is read, and
// a source that changed gives an error, never other content.
//
// A Package is safe for concurrent use if what it was opened from is, as files and
// directories are. Close it when it came from a path or
// a stream. The zero Package is closed:
// it has no report, and everything that needs its content returns ErrNoPackage.
type Package struct {
	files  fs.FS
	report *Report
	policy *redact.Policy
	limits Limits
	close  func() error
	// runtime is the version on the target, or "" for the one that the package pins.
	runtime string
}

// ErrNoPackage reports a nil Package, or the zero one, that was not opened.
var ErrNoPackage = errors.New("no package was opened")

// OpenOptions configures Open, OpenFS, OpenPath and OpenReader. The zero value uses the
// defaults.
type OpenOptions struct {
	// Options configures the validation. Its Policy also says which values are
	// never shown.
	Options

	// AllowInvalid opens a package whose content is not valid, to look into it.
	// It does not open a zip file with a fault, or a directory with a symbolic
	// link in it: what they hold is not certain.
	AllowInvalid bool

	// TempDir is where OpenReader stores an archive while the package is open. The
	// default is the system's directory for temporary files.
	TempDir string
}

// InvalidError reports a package that was not opened, or not written, because it
// is not valid.
type InvalidError struct {
	// Report is the verdict. Its Package is the path of the file, and empty for a
	// stream.
	Report *Report
}

// Error returns one line for each error of the report.
func (e *InvalidError) Error() string {
	text := "the package is not valid"
	if err := e.Unwrap(); err != nil {
		text += ":\n" + err.Error()
	}
	return text
}

// Unwrap returns the ProblemList of the report.
func (e *InvalidError) Unwrap() error {
	if e.Report == nil {
		return nil
	}
	return e.Report.Err()
}

// Open validates and opens the archive of size bytes in r. An invalid package is
// an *InvalidError; every other error means that the validation did not finish.
func Open(ctx context.Context, r io.ReaderAt, size int64, opts OpenOptions) (*Package, error) {
	v, err := archiveValidation(ctx, r, size, opts.Options)
	if err != nil {
		return nil, err
	}
	return v.open(opts)
}

// OpenFS validates and opens an unpacked package. Errors are as for Open.
func OpenFS(ctx context.Context, fsys fs.FS, opts OpenOptions) (*Package, error) {
	v, err := fsValidation(ctx, fsys, opts.Options)
	if err != nil {
		return nil, err
	}
	return v.open(opts)
}

// OpenPath validates and opens the package at a path: an archive, the directory of an
// unpacked one, or a directory with releases, of which it opens the current one.
// Nothing outside of it is read. The Package of the report
// is the path. Errors are as for Open, or an *fs.PathError. The caller must Close
// the package.
func OpenPath(ctx context.Context, path string, opts OpenOptions) (*Package, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := openFolder(path)
		if err != nil {
			return nil, err
		}
		p, err := OpenFS(ctx, root.FS(), opts)
		return p.from(path, root, err)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait
		return nil, &fs.PathError{Op: "open", Path: path, Err: errIrregular}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	p, err := Open(ctx, f, info.Size(), opts)
	return p.from(path, f, err)
}

var errIrregular = errors.New("is not a regular file")

// from makes a package, which is nil if there is an error, the owner of what it
// is read from.
func (p *Package) from(path string, source io.Closer, err error) (*Package, error) {
	var invalid *InvalidError
	switch {
	case errors.As(err, &invalid):
		invalid.Report.Package = path
	case err == nil:
		p.report.Package = path
		p.close = source.Close
		return p, nil
	}
	source.Close() // nothing was written to it
	return nil, err
}

// open returns what was validated, if its content is certain and may be invalid.
func (v *validation) open(opts OpenOptions) (*Package, error) {
	if len(v.refused) > 0 || v.files == nil || !v.report.Valid && !opts.AllowInvalid {
		return nil, &InvalidError{v.report}
	}
	return &Package{files: v.files, report: v.report, policy: opts.Policy, limits: v.limits, runtime: opts.RuntimeVersion}, nil
}

// FS returns the content of the package as a read-only file system; nil for the
// zero Package.
func (p *Package) FS() fs.FS {
	if p == nil {
		return nil
	}
	return p.files
}

// Report returns the verdict on the package. It is valid unless
// OpenOptions.AllowInvalid was set. The caller must not change it.
func (p *Package) Report() *Report {
	if p == nil {
		return nil
	}
	return p.report
}

// Policy returns the policy that the package was opened with: what it calls a
// secret is shown by no verb. Nil stands for redact.Default(). The caller must not
// change it.
func (p *Package) Policy() *redact.Policy {
	if p == nil {
		return nil
	}
	return p.policy
}

// Limits returns the limits that the package was opened with.
func (p *Package) Limits() Limits {
	if p == nil {
		return Limits{}.OrDefault()
	}
	return p.limits.OrDefault()
}

// RuntimeVersion returns the Options.RuntimeVersion that the package was opened with.
func (p *Package) RuntimeVersion() string {
	if p == nil {
		return ""
	}
	return p.runtime
}

// Digest returns the SHA-256 of the package in its canonical form, in lower-case
// hexadecimal: a name for the content, the same for an archive, its unpacked files
// and an archive that another tool made of them. For a canonical archive it is the
// SHA-256 of the file.
func (p *Package) Digest(ctx context.Context) (string, error) {
	if p == nil || p.files == nil {
		return "", ErrNoPackage
	}
	if p.report.Canonical && p.report.SHA256 != "" {
		return p.report.SHA256, nil
	}
	set, _ := zipfile.SetOf(p.files) // always there: a validation makes nothing else
	h := sha256.New()
	if _, err := set.Write(ctx, h, nil); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Close releases what OpenPath or OpenReader opened. Nothing can be read from the package then.
func (p *Package) Close() error {
	if p == nil || p.close == nil {
		return nil
	}
	return p.close()
}
