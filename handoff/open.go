package handoff

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/anolishq/anolis-handoff/validator"
)

// OpenOptions is how a package is opened. The zero value is a good choice.
type OpenOptions struct {
	// Validation is how the package is validated. Its Policy also says which
	// values are never shown.
	Validation validator.Options

	// AllowInvalid opens a package whose content is not valid, to look into it.
	// It does not open a zip file with a fault, or a directory with a symbolic
	// link in it: what they hold is not certain.
	AllowInvalid bool
}

// Open opens the archive of size bytes in r. An invalid package is an
// *InvalidError; every other error means that the validation did not finish.
func Open(ctx context.Context, r io.ReaderAt, size int64, opts OpenOptions) (*Package, error) {
	files, report, err := validator.OpenArchive(ctx, r, size, opts.Validation)
	if err != nil {
		return nil, err
	}
	return newPackage(files, report, opts)
}

// OpenFS opens an unpacked package. Errors are as for Open.
func OpenFS(ctx context.Context, fsys fs.FS, opts OpenOptions) (*Package, error) {
	files, report, err := validator.OpenFS(ctx, fsys, opts.Validation)
	if err != nil {
		return nil, err
	}
	return newPackage(files, report, opts)
}

// OpenPath opens the package at a path: an archive, or the directory of an
// unpacked one, outside of which nothing is read. The Package of the report is
// the path. Errors are as for Open, or an *fs.PathError. The caller must Close
// the package.
func OpenPath(ctx context.Context, path string, opts OpenOptions) (*Package, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path)
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

// OpenProject is the package that an export of the project would write, without
// writing it: to compare it with another one. The errors are those of Export. The
// project must stay in place as long as the package is used.
func OpenProject(ctx context.Context, project fs.FS, opts ExportOptions) (*Package, error) {
	pkg, report, err := build(ctx, project, opts)
	if err != nil {
		return nil, err
	}
	validation := opts.Validation
	if validation.Policy == nil {
		validation.Policy = opts.Policy
	}
	return newPackage(pkg.FS(), report, OpenOptions{Validation: validation, AllowInvalid: opts.AllowInvalid})
}
