package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Files gives access to the files of a directory and to nothing else.
type Files struct {
	FS fs.FS
	// MaxDocument is the size in bytes of the largest document that is read
	// into memory.
	MaxDocument int64
}

// Document is a parsed file.
type Document struct {
	File string
	Root *doc.Node
}

// maxLinks is how many symbolic links one path may cross: as many as an os.Root
// follows.
const maxLinks = 8

// contained refuses a name with a symbolic link on its way that leads out of
// the directory. A file system that knows no links has none to check. An
// os.Root refuses such a link by itself, also when it appears in between; this
// check is for file systems that would follow it.
func (f Files) contained(name string) error {
	links, ok := f.FS.(fs.ReadLinkFS)
	if !ok {
		return nil
	}
	done := "."
	rest := name
	for crossed := 0; rest != ""; {
		element, tail, _ := strings.Cut(rest, "/")
		step := path.Join(done, element)
		info, err := links.Lstat(step)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done, rest = step, tail
			continue
		}
		if crossed++; crossed > maxLinks {
			return &fs.PathError{Op: "open", Path: name, Err: errors.New("crosses too many symbolic links")}
		}
		target, err := links.ReadLink(step)
		if err != nil {
			return err
		}
		resolved := path.Join(path.Dir(step), target, tail)
		if path.IsAbs(target) || hasDrive(target) || strings.Contains(target, `\`) || Leaves(resolved) {
			return &fs.PathError{Op: "open", Path: name, Err: errLeavesByLink}
		}
		done, rest = ".", resolved
		if resolved == "." {
			break
		}
	}
	return nil
}

var errLeavesByLink = errors.New("leaves the project through a symbolic link")

// Stat describes a regular file. A directory or device is an error.
func (f Files) Stat(name string) (fs.FileInfo, error) {
	if err := f.contained(name); err != nil {
		return nil, err
	}
	info, err := fs.Stat(f.FS, name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is a directory, not a file")}
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is no regular file")}
	}
	return info, nil
}

// Open opens a regular file.
func (f Files) Open(name string) (fs.File, error) {
	if _, err := f.Stat(name); err != nil { // a FIFO would block an open
		return nil, err
	}
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		file.Close()
		if err == nil {
			err = &fs.PathError{Op: "open", Path: name, Err: errors.New("is no regular file")}
		}
		return nil, err
	}
	return file, nil
}

// errTooLarge is a document over MaxDocument.
type errTooLarge struct{ max int64 }

func (e errTooLarge) Error() string {
	return fmt.Sprintf("is larger than %d bytes, the limit for a document", e.max)
}

// read reads a whole document, or fails rather than cut it.
func (f Files) read(name string) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, f.MaxDocument+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > f.MaxDocument {
		return nil, errTooLarge{f.MaxDocument}
	}
	return data, nil
}

// FileFault turns an error of Stat, Open or reading into a fault.
func FileFault(name string, err error) fault.Fault {
	f := fault.Fault{Code: fault.Unreadable, File: name, Msg: cause.Of(err).Error(), Err: err}
	var large errTooLarge
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Code, f.Msg = fault.MissingFile, "file not found"
	case errors.Is(err, errLeavesByLink), strings.Contains(err.Error(), "path escapes from parent"):
		f.Code, f.Msg = fault.UnsafePath, errLeavesByLink.Error()
	case errors.As(err, &large):
		f.Code = fault.Limit
	}
	return f
}

// ReadYAML reads a YAML document; what is wrong goes to faults and yields nil.
func (f Files) ReadYAML(name string, faults *fault.List) *Document {
	return f.document(name, faults, canonyaml.Read)
}

// ReadJSON reads a JSON document; what is wrong goes to faults and yields nil.
func (f Files) ReadJSON(name string, faults *fault.List) *Document {
	return f.document(name, faults, strictjson.ReadProject)
}

func (f Files) document(name string, faults *fault.List, parse func([]byte) (*doc.Node, error)) *Document {
	data, err := f.read(name)
	if err != nil {
		faults.Add(FileFault(name, err))
		return nil
	}
	root, err := parse(data)
	if err != nil {
		faults.Document(name, err)
		return nil
	}
	return &Document{File: name, Root: root}
}
