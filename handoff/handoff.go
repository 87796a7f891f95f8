package handoff

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/validator"
)

// Package, OpenOptions and InvalidError are those of package validator, where
// their documentation is.
type (
	Package      = validator.Package
	OpenOptions  = validator.OpenOptions
	InvalidError = validator.InvalidError
)

// Open validates and opens the archive of size bytes in r. An invalid package is
// an *InvalidError; every other error means that the validation did not finish.
func Open(ctx context.Context, r io.ReaderAt, size int64, opts OpenOptions) (*Package, error) {
	return validator.Open(ctx, r, size, opts)
}

// OpenFS validates and opens an unpacked package. Errors are as for Open.
func OpenFS(ctx context.Context, fsys fs.FS, opts OpenOptions) (*Package, error) {
	return validator.OpenFS(ctx, fsys, opts)
}

// OpenPath validates and opens the package at a path: an archive, or the directory
// of an unpacked one. The caller must Close it. Errors are as for Open, or an
// *fs.PathError.
func OpenPath(ctx context.Context, path string, opts OpenOptions) (*Package, error) {
	return validator.OpenPath(ctx, path, opts)
}

// OpenReader validates and opens the archive that r yields, which is stored in a
// temporary file. The caller must Close it: validator.OpenReader.
func OpenReader(ctx context.Context, r io.Reader, opts OpenOptions) (*Package, error) {
	return validator.OpenReader(ctx, r, opts)
}

// OpenProject opens the package that an export of the project would write, without
// writing it: to compare it with another one. The errors are those of Export. The
// project must stay in place as long as the package is used.
func OpenProject(ctx context.Context, project fs.FS, opts ExportOptions) (*Package, error) {
	pkg, err := exporter.Build(ctx, project, opts.Options)
	if err != nil {
		return nil, err
	}
	validation := opts.Validation
	if validation.Policy == nil {
		validation.Policy = opts.Policy
	}
	p, err := validator.OpenFS(ctx, pkg.FS(), OpenOptions{Options: validation, AllowInvalid: opts.AllowInvalid})
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return nil, &InvalidError{Report: inProject(invalid.Report, pkg.Source, nil)}
	}
	return p, err
}

// Validate returns the verdict on the archive of size bytes in r. A bad package is
// a report; an error means that the validation did not finish.
func Validate(ctx context.Context, r io.ReaderAt, size int64, opts validator.Options) (*validator.Report, error) {
	return validator.Archive(ctx, r, size, opts)
}

// ValidateReader returns the verdict on the archive that r yields, which is stored in
// a temporary file: validator.ValidateReader.
func ValidateReader(ctx context.Context, r io.Reader, opts validator.Options) (*validator.Report, error) {
	return validator.ValidateReader(ctx, r, opts)
}

// ValidatePath returns the verdict on the package at a path: an archive, or the
// directory of an unpacked one. Nothing outside of the directory is read. The
// Package of the report is the path.
func ValidatePath(ctx context.Context, path string, opts validator.Options) (*validator.Report, error) {
	p, err := OpenPath(ctx, path, OpenOptions{Options: opts})
	var invalid *InvalidError
	switch {
	case errors.As(err, &invalid):
		return invalid.Report, nil
	case err != nil:
		return nil, err
	}
	return p.Report(), p.Close()
}

// Inspect sums up what a package says about its machine: inspect.Package.
func Inspect(ctx context.Context, p *Package) (*inspect.Report, error) {
	return inspect.Package(ctx, p)
}

// Diff reports what changed for the machine from one package to another, ranked by
// risk: diff.Packages.
func Diff(ctx context.Context, old, new *Package) (*diff.Report, error) {
	return diff.Packages(ctx, old, new)
}

// Sheet writes a document about the machine, to read, to print and to sign: sheet.Write.
func Sheet(ctx context.Context, w io.Writer, p *Package, opts sheet.Options) error {
	return sheet.Write(ctx, w, p, opts)
}

// Unpack makes a package the current release of a directory: release.Unpack.
func Unpack(ctx context.Context, p *Package, dir string, opts release.UnpackOptions) (*release.Result, error) {
	return release.Unpack(ctx, p, dir, opts)
}

// Rollback makes the previous release of a directory current again, or another
// one: release.Rollback.
func Rollback(ctx context.Context, dir string, opts release.RollbackOptions) (*release.Result, error) {
	return release.Rollback(ctx, dir, opts)
}

// Status reports what is installed in a directory that Unpack made: release.Status.
func Status(ctx context.Context, dir string, limits validator.Limits) (*release.StatusReport, error) {
	return release.Status(ctx, dir, limits)
}

// Drift reports what was changed in an unpacked package: release.Drift.
func Drift(ctx context.Context, p *Package, unpacked fs.FS) (*release.DriftReport, error) {
	return release.Drift(ctx, p, unpacked)
}

// DriftPath reports what was changed in the release of a directory:
// release.DriftPath.
func DriftPath(ctx context.Context, p *Package, dir string) (*release.DriftReport, error) {
	return release.DriftPath(ctx, p, dir)
}

// Reproduce reports whether a project still gives a package, and if not, why:
// reproduce.Project.
func Reproduce(ctx context.Context, p *Package, project fs.FS, opts reproduce.Options) (*reproduce.Report, error) {
	return reproduce.Project(ctx, p, project, opts)
}

// Preflight reports whether a machine has what a package needs: preflight.Check.
func Preflight(ctx context.Context, p *Package, target preflight.Target, opts preflight.Options) (*preflight.Report, error) {
	return preflight.Check(ctx, p, target, opts)
}
