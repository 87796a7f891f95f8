package exporter_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

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
