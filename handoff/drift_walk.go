package handoff

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/printable"
)

// maxPath bounds how deep folders of a release are looked into: no name of a
// package is longer.
const maxPath = 1024

var errNoFolder = errors.New("the file system cannot list this folder")

// addPackaged notes a file of the package and the folders it is in.
func (d *drifter) addPackaged(name string) {
	for ; !d.packaged[name]; name = path.Dir(name) {
		d.packaged[name] = true
	}
}

// walk finds what the package does not have, in a folder of the release and all
// folders below. The error is that of ctx, or of the root.
func (d *drifter) walk(folder string) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	list, all, err := d.list(folder)
	switch {
	case err != nil && folder == ".":
		return err
	case errors.Is(err, fs.ErrNotExist): // it went away meanwhile
		return nil
	case err != nil:
		d.unlisted(folder, "cannot be read: "+cause.Of(err).Error())
		return nil
	case !all:
		d.unlisted(folder, fmt.Sprintf("was not looked into: the release has over %d more files and folders than the package", d.p.Limits().Entries))
		return nil
	case len(list) == 0 && !d.packaged[folder]:
		d.add(DriftFile{State: DriftExtra, Path: folder, Type: typeFolder, Message: "empty"})
	}
	for _, e := range list {
		name := e.Name()
		if folder != "." {
			name = folder + "/" + name
		}
		switch {
		case !isElement(e.Name()): // no path leads there
			d.extra(name, e)
		case e.IsDir() && len(name) > maxPath:
			d.unlisted(name, "was not looked into: it lies too deep")
		case e.IsDir():
			if err := d.walk(name); err != nil {
				return err
			}
		case !d.packaged[name] || d.isPackagedFolder(name):
			d.extra(name, e)
		}
	}
	return nil
}

// isPackagedFolder reports whether name is a folder of the package, and no file.
func (d *drifter) isPackagedFolder(name string) bool {
	info, err := fs.Stat(d.p.FS(), name)
	return err == nil && info.IsDir()
}

// list lists a folder, sorted by name. It is not all when there are more entries
// than may still be looked at; nothing is known then.
func (d *drifter) list(folder string) (list []fs.DirEntry, all bool, err error) {
	f, err := d.release.Open(folder)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	dir, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, false, errNoFolder
	}
	for len(list) <= d.entries {
		more, err := dir.ReadDir(min(1000, d.entries-len(list)+1))
		list = append(list, more...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if len(more) == 0 { // against the rules of fs.ReadDirFile, and it would not end
			return nil, false, errNoFolder
		}
	}
	if len(list) > d.entries {
		return nil, false, nil
	}
	d.entries -= len(list)
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list, true, nil
}

// unlisted reports a folder in which there may be anything.
func (d *drifter) unlisted(folder, why string) {
	state := DriftExtra
	if d.packaged[folder] {
		state = DriftUnreadable
	}
	d.add(DriftFile{State: state, Path: folder, Type: typeFolder, Message: why})
}

func (d *drifter) extra(name string, e fs.DirEntry) {
	f := DriftFile{State: DriftExtra, Path: name, Type: typeName(e.Type())}
	if f.Type == typeFile {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // it went away meanwhile
			return
		}
		if err == nil {
			f.Released = &FileVersion{Size: info.Size()}
		}
	}
	d.add(f)
}

// shownName is a name as text: bytes that are no UTF-8 are escaped, because JSON
// could not tell them apart.
func shownName(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return printable.Line(name)
}

// isElement reports whether a name can be an element of a path of package fs.
func isElement(name string) bool {
	return name != "." && !strings.Contains(name, "/") && fs.ValidPath(name)
}
