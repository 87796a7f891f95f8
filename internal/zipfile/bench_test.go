package zipfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
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

func benchmarkOpen(b *testing.B, r io.ReaderAt, size int64) {
	b.Helper()
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		_, faults, err := Open(b.Context(), r, size, Limits{})
		if len(faults) > 0 || err != nil {
			b.Fatal(faults, err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	var typical, many []File
	for i := range 12 {
		typical = append(typical, FromBytes(fmt.Sprintf("dir/file-%d.yaml", i), []byte(pattern(1500*i))))
	}
	for i := range 10_000 {
		many = append(many, FromBytes(fmt.Sprintf("dir-%d/file-%d.yaml", i%100, i), []byte(pattern(100))))
	}
	for _, bb := range []struct {
		name  string
		files []File
	}{{"Typical", typical}, {"10000Entries", many}} {
		data := write(b, mustSet(b, bb.files...))
		b.Run(bb.name, func(b *testing.B) { benchmarkOpen(b, bytes.NewReader(data), int64(len(data))) })
		b.Run(bb.name+"/SHA256", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				sha256.Sum256(data)
			}
		})
	}
	var deflate crafted
	for i := range 1000 {
		deflate.entries = append(deflate.entries, part64{name: fmt.Sprintf("%04d", i), content: pattern(4000), deflate: true})
	}
	data := deflate.bytes()
	b.Run("1000Deflated", func(b *testing.B) { benchmarkOpen(b, bytes.NewReader(data), int64(len(data))) })
}

// BenchmarkOpenGiB reads one stored entry of 1 GiB, which is not in memory, and
// for comparison hashes its bytes from the same source.
func BenchmarkOpenGiB(b *testing.B) {
	const size = 1 << 30
	img := image(mustSet(b, File{Name: "big", Size: size, CRC32: 0x5b64c2b0, from: opened(func() (io.ReadCloser, error) { return nil, io.EOF })}))
	_, faults, err := Open(b.Context(), img, img.size, Limits{})
	if err != nil {
		b.Fatal(err)
	}
	if len(faults) != 0 {
		b.Fatal(faults)
	}
	b.Run("Open", func(b *testing.B) { benchmarkOpen(b, img, img.size) })
	b.Run("SHA256", func(b *testing.B) {
		b.SetBytes(img.size)
		buf := make([]byte, chunkSize)
		for b.Loop() {
			sum := sha256.New()
			if _, err := io.CopyBuffer(onlyWriter{sum}, onlyReader{io.NewSectionReader(img, 0, img.size)}, buf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
