package archive

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

// sparse is a file of which only what is not zero is in memory.
type sparse struct {
	parts []part // sorted, apart
	size  int64
}

type part struct {
	at   int64
	data []byte
}

func (s *sparse) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		n := min(len(p)-done, len(zeros))
		if piece := p[done : done+n]; !bytes.Equal(piece, zeros[:n]) {
			s.parts = append(s.parts, part{s.size, bytes.Clone(piece)})
		}
		s.size += int64(n)
		done += n
	}
	return len(p), nil
}

var zeros = make([]byte, smallSize)

func (s *sparse) ReadAt(p []byte, at int64) (int, error) {
	n := int(max(0, min(int64(len(p)), s.size-at)))
	clear(p[:n])
	for _, part := range s.parts {
		if from, to := max(at, part.at), min(at+int64(n), part.at+int64(len(part.data))); from < to {
			copy(p[from-at:to-at], part.data[from-part.at:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s *sparse) bytes(t *testing.T, from, to int64) string {
	t.Helper()
	p := make([]byte, to-from)
	if _, err := s.ReadAt(p, from); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(p)
}

// image is the archive of virtual files as if their content were zeros.
func image(s *Set) *sparse {
	img := &sparse{}
	for i := range s.entries {
		e := &s.entries[i]
		if img.size != e.offset {
			panic(fmt.Sprintf("%q is at %d, not at %d", e.Name, img.size, e.offset))
		}
		img.Write(e.appendLocal(nil))
		img.size += e.Size
	}
	for i := range s.entries {
		img.Write(s.entries[i].appendCentral(nil))
	}
	img.Write(s.appendEnd(nil, img.size))
	return img
}

const max32 = math.MaxUint32

// TestZip64Boundaries reads archives around every limit with the standard
// library, which finds the files only by way of the right fields.
func TestZip64Boundaries(t *testing.T) {
	const local = 30 + 1 // header of a file whose name has one byte
	tests := []struct {
		name  string
		sizes []int64
		need  []uint16 // version needed, from the central header
		extra []int    // length of the extra field there
		ends  bool     // has a Zip64 end record
	}{
		{"all fits", []int64{max32 - 1 - 2*local, 0}, []uint16{20, 20}, []int{0, 0}, false},
		{"the directory does not", []int64{max32 - local}, []uint16{20}, []int{0}, true},
		{"largest size that fits", []int64{max32 - 1, 0}, []uint16{20, 45}, []int{0, 12}, true},
		{"smallest that does not", []int64{max32, 0}, []uint16{45, 45}, []int{20, 12}, true},
		{"largest offset that fits", []int64{max32 - 1 - local, 0}, []uint16{20, 20}, []int{0, 0}, true},
		{"smallest that does not", []int64{max32 - local, 0}, []uint16{20, 45}, []int{0, 12}, true},
		{"size and offset", []int64{max32, max32 + 1, 5}, []uint16{45, 45, 45}, []int{20, 28, 12}, true},
		{"far beyond", []int64{1 << 50, 1 << 51, 1 << 40}, []uint16{45, 45, 45}, []int{20, 28, 28}, true},
	}
	for _, tt := range tests {
		var files []File
		for i, size := range tt.sizes {
			files = append(files, virtual(string(rune('a'+i)), size))
		}
		s := mustSet(t, files...)
		img := image(s)
		if img.size != s.Size() {
			t.Errorf("%s: Size = %d, want %d", tt.name, s.Size(), img.size)
		}
		zr, err := zip.NewReader(img, img.size)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for i, f := range zr.File {
			if int64(f.UncompressedSize64) != tt.sizes[i] || int64(f.CompressedSize64) != tt.sizes[i] ||
				f.ReaderVersion != tt.need[i] || f.CreatorVersion != unix|tt.need[i] || len(f.Extra) != tt.extra[i] {
				t.Errorf("%s: %s has sizes %d and %d, needs %d, made by %x, %d bytes extra", tt.name, f.Name,
					f.UncompressedSize64, f.CompressedSize64, f.ReaderVersion, f.CreatorVersion, len(f.Extra))
			}
			e := s.entries[i]
			if at, err := f.DataOffset(); err != nil || at != e.offset+int64(len(e.appendLocal(nil))) {
				t.Errorf("%s: %s has its content at %d, %v", tt.name, f.Name, at, err)
			}
		}
		end := make([]byte, 42)
		img.ReadAt(end, img.size-int64(len(end)))
		if got := bytes.HasPrefix(end, []byte("PK\x06\x07")); got != tt.ends {
			t.Errorf("%s: Zip64 end record: %v, want %v", tt.name, got, tt.ends)
		}
	}
}

// TestZip64Golden spells out every byte of the headers of three files: one that
// is too large, one that is so and lies too far, and one that lies too far.
func TestZip64Golden(t *testing.T) {
	s := mustSet(t, virtual("a", 0x1_0000_0002), virtual("b", 0x3_ffff_ffff), virtual("c", 0))
	img := image(s)
	aEnd := int64(51 + 0x1_0000_0002)
	bEnd := aEnd + 51 + 0x3_ffff_ffff
	tests := []struct {
		what     string
		from, to int64
		want     string
	}{
		{"local a", 0, 51, "504b0304 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1400 61" +
			"0100 1000 0200000001000000 0200000001000000"},
		{"local b", aEnd, aEnd + 51, "504b0304 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1400 62" +
			"0100 1000 ffffffff03000000 ffffffff03000000"},
		{"local c", bEnd, bEnd + 31, "504b0304 1400 0000 0000 0000 2100 00000000 00000000 00000000 0100 0000 63"},
		{"the rest", bEnd + 31, img.size, "" +
			"504b0102 2d03 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1400 0000 0000 0000 0000a481 00000000 61" +
			"0100 1000 0200000001000000 0200000001000000" +
			"504b0102 2d03 2d00 0000 0000 0000 2100 00000000 ffffffff ffffffff 0100 1c00 0000 0000 0000 0000a481 ffffffff 62" +
			"0100 1800 ffffffff03000000 ffffffff03000000 3500000001000000" +
			"504b0102 2d03 2d00 0000 0000 0000 2100 00000000 00000000 00000000 0100 0c00 0000 0000 0000 0000a481 ffffffff 63" +
			"0100 0800 6700000005000000" +
			"504b0606 2c00000000000000 2d00 2d00 00000000 00000000 0300000000000000 0300000000000000" +
			"c900000000000000 8600000005000000" +
			"504b0607 00000000 4f01000005000000 01000000" +
			"504b0506 0000 0000 0300 0300 c9000000 ffffffff 0000"},
	}
	for _, tt := range tests {
		if got, want := img.bytes(t, tt.from, tt.to), strings.ReplaceAll(tt.want, " ", ""); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.what, got, want)
		}
	}
}

// TestManyFiles has as many files as the end record can count, and more.
func TestManyFiles(t *testing.T) {
	for _, tt := range []struct {
		count int
		ends  bool
	}{{math.MaxUint16 - 1, false}, {math.MaxUint16, true}, {math.MaxUint16 + 1, true}} {
		files := make([]File, tt.count)
		for i := range files {
			files[i] = FromBytes(fmt.Sprintf("%05d", i), nil)
		}
		data := write(t, mustSet(t, files...))
		zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil || len(zr.File) != tt.count {
			t.Fatalf("%d files: read back %d, %v", tt.count, len(zr.File), err)
		}
		if got := bytes.Contains(data[len(data)-42:], []byte("PK\x06\x07")); got != tt.ends {
			t.Errorf("%d files: Zip64 end record: %v, want %v", tt.count, got, tt.ends)
		}
		if n := le.Uint16(data[len(data)-12:]); int(n) != min(tt.count, math.MaxUint16) {
			t.Errorf("%d files: the end record counts %d", tt.count, n)
		}
	}
}

// TestFourGiB really writes a file of more than 4 GiB, and one behind it.
func TestFourGiB(t *testing.T) {
	t.Parallel()
	const size = 1<<32 + 5
	big := File{Name: "big", Size: size, CRC32: 0xb1c2a1a3, open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(readerFunc(func(p []byte) (int, error) {
			clear(p)
			return len(p), nil
		}), size)), nil
	}}
	hex.Decode(big.SHA256[:], []byte("709fc0b74f7c916cedccb212d681c035f36ffbb31ebfe806eb40c31592744eb5"))
	s := mustSet(t, FromBytes("small", []byte("hi")), big)

	img := &sparse{}
	n, err := s.WriteTo(img)
	if err != nil || n != s.Size() || n != img.size {
		t.Fatalf("WriteTo = %d, %v; %d bytes arrived, Size %d", n, err, img.size, s.Size())
	}
	zr, err := zip.NewReader(img, img.size)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{size, 2} {
		r, err := zr.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); n != want || err != nil { // compares the CRC-32 too
			t.Errorf("%s: read %d bytes, %v; want %d", zr.File[i].Name, n, err, want)
		}
	}
}
