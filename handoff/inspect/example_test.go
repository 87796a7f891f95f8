package inspect_test

import (
	"context"
	"fmt"
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
	p, err := handoff.OpenProject(context.Background(), os.DirFS(filepath.Join("../../examples/projects", name)), opts)
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// A summary says what a package will do on the machine.
func ExamplePackage() {
	s, err := inspect.Package(context.Background(), exampleProject("legacy-mixer"))
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
	//     start       nothing in the package stops it
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
