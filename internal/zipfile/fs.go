package zipfile

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"
)

// FS returns the files as a read-only file system. It also implements
// fs.ReadDirFS, fs.ReadFileFS and fs.StatFS. Every file has mode 0644, every
// directory 0755, and both the time 1980-01-01 00:00 UTC.
//
// A file that is not what it was when hashed fails with a [*ChangedError], at the
// latest when it is read to its end. The file system is safe for use by many
// goroutines, a file opened from it by one.
func (s *Set) FS() fs.FS {
	fsys := &fileSystem{set: s, nodes: map[string]*node{".": {info: info{name: ".", dir: true}}}}
	for _, e := range s.entries {
		child := &node{info: info{name: path.Base(e.Name), size: e.Size}, file: e.File}
		fsys.nodes[e.Name] = child
		for dir := path.Dir(e.Name); ; dir = path.Dir(dir) {
			p, known := fsys.nodes[dir]
			if !known {
				p = &node{info: info{name: path.Base(dir), dir: true}}
				fsys.nodes[dir] = p
			}
			p.children = append(p.children, child.info)
			if known {
				break
			}
			child = p
		}
	}
	for _, n := range fsys.nodes {
		slices.SortFunc(n.children, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	}
	return fsys
}

type fileSystem struct {
	set   *Set
	nodes map[string]*node // by path
}

type node struct {
	info
	file     File          // of a file
	children []fs.DirEntry // of a directory, sorted by name
}

func (fsys *fileSystem) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, ok := fsys.nodes[name]
	if !ok {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return n, nil
}

func (fsys *fileSystem) Open(name string) (fs.File, error) {
	n, err := fsys.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case n.dir:
		return &openDir{node: n, path: name}, nil
	case n.file.open == nil:
		return &openBytes{bytes.NewReader(n.file.data), n.info}, nil
	}
	r, err := n.file.Open()
	if err != nil {
		return nil, err
	}
	return &openFile{r, n.info}, nil
}

func (fsys *fileSystem) Stat(name string) (fs.FileInfo, error) {
	n, err := fsys.find("stat", name)
	if err != nil {
		return nil, err
	}
	return n.info, nil
}

func (fsys *fileSystem) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := fsys.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNotDir}
	}
	return slices.Clone(n.children), nil
}

func (fsys *fileSystem) ReadFile(name string) ([]byte, error) {
	n, err := fsys.find("read", name)
	switch {
	case err != nil:
		return nil, err
	case n.dir:
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	case n.file.open == nil:
		return append([]byte{}, n.file.data...), nil
	}
	r, err := n.file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, readError(name, err)
	}
	return data, nil
}

// info is both the fs.FileInfo and the fs.DirEntry of a node.
type info struct {
	name string
	size int64
	dir  bool
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) IsDir() bool                { return i.dir }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) Sys() any                   { return nil }
func (i info) String() string             { return fs.FormatFileInfo(i) }

func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

func (i info) ModTime() time.Time {
	return time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)
}

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
