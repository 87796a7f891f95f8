package handoff_test

import (
	"io/fs"
	"net/netip"
	"os"
	"path"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
)

// machine is a made-up machine. It notes the files that it is asked about.
type machine struct {
	files  map[string]fs.FileMode          // by path
	broken map[string]error                // what looking at a file gives
	denied map[string]preflight.AccessMode // what the user may not
	env    map[string]string
	ports  map[string]error // what listening gives; others are free
	asked  []string
}

func (m *machine) target(dir string) preflight.Target {
	return preflight.Target{
		Dir: dir,
		LookupEnv: func(name string) (string, bool) {
			value, ok := m.env[name]
			return value, ok
		},
		Stat: func(name string) (fs.FileInfo, error) {
			m.asked = append(m.asked, name)
			if err := m.broken[name]; err != nil {
				return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
			}
			mode, ok := m.files[name]
			if !ok {
				return nil, &fs.PathError{Op: "stat", Path: name, Err: syscall.ENOENT}
			}
			return fileInfo{name, mode}, nil
		},
		Access: func(name string, mode preflight.AccessMode) error {
			m.asked = append(m.asked, name)
			if m.denied[name]&mode != 0 {
				return syscall.EACCES
			}
			return nil
		},
		Listen: func(addr netip.AddrPort) error { return m.ports[addr.String()] },
	}
}

type fileInfo struct {
	name string
	mode fs.FileMode
}

func (i fileInfo) Name() string       { return path.Base(i.name) }
func (i fileInfo) Size() int64        { return 0 }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }

const charDevice = fs.ModeDevice | fs.ModeCharDevice | 0o660

// readyMachine has all that rig needs, with the package in /opt/rig.
func readyMachine() *machine {
	return &machine{
		files: map[string]fs.FileMode{
			"/opt/rig":                         fs.ModeDir | 0o755,
			"/opt/rig/./bin/heat":              0o755,
			"/opt/rig/providers/heater.yaml":   0o644,
			"/opt/rig/runtime/behaviors/a.xml": 0o644,
			"/opt/rig/../shared/limits.csv":    0o644,
			"/dev/i2c-3":                       charDevice,
			"/dev/ttyS9":                       charDevice,
		},
		broken: map[string]error{},
		denied: map[string]preflight.AccessMode{},
		env:    map[string]string{"INFLUXDB_TOKEN": "kW7xQ2pLm9vRt4Yz"},
		ports:  map[string]error{},
	}
}

// rigFiles is a project with something for every check.
func rigFiles() fstest.MapFS {
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

// openRig opens the package of a project after edits, which are pairs of an old
// and a new text. An old text that is nowhere fails the test.
func openRig(t testing.TB, edits ...string) *handoff.Package {
	t.Helper()
	files := rigFiles()
	for i := 0; i < len(edits); i += 2 {
		found := false
		for _, f := range files {
			if strings.Contains(string(f.Data), edits[i]) {
				f.Data = []byte(strings.ReplaceAll(string(f.Data), edits[i], edits[i+1]))
				found = true
			}
		}
		if !found {
			t.Fatalf("%q is in no file of the project", edits[i])
		}
	}
	return openVariants(t, files, "rig")
}

func openVariants(t testing.TB, project fs.FS, name string) *handoff.Package {
	t.Helper()
	p, err := handoff.OpenProject(t.Context(), project, handoff.ExportOptions{
		Options: exporter.Options{Name: name, Variants: exporter.AllVariants()}, AllowInvalid: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func openExample(t testing.TB, name string) *handoff.Package {
	t.Helper()
	return openVariants(t, os.DirFS(projects+"/"+name), name)
}

func checked(t testing.TB, p *handoff.Package, target preflight.Target) *preflight.Report {
	t.Helper()
	r, err := handoff.Preflight(t.Context(), p, target, preflight.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
