package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"testing"
)

const benchSize = 64 << 20

func benchOpen(data []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(onlyReader{bytes.NewReader(data)}), nil }
}

// onlyReader hides the short cuts of a bytes.Reader.
type onlyReader struct{ io.Reader }

// BenchmarkCopySHA256 is the floor for the two benchmarks after it: one pass of
// the same bytes through io.CopyBuffer and SHA-256.
func BenchmarkCopySHA256(b *testing.B) {
	data := bytes.Repeat([]byte("anolis\n\x00"), benchSize/8)
	buf := make([]byte, 128<<10)
	b.SetBytes(benchSize)
	for b.Loop() {
		sum := sha256.New()
		if _, err := io.CopyBuffer(onlyWriter{sum}, onlyReader{bytes.NewReader(data)}, buf); err != nil {
			b.Fatal(err)
		}
		sum.Sum(nil)
	}
}

type onlyWriter struct{ io.Writer }

func BenchmarkHash(b *testing.B) {
	data := bytes.Repeat([]byte("anolis\n\x00"), benchSize/8)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Hash(context.Background(), "a", benchOpen(data), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	data := bytes.Repeat([]byte("anolis\n\x00"), benchSize/8)
	read, err := Hash(context.Background(), "a", benchOpen(data), nil)
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range []struct {
		name string
		file File
	}{{"Read", read}, {"Bytes", FromBytes("a", data)}} {
		b.Run(bb.name, func(b *testing.B) {
			set, err := NewSet(bb.file)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(benchSize)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.WriteTo(onlyWriter{io.Discard}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
