package validator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log"
	"os"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/validator"
)

// quickstart is the package of an example project.
func quickstart() []byte {
	project := os.DirFS("../examples/projects/sim-quickstart")
	pkg, err := exporter.Build(context.Background(), project, exporter.Options{Name: "sim-quickstart"})
	if err != nil {
		log.Fatal(err)
	}
	var archive bytes.Buffer
	if _, err := pkg.WriteTo(&archive); err != nil {
		log.Fatal(err)
	}
	return archive.Bytes()
}

// A bad package is a report and no error: an error means that nobody knows.
func ExampleArchive() {
	archive := quickstart()
	report, err := validator.Archive(context.Background(), bytes.NewReader(archive), int64(len(archive)), validator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Valid, report.Err())

	archive[200] ^= 1 // damaged on its way
	report, err = validator.Archive(context.Background(), bytes.NewReader(archive), int64(len(archive)), validator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range report.Problems {
		fmt.Println(p.Code, p.File)
	}
	// Output:
	// true <nil>
	// zip-crc machine-profile.yaml
}

// A package that is unpacked already is a file system.
func ExampleFS() {
	report, err := validator.FS(context.Background(), fstest.MapFS{
		"machine-profile.yaml":        {Data: []byte("schema_version: 1\n")},
		"runtime/anolis-runtime.yaml": {Data: []byte("http: {enabled: false}\n")},
	}, validator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range report.Problems {
		if p.Code == validator.CodeMissingFile {
			fmt.Println(p)
		}
	}
	// Output:
	// meta/checksums.sha256: error: a package needs this file [missing-file]
	// meta/provenance.json: error: a package needs this file [missing-file]
}

// What was validated is what is read: each file is verified once more.
func ExampleOpen() {
	archive := quickstart()
	p, err := validator.Open(context.Background(), bytes.NewReader(archive), int64(len(archive)), validator.OpenOptions{})
	if err != nil { // an invalid package, too
		log.Fatal(err)
	}
	text, err := fs.ReadFile(p.FS(), "providers/bench-sim.yaml")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(text), "bytes of the provider's config")
	// Output: 242 bytes of the provider's config
}

// OpenFS notices a file that changes after it was validated.
func ExampleOpenFS() {
	unpacked := fstest.MapFS{"notes.txt": {Data: []byte("fill the vessel with water")}}
	p, err := validator.OpenFS(context.Background(), unpacked, validator.OpenOptions{AllowInvalid: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Report().Valid) // far from it; the file can be read all the same

	unpacked["notes.txt"] = &fstest.MapFile{Data: []byte("fill the vessel with acid!")}
	_, err = fs.ReadFile(p.FS(), "notes.txt")
	fmt.Println(err)
	// Output:
	// false
	// notes.txt: content changed after it was hashed
}

// Code scanning shows the problems of a package next to its files.
func ExampleWriteSARIF() {
	archive := quickstart()
	report, err := validator.Archive(context.Background(), bytes.NewReader(archive[:1000]), 1000, validator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	report.Package = "rig.anpkg"
	var written bytes.Buffer
	if err := validator.WriteSARIF(&written, report); err != nil {
		log.Fatal(err)
	}
	var sarif struct {
		Version string
		Runs    []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal(written.Bytes(), &sarif); err != nil {
		log.Fatal(err)
	}
	fmt.Println(sarif.Version, sarif.Runs[0].Results)
	// Output: 2.1.0 [{zip-truncated error}]
}

func ExampleSchema() {
	text, err := validator.Schema("machine-profile")
	if err != nil {
		log.Fatal(err)
	}
	var schema struct{ Required []string }
	if err := json.Unmarshal(text, &schema); err != nil {
		log.Fatal(err)
	}
	fmt.Println(schema.Required)
	fmt.Println(validator.SchemaNames())
	// Output:
	// [schema_version machine_id display_name runtime_profiles providers compatibility]
	// [machine-profile policy provenance provider-bread provider-ezo provider-sim report runtime-config]
}

func ExampleInfo() {
	info, known := validator.Info(validator.CodeChecksumsMismatch)
	fmt.Println(known, info.Severity, info.Title)
	// Output: true error A file that is not what was exported
}

func ExampleReport_WriteText() {
	report := &validator.Report{
		Version: validator.ReportVersion,
		Package: "rig.anpkg",
		Problems: []validator.Problem{{
			Severity: validator.Error, Code: validator.CodeProfileSchema,
			File: "machine-profile.yaml", Pointer: "/schema_version", Line: 2, Column: 17,
			Message: "must be 1, not 2", Hint: "Mend machine-profile.yaml in the project at the given place.",
		}},
		Skipped: []validator.Skipped{{Check: "replay", Reason: "no runtime was given"}},
	}
	report.WriteText(os.Stdout, false)
	// Output:
	// rig.anpkg: INVALID: 1 error
	// machine-profile.yaml:2:17: error: /schema_version: must be 1, not 2 [profile-schema]
	//     fix: Mend machine-profile.yaml in the project at the given place.
	// skipped: replay: no runtime was given
}

func ExampleReport_WriteJSON() {
	report := &validator.Report{Version: validator.ReportVersion, Package: "rig", Valid: true}
	report.WriteJSON(os.Stdout)
	// Output:
	// {"version":1,"package":"rig","valid":true,"canonical":false,"files":[],"problems":[],"checks":[],"skipped":[]}
}
