package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// tempDir is a folder that only this process uses and only its user can enter.
type tempDir struct{ path string }

func newTempDir(parent string) (*tempDir, error) {
	path, err := os.MkdirTemp(parent, "workbench-http-*") // mode 0700
	if err != nil {
		return nil, err
	}
	return &tempDir{path}, nil
}

func (d *tempDir) remove() { os.RemoveAll(d.path) }

// tempFile is a file of bounded size that is gone after Close.
type tempFile struct {
	f        *os.File
	size     int64
	max      int64
	unlinked bool
}

// file makes an empty file.
func (d *tempDir) file(max int64) (*tempFile, error) {
	f, err := os.CreateTemp(d.path, "")
	if err != nil {
		return nil, err
	}
	// Where an open file can be removed, not even a crash leaves it behind.
	return &tempFile{f: f, max: max, unlinked: os.Remove(f.Name()) == nil}, nil
}

func (t *tempFile) Close() error {
	err := t.f.Close()
	if !t.unlinked {
		err = errors.Join(err, os.Remove(t.f.Name()))
	}
	return err
}

// sizeError reports that a file would become too large.
type sizeError struct{ max int64 }

func (e *sizeError) Error() string { return fmt.Sprintf("larger than %d bytes", e.max) }

func (t *tempFile) Write(p []byte) (int, error) {
	if int64(len(p)) > t.max-t.size {
		return 0, &sizeError{t.max}
	}
	n, err := t.f.Write(p)
	t.size += int64(n)
	return n, err
}

// ReadAt makes a tempFile an io.ReaderAt.
func (t *tempFile) ReadAt(p []byte, off int64) (int, error) { return t.f.ReadAt(p, off) }

// reader reads the file from its start.
func (t *tempFile) reader() io.Reader { return io.NewSectionReader(t.f, 0, t.size) }
