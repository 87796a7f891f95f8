// Package handofftest has what the tests of the verbs share: example projects and
// their packages, packages with edits, a made-up machine, expected texts.
package handofftest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/validator"
)

// Update writes the expected texts anew.
var Update = flag.Bool("update", false, "write the expected texts anew; read the difference")

// Bench returns the directory of a machine that satisfies the contract and does not
// start.
func Bench() string {
	return filepath.Join(Projects(), "..", "..", "internal", "handofftest", "testdata", "bench")
}

// Projects returns the directory of the example projects.
func Projects() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "examples", "projects")
		}
		if dir == filepath.Dir(dir) {
			panic("there is no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// CopyProject gives the test an example project of its own.
func CopyProject(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(Projects(), name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// BigTree is a behavior tree of about size bytes.
func BigTree(size int) []byte {
	var b bytes.Buffer
	b.WriteString("<root BTCPP_format=\"4\">\n  <BehaviorTree ID=\"Main\"><AlwaysSuccess/></BehaviorTree>\n")
	line := "  <!-- " + strings.Repeat("stir well, then wait. ", 8) + "-->\n"
	b.WriteString(strings.Repeat(line, size/len(line)))
	b.WriteString("</root>\n")
	return b.Bytes()
}

// BigProject is a project whose behavior takes several steps to read and write.
func BigProject(t *testing.T) string {
	t.Helper()
	dir := CopyProject(t, "mixer-system")
	WriteFile(t, filepath.Join(dir, "behaviors/batch_mix.xml"), BigTree(5<<18))
	return dir
}

func WriteFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func ReadFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// ReplaceIn changes the one occurrence of a text in a file.
func ReplaceIn(t *testing.T, name, from, to string) {
	t.Helper()
	text := string(ReadFile(t, name))
	if strings.Count(text, from) != 1 {
		t.Fatalf("%s has %q %d times", name, from, strings.Count(text, from))
	}
	WriteFile(t, name, []byte(strings.Replace(text, from, to, 1)))
}

func WantNames(t *testing.T, dir string, want ...string) {
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

func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Golden compares a text with a file of testdata.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", filepath.FromSlash(name))
	if *Update {
		WriteFile(t, file, []byte(got))
	}
	if diff := cmp.Diff(string(ReadFile(t, file)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// Export is Export to memory.
func Export(t *testing.T, project fs.FS, opts handoff.ExportOptions) ([]byte, *handoff.Result) {
	t.Helper()
	var b bytes.Buffer
	result, err := handoff.Export(t.Context(), &b, project, opts)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), result
}

func MustExportFile(t *testing.T, dir, out string, opts handoff.ExportOptions) *handoff.Result {
	t.Helper()
	result, err := handoff.ExportFile(t.Context(), dir, out, opts)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Memory is a file system in memory with what another one has.
func Memory(t testing.TB, fsys fs.FS) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		m[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ExampleFiles is the content of a package of an example project, with changes:
// each is a file, an old text that it has once, and a new one.
func ExampleFiles(t testing.TB, name string, changes ...[3]string) fstest.MapFS {
	t.Helper()
	pkg, err := exporter.Build(t.Context(), os.DirFS(filepath.Join(Projects(), name)), exporter.Options{Name: name, Variants: exporter.AllVariants()})
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	err = fs.WalkDir(pkg.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(pkg.FS(), name)
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		text := string(files[c[0]].Data)
		if strings.Count(text, c[1]) != 1 {
			t.Fatalf("%s has %q %d times", c[0], c[1], strings.Count(text, c[1]))
		}
		files[c[0]].Data = []byte(strings.Replace(text, c[1], c[2], 1))
	}
	return WithChecksums(t, files)
}

// WithChecksums gives the files their right checksums.
func WithChecksums(t testing.TB, files fstest.MapFS) fstest.MapFS {
	t.Helper()
	const name = "meta/checksums.sha256"
	sums, err := checksum.Sum(t.Context(), files, name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := sums.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: b.Bytes(), Mode: 0o644}
	return files
}

func OpenFiles(t testing.TB, files fs.FS, allowInvalid bool) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenFS(t.Context(), files, handoff.OpenOptions{AllowInvalid: allowInvalid})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func OpenArchive(t testing.TB, data []byte, opts handoff.OpenOptions) *handoff.Package {
	t.Helper()
	p, err := handoff.Open(t.Context(), bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ReleaseOf is the content of a package as files that can be changed.
func ReleaseOf(t testing.TB, p *handoff.Package) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for _, f := range p.Report().Files {
		data, err := fs.ReadFile(p.FS(), f.Path)
		if err != nil {
			t.Fatal(err)
		}
		m[f.Path] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return m
}

func EditRelease(t testing.TB, m fstest.MapFS, name, from, to string) {
	t.Helper()
	text := string(m[name].Data)
	if strings.Count(text, from) != 1 {
		t.Fatalf("%s has %q %d times", name, from, strings.Count(text, from))
	}
	m[name].Data = []byte(strings.Replace(text, from, to, 1))
}

// BenchPackage is the package of the bioreactor with all runtime profiles.
func BenchPackage(t testing.TB) (data []byte, p *handoff.Package) {
	t.Helper()
	var b bytes.Buffer
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "bench", Variants: exporter.AllVariants()}}
	if _, err := handoff.Export(t.Context(), &b, os.DirFS(Projects()+"/bioreactor-bench"), opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), OpenArchive(t, b.Bytes(), handoff.OpenOptions{})
}

// Repacked makes an archive as another tool would.
func Repacked(t testing.TB, m fstest.MapFS, change func(*zip.FileHeader)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	err := fs.WalkDir(m, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		h := &zip.FileHeader{Name: name, Modified: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)}
		if change != nil {
			change(h)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		_, err = w.Write(m[name].Data)
		return err
	})
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func OpenVariants(t testing.TB, project fs.FS, name string) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenProject(t.Context(), project, handoff.ExportOptions{
		Options: exporter.Options{Name: name, Variants: exporter.AllVariants()}, AllowInvalid: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func OpenExample(t testing.TB, name string) *handoff.Package {
	t.Helper()
	return OpenVariants(t, os.DirFS(Projects()+"/"+name), name)
}

// RigFiles is a project with something for every check.
func RigFiles() fstest.MapFS {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: 0o644} }
	return fstest.MapFS{
		"machine-profile.yaml": text(`schema_version: 1
machine_id: rig
display_name: Rig
runtime_profiles: {manual: manual.yaml, full: full.yaml}
providers:
  heater: {config: heater.yaml}
behaviors: [a.xml]
compatibility:
  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}
  providers:
    heater: {strategy: pinned-ref, version: "1.0"}
`),
		"manual.yaml": text(`http: {bind: 127.0.0.1, port: 8085}
providers:
  - id: heater
    command: ./bin/heat
    args: [--config, heater.yaml, --verbose, --limits=../shared/limits.csv]
telemetry: {enabled: false}
automation: {enabled: false}
`),
		"full.yaml": text(`http: {bind: 127.0.0.1, port: 8085}
providers:
  - id: heater
    command: ./bin/heat
    args: [--config, heater.yaml, --verbose, --limits=../shared/limits.csv]
telemetry:
  enabled: true
  influxdb: {url: "http://historian.local:8086", org: lab, bucket: rig}
automation:
  enabled: true
  behavior_tree: a.xml
`),
		"heater.yaml": text(`hardware: {bus_path: /dev/i2c-3}
spare: {port: /dev/ttyS9, note: /dev/ttyS9 is the spare}
`),
		"a.xml": text("<root BTCPP_format=\"4\"><BehaviorTree ID=\"Main\"><AlwaysSuccess/></BehaviorTree></root>\n"),
	}
}

// ReadyMachine has all that rig needs, with the package in /opt/rig.
func ReadyMachine() *Machine {
	return &Machine{
		Files: map[string]fs.FileMode{
			"/opt/rig":                         fs.ModeDir | 0o755,
			"/opt/rig/./bin/heat":              0o755,
			"/opt/rig/providers/heater.yaml":   0o644,
			"/opt/rig/runtime/behaviors/a.xml": 0o644,
			"/opt/rig/../shared/limits.csv":    0o644,
			"/dev/i2c-3":                       CharDevice,
			"/dev/ttyS9":                       CharDevice,
		},
		Broken: map[string]error{},
		Denied: map[string]preflight.AccessMode{},
		Env:    map[string]string{"INFLUXDB_TOKEN": "kW7xQ2pLm9vRt4Yz"},
		Ports:  map[string]error{},
	}
}

// Machine is a made-up machine. It notes the files that it is asked about.
type Machine struct {
	Files  map[string]fs.FileMode          // by path
	Broken map[string]error                // what looking at a file gives
	Denied map[string]preflight.AccessMode // what the user may not
	Env    map[string]string
	Ports  map[string]error // what listening gives; others are free
	Asked  []string
}

func (m *Machine) Target(dir string) preflight.Target {
	return preflight.Target{
		Dir: dir,
		LookupEnv: func(name string) (string, bool) {
			value, ok := m.Env[name]
			return value, ok
		},
		Stat: func(name string) (fs.FileInfo, error) {
			m.Asked = append(m.Asked, name)
			if err := m.Broken[name]; err != nil {
				return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
			}
			mode, ok := m.Files[name]
			if !ok {
				return nil, &fs.PathError{Op: "stat", Path: name, Err: syscall.ENOENT}
			}
			return FileInfo{name, mode}, nil
		},
		Access: func(name string, mode preflight.AccessMode) error {
			m.Asked = append(m.Asked, name)
			if m.Denied[name]&mode != 0 {
				return syscall.EACCES
			}
			return nil
		},
		Listen: func(addr netip.AddrPort) error { return m.Ports[addr.String()] },
	}
}

// FileInfo describes a file of a Machine.
type FileInfo struct {
	Path string
	Bits fs.FileMode
}

func (i FileInfo) Name() string { return path.Base(i.Path) }

func (i FileInfo) Size() int64 { return 0 }

func (i FileInfo) Mode() fs.FileMode { return i.Bits }

func (i FileInfo) ModTime() time.Time { return time.Time{} }

func (i FileInfo) IsDir() bool { return i.Bits.IsDir() }

func (i FileInfo) Sys() any { return nil }

// Link puts a symbolic link in the place of a file or directory of the project.
func Link(t *testing.T, project, name, target string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(project, name)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(project, name)); err != nil {
		t.Fatal(err)
	}
}

func StripColors(text string) string {
	for _, code := range []string{"0", "1", "2", "1;31", "1;32", "1;33"} {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	return text
}

const CharDevice = fs.ModeDevice | fs.ModeCharDevice | 0o660

// Limited takes N bytes, then fails.
type Limited struct {
	N   int
	Got []byte
	Err error
}

func (w *Limited) Write(p []byte) (int, error) {
	if len(p) > w.N-len(w.Got) {
		p = p[:w.N-len(w.Got)]
		w.Got = append(w.Got, p...)
		return len(p), w.Err
	}
	w.Got = append(w.Got, p...)
	return len(p), nil
}

// WantProblem checks that err has a problem with the code at the file.
func WantProblem(t *testing.T, err error, code validator.Code, file string) {
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

// Child returns a command that runs the test binary itself as a process of the given
// mode, which its TestMain looks up in the environment variable ChildMode.
func Child(t *testing.T, mode string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), ChildMode+"="+mode)
	cmd.Stderr = os.Stderr
	return cmd
}

// ChildMode is the environment variable with the mode of a Child.
const ChildMode = "HANDOFF_TEST_CHILD"

// RuntimeConfig is the config of the manual runtime profile.
const RuntimeConfig = "runtime/anolis-runtime.yaml"
