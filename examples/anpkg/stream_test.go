package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
)

// fullAfter takes a number of bytes.
type fullAfter struct{ left int }

func (w *fullAfter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	if n < len(p) {
		return n, errors.New("full\x1b")
	}
	return n, nil
}

// TestExportBroken has standard output fail after any number of bytes.
func TestExportBroken(t *testing.T) {
	data, err := os.ReadFile(exported(t, "sim-quickstart"))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(data); n += max(1, min(500, len(data)-n)) {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"export", "../projects/sim-quickstart", "-"}, streams{noInput{}, &fullAfter{n}, &stderr})
		want, fails := `anpkg export: standard output: full\x1b; what was written is no complete package`+"\n", 1
		switch n {
		case 0:
			want = `anpkg export: standard output: full\x1b; nothing was written` + "\n"
		case len(data):
			want, fails = "", 0
		}
		if code != fails || stderr.String() != want {
			t.Errorf("broken after %d bytes: exit %d, stderr %q", n, code, &stderr)
		}
	}
}

// TestExportStream has the same bytes as a file.
func TestExportStream(t *testing.T) {
	want, err := os.ReadFile(exported(t, "mixer-system"))
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := anpkg("export", "../projects/mixer-system", "-")
	if code != 0 || stdout != string(want) || strings.Contains(stderr, "anpkg") {
		t.Errorf("exit %d, %d bytes, stderr %q", code, len(stdout), stderr)
	}
}

func TestExportState(t *testing.T) {
	for want, now := range map[string]exporter.Progress{
		"reading 1.5 MiB: runtime/behaviors/a.xml":        {Stage: exporter.StageRead, File: "runtime/behaviors/a.xml", Done: 3 << 19},
		"writing 50% of 3.0 GiB: runtime/behaviors/a.xml": {Stage: exporter.StageWrite, File: "runtime/behaviors/a.xml", Done: 3 << 29, Total: 3 << 30},
		"writing 0% of 10 B: a":                           {Stage: exporter.StageWrite, File: "a", Total: 10},
		"writing 100% of 10 B":                            {Stage: exporter.StageWrite, Done: 10, Total: 10},
	} {
		if got := exportState(now); got != want {
			t.Errorf("%+v is %q, want %q", now, got, want)
		}
	}
}
