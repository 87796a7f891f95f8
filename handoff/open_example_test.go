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
