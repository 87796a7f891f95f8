package zipfile

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// FS returns the files as a read-only file system. It also implements
// fs.ReadDirFS, fs.ReadFileFS and fs.StatFS. Every file has mode 0644, every
// directory 0755, and both the time 1980-01-01 00:00 UTC.
//
// A file that is not what it was when hashed fails with a [*ChangedError], at the
// latest when it is read to its end. The file system is safe for use by many
// goroutines, a file opened from it by one.
func (s *Set) FS() fs.FS { return &fileSystem{s} }

// fileSystem finds everything in the sorted names: a directory is what the files in it
// have in common.
type fileSystem struct {
	set *Set
}

// node is a file or a directory.
type node struct {
	info
	file *File // nil for a directory
}

func (fsys *fileSystem) find(op, name string) (node, error) {
	if !fs.ValidPath(name) {
		return node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n := node{info: info{name: path.Base(name)}}
	i, isFile := fsys.set.find(name)
	switch {
	case isFile:
		n.file = &fsys.set.entries[i].File
		n.size = n.file.Size
		return n, nil
	case name == "." || fsys.set.isDir(name):
		n.dir = true
		return n, nil
	}
	return node{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// isDir reports whether there are files below a directory.
func (s *Set) isDir(name string) bool {
	i, _ := s.find(name + "/")
	return i < len(s.entries) && strings.HasPrefix(s.entries[i].Name, name+"/")
}

// children lists a directory, sorted by name.
func (s *Set) children(dir string) []fs.DirEntry {
	prefix := ""
	if dir != "." {
		prefix = dir + "/"
	}
	list := []fs.DirEntry{}
	for i, _ := s.find(prefix); i < len(s.entries); {
		e := &s.entries[i]
		rest, below := strings.CutPrefix(e.Name, prefix)
		if !below {
			break
		}
		name, _, isDir := strings.Cut(rest, "/")
		if !isDir {
			list = append(list, info{name: name, size: e.Size})
			i++
			continue
		}
		list = append(list, info{name: name, dir: true})
		i, _ = s.find(prefix + name + afterSlash)
	}
	// The names of directories were compared with the slash behind them.
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list
}

// afterSlash follows the slash in the order of bytes, and so everything that is below
// a directory.
const afterSlash = "0"

func (fsys *fileSystem) Open(name string) (fs.File, error) {
	n, err := fsys.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		return &openDir{info: n.info, path: name, set: fsys.set}, nil
	}
	if data, ok := n.file.data(); ok {
		return &openBytes{bytes.NewReader(data), n.info}, nil
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
	return fsys.set.children(name), nil
}

func (fsys *fileSystem) ReadFile(name string) ([]byte, error) {
	n, err := fsys.find("read", name)
	if err != nil {
		return nil, err
	}
	if n.dir {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	if data, ok := n.file.data(); ok {
		return append([]byte{}, data...), nil
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
	info
	path string
	set  *Set
	rest []fs.DirEntry // children that ReadDir returns next
	read bool          // rest is there
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.path, Err: errIsDir}
}

func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.read {
		d.rest, d.read = d.set.children(d.path), true
	}
	if n <= 0 {
		n = len(d.rest)
	} else if len(d.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.rest))
	list := d.rest[:n:n]
	d.rest = d.rest[n:]
	return list, nil
}
