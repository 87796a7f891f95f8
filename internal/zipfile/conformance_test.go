package zipfile

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/conformance"
)

// TestConformance packs the files of every recorded export again and compares
// the archive with the reference's, byte for byte by its digest.
func TestConformance(t *testing.T) {
	packed := 0
	for i, c := range conformance.ExportCases(t) {
		if c.Expect.Error != "" {
			continue
		}
		packed++
		var files []File
		for name, text := range c.Expect.Entries {
			files = append(files, FromBytes(name, []byte(text)))
		}
		s := mustSet(t, files...)
		var buf bytes.Buffer
		if n, err := s.WriteTo(&buf); err != nil || n != c.Expect.Size || s.Size() != n {
			t.Errorf("case %d: wrote %d bytes, %v; Size %d, want %d", i, n, err, s.Size(), c.Expect.Size)
		}
		if sum := sha256.Sum256(buf.Bytes()); hex.EncodeToString(sum[:]) != c.Expect.SHA256 {
			t.Errorf("case %d: sha256 %x, want %s", i, sum, c.Expect.SHA256)
		}
		readBack(t, buf.Bytes(), c.Expect.Entries)
	}
	if conformance.All && packed < 200 {
		t.Errorf("packed %d, want most of the cases", packed)
	}
}

// readBack reads the archive with the standard library and compares it with the
// files.
func readBack(t *testing.T, data []byte, files map[string]string) {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if len(zr.File) != len(files) {
		t.Errorf("read back %d files, want %d", len(zr.File), len(files))
	}
	for _, zf := range zr.File {
		r, err := zf.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil {
			t.Errorf("%q: %v", zf.Name, err)
		}
		if want, ok := files[zf.Name]; !ok || string(got) != want {
			t.Errorf("%q: read back %q, want %q", zf.Name, got, want)
		}
	}
}
