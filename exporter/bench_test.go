package exporter_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/conformance"
)

// export builds and writes a package, and reports how large the heap got.
func export(b *testing.B, fsys fs.FS, opts exporter.Options) {
	h := newHeap()
	opts.Progress = h.sample
	b.ReportAllocs()
	for b.Loop() {
		pkg, err := exporter.Build(context.Background(), fsys, opts)
		if err != nil {
			b.Fatal(err)
		}
		n, err := pkg.WriteTo(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(n)
	}
	b.ReportMetric(float64(h.grown())/(1<<20), "peak-MiB")
}

// BenchmarkTypical is the largest recorded canonical project.
func BenchmarkTypical(b *testing.B) {
	var typical conformance.Export
	for _, c := range conformance.ExportCases(b) {
		if c.Kind == "canonical" && c.Expect.Size > typical.Expect.Size {
			typical = c
		}
	}
	export(b, typical.Files.FS(), exporter.Options{Name: typical.Name, Variants: exporter.AllVariants()})
}

// BenchmarkProviders is a machine of 1,000 providers.
func BenchmarkProviders(b *testing.B) {
	const count = 1000
	var profile, versions, config strings.Builder
	files := []string{}
	config.WriteString("providers:\n")
	for i := range count {
		fmt.Fprintf(&profile, "  bus%d: {config: config/bus%d.yaml}\n", i, i)
		fmt.Fprintf(&versions, "    bus%d: {strategy: local-build, version: dev}\n", i)
		fmt.Fprintf(&config, "- id: bus%d\n  command: provider-bread\n  args: [--config, config/bus%d.yaml]\n  timeout_ms: 5000\n", i, i)
		files = append(files, fmt.Sprintf("config/bus%d.yaml", i), fmt.Sprintf(
			"hardware: {bus_path: /dev/i2c-%d, query_delay_us: 10000}\ndiscovery: {mode: manual, addresses: [0x0A, 0x14]}\n"+
				"devices:\n- {id: rlht%d, type: RLHT, label: Heater, address: 0x0A}\n- {id: dcmt%d, type: DCMT, label: Motors, address: 0x14}\n", i, i, i))
	}
	files = append(files, "config/manual.yaml", config.String(), "machine-profile.yaml",
		"schema_version: 1\nmachine_id: big\ndisplay_name: Big\nruntime_profiles: {manual: config/manual.yaml}\nproviders:\n"+profile.String()+
			"compatibility:\n  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}\n  providers:\n"+versions.String())
	export(b, with(nil, files...), exporter.Options{Name: "big"})
}

// BenchmarkBehavior is a behavior of 1 GiB, which an export reads twice, next to
// one copy of the same bytes with their SHA-256.
func BenchmarkBehavior(b *testing.B) {
	const size = 1 << 30
	fsys := bigBehavior(b, size)
	b.Run("export", func(b *testing.B) { export(b, fsys, exporter.Options{Name: "rig-1"}) })
	b.Run("copy+sha256", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			f, err := fsys.Open("behaviors/tree.xml")
			if err != nil {
				b.Fatal(err)
			}
			digest := sha256.New()
			if _, err := io.Copy(io.MultiWriter(io.Discard, digest), f); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// countingFS counts the bytes that are read.
type countingFS struct {
	fs.FS
	bytes *int64
}

func (c countingFS) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return countingFile{f, c.bytes}, nil
}

type countingFile struct {
	fs.File
	bytes *int64
}

func (c countingFile) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	*c.bytes += int64(n)
	return n, err
}

// machine is a project of n providers, each of which a second file names, and n
// runtime profiles.
func machine(n int, shared bool) fstest.MapFS {
	var profile, profiles, versions, config strings.Builder
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	config.WriteString("providers:\n")
	for i := range n {
		file := fmt.Sprintf("config/bus%d.yaml", i)
		variant := fmt.Sprintf("config/v%d.yaml", i)
		if shared {
			file, variant = "config/bus.yaml", "config/v.yaml"
		}
		fmt.Fprintf(&profile, "  bus%d: {config: %s}\n  spare%d: {config: %s}\n", i, file, i, file)
		fmt.Fprintf(&profiles, "  v%d: %s\n", i, variant)
		fmt.Fprintf(&versions, "    bus%d: {strategy: local-build, version: dev}\n", i)
		fmt.Fprintf(&config, "- {id: bus%d, args: [--config, %s]}\n", i, file)
		put(file, "# "+strings.Repeat("x", 100)+"\nmode: yes\n")
		put(variant, "# "+strings.Repeat("x", 100)+"\nproviders: [{id: bus0}]\n")
	}
	put("config/manual.yaml", config.String())
	put("machine-profile.yaml", "schema_version: 1\nmachine_id: big\ndisplay_name: Big\nruntime_profiles:\n  manual: config/manual.yaml\n"+profiles.String()+
		"providers:\n"+profile.String()+"compatibility:\n  runtime: {config_contract: 01-runtime-config, http_contract: 02-runtime-http}\n  providers:\n"+versions.String())
	return files
}

// TestCostIsLinear doubles a project twice: the bytes that are read and the
// allocations must not grow faster than it.
func TestCostIsLinear(t *testing.T) {
	for _, shared := range []bool{false, true} {
		for _, variants := range []exporter.Variants{{}, exporter.AllVariants()} {
			var read, allocations []float64
			for _, n := range []int{100, 200, 400} {
				files := machine(n, shared)
				var bytes int64
				pkg := build(t, countingFS{files, &bytes}, exporter.Options{Variants: variants})
				archiveOf(t, pkg)
				read = append(read, float64(bytes))
				allocations = append(allocations, testing.AllocsPerRun(1, func() { build(t, files, exporter.Options{Variants: variants}) }))
			}
			for _, counts := range [][]float64{read, allocations} {
				if counts[1] > 2.2*counts[0] || counts[2] > 2.2*counts[1] {
					t.Errorf("shared %v, variants %s: bytes read %.0f, allocations %.0f for n, 2n and 4n", shared, variants, read, allocations)
				}
			}
		}
	}
}

// TestLongKeys repeats no long key for everything below it.
func TestLongKeys(t *testing.T) {
	project := with(readBase(t, "canonical"), "config/sim0.yaml",
		"? "+strings.Repeat("k", 500_000)+"\n: ["+strings.Repeat("yes, ", 5000)+"yes]\n")
	pkg := build(t, project, exporter.Options{})
	size := 0
	for _, n := range pkg.Notes() {
		size += len(n.Error())
	}
	if size > 1<<20 {
		t.Errorf("%d bytes of notes", size)
	}
	if n := len(pkg.Notes()); n < 1000 || n > 1100 {
		t.Errorf("%d notes", n)
	}
}
