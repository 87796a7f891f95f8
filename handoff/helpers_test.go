package handoff_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"github.com/anolishq/anolis-handoff/validator"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

const projects = "../examples/projects"

// old stands at an output before an export that must not touch it.
const old = "what was there before\n"

// copyProject gives the test an example project of its own.
func copyProject(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(projects, name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// bigTree is a behavior tree of about size bytes.
func bigTree(size int) []byte {
	var b bytes.Buffer
	b.WriteString("<root BTCPP_format=\"4\">\n  <BehaviorTree ID=\"Main\"><AlwaysSuccess/></BehaviorTree>\n")
	line := "  <!-- " + strings.Repeat("stir well, then wait. ", 8) + "-->\n"
	b.WriteString(strings.Repeat(line, size/len(line)))
	b.WriteString("</root>\n")
	return b.Bytes()
}

// bigProject is a project whose behavior takes several steps to read and write.
func bigProject(t *testing.T) string {
	t.Helper()
	dir := copyProject(t, "mixer-system")
	writeFile(t, filepath.Join(dir, "behaviors/batch_mix.xml"), bigTree(5<<18))
	return dir
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// replaceIn changes the one occurrence of a text in a file.
func replaceIn(t *testing.T, name, from, to string) {
	t.Helper()
	text := string(readFile(t, name))
	if strings.Count(text, from) != 1 {
		t.Fatalf("%s has %q %d times", name, from, strings.Count(text, from))
	}
	writeFile(t, name, []byte(strings.Replace(text, from, to, 1)))
}

// outDir is a directory with an old output in it.
func outDir(t *testing.T) (dir, out string) {
	t.Helper()
	dir = t.TempDir()
	out = filepath.Join(dir, "rig.anpkg")
	writeFile(t, out, []byte(old))
	return dir, out
}

// wantOld checks that the directory of outDir is as outDir made it.
func wantOld(t *testing.T, dir string) {
	t.Helper()
	wantNames(t, dir, "rig.anpkg")
	if got := readFile(t, filepath.Join(dir, "rig.anpkg")); string(got) != old {
		t.Errorf("the output that was there is now %d bytes long", len(got))
	}
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s contains %q, want %q", filepath.Base(dir), got, want)
	}
}

// wantPackage checks that a file holds the package that a result describes.
func wantPackage(t *testing.T, file string, result *handoff.Result) {
	t.Helper()
	data := readFile(t, file)
	if int64(len(data)) != result.Size || digest(data) != result.SHA256 {
		t.Errorf("%s: %d bytes with digest %s, the result says %d and %s",
			filepath.Base(file), len(data), digest(data), result.Size, result.SHA256)
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// export is Export to memory.
func export(t *testing.T, project fs.FS, opts handoff.ExportOptions) ([]byte, *handoff.Result) {
	t.Helper()
	var b bytes.Buffer
	result, err := handoff.Export(t.Context(), &b, project, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), result
}

func mustExportFile(t *testing.T, dir, out string, opts handoff.ExportOptions) *handoff.Result {
	t.Helper()
	result, err := handoff.ExportFile(t.Context(), dir, out, opts)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantProblem checks that err has a problem with the code at the file.
func wantProblem(t *testing.T, err error, code validator.Code, file string) {
	t.Helper()
	var problems validator.ProblemList
	if !errors.As(err, &problems) {
		t.Errorf("got error %v, want problems", err)
		return
	}
	for _, p := range problems {
		if p.Code == code && p.File == file {
			return
		}
	}
	t.Errorf("no problem %s in %s among:\n%v", code, file, err)
}

// cancelAt returns a context that is canceled when the n-th progress, from 0, is
// reported, and the function that counts them.
func cancelAt(t *testing.T, n int) (context.Context, func(exporter.Progress), *int) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	events := new(int)
	return ctx, func(exporter.Progress) {
		if *events == n {
			cancel()
		}
		*events++
	}, events
}
