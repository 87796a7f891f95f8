package validator_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/validator"
)

func structureTests() []packageTest {
	return []packageTest{
		{name: "sound"},
		{name: "nothing", edit: func(c content) { clear(c) }},
		{name: "no machine profile", edit: func(c content) { delete(c, profileYAML) }},
		{name: "no runtime config", edit: func(c content) { delete(c, runtimeYAML) }},
		{name: "no provenance", edit: func(c content) { delete(c, provenanceJSON) }},
		{name: "no checksums", edit: func(c content) { delete(c, checksumsText) }},
		{name: "a folder in place of the runtime config", edit: func(c content) {
			c[runtimeYAML+"/x.txt"] = c[runtimeYAML]
			delete(c, runtimeYAML)
		}},
		{name: "links and devices", wrap: adding(fstest.MapFS{
			"link":            {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777},
			"providers/dev":   {Mode: fs.ModeDevice | fs.ModeCharDevice},
			"providers/pipe":  {Mode: fs.ModeNamedPipe},
			"providers/sock":  {Mode: fs.ModeSocket},
			"providers/other": {Mode: fs.ModeIrregular},
		})},
		{name: "a link in place of a file", wrap: adding(fstest.MapFS{
			provenanceJSON: {Data: []byte("../x"), Mode: fs.ModeSymlink},
		})},
		{name: "names no package can have", wrap: adding(fstest.MapFS{
			"NUL.txt": {}, "a/COM1": {}, "a/b:c": {}, `a\b`: {}, "dot.": {}, "space ": {}, "bell\a": {}, "bad\xff": {},
			"long-" + strings.Repeat("x", 260): {}, "bidi\u202etxt": {},
		})},
		{name: "names that collide", wrap: adding(fstest.MapFS{
			"Machine-Profile.YAML": {}, "providers/Thermal0.yaml": {}, "meta/e\u0301": {}, "meta/\u00e9": {},
		})},
		{name: "more entries than allowed", opts: validator.Options{Limits: validator.Limits{Entries: 3}}, wrap: same},
		{name: "as many entries as allowed", opts: validator.Options{Limits: validator.Limits{Entries: 15}}},
		{name: "a file that is too large", opts: validator.Options{Limits: validator.Limits{File: 3500}}, wrap: same},
		{name: "too large together", opts: validator.Options{Limits: validator.Limits{Total: 16000}}, wrap: same},
		{name: "a file that cannot be opened", wrap: breaking(runtimeYAML, func(fs.File) fs.File { return nil })},
		{name: "a file that cannot be read", wrap: breaking(runtimeYAML, func(f fs.File) fs.File { return badFile{f} })},
		{name: "a file that is larger than it says", opts: validator.Options{Limits: validator.Limits{File: 1 << 20}},
			wrap: breaking(provenanceJSON, func(f fs.File) fs.File { return endless{f} })},
		{name: "a folder that cannot be read", wrap: func(fsys fs.FS) fs.FS { return badDir{fsys, "providers"} }},
		{name: "a file that is gone when asked about", wrap: func(fsys fs.FS) fs.FS { return badInfo{fsys} }},
		{name: "a folder that lists itself", wrap: func(fs.FS) fs.FS { return flat{content{".": "x"}} }},
		{name: "a file instead of a folder", wrap: func(fs.FS) fs.FS { return aFile{} }},
		{name: "sizes that are lies", wrap: func(fsys fs.FS) fs.FS { return hugeInfo{fsys} }},
	}
}

// same forces a test to be one of file systems alone.
func same(fsys fs.FS) fs.FS { return fsys }

// adding adds files to a file system.
func adding(more fstest.MapFS) func(fs.FS) fs.FS {
	return func(fsys fs.FS) fs.FS {
		m := fsys.(fstest.MapFS)
		for name, f := range more {
			m[name] = f
		}
		return noLinks{m}
	}
}

// noLinks hides that a MapFS can read links: the validator must not need that.
type noLinks struct{ fs.FS }

var errBroken = errors.New("disk on fire")

// breaking is a file system in which opening one file gives another, or fails.
func breaking(name string, with func(fs.File) fs.File) func(fs.FS) fs.FS {
	return func(fsys fs.FS) fs.FS { return badFS{fsys, name, with} }
}

type badFS struct {
	fs.FS
	name string
	with func(fs.File) fs.File
}

func (b badFS) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err != nil || name != b.name {
		return f, err
	}
	if f = b.with(f); f == nil {
		return nil, &fs.PathError{Op: "open", Path: "/home/somebody/" + name, Err: errBroken}
	}
	return f, nil
}

type badFile struct{ fs.File }

func (badFile) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: "/home/somebody/file", Err: errBroken}
}

type endless struct{ fs.File }

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// badDir fails to list one folder after its first entry.
type badDir struct {
	fs.FS
	name string
}

func (b badDir) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.FS, name)
	if err == nil && name == b.name {
		return list[:1], &fs.PathError{Op: "readdir", Path: name, Err: io.ErrUnexpectedEOF}
	}
	return list, err
}

// badInfo knows the names of files, and of some nothing else.
type badInfo struct{ fs.FS }

func (b badInfo) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.FS, name)
	for i, d := range list {
		if d.Name() == "thermal0.yaml" {
			list[i] = noInfo{d}
		}
	}
	return list, err
}

type noInfo struct{ fs.DirEntry }

func (noInfo) Info() (fs.FileInfo, error) { return nil, fs.ErrNotExist }

// aFile is a file system with a file for its root.
type aFile struct{}

func (aFile) Open(string) (fs.File, error) { return fstest.MapFS{"x": {}}.Open("x") }

// hugeInfo says that providers are so large that their sum overflows.
type hugeInfo struct{ fs.FS }

func (b hugeInfo) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(b.FS, name)
	if name == "providers" {
		for i, d := range list {
			list[i] = huge{d}
		}
	}
	return list, err
}

type huge struct{ fs.DirEntry }

func (h huge) Info() (fs.FileInfo, error) { return hugeStat{}, nil }

type hugeStat struct{ fs.FileInfo }

func (hugeStat) Size() int64       { return 1<<63 - 1 }
func (hugeStat) Mode() fs.FileMode { return 0o644 }
