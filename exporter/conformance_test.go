package exporter_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestConformance exports every recorded project and compares every byte. No
// case is left out.
func TestConformance(t *testing.T) {
	for i, c := range conformance.ExportCases(t) {
		pkg, err := exporter.Build(context.Background(), c.Files.FS(), exporter.Options{Name: c.Name})
		if c.Expect.Error != "" {
			var problems validator.ProblemList
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Errorf("case %d: error %v, want Problems for: %s", i, err, c.Expect.Error)
			}
			for _, p := range problems {
				if p.File == "" {
					t.Errorf("case %d: problem without a file: %v", i, p)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d (%s): %v", i, c.Kind, err)
			continue
		}
		var buf bytes.Buffer
		if _, err := pkg.WriteTo(&buf); err != nil {
			t.Errorf("case %d: %v", i, err)
			continue
		}
		sum := sha256.Sum256(buf.Bytes())
		if got := hex.EncodeToString(sum[:]); got != c.Expect.SHA256 || int64(buf.Len()) != c.Expect.Size || pkg.Size() != c.Expect.Size {
			t.Errorf("case %d (%s): sha256 %s, size %d and %d, want %s, %d\n%s", i, c.Kind, got, buf.Len(), pkg.Size(),
				c.Expect.SHA256, c.Expect.Size, cmp.Diff(map[string]string(c.Expect.Entries), unzip(t, buf.Bytes())))
		}
	}
}

func unzip(t *testing.T, data []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}
