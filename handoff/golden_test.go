package handoff_test

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run=^TestChangesDocIsCurrent$ . -update

var update = flag.Bool("update", false, "write the expected texts anew; read the difference")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", filepath.FromSlash(name))
	if *update {
		writeFile(t, file, []byte(got))
	}
	if diff := cmp.Diff(string(readFile(t, file)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
