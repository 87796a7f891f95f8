package validator

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"

	"golang.org/x/text/unicode/norm"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// checkStructure demands the files that every package has.
func checkStructure(v *validation) string {
	for _, name := range []string{machine.ManifestFile, machine.RuntimeFile, machine.ProvenanceFile, machine.ChecksumsFile} {
		switch {
		case !v.missing(name):
		case v.hasBelow(name):
			v.problem(CodeMissingFile, name, "is a folder; a package needs a file here")
		default:
			v.problem(CodeMissingFile, name, "a package needs this file"+v.near(name))
		}
	}
	for _, f := range v.report.Files {
		if !norm.NFC.IsNormalString(f.Path) {
			v.problem(CodeNotNFC, f.Path, "the name is not in Unicode normalization form C, and some tools change it when they unpack")
		}
	}
	return ""
}

// list walks a file system that is not an archive and records its files. What a
// package cannot have is a problem and left out. It reports whether it came to
// the end: files beyond a limit are not looked at.
func (v *validation) list(fsys fs.FS) (all bool, err error) {
	var files []archive.File
	all = true
	known := map[string]archive.File{}
	if set, ok := archive.SetOf(fsys); ok { // just exported, so hashed before
		for f := range set.Files() {
			known[f.Name] = f
		}
	}
	var total int64
	entries, begun := 0, false
	refuse := func(code Code, name, msg string) {
		v.refused[name] = true
		v.problem(code, name, msg)
	}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ctxErr := v.ctx.Err(); ctxErr != nil {
			return ctxErr
		}
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			refuse(CodeUnreadable, name, "cannot be read: "+cause.Of(err).Error())
			return nil
		case name == "." && !begun && d.IsDir():
			begun = true
			return nil
		case name == ".": // or this would not end
			refuse(CodeUnreadable, "", "a folder lists a file without a name, or itself")
			return fs.SkipAll
		}
		if entries++; entries > v.limits.Entries {
			v.problem(CodeTooLarge, "", fmt.Sprintf("has more than %d files and folders", v.limits.Entries))
			all = false
			return fs.SkipAll
		}
		switch {
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			refuse(CodeFileType, name, "is no regular file but "+typeName(d.Type()))
			return nil
		}
		info, err := d.Info()
		if err != nil {
			refuse(CodeUnreadable, name, "cannot be read: "+cause.Of(err).Error())
			return nil
		}
		most := min(v.limits.File, v.limits.Total-total)
		if info.Size() > most {
			refuse(CodeTooLarge, name, v.tooLarge(info.Size()))
			return nil
		}
		f, hashed := known[name]
		if !hashed {
			f, err = archive.Hash(v.ctx, name, opener(fsys, name, most), nil)
		}
		switch {
		case v.ctx.Err() != nil:
			return v.ctx.Err()
		case errors.Is(err, errGrew): // and its size was a lie
			refuse(CodeTooLarge, name, v.tooLarge(most+1))
		case err != nil:
			refuse(CodeUnreadable, name, "cannot be read: "+cause.Of(err).Error())
		default:
			total += f.Size
			files = append(files, f)
		}
		return nil
	})
	if err != nil || !all {
		return false, err
	}
	return true, v.adopt(files)
}

var errGrew = errors.New("grew beyond the limit")

// tooLarge says which limit a file of at least size bytes is over.
func (v *validation) tooLarge(size int64) string {
	if size > v.limits.File {
		return fmt.Sprintf("is larger than %d bytes, the limit for a file", v.limits.File)
	}
	return fmt.Sprintf("is one too many: all files together are larger than %d bytes", v.limits.Total)
}

// opener opens a file so that it never yields more than most bytes.
func opener(fsys fs.FS, name string, most int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, err
		}
		return &bounded{f, most}, nil
	}
}

type bounded struct {
	fs.File
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.File.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errGrew
	}
	return n, err
}

// adopt takes the files as the content of the package, but for those with names
// that a package cannot have.
func (v *validation) adopt(files []archive.File) error {
	bad := map[int64]bool{}
	for _, f := range archive.CheckNames(names(files)) {
		bad[f.Offset] = true
		v.refused[files[f.Offset].Name] = true
		f.Offset = 0 // an index here
		v.add(archiveProblem(f))
	}
	var good []archive.File
	for i, f := range files {
		if !bad[int64(i)] {
			good = append(good, f)
		}
	}
	set, err := archive.NewSet(good...)
	if err != nil {
		return err
	}
	v.setFiles(set)
	return nil
}

func names(files []archive.File) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range files {
			if !yield(f.Name) {
				return
			}
		}
	}
}

// setFiles makes set the content of the package.
func (v *validation) setFiles(set *archive.Set) {
	v.files = set.FS()
	for f := range set.Files() {
		v.report.Files = append(v.report.Files, File{f.Name, f.Size, fmt.Sprintf("%x", f.SHA256)})
	}
	v.names = machine.NewFiles(slices.Collect(names(slices.Collect(set.Files()))))
}

// typeName names a file type for people.
func typeName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "something else"
}
