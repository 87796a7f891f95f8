package handoff_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// A project can come from any file system, and the package can go to any
// stream.
func ExampleExport() {
	project := os.DirFS("../examples/projects/sim-quickstart")
	var pkg bytes.Buffer
	result, err := handoff.Export(context.Background(), &pkg, project, handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Size == int64(pkg.Len()), result.SHA256)
	// Output: true d410bfb6b9458eac3bedf8d8ad762be10e79cb46d54410ddde4a3e63808c6788
}

// Everything that is wrong with a project is reported, each with its place.
func ExampleExport_problems() {
	project := fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("schema_version: 1\nruntime_profiles:\n  manual: /etc/rig.yaml\n")},
	}
	_, err := handoff.Export(context.Background(), new(bytes.Buffer), project, handoff.ExportOptions{Options: exporter.Options{Name: "rig"}})
	var problems validator.ProblemList
	if errors.As(err, &problems) {
		fmt.Println(problems[len(problems)-1])
	}
	// Output: machine-profile.yaml:3:11: error: /runtime_profiles/manual: "/etc/rig.yaml" is an absolute path; it must be relative to the project [unsafe-path]
}

// A whole machine goes into one package, with all of its runtime profiles.
func ExampleExportFile() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	result, err := handoff.ExportFile(context.Background(), "../examples/projects/bioreactor-bench",
		filepath.Join(dir, "bench.anpkg"), handoff.ExportOptions{Options: exporter.Options{Variants: exporter.AllVariants()}})
	if err != nil {
		log.Fatal(err)
	}
	for _, note := range result.Notes {
		if note.Code == validator.CodeSecretRemoved {
			fmt.Println(note)
		}
	}
	// Output: config/anolis-runtime.manual.yaml:64:12: note: /telemetry/influxdb/token: was removed; supply it as INFLUXDB_TOKEN at deploy time [secret-removed]
}

// A package that breaks a rule of the contract is not written. The report says
// why.
func ExampleExport_invalid() {
	project := os.DirFS("testdata/half-interval")
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "half-interval"}}
	_, err := handoff.Export(context.Background(), new(bytes.Buffer), project, opts)
	var invalid *handoff.InvalidError
	if errors.As(err, &invalid) {
		for _, p := range invalid.Report.Problems {
			fmt.Println(p.Code, p.File, p.Pointer)
		}
	}

	opts.AllowInvalid = true // to look into it
	var pkg bytes.Buffer
	result, err := handoff.Export(context.Background(), &pkg, project, opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Report.Valid, pkg.Len() > 0)
	// Output:
	// runtime-schema runtime.yaml /polling/interval_ms
	// false true
}

// A package is a file, or the directory of an unpacked one.
func ExampleValidatePath() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "rig.anpkg")
	if _, err := handoff.ExportFile(context.Background(), "../examples/projects/sim-quickstart", file, handoff.ExportOptions{}); err != nil {
		log.Fatal(err)
	}
	report, err := handoff.ValidatePath(context.Background(), file, validator.Options{})
	if err != nil {
		log.Fatal(err) // it was not validated
	}
	fmt.Println(report.Valid, report.Canonical)

	if err := os.Truncate(file, 1000); err != nil {
		log.Fatal(err)
	}
	report, err = handoff.ValidatePath(context.Background(), file, validator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Valid, report.Err())
	// Output:
	// true true
	// false error: starts like a zip archive and has no end record (at byte 1000) [zip-truncated]
}
