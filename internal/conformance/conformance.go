// Package conformance gives tests the recorded answers of the reference: the
// Python workbench, PyYAML and the machine runtime. It is for tests only.
//
// The files are JSON Lines, compressed with gzip. They are never edited: where
// one disagrees with this module, the module is wrong.
package conformance

import (
	"bufio"
	"compress/gzip"
	"embed"
	"encoding/json"
	"iter"
	"testing"
	"testing/fstest"
)

//go:embed *.jsonl.gz round2/*.jsonl.gz
var files embed.FS

// YAML is a text and its canonical form, or why there is none.
type YAML struct {
	In    string
	Out   string
	Error string
}

// ExportedAt is a creation time of a project, of any JSON type, and the
// exported_at of its package.
type ExportedAt struct {
	Created    any
	ExportedAt string `json:"exported_at"`
}

// Export is a project and its package, or why there is none.
type Export struct {
	Kind   string // canonical or system
	Name   string // of the project directory
	Files  Files
	Expect struct {
		SHA256  string
		Size    int64
		Entries Files
		Error   string
		// Valid is the verdict on the package, and InvalidBecause its reason.
		Valid          bool
		InvalidBecause string `json:"invalid_because"`
	}
}

// Validate is the content of a package and the verdict on it.
type Validate struct {
	Mutations []string // what was done to a sound package
	Files     Files
	Expect    struct {
		Valid            bool
		Message          string // why it is not
		ReferenceAccepts bool   `json:"reference_accepts"`
	}
}

// Files is text by path.
type Files map[string]string

// FS is the files as a file system.
func (f Files) FS() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range f {
		fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return fsys
}

// YAMLCases are the 4,250 cases of canonical YAML, of both rounds.
func YAMLCases(tb testing.TB) []YAML {
	return append(read[YAML](tb, "yaml.jsonl.gz", 2500), read[YAML](tb, "round2/yaml.jsonl.gz", 1750)...)
}

// ExportedAtCases are the 50 cases of timestamps.
func ExportedAtCases(tb testing.TB) []ExportedAt {
	return read[ExportedAt](tb, "exported_at.jsonl.gz", 50)
}

// ExportCases are the 538 exported projects, of both rounds, with their numbers.
func ExportCases(tb testing.TB) iter.Seq2[int, Export] {
	return strided(append(read[Export](tb, "export.jsonl.gz", 300), read[Export](tb, "round2/export.jsonl.gz", 238)...))
}

// ValidateCases are the 600 judged packages of the first round, and 1,095 of the
// second, with their numbers.
func ValidateCases(tb testing.TB) iter.Seq2[int, Validate] {
	return strided(append(read[Validate](tb, "validate.jsonl.gz", 600), read[Validate](tb, "round2/validate.jsonl.gz", 1095)...))
}

// All reports whether tests get every case. With the race detector, on 386 and on arm
// they get every eighth case, because all would take minutes. The goroutines and the
// size of an int are the same in each case.
const All = stride == 1

func strided[T any](cases []T) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		for i := 0; i < len(cases) && yield(i, cases[i]); i += stride {
		}
	}
}

// read fails the test unless the file has as many cases as it should.
func read[T any](tb testing.TB, name string, want int) []T {
	tb.Helper()
	f, err := files.Open(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	cases := make([]T, 0, want)
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var c T
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			tb.Fatalf("%s: case %d: %v", name, len(cases), err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	if len(cases) != want {
		tb.Fatalf("%s has %d cases, want %d", name, len(cases), want)
	}
	return cases
}
