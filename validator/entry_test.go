package validator_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

func exportedFS(t testing.TB) fs.FS {
	return exported(t, "bioreactor-bench", exporter.AllVariants()).FS()
}

// onDisk writes the files below a fresh directory.
func (c content) onDisk(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range c {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestEveryEntryPointSaysTheSame validates sound and unsound packages by all
// ways in, twice.
func TestEveryEntryPointSaysTheSame(t *testing.T) {
	whole := sound(t)
	for table, tests := range tables() {
		for _, tt := range tests {
			c := tt.changed(whole)
			if tt.wrap != nil || c.size() > 1<<16 || slow && tests[0].name != tt.name || tt.name == "unreferenced files" && runtime.GOOS == "windows" {
				continue
			}
			dir := c.onDisk(t)
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			data := c.archive(t)
			z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			want := ofFS(t, c.fs(), tt.opts)
			for way, fsys := range map[string]fs.FS{"MapFS": c.fs(), "os.DirFS": os.DirFS(dir), "os.Root": root.FS(), "zip.Reader": z} {
				if diff := cmp.Diff(want, ofFS(t, fsys, tt.opts)); diff != "" {
					t.Errorf("%s, %s: from %s (-MapFS +%s):\n%s", table, tt.name, way, way, diff)
				}
			}
			first, second := ofArchive(t, data, tt.opts), ofArchive(t, data, tt.opts)
			if diff := cmp.Diff(first, second); diff != "" {
				t.Errorf("%s, %s: two runs (-first +second):\n%s", table, tt.name, diff)
			}
			if diff := cmp.Diff(outputs(t, first), outputs(t, second)); diff != "" {
				t.Errorf("%s, %s: two outputs:\n%s", table, tt.name, diff)
			}
		}
	}
}

// TestExportedPackage validates the package before it is written.
func TestExportedPackage(t *testing.T) {
	want := ofFS(t, sound(t).fs(), validator.Options{})
	if diff := cmp.Diff(want, ofFS(t, exportedFS(t), validator.Options{})); diff != "" {
		t.Errorf("-copy +exported:\n%s", diff)
	}
}

// TestConcurrentUse shares options, and a reader, between goroutines.
func TestConcurrentUse(t *testing.T) {
	c := sound(t)
	c.add("providers/thermal0.yaml", "a: yes\ntoken: x\n")
	data := c.archive(t)
	opts := validator.Options{Schemas: validator.Schemas{MachineProfile: newer("machine-profile", "site")}}
	want := outputs(t, ofArchive(t, data, opts))
	wantFS := outputs(t, ofFS(t, c.fs(), opts))
	r := bytes.NewReader(data)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			report, err := validator.Archive(t.Context(), r, int64(len(data)), opts)
			if err != nil || outputs(t, report) != want {
				t.Errorf("the archive, error %v", err)
			}
			report, err = validator.FS(t.Context(), c.fs(), opts)
			if err != nil || outputs(t, report) != wantFS {
				t.Errorf("the file system, error %v", err)
			}
		})
	}
	wg.Wait()
}

// TestEmptyFolders: a package knows no folders, so empty ones make no difference.
func TestEmptyFolders(t *testing.T) {
	fsys := sound(t).fs()
	fsys["empty/folder"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	if report := ofFS(t, fsys, validator.Options{}); len(report.Problems) > 0 {
		t.Error(report.Problems)
	}
}
