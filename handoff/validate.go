package handoff

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/anolishq/anolis-handoff/validator"
)

// Validate gives the verdict on the archive of size bytes in r. A bad package is
// a report; an error means that the validation did not finish.
func Validate(ctx context.Context, r io.ReaderAt, size int64, opts validator.Options) (*validator.Report, error) {
	return validator.Archive(ctx, r, size, opts)
}

// ValidatePath gives the verdict on the package at a path: an archive, or the
// directory of an unpacked one. Nothing outside of the directory is read. The
// Package of the report is the path.
func ValidatePath(ctx context.Context, path string, opts validator.Options) (*validator.Report, error) {
	report, err := validatePath(ctx, path, opts)
	if report != nil {
		report.Package = path
	}
	return report, err
}

var errIrregular = errors.New("is not a regular file")

func validatePath(ctx context.Context, path string, opts validator.Options) (*validator.Report, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return validator.FS(ctx, root.FS(), opts)
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait
		return nil, &fs.PathError{Op: "open", Path: path, Err: errIrregular}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	return validator.Archive(ctx, f, info.Size(), opts)
}
