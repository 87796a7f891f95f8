package canonyaml_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

type yamlCase struct {
	In    string
	Out   string
	Error string
}

func readCases(t testing.TB) []yamlCase {
	t.Helper()
	f, err := os.Open("../testdata/conformance/yaml.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var cases []yamlCase
	s := bufio.NewScanner(z)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var c yamlCase
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestConformance runs every recorded case. There is no list of exceptions.
func TestConformance(t *testing.T) {
	cases := readCases(t)
	if len(cases) != 2500 {
		t.Fatalf("have %d cases, want 2500", len(cases))
	}
	for i, c := range cases {
		root, err := canonyaml.Read([]byte(c.In))
		if c.Error != "" {
			if err == nil {
				t.Errorf("case %d: %q was read, want %s", i, c.In, c.Error)
			} else if dup := errors.Is(err, canonyaml.ErrDuplicateKey); dup != (c.Error == "duplicate key") {
				t.Errorf("case %d: %q: %v, want %s", i, c.In, err, c.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d: %q: %v", i, c.In, err)
			continue
		}
		if diff := cmp.Diff(c.Out, string(canonyaml.Append(nil, root))); diff != "" {
			t.Errorf("case %d: %q (-want +got):\n%s", i, c.In, diff)
		}
	}
}
