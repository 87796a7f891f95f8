package release_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

// Somebody was on the machine and changed its config. The file system of an
// os.Root makes sure that nothing outside of the release is looked at.
func ExampleDrift() {
	ctx := context.Background()
	p, err := handoff.OpenProject(ctx, os.DirFS("../../examples/projects/sim-quickstart"), handoff.ExportOptions{Options: exporter.Options{Name: "sim-quickstart"}})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, p.FS()); err != nil {
		log.Fatal(err)
	}
	config := filepath.Join(dir, "runtime", "anolis-runtime.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		log.Fatal(err)
	}
	text = bytes.Replace(text, []byte("telemetry:\n"), []byte("telemetry:\n  influxdb:\n    token: typed-in-at-night\n"), 1)
	if err := os.WriteFile(config, text, 0o644); err != nil {
		log.Fatal(err)
	}

	root, err := os.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	report, err := release.Drift(ctx, p, root.FS())
	if err != nil {
		log.Fatal(err) // it was not compared
	}
	for _, f := range report.Files {
		fmt.Println(f.State, f.Path)
		for _, v := range f.Values {
			fmt.Println("  now", v.Path, v.New.Text)
		}
	}
	// Output:
	// changed runtime/anolis-runtime.yaml
	//   now telemetry.influxdb {token: ***}
}
