package canonyaml_test

import (
	"bytes"
	"os"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// BenchmarkReadWrite reads a document and writes it again, next to what yaml.v3
// alone needs for the same text.
func BenchmarkReadWrite(b *testing.B) {
	config, err := os.ReadFile("../../examples/projects/bioreactor-bench/config/anolis-runtime.full.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for _, size := range []struct {
		name string
		text []byte
	}{
		{"config", config},
		{"1000 entries", bytes.Repeat([]byte("- id: bus0\n  command: \"provider bread\"\n  args: [--config, config/bus0.yaml]\n  timeout_ms: 5_000\n"), 1000)},
	} {
		b.Run(size.name+"/canonyaml", func(b *testing.B) {
			b.SetBytes(int64(len(size.text)))
			b.ReportAllocs()
			for b.Loop() {
				root, err := canonyaml.Read(size.text)
				if err != nil {
					b.Fatal(err)
				}
				canonyaml.Append(nil, root)
			}
		})
		b.Run(size.name+"/yaml.v3", func(b *testing.B) {
			b.SetBytes(int64(len(size.text)))
			b.ReportAllocs()
			for b.Loop() {
				var root any
				if err := yaml.Unmarshal(size.text, &root); err != nil {
					b.Fatal(err)
				}
				if _, err := yaml.Marshal(root); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
