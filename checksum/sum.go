package checksum

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/steady"
)

// Sum returns the digests of all regular files of fsys, but those of skip: paths
// of files, or of directories with all that is in them.
//
// Anything but regular files and directories fails with [ErrNotRegular], a path
// that cannot be listed with [ErrPath], and more than a manifest can hold with
// [ErrTooLarge]. Errors about a file are of type *fs.PathError. Once ctx is done
// Sum returns its error. Files are read in pieces, one after the other.
func Sum(ctx context.Context, fsys fs.FS, skip ...string) (Manifest, error) {
	var m Manifest
	var h hasher
	size := 0
	err := walk(ctx, fsys, skip, func(path string, err error) error {
		if err != nil {
			return err
		}
		if pathFault(path) != "" {
			return &fs.PathError{Op: "checksum", Path: path, Err: ErrPath}
		}
		if size += lineSize(path); size > MaxSize {
			return ErrTooLarge
		}
		digest, err := h.sum(ctx, fsys, path)
		m = append(m, Entry{path, digest})
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(m, byPath)
	return m, nil
}

func byPath(a, b Entry) int { return strings.Compare(a.Path, b.Path) }

// walk calls visit for every regular file, and with an error for everything that
// cannot be one or cannot be looked at. It goes on unless visit returns an error.
func walk(ctx context.Context, fsys fs.FS, skip []string, visit func(path string, err error) error) error {
	if fsys == nil {
		return errors.New("checksum: there is no file system to read")
	}
	return fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case slices.Contains(skip, path):
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case err != nil:
			return visit(path, pathError("read", path, err))
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return visit(path, &fs.PathError{Op: "checksum", Path: path, Err: ErrNotRegular})
		}
		return visit(path, nil)
	})
}

// pathError is err as an error about path.
func pathError(op, path string, err error) *fs.PathError {
	if pe, ok := err.(*fs.PathError); ok && pe.Path == path {
		return pe
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// hasher digests files one after the other through one buffer.
type hasher struct {
	buf []byte
}

func (h *hasher) sum(ctx context.Context, fsys fs.FS, path string) (d Digest, err error) {
	f, err := fsys.Open(path)
	if err != nil {
		return d, pathError("open", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return d, pathError("stat", path, err)
	}
	r := steady.Sized(f, info.Size())
	if h.buf == nil {
		h.buf = make([]byte, 128<<10)
	}
	sum := sha256.New()
	for {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		n, err := r.Read(h.buf)
		sum.Write(h.buf[:n])
		if err == io.EOF {
			sum.Sum(d[:0])
			return d, nil
		}
		if err != nil {
			return d, pathError("read", path, err)
		}
	}
}
