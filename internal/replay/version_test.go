//go:build unix

package replay

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestVersion asks runtimes that answer, refuse, hang and are not there.
func TestVersion(t *testing.T) {
	temp := t.TempDir()
	for name, test := range map[string]struct{ script, want, err string }{
		"stdout":  {"[ \"$*\" = --version ] && echo anolis-runtime 0.1.40", "anolis-runtime 0.1.40", ""},
		"stderr":  {"echo v0.1.40 >&2", "v0.1.40", ""},
		"nothing": {"true", "", ""},
		"control": {"printf '\\033[31m0.1.40\\n'", `\x1b[31m0.1.40`, ""},
		"refused": {"echo 'ERROR: usage' >&2; exit 1", "", "the runtime has no --version"},
		"hangs":   {"sleep 100", "", "the runtime gave no answer within 300ms"},
		"crashes": {"kill -9 $$", "", "the runtime was ended by SIGKILL"},
	} {
		binary := filepath.Join(t.TempDir(), "runtime")
		if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		opts := Options{Binary: binary, TempDir: temp}
		if name == "hangs" {
			opts.Timeout = 300 * time.Millisecond
		}
		got, err := Version(t.Context(), opts)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if got != test.want || said != test.err {
			t.Errorf("%s: %q, %q", name, got, said)
		}
	}
	if _, err := Version(t.Context(), Options{Binary: filepath.Join(temp, "gone")}); err == nil || err.Error() != "the runtime does not exist" {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Version(ctx, Options{Binary: "/bin/sh", TempDir: temp}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
