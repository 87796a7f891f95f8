package handoff

import (
	"context"
	"errors"
	"io"

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
