package validator_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/validator"
)

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}

// FuzzArchive validates any bytes. A valid package is what other readers see,
// and its checksums hold; a canonical one is what the writer makes of it.
func FuzzArchive(f *testing.F) {
	data := sound(f).archive(f)
	f.Add(data)
	f.Add(data[:len(data)-1])
	f.Add(smallest(f))
	f.Add([]byte{})
	for _, edit := range []func(content){
		func(c content) { c.add("providers/thermal0.yaml", "a: [yes, 012]\ntoken: x\n") },
		func(c content) { c[profileYAML] = "[" },
		func(c content) { c[behaviorXML] = "<a>&b;</a>" },
		func(c content) { c["NUL"] = "x" },
	} {
		c := sound(f)
		edit(c)
		c.sum()
		f.Add(c.archive(f))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &counting{ReaderAt: bytes.NewReader(data)}
		report, err := validator.Archive(t.Context(), r, int64(len(data)), validator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// The digest, the archive, and each file by each check that reads files.
		if most := 6*int64(len(data)) + 1<<17; r.n.Load() > most {
			t.Errorf("read %d of %d bytes", r.n.Load(), len(data))
		}
		checkReport(t, report)
		if report.Valid {
			checkValid(t, report, data)
		}
	})
}

// checkReport checks what holds for every report.
func checkReport(t *testing.T, r *validator.Report) {
	t.Helper()
	for _, p := range r.Problems {
		if info, known := validator.Info(p.Code); !known || p.Message == "" || p.Line < 0 || p.Column < 0 || r.Valid && p.Severity == validator.Error {
			t.Errorf("problem %+v of %+v", p, info)
		}
	}
	if len(r.Checks)+len(r.Skipped) != 16 {
		t.Errorf("%d checks and %d skipped", len(r.Checks), len(r.Skipped))
	}
	if r.Canonical && strings.Contains(verdict(r), "not-canonical") {
		t.Error("canonical and not")
	}
	outputs(t, r)
}

// checkValid holds a valid archive against archive/zip, package checksum and the
// writer.
func checkValid(t *testing.T, report *validator.Report, data []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	c := content{}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		c[f.Name] = string(text)
	}
	var names []string
	for _, f := range report.Files {
		names = append(names, f.Path)
		if want := archive.FromBytes(f.Path, []byte(c[f.Path])); f.Size != want.Size {
			t.Errorf("%s has %d bytes, not %d", f.Path, f.Size, want.Size)
		}
	}
	if diff := cmp.Diff(c.names(), names); diff != "" {
		t.Fatalf("files (-archive/zip +report):\n%s", diff)
	}
	manifest, _, err := checksum.ParseLenient(strings.NewReader(c[checksumsText]))
	if err != nil {
		t.Fatal(err)
	}
	if err := manifest.Verify(t.Context(), c.fs(), checksumsText); err != nil {
		t.Error(err)
	}
	if again := c.archive(t); bytes.Equal(again, data) != report.Canonical {
		t.Errorf("canonical is %v", report.Canonical)
	}
	if fromFS := ofFS(t, c.fs(), validator.Options{}); !fromFS.Valid {
		t.Errorf("not valid as files: %v", fromFS.Err())
	}
}

// FuzzFS validates the files that a text describes: the first line says what to
// do to a sound package, the rest are its files as in a txtar archive.
func FuzzFS(f *testing.F) {
	whole := sound(f)
	for _, seed := range []string{
		"sum\n",
		"\n-- machine-profile.yaml --\nschema_version: 1\n",
		"sum\n-- machine-profile.yaml --\nruntime_profiles: {manual: a.yaml, b: ../c}\nproviders: {a: {config: x}}\nbehaviors: [1, a, [b]]\n-- a.yaml --\nproviders: [{id: a, args: [--config, x]}, 5]\nautomation: {enabled: on, behavior_tree: y}\n",
		"sum\n-- runtime/anolis-runtime.yaml --\n<<: {providers: *a}\n",
		"sum\n-- runtime/behaviors/a.xml --\n<!DOCTYPE a><a>\n-- NUL/x. --\n-- a:b --\n",
		"sum\n-- meta/provenance.json --\n{\"a\": 1, \"a\": 2}\n",
		"-\n-- meta/checksums.sha256 --\nhello\n",
		"sum\n-- A --\n-- a --\n-- a/b --\n-- providers/x.json --\n[{\"token\": \"x\"}]\n",
		"sum\n-- ../x --\n-- /x --\n-- a//b --\n-- \xff --\n-- \x1b[0m --\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		c := packageTest{edit: func(c content) { described(c, string(data)) }}.changed(whole)
		if !bytes.HasPrefix(data, []byte("sum")) {
			c = packageTest{tear: func(c content) { described(c, string(data)) }}.changed(whole)
		}
		report, err := validator.FS(t.Context(), flat{c}, validator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkReport(t, report)
		if report.Canonical {
			t.Error("a file system is canonical")
		}
		if !report.Valid {
			return
		}
		delete(c, ".")
		if fromArchive := ofArchive(t, c.archive(t), validator.Options{}); !fromArchive.Valid || !fromArchive.Canonical {
			t.Errorf("from an archive: canonical %v, %v", fromArchive.Canonical, fromArchive.Err())
		}
	})
}

// described reads the files of a text.
func described(c content, text string) {
	name := ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- "); ok && strings.HasSuffix(title, " --") {
			name = strings.TrimSuffix(title, " --")
			c[name] = ""
		} else if name != "" {
			c[name] += line
		}
	}
}

// flat is a file system with any names: it lists all its files in one folder, as
// no sound one would.
type flat struct{ files content }

func (f flat) Open(name string) (fs.File, error) {
	if text, ok := f.files[name]; ok && name != "." {
		return fstest.MapFS{"x": {Data: []byte(text), Mode: 0o644}}.Open("x")
	}
	return f.files.fs().Open(name)
}

func (f flat) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, nil
	}
	var list []fs.DirEntry
	for _, name := range f.files.names() {
		info, err := fs.Stat(fstest.MapFS{"x": {Data: []byte(f.files[name]), Mode: 0o644}}, "x")
		if err != nil {
			return nil, err
		}
		list = append(list, named{fs.FileInfoToDirEntry(info), name})
	}
	return list, nil
}

type named struct {
	fs.DirEntry
	name string
}

func (n named) Name() string { return n.name }
