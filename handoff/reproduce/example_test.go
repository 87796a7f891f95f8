package reproduce_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
)

func exportAs(name string) handoff.ExportOptions {
	return handoff.ExportOptions{Options: exporter.Options{Name: name}}
}

// Is this package what the project makes? How it was exported need not be known.
func ExampleProject() {
	ctx := context.Background()
	project := os.DirFS("../../examples/projects/bioreactor-bench")
	opts := exportAs("bioreactor-bench")
	opts.Variants = exporter.SomeVariants("full")
	var pkg bytes.Buffer
	if _, err := handoff.Export(ctx, &pkg, project, opts); err != nil {
		log.Fatal(err)
	}
	p, err := handoff.Open(ctx, bytes.NewReader(pkg.Bytes()), int64(pkg.Len()), handoff.OpenOptions{})
	if err != nil {
		log.Fatal(err)
	}

	r, err := reproduce.Project(ctx, p, project, reproduce.Options{})
	if err != nil {
		log.Fatal(err) // the project cannot be exported
	}
	fmt.Println(r.Identical, r.Exported.Variants)

	r, err = reproduce.Project(ctx, p, project, reproduce.Options{ManualOnly: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range r.Causes {
		fmt.Println(c.Layer, c.Path)
	}
	// Output:
	// true full
	// options variants
}

// A package is compared with what its project gives today, exported the same way:
// here with all runtime profiles.
func ExampleExportOptions() {
	ctx, project := context.Background(), os.DirFS("../../examples/projects/bioreactor-bench")
	released, err := handoff.OpenProject(ctx, project,
		handoff.ExportOptions{Options: exporter.Options{Name: "bioreactor-bench", Variants: exporter.AllVariants()}})
	if err != nil {
		log.Fatal(err)
	}
	defer released.Close()

	opts, err := reproduce.ExportOptions(ctx, released, project, reproduce.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(opts.Name, opts.Variants)
	today, err := handoff.OpenProject(ctx, project, handoff.ExportOptions{Options: opts})
	if err != nil {
		log.Fatal(err)
	}
	defer today.Close()
	c, err := handoff.Diff(ctx, released, today)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Identical)
	// Output:
	// bioreactor-bench telemetry,automation,full
	// true
}
