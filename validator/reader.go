package validator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrEmpty reports a stream that ended before its first byte: whatever should have
// sent a package probably failed.
var ErrEmpty = errors.New("is empty; the program that should send a package may have failed")

// ValidateReader validates the archive that r yields, as Archive does. An archive is
// read from its end, so it is stored first: in a temporary file of no
// more bytes than the largest archive within the limits has, which is gone when
// ValidateReader returns. A longer stream, and an empty one
// (ErrEmpty), is an error.
//
// ValidateReader returns when ctx is done, even if r blocks. A Read that is then
// still waiting ends when r yields something.
func ValidateReader(ctx context.Context, r io.Reader, opts Options) (*Report, error) {
	file, size, err := spool(ctx, r, "", opts.Limits.MaxArchive())
	if err != nil {
		return nil, err
	}
	defer file.Close() // it was only read, and is gone
	return Archive(ctx, file, size, opts)
}

// OpenReader validates and opens the archive that r yields, as Open does. It is
// stored as by ValidateReader, until the package is closed. The caller must Close
// the package.
func OpenReader(ctx context.Context, r io.Reader, opts OpenOptions) (*Package, error) {
	file, size, err := spool(ctx, r, opts.TempDir, opts.Limits.MaxArchive())
	if err != nil {
		return nil, err
	}
	p, err := Open(ctx, file, size, opts)
	return p.from("", file, err)
}

// temporary is a file that is gone when it is closed.
type temporary struct {
	*os.File
	gone bool // it has no name any more
}

// newTemporary makes a file in a directory; "" is the system's for temporary files.
// Where the system allows it, the file has no name from the start, so that nothing
// is left of it even when the process is killed.
func newTemporary(dir string) (*temporary, error) {
	f, err := os.CreateTemp(dir, "anpkg-*.tmp")
	if err != nil {
		return nil, err
	}
	return &temporary{f, os.Remove(f.Name()) == nil}, nil
}

func (t *temporary) Close() error {
	err := t.File.Close()
	if !t.gone {
		err = errors.Join(err, os.Remove(t.Name()))
	}
	return err
}

// spool copies at most that many bytes of r to a temporary file.
func spool(ctx context.Context, r io.Reader, dir string, most int64) (*temporary, int64, error) {
	if r == nil {
		return nil, 0, errors.New("validator: there is no reader to read a package from")
	}
	file, err := newTemporary(dir)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot be stored: %v", err) // with the path, which tells where
	}
	type copied struct {
		size int64
		err  error
	}
	done := make(chan copied, 1)
	go func() { // reading a pipe cannot be interrupted
		// Not a method of the file: its errors do not say which side failed.
		size, err := io.Copy(struct{ io.Writer }{file.File}, io.LimitReader(r, most))
		var full *fs.PathError
		switch {
		case err == nil && size == 0:
			err = ErrEmpty
		case err == nil && size == most:
			err = atEnd(r, most)
		case errors.As(err, &full) && full.Path == file.Name():
			err = fmt.Errorf("cannot be stored in %s: %w", filepath.Dir(full.Path), full.Err)
		}
		done <- copied{size, err}
	}()
	select {
	case c := <-done:
		if c.err == nil {
			return file, c.size, nil
		}
		err = c.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	file.Close() // which ends the copying, too
	return nil, 0, err
}

// atEnd returns an error when there is more to read.
func atEnd(r io.Reader, most int64) error {
	n, err := io.ReadFull(r, make([]byte, 1))
	switch {
	case n > 0:
		return fmt.Errorf("has more than %d bytes, which is over the limits", most)
	case err == io.EOF:
		return nil
	}
	return err
}
