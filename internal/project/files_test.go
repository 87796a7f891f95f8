package project

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/steady"
)

// TestContained looks at symbolic links of every kind, in a directory as both
// file systems of the standard library.
func TestContained(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "project")
	for _, name := range []string{"project/config/a.yaml", "project/deep/er/b.yaml", "outside/x.yaml"} {
		name = filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(filepath.Base(name)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	chain := "config/a.yaml"
	for i := range 12 {
		next := fmt.Sprintf("chain%d", i+1)
		link(t, chain, filepath.Join(dir, next))
		chain = next
	}
	for name, target := range map[string]string{
		"relative":     "config/a.yaml",
		"deep/up":      "../config/a.yaml",
		"deep/er/up":   "../../config/./a.yaml",
		"round":        "config/../deep/er/b.yaml",
		"directory":    "deep",
		"indirect":     "directory/er",
		"dot":          ".",
		"absolute":     filepath.Join(dir, "config/a.yaml"),
		"away":         "../outside/x.yaml",
		"away-dir":     "../outside",
		"above":        "..",
		"back":         "../project/config/a.yaml",
		"deep/away":    "../../outside/x.yaml",
		"deep/er/far":  "../../../outside",
		"via":          "deep/away",
		"loop":         "loop",
		"loop-a":       "loop-b",
		"loop-b":       "loop-a",
		"loop-dir":     "loop-dir/x",
		"nowhere":      "config/none.yaml",
		"backslash":    `config\a.yaml`,
		"drive":        "C:/a.yaml",
		"to-directory": "config",
	} {
		link(t, target, filepath.Join(dir, name))
	}

	for _, test := range []struct {
		name string
		code fault.Code // "" for a file
		text string
	}{
		{"config/a.yaml", "", "a.yaml"},
		{"relative", "", "a.yaml"},
		{"deep/up", "", "a.yaml"},
		{"deep/er/up", "", "a.yaml"},
		{"round", "", "b.yaml"},
		{"directory/er/b.yaml", "", "b.yaml"},
		{"indirect/b.yaml", "", "b.yaml"},
		{"indirect/up", "", "a.yaml"},
		{"dot/config/a.yaml", "", "a.yaml"},
		{"dot/dot/dot/relative", "", "a.yaml"},
		{"chain1", "", "a.yaml"},
		{"chain8", "", "a.yaml"},

		{"absolute", fault.UnsafePath, ""},
		{"away", fault.UnsafePath, ""},
		{"away-dir/x.yaml", fault.UnsafePath, ""},
		{"above/project/config/a.yaml", fault.UnsafePath, ""},
		{"above/outside/x.yaml", fault.UnsafePath, ""},
		{"back", fault.UnsafePath, ""},
		{"deep/away", fault.UnsafePath, ""},
		{"deep/er/far/x.yaml", fault.UnsafePath, ""},
		{"directory/away", fault.UnsafePath, ""},
		{"via", fault.UnsafePath, ""},
		{"backslash", fault.UnsafePath, ""},
		{"drive", fault.UnsafePath, ""},

		{"loop", fault.Unreadable, ""},
		{"loop-a", fault.Unreadable, ""},
		{"loop-dir", fault.Unreadable, ""},
		{"chain9", fault.Unreadable, ""},
		{"config", fault.Unreadable, ""},
		{"to-directory", fault.Unreadable, ""},
		{"dot", fault.Unreadable, ""},
		{".", fault.Unreadable, ""},

		{"nowhere", fault.MissingFile, ""},
		{"none", fault.MissingFile, ""},
		{"none/x", fault.MissingFile, ""},
	} {
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		for kind, fsys := range map[string]fs.FS{"os.DirFS": os.DirFS(dir), "os.Root": root.FS()} {
			files := Files{FS: fsys, MaxDocument: 100}
			_, statErr := files.Stat(test.name)
			data, err := files.read(test.name)
			if (statErr == nil) != (err == nil) {
				t.Errorf("%s: %s: Stat says %v, read %v", kind, test.name, statErr, err)
			}
			if test.code == "" {
				if err != nil || string(data) != test.text {
					t.Errorf("%s: %s: %q, %v, want %q", kind, test.name, data, err, test.text)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s: %s: read %q, want %s", kind, test.name, data, test.code)
				continue
			}
			f := files.Fault(test.name, err)
			if f.Code != test.code || f.File != test.name || strings.Contains(f.Msg, parent) || f.Err == nil {
				t.Errorf("%s: %s: fault %+v, want %s", kind, test.name, f, test.code)
			}
		}
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// TestReadLimit fails rather than cut a document.
func TestReadLimit(t *testing.T) {
	fsys := fstest.MapFS{"ten": {Data: []byte("0123456789")}, "empty": {}}
	for max, ok := range map[int64]bool{9: false, 10: true, 11: true} {
		data, err := Files{FS: fsys, MaxDocument: max}.read("ten")
		if ok && (err != nil || string(data) != "0123456789") {
			t.Errorf("limit %d: %q, %v", max, data, err)
		}
		if !ok && (data != nil || (Files{FS: fsys}).Fault("ten", err).Code != fault.Limit) {
			t.Errorf("limit %d: %q, %v", max, data, err)
		}
	}
	if data, err := (Files{FS: fsys, MaxDocument: 1}).read("empty"); err != nil || len(data) != 0 {
		t.Errorf("empty file: %q, %v", data, err)
	}
}

// TestOpenIrregular never opens what could block or is no file.
func TestOpenIrregular(t *testing.T) {
	for _, mode := range []fs.FileMode{fs.ModeNamedPipe, fs.ModeDevice, fs.ModeSocket, fs.ModeDir} {
		opened := false
		fsys := spy{fstest.MapFS{"x": {Mode: mode | 0o644}}, &opened}
		if _, err := (Files{FS: fsys, MaxDocument: 1}).Open("x"); err == nil || opened {
			t.Errorf("%v: error %v, opened %v", mode, err, opened)
		} else if f := (Files{FS: fstest.MapFS{}}).Fault("x", err); f.Code != fault.Unreadable {
			t.Errorf("%v: %+v", mode, f)
		}
	}
}

// spy notices an open; Stat does not need one.
type spy struct {
	fs.StatFS
	opened *bool
}

func (s spy) Open(name string) (fs.File, error) {
	*s.opened = true
	return s.StatFS.Open(name)
}

// unsteady has one file, which states a size that it does not have, or fails.
type unsteady struct {
	fs.FS
	name string
	size int64
	r    io.Reader
}

func (u unsteady) Open(name string) (fs.File, error) {
	f, err := u.FS.Open(name)
	if name == u.name && err == nil {
		return unsteadyFile{f, u}, nil
	}
	return f, err
}

type unsteadyFile struct {
	fs.File
	unsteady
}

func (f unsteadyFile) Open(string) (fs.File, error) { panic("a file is no directory") }
func (f unsteadyFile) Read(p []byte) (int, error)   { return f.r.Read(p) }

func (f unsteadyFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return sized{info, f.size}, err
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// unsteadyFiles are all the ways in which a file can be unsteady.
func unsteadyFiles(files fs.FS, name string) map[error]fs.FS {
	return map[error]fs.FS{
		io.ErrUnexpectedEOF: unsteady{files, name, 5, strings.NewReader("text")},
		steady.ErrGrew:      unsteady{files, name, 3, strings.NewReader("text")},
		io.ErrNoProgress:    unsteady{files, name, 4, idle{}},
		syscall.EIO:         unsteady{files, name, 4, iotest.ErrReader(syscall.EIO)},
	}
}

// TestReadUnsteady never takes a part of a file for the whole.
func TestReadUnsteady(t *testing.T) {
	for want, fsys := range unsteadyFiles(fstest.MapFS{"x": {}}, "x") {
		if data, err := (Files{FS: fsys, MaxDocument: 10}).read("x"); data != nil || !errors.Is(err, want) {
			t.Errorf("%v: %q, %v", want, data, err)
		} else if !Failed(err) {
			t.Errorf("%v says something about the file", err)
		}
	}
}

// TestSidecarFails tells a sidecar that cannot be read now from one that nobody can
// read, which counts as absent.
func TestSidecarFails(t *testing.T) {
	load := func(fsys fs.FS) (errors int, codes []fault.Code) {
		p := &Project{Files: Files{FS: fsys, MaxDocument: 10}}
		var faults fault.List
		p.loadSidecar(&faults)
		for _, f := range faults.Sorted() {
			codes = append(codes, f.Code)
		}
		return faults.Errors(), codes
	}
	for want, fsys := range unsteadyFiles(fstest.MapFS{SidecarFile: {}}, SidecarFile) {
		if n, codes := load(fsys); n != 1 || codes[0] != fault.Unreadable {
			t.Errorf("%v: %v", want, codes)
		}
	}
	for name, file := range map[string]*fstest.MapFile{
		"folder": {Mode: fs.ModeDir}, "pipe": {Mode: fs.ModeNamedPipe}, "too large": {Data: make([]byte, 11)}, "no JSON": {Data: []byte("{")},
	} {
		if n, codes := load(fstest.MapFS{SidecarFile: file}); n != 0 || !slices.Equal(codes, []fault.Code{fault.SidecarIgnored}) {
			t.Errorf("%s: %d errors, %v", name, n, codes)
		}
	}
}

// TestFault has no path of the host in its message, and the cause behind it.
func TestFault(t *testing.T) {
	wrapped := &fs.PathError{Op: "open", Path: "/home/me/project/a", Err: syscall.EACCES}
	f := (Files{FS: fstest.MapFS{}}).Fault("a", wrapped)
	if f.Code != fault.Unreadable || f.Msg != syscall.EACCES.Error() || !errors.Is(f.Err, fs.ErrPermission) {
		t.Errorf("%+v", f)
	}
	if f := (Files{FS: fstest.MapFS{}}).Fault("a", io.ErrUnexpectedEOF); f.Code != fault.Unreadable || f.Msg != "unexpected EOF" {
		t.Errorf("%+v", f)
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct {
		ref  string
		want string // "" for an error
		err  error
	}{
		{"a", "a", nil},
		{"config/a.yaml", "config/a.yaml", nil},
		{"./a//b/./c/", "a/b/c", nil},
		{"a/../b", "b", nil},
		{"a/..", ".", nil},
		{".", ".", nil},
		{"...", "...", nil},
		{"..a/b", "..a/b", nil},
		{"a/..b", "a/..b", nil},
		{"é/日本 x", "é/日本 x", nil},
		{"ab:c", "ab:c", nil},
		{"1:a", "1:a", nil},
		{":a", ":a", nil},
		{" ", " ", nil},
		{"~/a", "~/a", nil},

		{"", "", errEmpty},
		{"/", "", errAbsolute},
		{"/etc/passwd", "", errAbsolute},
		{"//server/share", "", errAbsolute},
		{"C:", "", errDrive},
		{"C:/a", "", errDrive},
		{"c:a", "", errDrive},
		{"a:b", "", errDrive},
		{"z:/../a", "", errDrive},
		{`C:\a`, "", errDrive},
		{`\a`, "", errBackslash},
		{`a\b`, "", errBackslash},
		{`\\server\share`, "", errBackslash},
		{`..\a`, "", errBackslash},
		{"a\x00b", "", errControl},
		{"a\nb", "", errControl},
		{"\x7f", "", errControl},
		{"a\u0085b", "", errControl},
		{"\u009f", "", errControl},
		{"a\xff", "", errControl},
		{"\xed\xa0\x80", "", errControl},
		{"..", "", errLeaves},
		{"../a", "", errLeaves},
		{"a/../..", "", errLeaves},
		{"a/../../b", "", errLeaves},
		{"./../a", "", errLeaves},
		{strings.Repeat("a/../", 100) + "..", "", errLeaves},
	} {
		got, err := Clean(test.ref)
		if got != test.want || err != test.err {
			t.Errorf("Clean(%q) = %q, %v, want %q, %v", test.ref, got, err, test.want, test.err)
		}
		// CheckRelative leaves alone what only leaves: it may still mean a file of
		// the data root.
		wantErr := test.err
		if wantErr == errLeaves {
			wantErr = nil
		}
		if err := CheckRelative(test.ref); err != wantErr {
			t.Errorf("CheckRelative(%q) = %v, want %v", test.ref, err, wantErr)
		}
	}
}

// TestMachineID makes ids of names, all of which satisfy the schema's pattern.
func TestMachineID(t *testing.T) {
	for name, want := range map[string]string{
		"rig-1":              "rig-1",
		"  Rig 1\t":          "rig-1",
		"RIG_1":              "rig-1",
		"__a__":              "a",
		"a_-_b":              "a-b",
		"a -- b":             "a-b",
		"Mischer (Halle 2)!": "mischer-halle-2",
		"Käse":               "k-se",
		"ÉCLAIR":             "clair",
		"日本":                 "machine",
		"":                   "machine",
		" \u3000 ":           "machine",
		"---":                "machine",
		"-a-":                "a",
		"1":                  "1",
		"K9":                 "k9",
		"\u212aelvin":        "kelvin", // the Kelvin sign has a plain lower case
		"a\nb":               "a-b",
		"a\xffb":             "a-b",
	} {
		if got := machineID(name); got != want {
			t.Errorf("machineID(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestNear finds the file that a person meant, and nothing outside of the project.
func TestNear(t *testing.T) {
	fsys := fstest.MapFS{
		"Config/Rig.yaml": {}, "config-2/caf\u00e9.yaml": {}, "plain.yaml": {}, "Twice.yaml": {}, "twice.yaml": {},
		"folder/x": {}, "Link.yaml": {Data: []byte("../outside.yaml"), Mode: fs.ModeSymlink},
	}
	for name, want := range map[string]string{
		"config/rig.yaml":          "Config/Rig.yaml",
		"CONFIG/RIG.YAML":          "Config/Rig.yaml",
		"config-2/cafe\u0301.yaml": "config-2/caf\u00e9.yaml",
		"TWICE.yaml":               "Twice.yaml",
		"plain.yaml":               "", // is not missing
		"other.yaml":               "",
		"Folder":                   "", // a folder is no file
		"folder/y":                 "",
		"link.yaml":                "", // leads out of the project
		"../plain.yaml":            "",
		"":                         "",
	} {
		for _, folders := range []map[string]map[string]string{nil, {}} {
			files := Files{FS: fsys, MaxDocument: 1, Folders: folders}
			if got := files.Near(name); got != want {
				t.Errorf("Near(%q) = %q, want %q", name, got, want)
			}
		}
	}
	for name, want := range map[string]string{
		"config/rig.yaml":          `file not found; did you mean "Config/Rig.yaml"? Upper and lower case differ`,
		"config-2/cafe\u0301.yaml": `file not found; the project has "config-2/caf\u00e9.yaml", the same name in another Unicode form than "config-2/cafe\u0301.yaml"`,
		"other.yaml":               "file not found",
	} {
		files := Files{FS: fsys, MaxDocument: 1}
		_, err := files.Stat(name)
		if f := files.Fault(name, err); f.Msg != want {
			t.Errorf("%q: %s, want %s", name, f.Msg, want)
		}
	}
}
