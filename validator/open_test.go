package validator_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/validator"
)

// mapFS is the content as a file system that a test can change later.
func (c content) mapFS() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range c {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// TestOpenHandsOutTheFiles wants exactly those of the report, also of a package
// that is invalid for its content.
func TestOpenHandsOutTheFiles(t *testing.T) {
	for _, valid := range []bool{true, false} {
		c := sound(t)
		if !valid {
			c.add("providers/thermal0.yaml", "more: [\n")
		}
		data := c.archive(t)
		for name, open := range map[string]func() (fs.FS, *validator.Report, error){
			"archive": func() (fs.FS, *validator.Report, error) {
				return validator.OpenArchive(t.Context(), bytes.NewReader(data), int64(len(data)), validator.Options{})
			},
			"file system": func() (fs.FS, *validator.Report, error) {
				return validator.OpenFS(t.Context(), c.mapFS(), validator.Options{})
			},
		} {
			files, report, err := open()
			if err != nil || files == nil || report.Valid != valid {
				t.Fatalf("%s: %v, %v, %v", name, files, report, err)
			}
			if err := fstest.TestFS(files, slices.Collect(maps.Keys(c))...); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := contentOf(t, files); !maps.Equal(got, c) {
				t.Errorf("%s: other content is handed out", name)
			}
		}
	}
}

// TestOpenNeverHandsOutDoubt wants no files of what two readers could read
// differently.
func TestOpenNeverHandsOutDoubt(t *testing.T) {
	data := sound(t).archive(t)
	for name, bad := range map[string][]byte{
		"junk before": append([]byte("junk"), data...),
		"cut":         data[:len(data)-1],
		"no archive":  []byte("no archive"),
		"evil name":   zipWith(t, data, "../evil"),
		"twice":       zipWith(t, data, "machine-profile.yaml"),
	} {
		files, report, err := validator.OpenArchive(t.Context(), bytes.NewReader(bad), int64(len(bad)), validator.Options{})
		if err != nil || files != nil || report == nil || report.Valid {
			t.Errorf("%s: %v, %v, %v", name, files, report, err)
		}
	}
	for name, mode := range map[string]fs.FileMode{"link": fs.ModeSymlink | 0o777, "pipe": fs.ModeNamedPipe | 0o644} {
		fsys := sound(t).mapFS()
		fsys["providers/"+name] = &fstest.MapFile{Data: []byte("thermal0.yaml"), Mode: mode}
		files, report, err := validator.OpenFS(t.Context(), fsys, validator.Options{})
		if err != nil || files != nil || report == nil || report.Valid {
			t.Errorf("%s: %v, %v, %v", name, files, report, err)
		}
	}
}

// zipWith is an archive of the same files and one more.
func zipWith(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range r.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	extra, err := w.Create(name)
	if err == nil {
		_, err = extra.Write([]byte("x"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOpenedFilesStayTheSame wants an error for a source that changes after it was
// validated.
func TestOpenedFilesStayTheSame(t *testing.T) {
	fsys := sound(t).mapFS()
	files, _, err := validator.OpenFS(t.Context(), fsys, validator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fsys["machine-profile.yaml"].Data[0] ^= 1
	if data, err := fs.ReadFile(files, "machine-profile.yaml"); err == nil {
		t.Errorf("read %q", data)
	}

	data := sound(t).archive(t)
	files, _, err = validator.OpenArchive(t.Context(), bytes.NewReader(data), int64(len(data)), validator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, []byte("schema_version"))] ^= 1
	if data, err := fs.ReadFile(files, "machine-profile.yaml"); err == nil {
		t.Errorf("read %q", data)
	}
}
