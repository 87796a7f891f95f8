package preflight_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestPreflightText has what people read about the example machines.
func TestPreflightText(t *testing.T) {
	bench := &handofftest.Machine{
		Files: map[string]fs.FileMode{
			"/opt/bench":                                 fs.ModeDir | 0o755,
			"/opt/bench/providers/thermal0.yaml":         0o644,
			"/opt/bench/providers/drives0.yaml":          0o644,
			"/opt/bench/providers/probes0.yaml":          0o644,
			"/opt/bench/runtime/behaviors/fed_batch.xml": 0o644,
			"/opt/bench/../anolis-provider-bread/build/dev-release/anolis-provider-bread": 0o755,
			"/opt/bench/../anolis-provider-ezo/build/dev-release/anolis-provider-ezo":     0o644,
			"/dev/i2c-2": handofftest.CharDevice,
		},
		Denied: map[string]preflight.AccessMode{"/dev/i2c-2": preflight.AccessWrite},
		Ports:  map[string]error{"127.0.0.1:8085": syscall.EADDRINUSE},
		Env:    map[string]string{"INFLUXDB_TOKEN": "replace-at-deploy"},
	}
	tokenless := &handofftest.Machine{Files: maps.Clone(bench.Files)}
	tokenless.Files["/opt/bench/../anolis-provider-ezo/build/dev-release/anolis-provider-ezo"] = 0o755
	tokenless.Files["/dev/i2c-5"] = handofftest.CharDevice
	ready := handofftest.ReadyMachine()
	ready.Files["/opt/rig/bin/anolis-provider-bread"] = 0o755
	ready.Files["/opt/rig/bin/provider-loadcell"] = 0o755
	for _, name := range []string{"providers/paddle.yaml", "providers/scale.yaml", "runtime/behaviors/batch_mix.xml"} {
		ready.Files["/opt/rig/"+name] = 0o644
	}
	ready.Files["/dev/i2c-4"], ready.Files["/dev/ttyUSB0"] = handofftest.CharDevice, handofftest.CharDevice
	for _, test := range []struct {
		golden, project string
		target          preflight.Target
		color           bool
	}{
		{"bench.txt", "bioreactor-bench", bench.Target("/opt/bench"), false},
		{"bench-color.txt", "bioreactor-bench", bench.Target("/opt/bench"), true},
		{"bench-no-token.txt", "bioreactor-bench", tokenless.Target("/opt/bench"), false},
		{"mixer-new.txt", "mixer-system", (&handofftest.Machine{}).Target(""), false},
		{"mixer-no-dir.txt", "mixer-system", (&handofftest.Machine{}).Target("/opt/mixer"), false},
		{"mixer-ready.txt", "mixer-system", ready.Target("/opt/rig"), false},
		{"mixer-nothing.txt", "mixer-system", preflight.Target{}, false},
	} {
		var b bytes.Buffer
		if err := checked(t, handofftest.OpenExample(t, test.project), test.target).WriteText(&b, test.color); err != nil {
			t.Fatal(err)
		}
		handofftest.Golden(t, test.golden, b.String())
	}
	var b bytes.Buffer
	if err := checked(t, handofftest.OpenExample(t, "mixer-system"), ready.Target("/opt/rig")).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	handofftest.Golden(t, "mixer-ready.json", b.String())
}

// TestReadinessText has what no example machine has: checks of the caller, and one
// provider of one profile.
func TestReadinessText(t *testing.T) {
	r := preflight.Report{Package: "rig.anpkg", Profiles: []string{"manual", "full"}, Ready: true}
	r.Add(preflight.Item{Kind: "device", Status: preflight.Failed, Subject: "/dev/x", Message: "is not there", Profiles: []string{"full"}, Providers: []string{"a", "b"}})
	r.Add(preflight.Item{Kind: "env-file", Status: preflight.Warning, Subject: "x.env", Message: "is open"})
	var b bytes.Buffer
	if err := r.WriteText(&b, false); err != nil {
		t.Fatal(err)
	}
	r.Add(preflight.Item{Kind: "clock", Status: preflight.Skipped, Message: "nobody knows"})
	if err := errors.Join(r.WriteText(&b, false), r.WriteJSON(&b)); err != nil {
		t.Fatal(err)
	}
	handofftest.Golden(t, "own.txt", b.String())
}

type brokenWriter struct{}

var errBroken = errors.New("broken")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestPreflightBrokenOutput(t *testing.T) {
	r := checked(t, openRig(t), preflight.Target{})
	if err := r.WriteText(brokenWriter{}, false); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if err := r.WriteJSON(brokenWriter{}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

// The machine is asked through functions, here about a directory that the package
// was not unpacked into. For the machine that the program runs on, they are
// os.LookupEnv, os.Stat and the like.
func ExampleCheck() {
	project := os.DirFS("../../examples/projects/sim-quickstart")
	p, err := handoff.OpenProject(context.Background(), project, handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}})
	if err != nil {
		log.Fatal(err)
	}
	unpacked := os.DirFS("../../examples/projects") // of a machine that has nothing of it
	ready, err := preflight.Check(context.Background(), p, preflight.Target{
		Dir:       ".",
		LookupEnv: os.LookupEnv,
		Stat:      func(name string) (fs.FileInfo, error) { return fs.Stat(unpacked, filepath.Clean(name)) },
		Listen:    func(netip.AddrPort) error { return nil },
	}, preflight.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready:", ready.Ready)
	for _, c := range ready.Checks {
		if c.Status == preflight.Failed || c.Status == preflight.Skipped {
			fmt.Printf("%s %s: %s %s %s\n", c.Status, c.Profiles, c.Kind, c.Subject, c.Message)
		}
	}
	// Output:
	// ready: false
	// failed [manual]: command ./bin/anolis-provider-sim is not there
	// failed [manual]: config providers/bench-sim.yaml is not there
}
