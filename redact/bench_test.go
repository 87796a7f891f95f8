package redact_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
)

// behavior is behavior XML as machines have it, without secrets.
func behavior(size int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "        <CallDevice name=\"step %d\" target=\"tempctl0/RTD%d\" function=\"read\" value=\"{value_%d}\" if=\"mode == 2\"/>\n", i, i%8, i)
	}
	return b.Bytes()
}

var worlds = []struct {
	name string
	text func(size int) []byte
}{
	{"xml", behavior},
	{"one line", func(n int) []byte { return bytes.ReplaceAll(behavior(n), []byte("\n"), []byte(" ")) }},
	{"binary", func(n int) []byte {
		return []byte(strings.Repeat(noise("\x00\x01abc=:/.\n\xff\xfe", 4096, 70), n/4096))
	}},
	{"assignments", func(n int) []byte { return bytes.Repeat([]byte("token=token="), n/12) }},
	{"innocent assignments", func(n int) []byte { return bytes.Repeat([]byte("token={x} "), n/10) }},
	{"words", func(n int) []byte { return bytes.Repeat([]byte("token"), n/5) }},
	{"urls", func(n int) []byte { return bytes.Repeat([]byte("a://b:c"), n/7) }},
	{"half tokens", func(n int) []byte { return bytes.Repeat([]byte("eyJ.eyJ.a=="), n/11) }},
}

func BenchmarkScanner(b *testing.B) {
	for _, w := range worlds {
		text := w.text(8 << 20)
		b.Run(w.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s, err := redact.Default().NewScanner("a.xml")
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(s, bytes.NewReader(text))
				s.Findings()
			}
		})
	}
}

// BenchmarkSHA256 is what a scan adds to: packing hashes the same bytes.
func BenchmarkSHA256(b *testing.B) {
	text := behavior(8 << 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		sha256.Sum256(text)
	}
}

func BenchmarkNewScanner(b *testing.B) {
	for b.Loop() {
		if _, err := redact.Default().NewScanner("a.xml"); err != nil {
			b.Fatal(err)
		}
	}
}
