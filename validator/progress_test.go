package validator_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestProgress is told of each check that the report has, before it is done, and
// of no other.
func TestProgress(t *testing.T) {
	files := fstest.MapFS{"machine-profile.yaml": &fstest.MapFile{Data: []byte("schema_version: 1\n")}}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(files); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		archive []byte // instead of the files
		files   fs.FS
		want    func(r *validator.Report) []string
	}{
		"archive":    {b.Bytes(), nil, func(r *validator.Report) []string { return append(slices.Clone(r.Checks), skipped(r)...) }},
		"no archive": {[]byte("PK"), nil, func(*validator.Report) []string { return []string{"archive"} }},
		"files":      {nil, files, func(r *validator.Report) []string { return append(slices.Clone(r.Checks), skipped(r)[1:]...) }},
	} {
		var seen []string
		opts := validator.Options{Progress: func(check string) { seen = append(seen, check) }}
		var report *validator.Report
		var err error
		if test.files != nil {
			report, err = validator.FS(t.Context(), test.files, opts)
		} else {
			report, err = validator.Archive(t.Context(), bytes.NewReader(test.archive), int64(len(test.archive)), opts)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := test.want(report)
		slices.Sort(want)
		slices.Sort(seen)
		if !slices.Equal(seen, want) {
			t.Errorf("%s: told of %q, want %q", name, seen, want)
		}
	}
}

func skipped(r *validator.Report) (names []string) {
	for _, s := range r.Skipped {
		names = append(names, s.Check)
	}
	return names
}

// TestMaxArchive compares it with what the reader of archives refuses.
func TestMaxArchive(t *testing.T) {
	if got, want := (validator.Limits{}).MaxArchive(), int64(8<<30+2*16<<20); got != want {
		t.Errorf("by default %d, want %d", got, want)
	}
	limits := validator.Limits{Total: 5}
	most := limits.MaxArchive()
	for size, tooLarge := range map[int64]bool{most: false, most + 1: true} {
		report, err := validator.Archive(t.Context(), zeros{}, size, validator.Options{Limits: limits})
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Problems[0].Code; (got == "zip-archive-too-large") != tooLarge {
			t.Errorf("%d bytes: %s", size, got)
		}
	}
}

// zeros is a file of nothing else.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}
