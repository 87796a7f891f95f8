package exporter_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// upstreamDigests are the packages that the Python workbench makes of public
// machine projects, which are not part of this repository.
var upstreamDigests = map[string]string{
	"mixed-bus-dev":     "9e2a10b6098084c91990425a44ec424a8d41c4130d13f5ca191dd9c90deb8302",
	"imported-profile":  "c53522c51dd3537b11b1ae1d2241f6546dcb75bb9454dfdcbf272d3c31771744",
	"sim-quickstart-v1": "1f48f9ff943755735d1e3ab42ec4f326dfb685bd8b1ba97e9ffbe960d4a2d11b",
	"sim-quickstart-v2": "a489eee3d6e752751056b073954a655c8766cc50d31a2f9ab330165157fb059b",
	"mixed-bus-mock-v2": "fbc8dc0100639e716001d11b8cdca5b54ad6bdeb0d1f56bf2d3b3a37ef502b47",
}

const upstreamProjects = "../../shared/upstream/projects"

// TestUpstream compares packages of real projects where these lie beside the
// repository.
func TestUpstream(t *testing.T) {
	if _, err := os.Stat(upstreamProjects); errors.Is(err, fs.ErrNotExist) {
		t.Logf("nothing was compared: no %s", upstreamProjects)
		return
	}
	for name, want := range upstreamDigests {
		for source, fsys := range directory(t, filepath.Join(upstreamProjects, name)) {
			if got := digestOf(t, build(t, fsys, exporter.Options{Name: name})); got != want {
				t.Errorf("%s from %s: sha256 %s, want %s", name, source, got, want)
			}
		}
	}

	whole := entriesOf(t, os.DirFS(filepath.Join(upstreamProjects, "imported-profile")),
		exporter.Options{Name: "imported-profile", Variants: exporter.AllVariants()})
	configs, behaviors := 0, 0
	for name := range whole {
		if strings.HasPrefix(name, "runtime/anolis-runtime.") {
			configs++
		}
		if strings.HasPrefix(name, "runtime/behaviors/") {
			behaviors++
		}
	}
	if configs != 4 || behaviors != 1 {
		t.Errorf("all variants of imported-profile: %d runtime configs and %d behaviors, want 4 and 1", configs, behaviors)
	}
}

// TestExampleProjects holds the packages of the example projects against their
// recorded digests.
func TestExampleProjects(t *testing.T) {
	const projects = "../examples/projects"
	list, err := os.ReadFile(filepath.Join(projects, "packages.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(list)) {
		digest, file, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		name, isPackage := strings.CutSuffix(file, ".anpkg")
		if !ok || !isPackage {
			t.Fatalf("line %q", line)
		}
		want[name] = digest
	}
	dirs, err := os.ReadDir(projects)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, dir := range dirs {
		if !dir.IsDir() {
			continue
		}
		seen++
		for source, fsys := range directory(t, filepath.Join(projects, dir.Name())) {
			if got := digestOf(t, build(t, fsys, exporter.Options{Name: dir.Name()})); got != want[dir.Name()] {
				t.Errorf("%s from %s: sha256 %s, want %s", dir.Name(), source, got, want[dir.Name()])
			}
			// The whole machine exports too.
			build(t, fsys, exporter.Options{Name: dir.Name(), Variants: exporter.AllVariants()})
		}
	}
	if seen != len(want) || seen == 0 {
		t.Errorf("%d projects, %d digests", seen, len(want))
	}
}

func digestOf(t testing.TB, pkg *exporter.Package) string {
	t.Helper()
	digest := sha256.New()
	if _, err := pkg.WriteTo(digest); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(digest.Sum(nil))
}
