package archive

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
)

var (
	errIsDir  = errors.New("is a directory")
	errNotDir = errors.New("not a directory")
)

// openBytes is an open file whose content is in memory.
type openBytes struct {
	*bytes.Reader
	info info
}

func (f *openBytes) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openBytes) Close() error               { return nil }

// openFile is an open file whose content is read, and verified, from elsewhere.
type openFile struct {
	io.ReadCloser
	info info
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// openDir is an open directory.
type openDir struct {
	*node
	path string
	next int // child that ReadDir returns next
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: errIsDir}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := d.children[d.next:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	d.next += len(rest)
	return slices.Clone(rest), nil
}
