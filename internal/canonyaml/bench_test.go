package canonyaml_test

import (
	"bytes"
	"os"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
)

// BenchmarkRead reads a document, next to what yaml.v3 needs for its nodes of the
// same text; BenchmarkReadWrite writes it again, too.
func BenchmarkRead(b *testing.B) {
	benchmark(b, func(text []byte) error {
		_, err := canonyaml.Read(text)
		return err
	}, func(text []byte) error {
		var root yaml.Node
		return yaml.Unmarshal(text, &root)
	})
}

func BenchmarkReadWrite(b *testing.B) {
	benchmark(b, func(text []byte) error {
		root, err := canonyaml.Read(text)
		if err == nil {
			canonyaml.Append(nil, root)
		}
		return err
	}, func(text []byte) error {
		var root any
		if err := yaml.Unmarshal(text, &root); err != nil {
			return err
		}
		_, err := yaml.Marshal(root)
		return err
	})
}

func benchmark(b *testing.B, ours, baseline func([]byte) error) {
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
		for _, reader := range []struct {
			name string
			run  func([]byte) error
		}{{"canonyaml", ours}, {"yaml.v3", baseline}} {
			b.Run(size.name+"/"+reader.name, func(b *testing.B) {
				b.SetBytes(int64(len(size.text)))
				b.ReportAllocs()
				for b.Loop() {
					if err := reader.run(size.text); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
