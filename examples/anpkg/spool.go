package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/validator"
)

var errEmptyInput = errors.New("is empty; the program that should send a package may have failed")

// temporary is a file that nobody else has.
type temporary struct {
	*os.File
	gone bool // it has no name any more
}

// newTemporary makes a file in the system's folder for temporary files. Where
// the system allows it, the file has no name from the start, so that nothing
// is left of it even when the process is killed.
func newTemporary() (*temporary, error) {
	f, err := os.CreateTemp("", "anpkg-*.tmp")
	if err != nil {
		return nil, err
	}
	return &temporary{f, os.Remove(f.Name()) == nil}, nil
}

// remove closes and deletes the file.
func (t *temporary) remove() {
	t.Close()
	if !t.gone {
		os.Remove(t.Name())
	}
}

// spool copies a package from standard input to a temporary file, because an
// archive is read from its end. It takes no more bytes than the largest archive
// within the limits has. When ctx is done it returns, even if nothing comes in.
func spool(ctx context.Context, in io.Reader, limits validator.Limits) (*temporary, int64, error) {
	if isTerminal(in) {
		return nil, 0, errors.New("is a terminal; pipe a package into it")
	}
	file, err := newTemporary()
	if err != nil {
		return nil, 0, fmt.Errorf("cannot be stored: %v", err) // with the path, which tells where
	}
	type copied struct {
		size int64
		err  error
	}
	most := limits.MaxArchive()
	done := make(chan copied, 1)
	go func() { // reading a pipe cannot be interrupted
		// Not a method of the file: its errors do not say which side failed.
		size, err := io.Copy(struct{ io.Writer }{file.File}, io.LimitReader(in, most))
		var full *fs.PathError
		switch {
		case err == nil && size == 0:
			err = errEmptyInput
		case err == nil && size == most:
			err = atEnd(in, most)
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
	file.remove() // which ends the copying, too
	return nil, 0, err
}

// atEnd gives an error when there is more to read.
func atEnd(in io.Reader, most int64) error {
	n, err := io.ReadFull(in, make([]byte, 1))
	switch {
	case n > 0:
		return fmt.Errorf("has more than %d bytes, which is over the limits", most)
	case err == io.EOF:
		return nil
	}
	return err
}
