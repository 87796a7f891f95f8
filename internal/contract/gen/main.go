// Command gen writes the JSON Schema of every contract type. It runs in the
// directory of package contract, through go generate.
package main

import (
	"fmt"
	"os"
)

func main() {
	data, err := machineProfile(".")
	if err == nil {
		err = os.WriteFile("machine-profile.schema.json", data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
