package release_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

// exampleRelease opens the package of an example project and unpacks it.
func exampleRelease(project, dir string) *release.Result {
	ctx := context.Background()
	opts := handoff.ExportOptions{Options: exporter.Options{Name: project}}
	p, err := handoff.OpenProject(ctx, os.DirFS("../../examples/projects/"+project), opts)
	if err != nil {
		log.Fatal(err)
	}
	rel, err := release.Unpack(ctx, p, dir, release.UnpackOptions{})
	if err != nil {
		log.Fatal(err) // what was current still is
	}
	return rel
}

// A machine is started from the link "current", which names the new release from
// one moment to the next.
func ExampleUnpack() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	file := filepath.Join(dir, "rig.anpkg")
	if _, err := handoff.ExportFile(ctx, "../../examples/projects/sim-quickstart", file, handoff.ExportOptions{}); err != nil {
		log.Fatal(err)
	}

	p, err := handoff.OpenPath(ctx, file, handoff.OpenOptions{})
	if err != nil {
		log.Fatal(err) // the package is not sound
	}
	defer p.Close()
	rel, err := release.Unpack(ctx, p, filepath.Join(dir, "rig"), release.UnpackOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rel.Digest)
	_, err = os.Stat(filepath.Join(rel.Link, "runtime", "anolis-runtime.yaml"))
	fmt.Println(err)
	// Output:
	// d410bfb6b9458eac3bedf8d8ad762be10e79cb46d54410ddde4a3e63808c6788
	// <nil>
}

// The way back is one step, and so is the way forth again.
func ExampleRollback() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	first := exampleRelease("sim-quickstart", dir)
	second := exampleRelease("mixer-system", dir)
	fmt.Println(second.Previous == first.Digest)

	now, err := release.Rollback(context.Background(), dir, release.RollbackOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(now.Digest == first.Digest, now.Previous == second.Digest)
	// Output:
	// true
	// true true
}
