package reproduce_test

import (
	"archive/zip"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// summed gives a release the checksums of what it holds now.
func summed(t testing.TB, m fstest.MapFS) fstest.MapFS {
	t.Helper()
	manifest, err := checksum.Sum(t.Context(), m, "meta/checksums.sha256")
	if err != nil {
		t.Fatal(err)
	}
	text, err := manifest.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	m["meta/checksums.sha256"] = &fstest.MapFile{Data: text}
	return m
}

// TestReproduceArchive packs the same files in other ways.
func TestReproduceArchive(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	project := os.DirFS(handofftest.Projects() + "/bioreactor-bench")
	for _, test := range []struct {
		name   string
		change func(*zip.FileHeader)
		want   string
	}{
		{"time", nil, "machine-profile.yaml has a time other than 1980-01-01 00:00:00"},
		{"compressed", func(h *zip.FileHeader) { h.Method = zip.Deflate }, "machine-profile.yaml is compressed"},
		{"comment", func(h *zip.FileHeader) { h.Modified, h.Comment = time.Time{}, "x" }, "machine-profile.yaml has a time other than 1980-01-01 00:00:00"},
	} {
		other := handofftest.OpenArchive(t, handofftest.Repacked(t, m, test.change), handoff.OpenOptions{})
		got := causeLines(reproduced(t, project, other, reproduce.Options{}))
		want := []string{"archive :0 : the archive is not what the exporter writes for these files: " + test.want}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}

	folder, err := handoff.OpenFS(t.Context(), m, handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := reproduced(t, project, folder, reproduce.Options{})
	if !r.Identical || !r.ContentOnly || r.PackageSHA256 != "" {
		t.Errorf("folder: %+v", r)
	}
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "polling:\n", "polling: # slow\n")
	if folder, err = handoff.OpenFS(t.Context(), summed(t, m), handoff.OpenOptions{}); err != nil {
		t.Fatal(err)
	}
	r = reproduced(t, project, folder, reproduce.Options{})
	if want := []string{"formatting runtime/anolis-runtime.yaml:58 : the same values, spelled in another way"}; !r.ContentOnly || !cmp.Equal(causeLines(r), want) {
		t.Errorf("changed folder: %v", causeLines(r))
	}
}

// TestReproduceChecksums tells a checksum file that follows from other changes
// from one that is wrong by itself.
func TestReproduceChecksums(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	project := os.DirFS(handofftest.Projects() + "/bioreactor-bench")
	const file = "meta/checksums.sha256"
	for _, test := range []struct {
		name   string
		change func(m fstest.MapFS)
		want   []string
	}{
		{"only", func(m fstest.MapFS) { m[file].Data = append(m[file].Data, '\n') },
			[]string{"content meta/checksums.sha256:11 : the content differs from this line on"}},
		{"not changed with the others", func(m fstest.MapFS) {
			handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "polling:\n", "polling: # slow\n")
		},
			[]string{"formatting runtime/anolis-runtime.yaml:58 : the same values, spelled in another way",
				"content meta/checksums.sha256:0 : is not the checksums of the files in the package"}},
		{"missing", func(m fstest.MapFS) { delete(m, file) },
			[]string{"files meta/checksums.sha256:0 : is not in the package, and the project exports it"}},
	} {
		m := handofftest.ReleaseOf(t, p)
		test.change(m)
		folder, err := handoff.OpenFS(t.Context(), m, anyPackage)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, causeLines(reproduced(t, project, folder, reproduce.Options{}))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
