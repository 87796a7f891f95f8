package handoff_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/handofftest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

// old stands at an output before an export that must not touch it.
const old = "what was there before\n"

// outDir is a directory with an old output in it.
func outDir(t *testing.T) (dir, out string) {
	t.Helper()
	dir = t.TempDir()
	out = filepath.Join(dir, "rig.anpkg")
	handofftest.WriteFile(t, out, []byte(old))
	return dir, out
}

// wantOld checks that the directory of outDir is as outDir made it.
func wantOld(t *testing.T, dir string) {
	t.Helper()
	handofftest.WantNames(t, dir, "rig.anpkg")
	if got := handofftest.ReadFile(t, filepath.Join(dir, "rig.anpkg")); string(got) != old {
		t.Errorf("the output that was there is now %d bytes long", len(got))
	}
}

// wantPackage checks that a file holds the package that a result describes.
func wantPackage(t *testing.T, file string, result *handoff.Result) {
	t.Helper()
	data := handofftest.ReadFile(t, file)
	if int64(len(data)) != result.Size || handofftest.Digest(data) != result.SHA256 {
		t.Errorf("%s: %d bytes with digest %s, the result says %d and %s",
			filepath.Base(file), len(data), handofftest.Digest(data), result.Size, result.SHA256)
	}
}

// cancelAt returns a context that is canceled when the n-th progress, from 0, is
// reported, and the function that counts them.
func cancelAt(t *testing.T, n int) (context.Context, func(exporter.Progress), *int) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	events := new(int)
	return ctx, func(exporter.Progress) {
		if *events == n {
			cancel()
		}
		*events++
	}, events
}
