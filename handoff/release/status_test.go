package release_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestStatus unpacks two packages, looks, edits the older one, and looks again.
func TestStatus(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rig")
	_, b := handofftest.BenchPackage(t)
	a := handofftest.OpenExample(t, "sim-quickstart")
	var digests []string
	alice := &release.Signer{Principal: "alice@example.org", Key: "ED25519", Fingerprint: "SHA256:abc"}
	for i, p := range []*validator.Package{a, b} {
		rel, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{Signer: []*release.Signer{nil, alice}[i]})
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, rel.Digest)
		when := time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC)
		if err := os.Chtimes(rel.Path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	look := func() *release.StatusReport {
		t.Helper()
		r, err := release.Status(t.Context(), dir, validator.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := look()
	if r.Current != digests[1] || r.Previous != digests[0] || len(r.Releases) != 2 || r.Releases[0].Digest != r.Current ||
		r.Releases[0].Machine != "bioreactor-bench" || r.Releases[0].Edited || r.Releases[1].Edited || r.Rollback == nil || r.Rollback.High == 0 {
		t.Errorf("%+v", r)
	}
	back, err := diff.Packages(t.Context(), b, a)
	if err != nil {
		t.Fatal(err)
	}
	risks := map[diff.Risk]int{}
	for _, c := range back.Changes {
		risks[c.Risk]++
	}
	want := map[diff.Risk]int{diff.High: r.Rollback.High, diff.Medium: r.Rollback.Medium, diff.Low: r.Rollback.Low}
	if d := cmp.Diff(risks, want); d != "" || len(r.Rollback.First) != 3 {
		t.Errorf("the rollback has other risks (-want +got):\n%s%q", d, r.Rollback.First)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	wantText := `current:  Bench Bioreactor, 2 L (bioreactor-bench), state of 2026-06-02T12:05:27Z
    release   ` + digests[1] + `
    content   ` + fmt.Sprintf("%d files, %d bytes", r.Releases[0].Files, r.Releases[0].Size) + `, unpacked 2026-06-03T12:00:00Z
    versions  runtime 0.2.6, bread 0.4.2, ezo 0.5.1, telemetry_export 0.2.0
    signed    by alice@example.org (ED25519 SHA256:abc), checked when it was unpacked
previous: Simulated Training Rig (sim-quickstart), state of 2026-05-18T07:30:00Z
`
	if got := text.String(); !bytes.HasPrefix([]byte(got), []byte(wantText)) {
		t.Errorf("-want +got:\n%s", cmp.Diff(wantText, got))
	}

	file := filepath.Join(dir, "releases", digests[0], "machine-profile.yaml")
	handofftest.ReplaceIn(t, file, "display_name", "display_nome")
	if err := os.Remove(filepath.Join(dir, "previous")); err != nil {
		t.Fatal(err)
	}
	r = look()
	if r.Previous != "" || r.Rollback != nil || !r.Releases[1].Edited || r.Releases[0].Edited {
		t.Errorf("edited: %+v", r)
	}
	if err := os.WriteFile(file, []byte("["), 0o644); err != nil {
		t.Fatal(err)
	}
	if r = look(); !r.Releases[1].Edited {
		t.Errorf("broken: %+v", r.Releases[1])
	}
	// Unpacked again, the edited one is kept, and the status says so.
	rel, err := release.Unpack(t.Context(), a, dir, release.UnpackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	again := look()
	if diff := cmp.Diff([]release.KeptRelease{{Digest: digests[0], Path: rel.Kept}}, again.Kept); diff != "" || again.Releases[0].Edited {
		t.Errorf("%+v %s", again.Releases[0], diff)
	}
	text.Reset()
	line := "edited:   " + digests[0] + ".edited-1, kept when " + digests[0][:12] + " was written again; unpack --prune removes it\n"
	if err := again.WriteText(&text, false); err != nil || !bytes.Contains(text.Bytes(), []byte(line)) {
		t.Errorf("%v, no %q in\n%s", err, line, &text)
	}
	var json bytes.Buffer
	if err := r.WriteJSON(&json); err != nil || !bytes.Contains(json.Bytes(), []byte(`"edited":true`)) {
		t.Errorf("%v %s", err, json.Bytes())
	}
}

// TestDriftPath finds the current release of a directory, and takes that of a release.
func TestDriftPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rig")
	p := handofftest.OpenExample(t, "sim-quickstart")
	rel, err := release.Unpack(t.Context(), p, dir, release.UnpackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for path, shown := range map[string]string{dir: filepath.Join(dir, "current"), rel.Path: rel.Path} {
		r, err := release.DriftPath(t.Context(), p, path)
		if err != nil || r == nil || r.Release != shown || r.ReleaseDigest != rel.Digest || r.Drifted || r.Unchanged != len(p.Report().Files) {
			t.Errorf("%s: %+v, %v", path, r, err)
		}
	}
	handofftest.ReplaceIn(t, filepath.Join(rel.Path, "machine-profile.yaml"), "display_name", "display_nome")
	if r, err := release.DriftPath(t.Context(), p, dir); err != nil || r == nil || !r.Drifted {
		t.Errorf("edited: %+v, %v", r, err)
	}
	if err := os.RemoveAll(rel.Path); err != nil {
		t.Fatal(err)
	}
	if _, err := release.DriftPath(t.Context(), p, dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a release: %v", err)
	}
}

// TestStatusOfOthers refuses what Unpack did not make.
func TestStatusOfOthers(t *testing.T) {
	var foreign *release.ForeignError
	if _, err := release.Status(t.Context(), t.TempDir(), validator.Limits{}); !errors.As(err, &foreign) {
		t.Errorf("an empty directory: %v", err)
	}
	if _, err := release.Status(t.Context(), filepath.Join(t.TempDir(), "gone"), validator.Limits{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "current"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := release.Status(t.Context(), dir, validator.Limits{}); !errors.As(err, &foreign) {
		t.Errorf("a file called current: %v", err)
	}
}
