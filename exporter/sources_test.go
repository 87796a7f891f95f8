package exporter_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestSameBytesFromEverySource exports one project from memory, from two
// directories in two ways, and out of a zip archive.
func TestSameBytesFromEverySource(t *testing.T) {
	opts := exporter.Options{Variants: exporter.AllVariants()}
	for _, base := range []string{"canonical", "variants", "system"} {
		project := readBase(t, base)
		want := archiveOf(t, build(t, project, opts))

		sources := map[string]fs.FS{"zip": zipped(t, project)}
		for _, dir := range []string{"rig-1", "somewhere/else", "with space é"} {
			dir = filepath.Join(t.TempDir(), dir)
			writeDir(t, dir, project)
			for name, fsys := range directory(t, dir) {
				sources[name+" "+dir] = fsys
			}
		}
		old := maps.Clone(project)
		for name, f := range old {
			f := *f
			f.ModTime = time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)
			f.Mode = 0o400
			old[name] = &f
		}
		sources["other times and modes"] = old
		sources["with files that nothing names"] = with(project, "README.md", "x", "providers/unused.yaml", "token: x", "runtime/behaviors/x.xml", "")

		for name, fsys := range sources {
			if got := archiveOf(t, build(t, fsys, opts)); !bytes.Equal(got, want) {
				t.Errorf("%s: %s: another package than from memory", base, name)
			}
		}
	}
}

func zipped(t *testing.T, fsys fs.FS) fs.FS {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	if err := w.AddFS(fsys); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEnvironmentDoesNotMatter changes what programs look at.
func TestEnvironmentDoesNotMatter(t *testing.T) {
	project := readBase(t, "variants")
	opts := exporter.Options{Variants: exporter.AllVariants()}
	want := archiveOf(t, build(t, project, opts))
	for _, env := range [][2]string{
		{"Pacific/Kiritimati", "tr_TR.UTF-8"}, {"America/St_Johns", "C"}, {"UTC", "ar_EG.UTF-8"}, {":nowhere", "POSIX"},
	} {
		t.Setenv("TZ", env[0])
		t.Setenv("LANG", env[1])
		t.Setenv("LC_ALL", env[1])
		t.Setenv("INFLUXDB_TOKEN", "from-the-environment")
		t.Setenv("SOURCE_DATE_EPOCH", "1")
		if got := archiveOf(t, build(t, project, opts)); !bytes.Equal(got, want) {
			t.Errorf("TZ=%s LANG=%s: another package", env[0], env[1])
		}
	}
}

// shuffled lists directories in a random order.
type shuffled struct {
	fs.FS
	random *rand.Rand
}

func (s shuffled) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(s.FS, name)
	s.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, err
}

func (s shuffled) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if dir, ok := f.(fs.ReadDirFile); ok {
		return shuffledDir{dir, s.random}, nil
	}
	return f, err
}

type shuffledDir struct {
	fs.ReadDirFile
	random *rand.Rand
}

func (d shuffledDir) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := d.ReadDirFile.ReadDir(n)
	d.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, err
}

// TestDeterminism exports every recorded project twice more, from a file system
// that lists its directories in any order: the same bytes and the same notes, or
// the same problems.
func TestDeterminism(t *testing.T) {
	opts := exporter.Options{Variants: exporter.AllVariants()}
	for i, c := range conformance.ExportCases(t) {
		opts.Name = c.Name
		type result struct {
			archive  []byte
			notes    []validator.Problem
			problems []string
		}
		export := func(fsys fs.FS) (r result) {
			pkg, err := exporter.Build(context.Background(), fsys, opts)
			if err != nil {
				r.problems = strings.Split(err.Error(), "\n")
				return r
			}
			return result{archive: archiveOf(t, pkg), notes: pkg.Notes()}
		}
		first := export(c.Files.FS())
		for seed := range uint64(2) {
			again := export(shuffled{c.Files.FS(), rand.New(rand.NewPCG(seed, 1))})
			if !bytes.Equal(first.archive, again.archive) || !slices.Equal(first.notes, again.notes) || !reflect.DeepEqual(first.problems, again.problems) {
				t.Errorf("case %d: two exports differ\n%v\n%v", i, first.problems, again.problems)
			}
		}
	}
}
