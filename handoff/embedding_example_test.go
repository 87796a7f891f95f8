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
	"regexp"
	"testing/fstest"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

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
