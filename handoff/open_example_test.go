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
	"github.com/anolishq/anolis-handoff/validator"
)

// A package that arrives as a stream is validated where it lies, here in memory.
func ExampleValidate() {
	var pkg bytes.Buffer
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}}
	if _, err := handoff.Export(context.Background(), &pkg, os.DirFS("../examples/projects/sim-quickstart"), opts); err != nil {
		log.Fatal(err)
	}
	report, err := handoff.Validate(context.Background(), bytes.NewReader(pkg.Bytes()), int64(pkg.Len()), validator.Options{})
	if err != nil {
		log.Fatal(err) // it was not validated
	}
	fmt.Println(report.Valid, len(report.Files), "files")
	// Output: true 5 files
}

// What an export would write can be looked at without writing it.
func ExampleOpenProject() {
	p, err := handoff.OpenProject(context.Background(), os.DirFS("../examples/projects/sim-quickstart"),
		handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	summary, err := handoff.Inspect(context.Background(), p)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Machine.ID, summary.Digest)
	// Output: sim-quickstart d410bfb6b9458eac3bedf8d8ad762be10e79cb46d54410ddde4a3e63808c6788
}

// The folder of an unpacked package is opened like the package itself.
func ExampleOpenFS() {
	project, err := handoff.OpenProject(context.Background(), os.DirFS("../examples/projects/sim-quickstart"),
		handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}})
	if err != nil {
		log.Fatal(err)
	}
	defer project.Close()
	unpacked := project.FS() // of a folder on a disk: os.OpenRoot(dir), then its FS
	p, err := handoff.OpenFS(context.Background(), unpacked, handoff.OpenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	digest, err := p.Digest(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Report().Valid, digest)
	// Output: true d410bfb6b9458eac3bedf8d8ad762be10e79cb46d54410ddde4a3e63808c6788
}

// A package is compared with what its project gives today, exported the same way:
// here with all runtime profiles.
func Example_compareWithProject() {
	ctx, project := context.Background(), os.DirFS("../examples/projects/bioreactor-bench")
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
