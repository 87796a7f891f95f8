package diff_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
)

// Before a machine gets a new package, somebody should read what is different: a
// faster spindle and a panel for the whole network are more than a few bytes.
func ExamplePackages() {
	ctx := context.Background()
	project := func(maxSpeed, bind string) *handoff.Package {
		p, err := handoff.OpenProject(ctx, fstest.MapFS{
			"machine-profile.yaml": {Data: []byte(`
schema_version: 1
machine_id: lathe
display_name: Lathe
runtime_profiles: {manual: runtime.yaml}
providers: {spindle: {config: spindle.yaml}}
compatibility:
  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}
  providers: {spindle: {strategy: local-build, version: unspecified}}
`)},
			"runtime.yaml": {Data: []byte("http: {enabled: true, bind: " + bind + `, port: 8080}
providers: [{id: spindle, command: bin/spindle, args: [--config, spindle.yaml]}]
`)},
			"spindle.yaml": {Data: []byte("devices: [{id: motor, max_speed: " + maxSpeed + "}]\n")},
		}, handoff.ExportOptions{Options: exporter.Options{Name: "lathe"}})
		if err != nil {
			log.Fatal(err)
		}
		return p
	}
	c, err := diff.Packages(ctx, project("1800", "127.0.0.1"), project("2600", "0.0.0.0"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Count(diff.High), "changes of high risk")
	if err := c.WriteText(os.Stdout, false); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 changes of high risk
	// old -> new: 2 changes: 2 high risk
	// machine: lathe
	//
	// HIGH RISK (the machine can move, heat or be reached differently, or the effect is not known)
	//
	//   The HTTP interface can now be reached from other computers, over every network of the machine: 127.0.0.1 -> 0.0.0.0 [http-widened]
	//     at    runtime/anolis-runtime.yaml:3  http.bind
	//     in    manual
	//
	//   The limit max_speed of device motor of provider spindle goes up: 1800 -> 2600 [limit-changed]
	//     at    providers/spindle.yaml:3  devices[motor].max_speed
}
