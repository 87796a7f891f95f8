package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
)

// exampleProject is the package of an example project, not written to a file.
func exampleProject(name string) *handoff.Package {
	opts := handoff.ExportOptions{Options: exporter.Options{Name: name, Variants: exporter.AllVariants()}}
	p, err := handoff.OpenProject(context.Background(), os.DirFS(filepath.Join("../examples/projects", name)), opts)
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// What comes out of Open was validated, and is read as a file system.
func ExampleOpen() {
	var archive bytes.Buffer
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}}
	if _, err := handoff.Export(context.Background(), &archive, os.DirFS("../examples/projects/sim-quickstart"), opts); err != nil {
		log.Fatal(err)
	}
	p, err := handoff.Open(context.Background(), bytes.NewReader(archive.Bytes()), int64(archive.Len()), handoff.OpenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	names, err := fs.Glob(p.FS(), "*/*.yaml")
	fmt.Println(p.Report().Valid, names, err)

	// What is not valid is not opened. The error has the report.
	_, err = handoff.Open(context.Background(), bytes.NewReader(archive.Bytes()), 1000, handoff.OpenOptions{})
	var invalid *handoff.InvalidError
	if errors.As(err, &invalid) {
		fmt.Println(invalid.Report.Problems[0])
	}
	// Output:
	// true [providers/bench-sim.yaml runtime/anolis-runtime.yaml] <nil>
	// error: starts like a zip archive and has no end record (at byte 1000) [zip-truncated]
}

// A package keeps its name, the digest, when it is unpacked.
func ExampleOpenPath() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file, folder := filepath.Join(dir, "rig.anpkg"), filepath.Join(dir, "rig")
	if _, err := handoff.ExportFile(context.Background(), "../examples/projects/sim-quickstart", file, handoff.ExportOptions{}); err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{file, folder} {
		p, err := handoff.OpenPath(context.Background(), path, handoff.OpenOptions{})
		if err != nil {
			log.Fatal(err)
		}
		defer p.Close()
		sum, err := p.Digest(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(filepath.Base(path), sum[:12], p.Report().Canonical)
		if path == file {
			if err := os.CopyFS(folder, p.FS()); err != nil {
				log.Fatal(err)
			}
		}
	}
	// Output:
	// rig.anpkg d410bfb6b945 true
	// rig d410bfb6b945 false
}

// A summary says what a package will do on the machine.
func ExampleInspect() {
	s, err := handoff.Inspect(context.Background(), exampleProject("legacy-mixer"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Profiles[0].Telemetry.Enabled, s.Providers[0].BusPath, s.Providers[0].Devices)
	if err := s.WriteText(os.Stdout, false); err != nil {
		log.Fatal(err)
	}
	// Output:
	// false /dev/i2c-4 [{paddle dcmt Paddle 0x2B}]
	// Legacy Mixer (legacy-mixer): valid
	//
	//   package       6 files, 2323 bytes, format 1
	//   digest        4a4b4ac507cadd03b435a2a1cba93f5d1d698e2bef4af2da8052959e9e871606
	//   from          project legacy-mixer, state of 2025-09-30T08:15:42Z
	//   must run      motor_board, drum_sim
	//   contracts     01-runtime-config, 02-runtime-http
	//
	// Attention
	//   ! web pages of every origin may use HTTP: no CORS origins are listed
	//   ! providers motor_board, drum_sim are not restarted when they end by themselves
	//
	// Runtime profiles
	//   manual        runtime/anolis-runtime.yaml, runtime legacy-mixer
	//     http        127.0.0.1:8071
	//     cors        every origin
	//     telemetry   off
	//     automation  off
	//     polling     every 800 ms
	//     logging     info
	//
	// Providers
	//   motor_board   providers/motor_board.yaml
	//     command     bin/anolis-provider-bread --config providers/motor_board.yaml
	//     timeouts    call 1800 ms
	//     restart     never (no policy is given)
	//     bus         /dev/i2c-4
	//     devices     paddle  dcmt  0x2B  Paddle
	//   drum_sim      providers/drum_sim.yaml
	//     command     bin/anolis-provider-sim --config providers/drum_sim.yaml
	//     timeouts    call 1800 ms
	//     restart     never
	//     devices     drum_temp  tempctl
	//                 lid        relayio
	//
	// Commissioned with
	//   motor_board   unspecified (local-build)
	//   drum_sim      unspecified (local-build)
	//
	// Not shown: 13 more values of the documents. The JSON form counts them by file.
}

// Secrets that an export takes out must be supplied on the machine.
func ExampleSlots() {
	slots, err := inspect.Slots(context.Background(), exampleProject("bioreactor-bench"))
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range slots {
		fmt.Printf("profile %s: %s is %s\n", s.Profile, s.Variable, s.Path)
	}
	// Output:
	// profile telemetry: INFLUXDB_TOKEN is telemetry.influxdb.token
	// profile full: INFLUXDB_TOKEN is telemetry.influxdb.token
}
