package validator_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/validator"
)

// The files that every package has.
const (
	profileYAML    = "machine-profile.yaml"
	runtimeYAML    = "runtime/anolis-runtime.yaml"
	provenanceJSON = "meta/provenance.json"
	checksumsText  = "meta/checksums.sha256"
	behaviorXML    = "runtime/behaviors/fed_batch.xml"
)

// content is the files of a package, to be changed by a test.
type content map[string]string

// exported is the package of an example project.
func exported(t testing.TB, project string, variants exporter.Variants) *exporter.Package {
	t.Helper()
	built, err := exporter.Build(t.Context(), os.DirFS("../examples/projects/"+project), exporter.Options{Name: path.Base(project), Variants: variants})
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// sound is the content of a package without a fault: bioreactor-bench with all
// its variants.
func sound(t testing.TB) content {
	t.Helper()
	return contentOf(t, exported(t, "bioreactor-bench", exporter.AllVariants()).FS())
}

func contentOf(t testing.TB, fsys fs.FS) content {
	t.Helper()
	c := content{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		c[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replace changes every occurrence of a text, of which there must be one.
func (c content) replace(name, old, new string) {
	if !strings.Contains(c[name], old) {
		panic(fmt.Sprintf("%s does not contain %q", name, old))
	}
	c[name] = strings.ReplaceAll(c[name], old, new)
}

func (c content) add(name, text string) { c[name] += text }

func (c content) size() int {
	n := 0
	for _, text := range c {
		n += len(text)
	}
	return n
}

func (c content) names() []string { return slices.Sorted(maps.Keys(c)) }

// sum makes the checksums of the files as they are now.
func (c content) sum() {
	var b strings.Builder
	for _, name := range c.names() {
		if name != checksumsText {
			fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256([]byte(c[name])), name)
		}
	}
	c[checksumsText] = b.String()
}

func (c content) fs() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range c {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

// archive is the canonical archive of the files.
func (c content) archive(t testing.TB) []byte {
	t.Helper()
	var files []archive.File
	for _, name := range c.names() {
		files = append(files, archive.FromBytes(name, []byte(c[name])))
	}
	set, err := archive.NewSet(files...)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if _, err := set.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// ofArchive validates an archive in memory.
func ofArchive(t testing.TB, data []byte, opts validator.Options) *validator.Report {
	t.Helper()
	report, err := validator.Archive(t.Context(), bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// ofFS validates a file system.
func ofFS(t testing.TB, fsys fs.FS, opts validator.Options) *validator.Report {
	t.Helper()
	report, err := validator.FS(t.Context(), fsys, opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func codesOf(r *validator.Report) []validator.Code {
	var list []validator.Code
	for _, p := range r.Problems {
		list = append(list, p.Code)
	}
	return list
}

// TestOpenReader has the same package from a stream, and leaves nothing behind.
func TestOpenReader(t *testing.T) {
	dir := t.TempDir()
	left := func() int {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	c := sound(t)
	data := c.archive(t)
	p, err := validator.OpenReader(t.Context(), iotest.OneByteReader(bytes.NewReader(data)), validator.OpenOptions{TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := contentOf(t, p.FS()); !maps.Equal(got, c) || p.Report().Size != int64(len(data)) {
		t.Errorf("other content, of %d bytes", p.Report().Size)
	}
	if err := p.Close(); err != nil || left() > 0 {
		t.Errorf("%d files are left, %v", left(), err)
	}
	report, err := validator.ValidateReader(t.Context(), bytes.NewReader(data), validator.Options{})
	if err != nil || !report.Valid || !report.Canonical {
		t.Errorf("%+v, %v", report, err)
	}
	for name, r := range map[string]io.Reader{
		"cut": bytes.NewReader(data[:100]), "empty": strings.NewReader(""), "nil": nil, "broken": iotest.ErrReader(errors.New("broken")),
		"too long": io.LimitReader(zeroBytes{}, 1<<40),
	} {
		p, err := validator.OpenReader(t.Context(), r, validator.OpenOptions{Options: validator.Options{Limits: validator.Limits{Total: 1}}, TempDir: dir})
		if p != nil || err == nil || left() > 0 {
			t.Errorf("%s: %v, %v, %d files are left", name, p, err, left())
		}
	}
}

type zeroBytes struct{}

func (zeroBytes) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
