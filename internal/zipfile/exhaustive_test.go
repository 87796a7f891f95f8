package zipfile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// canonicals are three small archives as the exporter writes them.
func canonicals(t testing.TB) [][]byte {
	inner := write(t, mustSet(t, FromBytes("b", []byte("x"))))
	return [][]byte{
		write(t, mustSet(t)),
		write(t, mustSet(t, FromBytes("machine-profile.yaml", []byte("schema_version: 1\n")),
			FromBytes("meta/checksums.sha256", nil), FromBytes("runtime/behaviors/größe.xml", []byte("<a/>")))),
		write(t, mustSet(t, FromBytes("a", inner), FromBytes("b/c", []byte("PK\x05\x06")), FromBytes("b/d", []byte{0}))),
	}
}

// TestEveryChangedByte gives every byte of the archives every other value.
func TestEveryChangedByte(t *testing.T) {
	for n, good := range canonicals(t) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			accepted := 0
			for i := range good {
				data := bytes.Clone(good)
				for v := range 256 {
					if data[i] = byte(v); data[i] != good[i] {
						accepted += checkAltered(t, data, i)
					}
				}
			}
			// Versions and attributes: few bytes of each entry.
			if all := 255 * len(good); accepted > all/10 {
				t.Errorf("accepted %d of %d changes", accepted, all)
			}
		})
	}
}

// checkAltered returns 1 if the archive is accepted, which must not be as
// canonical, and only with the files that archive/zip sees.
func checkAltered(t *testing.T, data []byte, at int) int {
	t.Helper()
	r, faults := open(t, data)
	if r != nil {
		if ok, reason := r.Canonical(); ok || reason == "" {
			t.Errorf("changed at %d: canonical", at)
		}
	}
	if len(faults) > 0 {
		return 0
	}
	if diff := cmp.Diff(standard(t, data), contents(t, r.Set().FS())); diff != "" {
		t.Errorf("changed at %d: files (-archive/zip +got):\n%s", at, diff)
	}
	return 1
}

func TestEveryPrefixAndSuffix(t *testing.T) {
	for _, good := range canonicals(t) {
		for i := range good {
			if _, faults := open(t, good[:i]); len(faults) == 0 {
				t.Errorf("the first %d of %d bytes are accepted", i, len(good))
			}
			if i == 0 {
				continue
			}
			r, faults := open(t, good[i:])
			if len(faults) == 0 && len(contents(t, r.Set().FS())) > 0 {
				t.Errorf("accepted without the first %d of %d bytes", i, len(good))
			}
		}
	}
}

// TestEveryInsertion puts a byte everywhere, and takes one away.
func TestEveryInsertion(t *testing.T) {
	for _, good := range canonicals(t) {
		for i := range len(good) + 1 {
			for _, v := range []string{"\x00", "P", "\xff"} {
				checkAltered(t, []byte(string(good[:i])+v+string(good[i:])), i)
			}
			if i < len(good) {
				checkAltered(t, []byte(string(good[:i])+string(good[i+1:])), i)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	// 3 files and 2 directories, 10 bytes in all.
	data := crafted{entries: []part64{{name: "a/b/c", content: "12345"}, {name: "a/d", content: "1234"}, {name: "e", content: "1"}}}.bytes()
	dir := int64(3*centralLen + 9)
	size := int64(len(data))
	for _, tt := range []struct {
		fits, less Limits
		code       string
	}{
		{Limits{Archive: size}, Limits{Archive: size - 1}, CodeArchiveTooLarge},
		{Limits{Entries: 5}, Limits{Entries: 4}, CodeTooManyEntries},
		{Limits{Entries: 5}, Limits{Entries: 2}, CodeTooManyEntries},
		{Limits{Directory: dir}, Limits{Directory: dir - 1}, CodeDirectoryTooLarge},
		{Limits{Name: 5}, Limits{Name: 4}, CodeNameTooLong},
		{Limits{File: 5}, Limits{File: 4}, CodeFileTooLarge},
		{Limits{Total: 10}, Limits{Total: 9}, CodeTotalTooLarge},
	} {
		if _, faults, err := Open(t.Context(), bytes.NewReader(data), size, tt.fits); len(faults) > 0 || err != nil {
			t.Errorf("%+v: %v, %v", tt.fits, faults, err)
		}
		_, faults, err := Open(t.Context(), bytes.NewReader(data), size, tt.less)
		if diff := cmp.Diff([]string{tt.code}, codes(faults)); diff != "" || err != nil {
			t.Errorf("%+v: %v, codes (-want +got):\n%s", tt.less, err, diff)
		}
	}
	// 20 MB that are packed to about 20 kB.
	data = crafted{entries: []part64{{name: "a", content: strings.Repeat("a", 20_000_000), deflate: true}}}.bytes()
	for ratio, want := range map[int64]bool{0: false, 500: false, 1100: true} {
		_, faults, err := Open(t.Context(), bytes.NewReader(data), int64(len(data)), Limits{Ratio: ratio})
		if err != nil || (len(faults) == 0) != want {
			t.Errorf("ratio %d: %v, %v", ratio, faults, err)
		}
	}
	data = crafted{entries: []part64{{name: "a", content: strings.Repeat("a", ratioFloor), deflate: true}}}.bytes()
	if _, faults := open(t, data); len(faults) > 0 {
		t.Errorf("a file of the size that no ratio is asked for: %v", faults)
	}
}

// TestCodes compares the list with the constants by way of its own order, and
// with the form of a code.
func TestCodes(t *testing.T) {
	list := Codes()
	if len(sortedSet(list)) != len(list) {
		t.Error("a code is listed twice")
	}
	for _, code := range list {
		if !strings.HasPrefix(code, "zip-") || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("code %q", code)
		}
	}
}

// TestBomb allows just the ratio, and no byte of a whole one more.
func TestBomb(t *testing.T) {
	const packed = ratioFloor / 10
	for _, tt := range []struct {
		size int64
		want bool
	}{{ratioFloor, false}, {100 * packed, false}, {100*packed + 99, false}, {100 * (packed + 1), true}} {
		if got := (Limits{Ratio: 100}).bomb(tt.size, packed); got != tt.want {
			t.Errorf("%d bytes out of %d: a bomb is %v, want %v", tt.size, packed, got, tt.want)
		}
	}
}
