package validator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// heapOver calls f once and returns by how many MiB the heap grew meanwhile.
func heapOver(b *testing.B, f func()) {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	read := func() uint64 {
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	stop, peak := make(chan bool), make(chan uint64)
	before := read()
	go func() {
		highest := before
		for {
			select {
			case <-stop:
				peak <- highest
				return
			case <-time.After(time.Millisecond):
				highest = max(highest, read())
			}
		}
	}()
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // little garbage: it is the live heap that counts
	f()
	stop <- true
	b.ReportMetric(float64(<-peak-before)/(1<<20), "peak-MiB")
}

// validate measures the validation of an archive, and the SHA-256 of its bytes
// to compare it with.
func validate(b *testing.B, r io.ReaderAt, size int64) {
	check := func() {
		report, err := validator.Archive(b.Context(), r, size, validator.Options{})
		if err != nil || !report.Valid || !report.Canonical {
			b.Fatal(report.Err(), err)
		}
	}
	check() // the schemas are compiled now
	b.Run("validate", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			check()
		}
		heapOver(b, check)
	})
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			if _, err := io.Copy(sha256.New(), io.NewSectionReader(r, 0, size)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTypical(b *testing.B) {
	data := sound(b).archive(b)
	validate(b, bytes.NewReader(data), int64(len(data)))
}

func BenchmarkManyEntries(b *testing.B) {
	c := sound(b)
	for i := range 10_000 - len(c) {
		c[fmt.Sprintf("docs/page-%05d.txt", i)] = fmt.Sprintf("This is page %d of the manual.\n", i)
	}
	c.sum()
	data := c.archive(b)
	validate(b, bytes.NewReader(data), int64(len(data)))
}

func BenchmarkLargeXML(b *testing.B) {
	var text strings.Builder
	text.WriteString("<root BTCPP_format=\"4\">\n")
	for i := 0; text.Len() < 64<<20; i++ {
		fmt.Fprintf(&text, "  <Action ID=\"SetPwm\" name=\"step %d\" pwm=\"{stir_pwm}\"/>\n", i)
	}
	text.WriteString("</root>\n")
	c := sound(b)
	c[behaviorXML] = text.String()
	c.sum()
	data := c.archive(b)
	validate(b, bytes.NewReader(data), int64(len(data)))
	b.Run("decoder", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			decoder := xml.NewDecoder(strings.NewReader(text.String()))
			for {
				_, err := decoder.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkLargeFile(b *testing.B) {
	r := virtualArchive(b, 1<<30)
	validate(b, r, r.size)
}

// virtual is an archive whose last file has its content made up when it is read.
type virtual struct {
	before, after []byte
	block         []byte // repeated
	size          int64
}

func (v *virtual) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	end := v.size - int64(len(v.after))
	for n < len(p) && off < v.size {
		var k int
		switch at := off - int64(len(v.before)); {
		case at < 0:
			k = copy(p[n:], v.before[off:])
		case off < end:
			k = copy(p[n:min(int64(len(p)), int64(n)+end-off)], v.block[at%int64(len(v.block)):])
		default:
			k = copy(p[n:], v.after[off-end:])
		}
		n, off = n+k, off+int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// virtualArchive is a sound package with a file of size bytes that nothing refers
// to.
func virtualArchive(b *testing.B, size int64) *virtual {
	v := &virtual{block: []byte(noise(1<<20, 9))}
	made := func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(&virtual{block: v.block, size: size}, 0, size)), nil
	}
	large, err := zipfile.Hash(b.Context(), "zz/data.bin", made, nil)
	if err != nil {
		b.Fatal(err)
	}
	c := sound(b)
	c.add(checksumsText, fmt.Sprintf("%x  %s\n", large.SHA256, large.Name))
	files := []zipfile.File{large}
	start := int64(30 + len(large.Name))
	for _, name := range c.names() {
		files = append(files, zipfile.FromBytes(name, []byte(c[name])))
		start += int64(30 + len(name) + len(c[name]))
	}
	set, err := zipfile.NewSet(files...)
	if err != nil {
		b.Fatal(err)
	}
	w := &around{from: start, to: start + size}
	if _, err := set.WriteTo(w); err != nil {
		b.Fatal(err)
	}
	v.before, v.after, v.size = w.before, w.after, set.Size()
	return v
}

// around keeps what is written before and after a range.
type around struct {
	from, to, at  int64
	before, after []byte
}

func (a *around) Write(p []byte) (int, error) {
	end := a.at + int64(len(p))
	if a.at < a.from {
		a.before = append(a.before, p[:min(int64(len(p)), a.from-a.at)]...)
	}
	if end > a.to {
		a.after = append(a.after, p[max(0, a.to-a.at):]...)
	}
	a.at = end
	return len(p), nil
}

// BenchmarkRehearsal compares the validation of a typical machine with and without
// the rehearsal of its start.
func BenchmarkRehearsal(b *testing.B) {
	data, err := exporter.Build(b.Context(), os.DirFS("../examples/projects/bioreactor-bench"), exporter.Options{Name: "bioreactor-bench", Variants: exporter.AllVariants()})
	if err != nil {
		b.Fatal(err)
	}
	var archive bytes.Buffer
	if _, err := data.WriteTo(&archive); err != nil {
		b.Fatal(err)
	}
	for name, opts := range map[string]validator.Options{"with": {}, "without": {NoRehearsal: true}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := validator.Archive(b.Context(), bytes.NewReader(archive.Bytes()), int64(archive.Len()), opts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
