package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/exporter"
)

// Result is what an export has written.
type Result struct {
	// Size is the number of bytes of the package.
	Size int64
	// SHA256 is the digest of the package in lower-case hexadecimal.
	SHA256 string
	// Notes is what a person should know about the package.
	Notes []exporter.Note
}

// Export writes the package of a project to w. Nothing is written when the
// project has a problem; after any other error w holds an unusable part.
func Export(ctx context.Context, w io.Writer, project fs.FS, opts exporter.Options) (*Result, error) {
	pkg, err := exporter.Build(ctx, project, opts)
	if err != nil {
		return nil, err
	}
	return write(ctx, w, pkg)
}

func write(ctx context.Context, w io.Writer, pkg *exporter.Package) (*Result, error) {
	digest := sha256.New()
	size, err := pkg.Write(ctx, io.MultiWriter(w, digest))
	if err != nil {
		return nil, err
	}
	return &Result{Size: size, SHA256: hex.EncodeToString(digest.Sum(nil)), Notes: pkg.Notes()}, nil
}

// ExportFile writes the package of the project in directory dir to the file
// out. An empty opts.Name is the name of the directory.
//
// Nothing outside of dir is read, not even through symbolic links. The file
// appears at once and complete: the package goes to a temporary file beside
// out, which is synced and renamed. On any failure, cancellation or crash, what
// was at out stays as it was; a crash may leave the temporary file behind,
// whose name begins with a dot and the name of out. A symbolic link at out is
// replaced and what it points to left alone; a directory or device at out is
// an error.
//
// The result is nil unless the package is at out. The one error that comes with
// a result is that of syncing the directory: a power loss could then undo it.
//
// Many goroutines and processes may export to one file: it is then the package
// of one of them.
func ExportFile(ctx context.Context, dir, out string, opts exporter.Options) (*Result, error) {
	if err := checkTarget(out); err != nil { // before the long work
		return nil, err
	}
	if opts.Name == "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("project directory: %w", err)
		}
		opts.Name = filepath.Base(abs)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &fs.PathError{Op: "project directory", Path: dir, Err: bare(err)}
	}
	defer root.Close()
	pkg, err := exporter.Build(ctx, root.FS(), opts)
	if err != nil {
		return nil, err
	}
	var result *Result
	err = replaceFile(ctx, out, func(w io.Writer) error {
		result, err = write(ctx, w, pkg)
		return err
	})
	var unsynced *unsyncedError
	if err != nil && !errors.As(err, &unsynced) {
		return nil, err
	}
	return result, err
}

// bare drops the path that an error repeats.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
