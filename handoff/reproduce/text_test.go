package reproduce_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestReproduceText has the text of a package with a difference in each layer.
func TestReproduceText(t *testing.T) {
	_, p := handofftest.BenchPackage(t)
	m := handofftest.ReleaseOf(t, p)
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "    bucket: bench-2l\n", "    bucket: bench-2l\n    token: typed-in-at-night-7\n")
	handofftest.EditRelease(t, m, handofftest.RuntimeConfig, "interval_ms: 3000", "interval_ms: 250")
	handofftest.EditRelease(t, m, "runtime/anolis-runtime.full.yaml", "polling:\n", "polling: # slow bus\n")
	handofftest.EditRelease(t, m, "runtime/behaviors/fed_batch.xml", "</root>", "\n</root>")
	handofftest.EditRelease(t, m, "meta/provenance.json", "2026-06-02T12:05:27Z", "2026-06-02T12:05:28Z")
	delete(m, "providers/drives0.yaml")
	m["notes.txt"] = &fstest.MapFile{Data: []byte("x")}
	other := handofftest.OpenArchive(t, handofftest.Repacked(t, summed(t, m), nil), anyPackage)
	other.Report().Package = "bench.anpkg"
	project := os.DirFS(handofftest.Projects() + "/bioreactor-bench")
	r := reproduced(t, project, other, reproduce.Options{Options: exporter.Options{Name: "rig\x1b-1"}})
	r.Project = "rig-1"
	var text, colored, json bytes.Buffer
	if err := errors.Join(r.WriteText(&text, false), r.WriteText(&colored, true), r.WriteJSON(&json)); err != nil {
		t.Fatal(err)
	}
	handofftest.Golden(t, "reproduce.txt", text.String())
	handofftest.Golden(t, "reproduce.json", json.String())
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
	if strings.Contains(text.String()+json.String(), "typed-in") || strings.Contains(text.String()+json.String(), "\x1b") {
		t.Error("a secret is shown, or an escape")
	}
}

// TestReproduceVerdicts has the lines about a package that is what it should be,
// and a list that is cut.
func TestReproduceVerdicts(t *testing.T) {
	data, p := handofftest.BenchPackage(t)
	project := os.DirFS(handofftest.Projects() + "/bioreactor-bench")
	m := handofftest.ReleaseOf(t, p)
	folder, err := handoff.OpenFS(t.Context(), m, handoff.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const as = "exported with name bench, variants telemetry,automation,full"
	for _, test := range []struct {
		p    *handoff.Package
		opts reproduce.Options
		want string
	}{
		{p, reproduce.Options{}, "package: identical to the export of the project\n" + as + ", as the package was\nsha256: " + handofftest.Digest(data) + "\n"},
		{p, reproduce.Options{Options: exporter.Options{Name: "bench", Pins: map[string]string{"b": "2", "a": "1"}}},
			"package: identical to the export of the project\n" + as + ", pins a=1,b=2 (variants as the package was)\nsha256: " + handofftest.Digest(data) + "\n"},
		{folder, reproduce.Options{}, "package: the same files as in the export of the project (there is no archive to compare)\n" + as + ", as the package was\nsha256: " + handofftest.Digest(data) + "\n"},
	} {
		var text bytes.Buffer
		if err := reproduced(t, project, test.p, test.opts).WriteText(&text, false); err != nil {
			t.Fatal(err)
		}
		if text.String() != test.want {
			t.Errorf("got\n%s\nwant\n%s", &text, test.want)
		}
	}

	m[handofftest.RuntimeConfig].Data = append(m[handofftest.RuntimeConfig].Data, strings.Join(manyKeys(150), "")...)
	if folder, err = handoff.OpenFS(t.Context(), summed(t, m), anyPackage); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := reproduced(t, project, folder, reproduce.Options{}).WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "package: DIFFERENT from the export of the project: 150 causes\n") ||
		!strings.HasSuffix(text.String(), "and 130 more\n") || strings.Count(text.String(), "fix: ") != 1 {
		t.Errorf("long list:\n%s", &text)
	}
}

func manyKeys(n int) (lines []string) {
	for i := range n {
		lines = append(lines, "more"+strings.Repeat("x", i)+": 1\n")
	}
	return lines
}
