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
		for name, open := range map[string]func(validator.OpenOptions) (*validator.Package, error){
			"archive": func(o validator.OpenOptions) (*validator.Package, error) {
				return validator.Open(t.Context(), bytes.NewReader(data), int64(len(data)), o)
			},
			"file system": func(o validator.OpenOptions) (*validator.Package, error) {
				return validator.OpenFS(t.Context(), c.mapFS(), o)
			},
		} {
			if p, err := open(validator.OpenOptions{}); (err == nil) != valid || (p == nil) == valid {
				t.Errorf("%s: %v, %v", name, p, err)
			}
			p, err := open(validator.OpenOptions{AllowInvalid: true})
			if err != nil || p.Report().Valid != valid {
				t.Fatalf("%s: %v, %v", name, p, err)
			}
			files := p.FS()
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
		p, err := validator.Open(t.Context(), bytes.NewReader(bad), int64(len(bad)), validator.OpenOptions{AllowInvalid: true})
		var invalid *validator.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Valid {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	for name, mode := range map[string]fs.FileMode{"link": fs.ModeSymlink | 0o777, "pipe": fs.ModeNamedPipe | 0o644} {
		fsys := sound(t).mapFS()
		fsys["providers/"+name] = &fstest.MapFile{Data: []byte("thermal0.yaml"), Mode: mode}
		p, err := validator.OpenFS(t.Context(), fsys, validator.OpenOptions{AllowInvalid: true})
		var invalid *validator.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Valid {
			t.Errorf("%s: %v, %v", name, p, err)
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
	p, err := validator.OpenFS(t.Context(), fsys, validator.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	fsys["machine-profile.yaml"].Data[0] ^= 1
	if data, err := fs.ReadFile(p.FS(), "machine-profile.yaml"); err == nil {
		t.Errorf("read %q", data)
	}

	data := sound(t).archive(t)
	p, err = validator.Open(t.Context(), bytes.NewReader(data), int64(len(data)), validator.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, []byte("schema_version"))] ^= 1
	if data, err := fs.ReadFile(p.FS(), "machine-profile.yaml"); err == nil {
		t.Errorf("read %q", data)
	}
}

// TestNoPackage wants errors, and no panic, of what was never opened.
func TestNoPackage(t *testing.T) {
	if _, err := validator.OpenFS(t.Context(), nil, validator.OpenOptions{}); err == nil {
		t.Error("a nil file system was opened")
	}
	if _, err := validator.FS(t.Context(), nil, validator.Options{}); err == nil {
		t.Error("a nil file system was validated")
	}
	if _, err := validator.Open(t.Context(), nil, 0, validator.OpenOptions{}); err == nil {
		t.Error("a nil reader was opened")
	}
	for _, p := range []*validator.Package{nil, {}} {
		if sum, err := p.Digest(t.Context()); sum != "" || !errors.Is(err, validator.ErrNoPackage) {
			t.Errorf("digest %q, %v", sum, err)
		}
		if p.FS() != nil || p.Report() != nil || p.Policy() != nil || p.Limits() != (validator.Limits{}).OrDefault() || p.Close() != nil {
			t.Errorf("%v is open", p)
		}
	}
}
