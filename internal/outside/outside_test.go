// Package outside tests the library from outside of its module, as others use it.
package outside

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const module = "github.com/anolishq/anolis-handoff"

// newModule makes a module in dir that requires this one, with what this one
// requires.
func newModule(t *testing.T, dir string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module "+module+"\n", "module example.com/outside\n", 1)
	text = regexp.MustCompile(`(?m)^tool .*\n`).ReplaceAllString(text, "")
	text += "\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + root + "\n"
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o666), os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o666))
	if err != nil {
		t.Fatal(err)
	}
}

// goIn runs the go command in a module that is nobody's workspace.
func goIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}

// TestEmbed runs a program of another module that uses every public package.
func TestEmbed(t *testing.T) {
	dir := t.TempDir()
	newModule(t, dir)
	main, err := os.ReadFile("testdata/embed/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), main, 0o666); err != nil {
		t.Fatal(err)
	}
	project, err := filepath.Abs("../../examples/projects/sim-quickstart")
	if err != nil {
		t.Fatal(err)
	}
	const want = `exported: true true true
refused: secret false
broken: false zip-truncated
unsigned: true
found: door
opened: true sim-quickstart 0
sheet: true 1
changed: medium timing-changed 250 -> 500
reproduced: false value
back: true true
drifted: false
preflight: ./bin/anolis-provider-sim is not there
`
	if got := goIn(t, dir, "run", ".", project); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, name := range publicPackages(t) {
		if !strings.Contains(string(main), `"`+name+`"`) {
			t.Errorf("%s is not used", name)
		}
	}
}

// publicPackages are those that others can import, but for the one with nothing in
// it.
func publicPackages(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, name := range strings.Fields(goIn(t, "../..", "list", "-f", `{{if ne .Name "main"}}{{.ImportPath}}{{end}}`, "./...")) {
		rest := strings.TrimPrefix(name, module)
		if rest != "" && !strings.Contains(rest, "/internal/") && !strings.HasPrefix(rest, "/internal") && !strings.HasPrefix(rest, "/examples/") {
			list = append(list, name)
		}
	}
	return list
}

// TestExamplesBuildAnywhere copies the shells to another module, where the internal
// packages of this one cannot be imported.
func TestExamplesBuildAnywhere(t *testing.T) {
	dir := t.TempDir()
	newModule(t, dir)
	for _, name := range []string{"anpkg", "workbench-http"} {
		from := filepath.Join("../../examples", name)
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(from, path)
			to := filepath.Join(dir, name, rel)
			switch {
			case d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules"):
				return fs.SkipDir
			case d.IsDir():
				return os.MkdirAll(to, 0o777)
			case strings.HasSuffix(rel, "_test.go"):
				return nil // which read the example projects beside them
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(to, data, 0o666)
		})
		if err != nil {
			t.Fatal(err)
		}
		goIn(t, dir, "vet", "./"+name)
		goIn(t, dir, "build", "-o", filepath.Join(dir, "program"), "./"+name)
	}
}
