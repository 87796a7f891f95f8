package handoff

import (
	"context"
	"io"
	"io/fs"

	"github.com/anolishq/anolis-handoff/exporter"
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

// OpenProject is the package that an export of the project would write, without
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
	return validator.OpenFS(ctx, pkg.FS(), OpenOptions{Options: validation, AllowInvalid: opts.AllowInvalid})
}
