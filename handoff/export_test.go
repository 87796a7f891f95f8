package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

// TestExportExamples checks that a stream and a file get the same package, the
// one whose digest is committed.
func TestExportExamples(t *testing.T) {
	list := strings.Split(strings.TrimSpace(string(handofftest.ReadFile(t, filepath.Join(handofftest.Projects(), "packages.sha256")))), "\n")
	for _, line := range list {
		want, file, _ := strings.Cut(line, "  ")
		name := strings.TrimSuffix(file, ".anpkg")
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(handofftest.Projects(), name)
			data, streamed := handofftest.Export(t, os.DirFS(dir), handoff.ExportOptions{Options: exporter.Options{Name: name}})
			if handofftest.Digest(data) != want || streamed.SHA256 != want || streamed.Size != int64(len(data)) {
				t.Errorf("Export: %d bytes with digest %s, result %+v, want digest %s", len(data), handofftest.Digest(data), streamed, want)
			}
			out := filepath.Join(t.TempDir(), file)
			filed := handofftest.MustExportFile(t, dir, out, handoff.ExportOptions{})
			wantPackage(t, out, filed)
			if filed.Report.Package != out || streamed.Report.Package != "" {
				t.Errorf("the reports are on %q and %q", filed.Report.Package, streamed.Report.Package)
			}
			filed.Report.Package = ""
			if diff := cmp.Diff(streamed, filed); diff != "" {
				t.Errorf("results of Export (-) and ExportFile (+):\n%s", diff)
			}
		})
	}
	if len(list) < 4 {
		t.Errorf("only %d example packages are listed", len(list))
	}
}

// TestExportNotes checks that notes reach the caller.
func TestExportNotes(t *testing.T) {
	_, result := handofftest.Export(t, os.DirFS(handofftest.Projects()+"/bioreactor-bench"), handoff.ExportOptions{Options: exporter.Options{Name: "bioreactor-bench"}})
	count := map[validator.Code]int{}
	for _, n := range result.Notes {
		count[n.Code]++
	}
	if count[validator.CodeOmittedVariant] != 3 || count[validator.CodeSecretRemoved] != 1 {
		t.Errorf("notes: %v", count)
	}
}

// TestExportWriterFails has the writer fail after every number of bytes around
// the buffer sizes, and some between.
func TestExportWriterFails(t *testing.T) {
	project, opts := os.DirFS(handofftest.BigProject(t)), handoff.ExportOptions{Options: exporter.Options{Name: "mixer-system"}}
	whole, _ := handofftest.Export(t, project, opts)
	var sizes []int
	for n := 0; n < len(whole); n += len(whole)/6 + 1 {
		sizes = append(sizes, n)
	}
	for _, boundary := range []int{0, 32 << 10, 512 << 10, len(whole)} {
		for n := boundary - 1; n <= boundary+1; n++ {
			if n >= 0 && n < len(whole) {
				sizes = append(sizes, n)
			}
		}
	}
	full := errors.New("no space left")
	for _, n := range sizes {
		for _, writerErr := range []error{full, nil} { // nil: a short write without an error
			want := full
			if writerErr == nil {
				want = io.ErrShortWrite
			}
			w := &handofftest.Limited{N: n, Err: writerErr}
			result, err := handoff.Export(t.Context(), w, project, opts)
			if !errors.Is(err, want) || result != nil {
				t.Fatalf("writer of %d bytes: result %v, error %v, want %v", n, result, err, want)
			}
			if !bytes.Equal(w.Got, whole[:n]) {
				t.Fatalf("writer of %d bytes got %d others", n, len(w.Got))
			}
		}
	}
	w := &handofftest.Limited{N: len(whole), Err: full}
	if _, err := handoff.Export(t.Context(), w, project, opts); err != nil {
		t.Errorf("writer of just enough bytes: %v", err)
	}
}

// untouched fails the test when it is written to.
type untouched struct{ t *testing.T }

func (w untouched) Write(p []byte) (int, error) {
	w.t.Errorf("%d bytes were written", len(p))
	return len(p), nil
}

func TestExportWritesNothingOnProblems(t *testing.T) {
	dir := handofftest.CopyProject(t, "bioreactor-bench")
	handofftest.ReplaceIn(t, dir+"/machine-profile.yaml", "machine_id: bioreactor-bench", "machine_id: [1]")
	handofftest.ReplaceIn(t, dir+"/config/provider-drives.yaml", "provider:", "provider: {")
	result, err := handoff.Export(t.Context(), untouched{t}, os.DirFS(dir), handoff.ExportOptions{Options: exporter.Options{Name: "bench"}})
	if result != nil {
		t.Errorf("result %+v", result)
	}
	handofftest.WantProblem(t, err, validator.CodeProfileSchema, "machine-profile.yaml")
	handofftest.WantProblem(t, err, validator.CodeYAMLSyntax, "config/provider-drives.yaml")

	_, err = handoff.Export(t.Context(), untouched{t}, fstest.MapFS{}, handoff.ExportOptions{Options: exporter.Options{Name: "bench"}})
	handofftest.WantProblem(t, err, validator.CodeLayout, "")
	_, err = handoff.Export(t.Context(), untouched{t}, os.DirFS(handofftest.Projects()+"/sim-quickstart"), handoff.ExportOptions{})
	handofftest.WantProblem(t, err, validator.CodeOption, "")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := handoff.Export(ctx, untouched{t}, os.DirFS(dir), handoff.ExportOptions{Options: exporter.Options{Name: "bench"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a canceled context: %v", err)
	}
}

// TestExportCanceled cancels at every progress. What the writer has then is a
// true beginning, so that nothing wrong was ever written. An export of which
// only the archive's directory is missing may be completed.
func TestExportCanceled(t *testing.T) {
	project := os.DirFS(handofftest.BigProject(t))
	_, count, events := cancelAt(t, -1)
	whole, _ := handofftest.Export(t, project, handoff.ExportOptions{Options: exporter.Options{Name: "rig", Progress: count}})
	if *events < 10 {
		t.Fatalf("only %d events", *events)
	}
	directory := bytes.Index(whole, []byte("PK\x01\x02"))
	for n := range *events {
		ctx, count, _ := cancelAt(t, n)
		seen, complete := 0, false
		opts := handoff.ExportOptions{Options: exporter.Options{Name: "rig", Progress: func(p exporter.Progress) {
			if seen == n {
				complete = p.Stage == exporter.StageWrite && p.Done >= int64(directory)
			}
			seen++
			count(p)
		}}}
		var b bytes.Buffer
		result, err := handoff.Export(ctx, &b, project, opts)
		switch {
		case err == nil:
			if !complete || !bytes.Equal(b.Bytes(), whole) {
				t.Errorf("canceled at event %d: no error, %d bytes", n, b.Len())
			}
		case !errors.Is(err, context.Canceled) || result != nil:
			t.Errorf("canceled at event %d: result %v, error %v", n, result, err)
		case !bytes.HasPrefix(whole, b.Bytes()):
			t.Errorf("canceled at event %d: %d bytes are no beginning of the package", n, b.Len())
		}
	}
}
