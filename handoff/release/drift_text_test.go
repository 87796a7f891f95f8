package release_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestDriftText has the text of a machine on which much has happened.
func TestDriftText(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	p.Report().Package = "bench.anpkg"
	m := handofftest.ReleaseOf(t, p)
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "    bucket: bench-2l\n", "    bucket: bench-2l\n    token: typed-in-at-night-7\n")
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "interval_ms: 3000", "interval_ms: 250")
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "logging:\n  level: info\n", "")
	handofftest.EditRelease(t, m, "runtime/anolis-runtime.full.yaml", "polling:\n", "polling: # slow bus\n")
	handofftest.EditRelease(t, m, "runtime/anolis-runtime.telemetry.yaml", "polling:\n", "polling: [\n")
	handofftest.EditRelease(t, m, "runtime/behaviors/fed_batch.xml", "</root>", "\n</root>")
	delete(m, "providers/drives0.yaml")
	m["providers/probes0.yaml"] = &fstest.MapFile{Data: []byte("drives0.yaml"), Mode: fs.ModeSymlink}
	m["logs"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	m["runtime/old \x1b[31m.yaml"] = &fstest.MapFile{Data: []byte("x")}
	m["machine-profile.yaml~"] = &fstest.MapFile{Data: make([]byte, 1800)}
	r := drift(t, p, unsteady{MapFS: m, name: "providers/thermal0.yaml", when: "open", err: fs.ErrPermission})
	r.Release, r.ReleaseDigest = "/opt/bench/current", strings.Repeat("5e", 32)
	var text, colored, json bytes.Buffer
	if err := errors.Join(r.WriteText(&text, false), r.WriteText(&colored, true), r.WriteJSON(&json)); err != nil {
		t.Fatal(err)
	}
	handofftest.Golden(t, "drift.txt", text.String())
	handofftest.Golden(t, "drift.json", json.String())
	plain := colored.String()
	for _, style := range []string{"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[0m"} {
		if !strings.Contains(plain, style) {
			t.Errorf("no %q in the colored text", style)
		}
		plain = strings.ReplaceAll(plain, style, "")
	}
	if plain != text.String() {
		t.Errorf("colors change the text:\n%s", plain)
	}
}

// TestDriftTextLong cuts what nobody would read.
func TestDriftTextLong(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	for i := range 40 {
		m[fmt.Sprintf("extra%02d", i)] = &fstest.MapFile{}
		m[handofftest.RuntimeConfig].Data = fmt.Appendf(m[handofftest.RuntimeConfig].Data, "more%d: %d\n", i, i)
	}
	var text bytes.Buffer
	if err := drift(t, p, m).WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"release: DRIFT from the package: 1 changed, 40 extra, 10 unchanged\n",
		"    more24: 24 was added (line 112)\n    and 15 more changed values\n",
		"extra: extra24: 0 bytes\nand 15 more extra; the JSON form has all\n",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
}

// TestDriftAdvice says what to do about it as a whole.
func TestDriftAdvice(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	for _, test := range []struct {
		rel  fstest.MapFS
		want string
	}{
		{handofftest.ReleaseOf(t, p), "release: no drift from the package: 11 files, all as packaged\n"},
		{fstest.MapFS{"etc/hosts": {}}, "fix: No file is as in the package. Name the folder that it was unpacked to.\n"},
		{func() fstest.MapFS { m := handofftest.ReleaseOf(t, p); m["x"] = &fstest.MapFile{}; return m }(),
			"fix: Keep files of the site outside of the release: an update leaves them behind.\n"},
		{func() fstest.MapFS { m := handofftest.ReleaseOf(t, p); delete(m, handofftest.RuntimeConfig); return m }(),
			"fix: Bring what should stay into the project, and export and unpack a new package.\n"},
	} {
		var text bytes.Buffer
		if err := drift(t, p, test.rel).WriteText(&text, false); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(text.String(), test.want) {
			t.Errorf("no %q at the end of\n%s", test.want, &text)
		}
	}
}
