package exporter_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
)

// exportCase is a project and what the reference makes of it.
type exportCase struct {
	Kind   string
	Name   string
	Files  map[string]string
	Expect struct {
		SHA256  string
		Size    int64
		Entries map[string]string
		Error   string
	}
}

func (c exportCase) project() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range c.Files {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

func readExportCases(t testing.TB) []exportCase {
	t.Helper()
	f, err := os.Open("../internal/testdata/conformance/export.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []exportCase
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c exportCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestConformance exports every recorded project and compares every byte. No
// case is left out.
func TestConformance(t *testing.T) {
	cases := readExportCases(t)
	if len(cases) != 300 {
		t.Fatalf("have %d cases, want 300", len(cases))
	}
	for i, c := range cases {
		pkg, err := exporter.Build(context.Background(), c.project(), exporter.Options{Name: c.Name})
		if c.Expect.Error != "" {
			var problems exporter.Problems
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
				c.Expect.SHA256, c.Expect.Size, cmp.Diff(c.Expect.Entries, unzip(t, buf.Bytes())))
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
