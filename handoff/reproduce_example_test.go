package handoff_test

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
func ExampleReproduce() {
	ctx := context.Background()
	project := os.DirFS("../examples/projects/bioreactor-bench")
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

	r, err := handoff.Reproduce(ctx, p, project, reproduce.Options{})
	if err != nil {
		log.Fatal(err) // the project cannot be exported
	}
	fmt.Println(r.Identical, r.Exported.Variants)

	r, err = handoff.Reproduce(ctx, p, project, reproduce.Options{ManualOnly: true})
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
