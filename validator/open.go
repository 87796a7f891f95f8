package validator

import (
	"context"
	"io"
	"io/fs"
)

// OpenArchive is Archive that also hands out what it has validated: a read-only
// file system of the files in the report, which reads from r. Each file is
// verified against the report whenever it is read, so that an archive that
// changes meanwhile gives an error and never other content. It is safe for
// concurrent use if r is.
//
// The file system is nil if the zip file has a fault, so that nobody could say
// for sure what it holds. It is there for a package that is invalid for its
// content: look at the report before you trust it.
func OpenArchive(ctx context.Context, r io.ReaderAt, size int64, opts Options) (fs.FS, *Report, error) {
	v, err := archiveValidation(ctx, r, size, opts)
	if err != nil {
		return nil, nil, err
	}
	return v.trusted(), v.report, nil
}

// OpenFS is FS that also hands out what it has validated, as OpenArchive does.
// The file system is nil if an entry of fsys was refused, such as a symbolic
// link.
func OpenFS(ctx context.Context, fsys fs.FS, opts Options) (fs.FS, *Report, error) {
	v, err := fsValidation(ctx, fsys, opts)
	if err != nil {
		return nil, nil, err
	}
	return v.trusted(), v.report, nil
}

// trusted is the content of the package if that is certain, and nil otherwise.
func (v *validation) trusted() fs.FS {
	if len(v.refused) > 0 {
		return nil
	}
	return v.files
}
