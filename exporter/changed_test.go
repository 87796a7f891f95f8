package exporter_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// replaceable is a file system in which one file can become another.
type replaceable struct {
	fs.FS
	name string
	now  fs.FS // where name is looked up, if set
}

func (r *replaceable) Open(name string) (fs.File, error) {
	if name == r.name && r.now != nil {
		return r.now.Open(name)
	}
	return r.FS.Open(name)
}

// TestChanged changes a file between Build and Write. Either the archive is the
// one that was built, or there is an error.
func TestChanged(t *testing.T) {
	const before = "<root>before</root>\n"
	one := func(name, text string) fs.FS { return with(nil, name, text) }
	for _, kind := range []struct {
		name    string
		file    string
		project fstest.MapFS
	}{
		{"behavior", "behaviors/mix.xml", with(readBase(t, "canonical"),
			"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/mix.xml}\n",
			"behaviors/mix.xml", before)},
		{"verbatim provider", "providers/sim0.yaml", with(nil,
			"system.json", `{"schema_version": 2, "topology": {"runtime": {"http_port": 1, "providers": [{"id": "sim0"}]}}}`,
			"providers/sim0.yaml", before)},
	} {
		for _, test := range []struct {
			name string
			now  fs.FS
			want error
		}{
			{"same", one(kind.file, before), nil},
			{"grown", one(kind.file, before+"x"), exporter.ErrChanged},
			{"grown by much", one(kind.file, strings.Repeat(before, 100_000)), exporter.ErrChanged},
			{"shrunk", one(kind.file, before[:10]), exporter.ErrChanged},
			{"empty", one(kind.file, ""), exporter.ErrChanged},
			{"other content", one(kind.file, strings.Replace(before, "before", "behind", 1)), exporter.ErrChanged},
			{"gone", with(nil), fs.ErrNotExist},
			{"a directory", one(kind.file+"/x", ""), nil}, // any error
		} {
			fsys := &replaceable{FS: kind.project, name: kind.file}
			pkg := build(t, fsys, exporter.Options{})
			want := archiveOf(t, pkg)

			fsys.now = test.now
			var got strings.Builder
			_, err := pkg.Write(context.Background(), &got)
			_, readErr := fs.ReadFile(pkg.FS(), "runtime/behaviors/mix.xml")
			if kind.name != "behavior" {
				_, readErr = fs.ReadFile(pkg.FS(), kind.file)
			}
			switch {
			case test.name == "same":
				if err != nil || readErr != nil || got.String() != string(want) {
					t.Errorf("%s, %s: %v, %v, or another archive", kind.name, test.name, err, readErr)
				}
			case err == nil, readErr == nil:
				t.Errorf("%s, %s: Write gives %v, ReadFile %v", kind.name, test.name, err, readErr)
			case test.want != nil && (!errors.Is(err, test.want) || !errors.Is(readErr, test.want)):
				t.Errorf("%s, %s: Write gives %v, ReadFile %v, want %v", kind.name, test.name, err, readErr, test.want)
			}

			// Put back, the package is as good as before.
			fsys.now = nil
			if string(archiveOf(t, pkg)) != string(want) {
				t.Errorf("%s, %s: another archive", kind.name, test.name)
			}
		}
	}
}

// TestReadFails passes the error of the file system on, with the file's name.
func TestReadFails(t *testing.T) {
	broken := errors.New("bad sector")
	project := with(readBase(t, "canonical"),
		"config/manual.yaml", "providers: [{id: sim0}]\nautomation: {behavior_tree: behaviors/mix.xml}\n",
		"behaviors/mix.xml", "<root/>")
	for _, test := range []struct{ file, where string }{
		{"machine-profile.yaml", "machine-profile.yaml: error: bad sector [unreadable]"},
		{"config/manual.yaml", "config/manual.yaml: error: bad sector [unreadable]"},
		{"config/sim0.yaml", "config/sim0.yaml: error: bad sector [unreadable]"},
		{"behaviors/mix.xml", "config/manual.yaml:2:29: error: /automation/behavior_tree: behaviors/mix.xml: bad sector [unreadable]"},
	} {
		problems, err := refusalOf(t, failing{project, test.file, broken}, exporter.Options{})
		if len(problems) != 1 || problems[0].Code != validator.CodeUnreadable || problems[0].Error() != test.where {
			t.Errorf("%s: %v, want %s", test.file, problems, test.where)
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: the cause is not in the chain of %v", test.file, problems)
		}
	}

	fsys := &replaceable{FS: project, name: "behaviors/mix.xml"}
	pkg := build(t, fsys, exporter.Options{})
	fsys.now = failing{project, "behaviors/mix.xml", broken}
	if _, err := pkg.WriteTo(io.Discard); !errors.Is(err, broken) || !strings.Contains(err.Error(), "mix.xml") {
		t.Errorf("WriteTo: %v", err)
	}
}

// failing cannot read one of its files to the end.
type failing struct {
	fs.FS
	name string
	err  error
}

func (f failing) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err == nil && name == f.name {
		return failingFile{file, f.err}, nil
	}
	return file, err
}

type failingFile struct {
	fs.File
	err error
}

func (f failingFile) Read([]byte) (int, error) { return 0, f.err }
