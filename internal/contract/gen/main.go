// Command gen writes the JSON Schema of every contract type. It runs in the
// directory of package contract, through go generate.
package main

import (
	"fmt"
	"os"

	"github.com/anolishq/anolis-handoff/internal/contract"
)

// document is one kind of file with a schema. A further one needs a line here.
type document struct {
	name  string
	title string
	root  any
	open  bool // keys that the type does not list are allowed
}

func documents() []document {
	return []document{
		{"machine-profile", "Machine profile (machine-profile.yaml)", contract.Profile{}, false},
		{"provenance", "Provenance (meta/provenance.json)", contract.Record{}, true},
		{"provider-bread", "Config of anolis-provider-bread " + contract.BreadVersion, contract.Bread{}, false},
		{"provider-ezo", "Config of anolis-provider-ezo " + contract.EzoVersion, contract.Ezo{}, false},
		{"provider-sim", "Config of anolis-provider-sim " + contract.SimVersion, contract.Sim{}, true},
		{"runtime-config", "Runtime config (runtime/anolis-runtime.yaml)", contract.Config{}, true},
	}
}

func (d document) file() string { return d.name + ".schema.json" }

func main() {
	for _, d := range documents() {
		data, err := d.generate(".")
		if err == nil {
			err = os.WriteFile(d.file(), data, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}
