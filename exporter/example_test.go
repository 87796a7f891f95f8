package exporter_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
)

// quickstart is a small project. os.DirFS gives one of a directory, and the FS
// of an os.Root one that nothing can lead out of.
func quickstart() fs.FS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"machine-profile.yaml": file(`schema_version: 1
machine_id: mixer-1
display_name: Mixer 1
runtime_profiles:
  manual: config/manual.yaml
  night: config/night.yaml
providers:
  sim0:
    config: config/sim0.yaml
compatibility:
  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}
  providers:
    sim0: {strategy: local-build, version: dev}
`),
		"config/manual.yaml": file("providers:\n  - id: sim0\nhttp:\n  enabled: yes\n"),
		"config/night.yaml": file("providers:\n  - id: sim0\n" +
			"telemetry:\n  influxdb: {bucket: mixer, token: not-for-others}\n" +
			"automation: {behavior_tree: behaviors/stir.xml}\n"),
		"config/sim0.yaml":   file("devices: []\n"),
		"behaviors/stir.xml": file("<root/>\n"),
	}
}

// printFiles lists a package.
func printFiles(pkg *exporter.Package) error {
	return fs.WalkDir(pkg.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			fmt.Println(name)
		}
		return err
	})
}

func ExampleBuild() {
	pkg, err := exporter.Build(context.Background(), quickstart(), exporter.Options{Name: "mixer"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := printFiles(pkg); err != nil {
		fmt.Println(err)
	}
	// Output:
	// machine-profile.yaml
	// meta/checksums.sha256
	// meta/provenance.json
	// providers/sim0.yaml
	// runtime/anolis-runtime.yaml
}

func ExampleOptions() {
	pkg, err := exporter.Build(context.Background(), quickstart(), exporter.Options{
		Name:     "mixer",
		Variants: exporter.AllVariants(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := printFiles(pkg); err != nil {
		fmt.Println(err)
	}
	// Output:
	// machine-profile.yaml
	// meta/checksums.sha256
	// meta/provenance.json
	// providers/sim0.yaml
	// runtime/anolis-runtime.night.yaml
	// runtime/anolis-runtime.yaml
	// runtime/behaviors/stir.xml
}

func ExamplePackage_Notes() {
	pkg, err := exporter.Build(context.Background(), quickstart(), exporter.Options{Name: "mixer"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, note := range pkg.Notes() {
		fmt.Printf("%s at %s line %d: %s\n", note.Code, note.File, note.Line, note.Pointer)
	}
	// Output:
	// reader-dependent at config/manual.yaml line 4: /http/enabled
	// omitted-variant at machine-profile.yaml line 6: /runtime_profiles/night
}

func ExampleBuild_problems() {
	project := fstest.MapFS{"system.json": {Data: []byte(`{
  "schema_version": 2,
  "topology": {"runtime": {"providers": [{"id": "../sim0"}]}}
}`)}}
	_, err := exporter.Build(context.Background(), project, exporter.Options{Name: "mixer"})
	fmt.Println(err)
	// Output:
	// system.json:3:27: error: /topology/runtime/http_port: is missing [structure]
	// system.json:3:49: error: /topology/runtime/providers/0/id: "../sim0" cannot be the name of a file; use letters, digits, _ and - only [structure]
}
