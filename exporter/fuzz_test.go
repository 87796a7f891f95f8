package exporter_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// FuzzBuild exports what a text with sections "-- name --" describes, all its
// variants. Whatever the text, two exports say the same, a problem names its
// place, and a package reads back with the standard library, verifies, and has no
// secret that the search knows.
func FuzzBuild(f *testing.F) {
	// Seeds are in testdata/fuzz/FuzzBuild.
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 64<<10 {
			return
		}
		opts := exporter.Options{
			Name: "rig-1", Variants: exporter.AllVariants(), Pins: map[string]string{"runtime": "1.0", "sim": "2.0"},
			DataRoot: mapFS(text), ProjectPath: "projects/rig-1", WithIncludes: len(text)%2 == 0, AllowMissingVariants: len(text)%3 == 0,
		}
		first, err := exporter.Build(context.Background(), mapFS(text), opts)
		second, again := exporter.Build(context.Background(), mapFS(text), opts)
		if err != nil {
			var problems, others validator.ProblemList
			if !errors.As(err, &problems) || !errors.As(again, &others) || len(problems) == 0 {
				t.Fatalf("errors %v and %v, want Problems", err, again)
			}
			if problems.Error() != others.Error() {
				t.Fatalf("two builds find\n%v\nand\n%v", problems, others)
			}
			for _, p := range problems {
				checkProblem(t, err, p)
			}
			return
		}
		if again != nil {
			t.Fatalf("one build of two fails: %v", again)
		}
		if !slices.Equal(first.Notes(), second.Notes()) {
			t.Fatalf("two builds note\n%v\nand\n%v", first.Notes(), second.Notes())
		}
		archive := archiveOf(t, first)
		if !bytes.Equal(archive, archiveOf(t, second)) {
			t.Fatal("two builds make two archives")
		}
		readBack(t, archive, first)
		// What was removed and what was refused leaves nothing to find.
		left, err := redact.Default().Scan(context.Background(), first.FS())
		for _, f := range left {
			if f.Severity == redact.Error {
				t.Fatalf("the package has %v", f)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		// Every problem of the package is in a file of the project.
		report, err := validator.FS(context.Background(), first.FS(), validator.Options{})
		if err != nil {
			t.Fatal(err)
		}
		project := mapFS(text)
		for _, p := range report.Problems {
			source, ok := first.Source(p)
			if file := strings.TrimPrefix(source.File, "data root: "); ok && project[file] == nil && file != "***" {
				t.Fatalf("%v is %v, in no file of the project", p, source)
			}
			if !ok && p.File != "" && !strings.HasPrefix(p.File, "meta/") && !strings.Contains(p.File, "***") {
				t.Fatalf("%v has no source", p)
			}
		}
	})
}

// readBack opens an archive as any Go program would and verifies its checksums.
func readBack(t *testing.T, archive []byte, pkg *exporter.Package) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range r.File {
		names[file.Name] = true
		rc, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, rc); err != nil {
			t.Fatalf("%s: %v", file.Name, err)
		}
	}
	for _, name := range []string{"machine-profile.yaml", "runtime/anolis-runtime.yaml", "meta/provenance.json", "meta/checksums.sha256"} {
		if !names[name] {
			t.Fatalf("no %s in the package", name)
		}
	}
	list, err := r.Open("meta/checksums.sha256")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := checksum.Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := manifest.Verify(context.Background(), r, "meta/checksums.sha256"); err != nil {
		t.Fatal(err)
	}
	sum, err := checksum.Sum(context.Background(), pkg.FS(), "meta/checksums.sha256")
	if err != nil || !reflect.DeepEqual(sum, manifest) {
		t.Fatalf("the file system of the package differs from its archive: %v", err)
	}
}
