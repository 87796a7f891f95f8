package handoff_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/redact"
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

// The examples of docs/embedding.md. TestEmbeddingDoc compares.

func projectFromDatabase() fstest.MapFS {
	project := fstest.MapFS{}
	source := os.DirFS("../examples/projects/sim-quickstart")
	for _, name := range []string{"machine-profile.yaml", "config/anolis-runtime.manual.yaml", "config/provider-sim.yaml", "workbench.json"} {
		data, err := fs.ReadFile(source, name)
		if err != nil {
			log.Fatal(err)
		}
		project[name] = &fstest.MapFile{Data: data}
	}
	return project
}

func Example_inMemory() {
	ctx := context.Background()

	var project fs.FS = projectFromDatabase() // whatever implements fs.FS
	var pkg bytes.Buffer
	result, err := handoff.Export(ctx, &pkg, project, handoff.ExportOptions{
		Options: exporter.Options{Name: "sim-quickstart"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.SHA256[:12], pkg.Len())
	// Output: d410bfb6b945 2531
}

func Example_errors() {
	ctx := context.Background()
	project := projectFromDatabase()
	delete(project, "config/provider-sim.yaml")

	_, err := handoff.Export(ctx, new(bytes.Buffer), project, handoff.ExportOptions{
		Options: exporter.Options{Name: "rig"},
	})
	var problems validator.ProblemList
	switch {
	case err == nil:
	case errors.As(err, &problems): // the project must be corrected
		for _, p := range problems {
			fmt.Println(p.File, p.Line, p.Code, p.Hint)
		}
	default: // the disk, the context
		fmt.Println(err)
	}
	// Output:
	// machine-profile.yaml 11 reference-missing Add the file to the project, or remove the reference, and export again.
}

func Example_policy() {
	ctx := context.Background()
	project := projectFromDatabase()

	policy := redact.Default()
	policy.Keys = append(policy.Keys, redact.KeyRule{
		ID:          "site-code",
		Description: "door codes of the plant",
		Severity:    redact.Error,
		Words:       []string{"door_code"},
	})
	policy.Shapes = append(policy.Shapes, redact.ShapeRule{
		ID:          "plant-key",
		Description: "key of the plant's message broker",
		Severity:    redact.Error,
		Pattern:     regexp.MustCompile(`PLANT-[0-9A-F]{16}`),
		Anchors:     []string{"PLANT-"},
	})
	policy.Allow = append(policy.Allow, redact.Allow{
		File: "providers/*.yaml",
		Path: "simulation.token_bucket", // a rate limit, no secret
	})
	result, err := handoff.Export(ctx, new(bytes.Buffer), project, handoff.ExportOptions{
		Options: exporter.Options{Name: "sim-quickstart", Policy: &policy},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Report.Valid)
	// Output: true
}

func Example_schemas() {
	ctx := context.Background()
	pkg := exportedBytes()

	text, err := validator.Schema("machine-profile")
	if err != nil {
		log.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		log.Fatal(err)
	}
	schema["required"] = append(schema["required"].([]any), "safety") // our site's rule
	if text, err = json.Marshal(schema); err != nil {
		log.Fatal(err)
	}
	report, err := handoff.Validate(ctx, bytes.NewReader(pkg), int64(len(pkg)), validator.Options{
		Schemas: validator.Schemas{MachineProfile: text},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Err())
	// Output: machine-profile.yaml:1:1: error: is required: safety [profile-schema]
}

func exportedBytes() []byte {
	var pkg bytes.Buffer
	_, err := handoff.Export(context.Background(), &pkg, projectFromDatabase(), handoff.ExportOptions{
		Options: exporter.Options{Name: "sim-quickstart"},
	})
	if err != nil {
		log.Fatal(err)
	}
	return pkg.Bytes()
}

func Example_progress() {
	ctx := context.Background()
	project := projectFromDatabase()

	var last exporter.Progress
	_, err := handoff.Export(ctx, new(bytes.Buffer), project, handoff.ExportOptions{
		Options: exporter.Options{
			Name: "sim-quickstart",
			Progress: func(p exporter.Progress) { // returns quickly: it is in the way of the work
				last = p
			},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(last.Stage, last.Done == last.Total)
	// Output: write true
}

func Example_cancellation() {
	project := projectFromDatabase()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cancel() // the user pressed the button
	_, err := handoff.Export(ctx, new(bytes.Buffer), project, handoff.ExportOptions{
		Options: exporter.Options{Name: "sim-quickstart"},
	})
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}
