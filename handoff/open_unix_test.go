//go:build unix

package handoff_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestOpenLinks opens no directory with a symbolic link in it, wherever it leads,
// and follows one that the caller names.
func TestOpenLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	handofftest.WriteFile(t, outside, []byte("a: 1\n"))
	for name, target := range map[string]string{
		"providers/bench-sim.yaml": outside, "providers/extra.yaml": "bench-sim.yaml", "providers/loop": "loop", "extra": "providers",
	} {
		dir := unpacked(t, "sim-quickstart")
		handofftest.Link(t, dir, name, target)
		p, err := handoff.OpenPath(t.Context(), dir, handoff.OpenOptions{AllowInvalid: true})
		var invalid *handoff.InvalidError
		if p != nil || !errors.As(err, &invalid) || invalid.Report.Package != dir {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	for _, target := range []string{unpacked(t, "sim-quickstart"), packed(t, "sim-quickstart")} {
		dir := t.TempDir()
		handofftest.Link(t, dir, "alias", target)
		p, err := handoff.OpenPath(t.Context(), filepath.Join(dir, "alias"), handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := p.Digest(t.Context()); sum != quickstartDigest || err != nil {
			t.Errorf("digest %s, %v", sum, err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOpenLinkedLater reads nothing through a link that appears after the package
// was opened, not even the same content.
func TestOpenLinkedLater(t *testing.T) {
	const name = "providers/bench-sim.yaml"
	for inside, content := range map[bool]string{true: "", false: "secret: of the host\n"} {
		dir, outside := unpacked(t, "sim-quickstart"), filepath.Join(t.TempDir(), "outside.yaml")
		if inside {
			content = string(handofftest.ReadFile(t, filepath.Join(dir, name)))
		}
		handofftest.WriteFile(t, outside, []byte(content))
		p, err := handoff.OpenPath(t.Context(), dir, handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		handofftest.Link(t, dir, name, outside)
		if data, err := fs.ReadFile(p.FS(), name); err == nil {
			t.Errorf("read %d bytes through a link", len(data))
		}
	}
}

// TestOpenPipe does not wait for somebody to write.
func TestOpenPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	p, err := handoff.OpenPath(t.Context(), pipe, handoff.OpenOptions{})
	var at *fs.PathError
	if p != nil || !errors.As(err, &at) || at.Path != pipe {
		t.Errorf("%v, %v", p, err)
	}
}
