package zipfile

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustSet(t testing.TB, files ...File) *Set {
	t.Helper()
	s, err := NewSet(files...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// virtual is a file that claims a size and cannot be read.
func virtual(name string, size int64) File {
	return File{Name: name, Size: size, from: opened(func() (io.ReadCloser, error) {
		return nil, errors.New("virtual file " + name)
	})}
}

func names(s *Set) []string {
	var list []string
	for f := range s.Files() {
		list = append(list, f.Name)
	}
	return list
}

func TestNewSetSortsByBytes(t *testing.T) {
	want := []string{"B", "a-", "a.b", "a/b", "a0", "b", "é", "\uffee", "\U0001F600"}
	for shift := range want {
		var files []File
		for i := range want {
			files = append(files, FromBytes(want[(i*4+shift)%len(want)], nil))
		}
		if diff := cmp.Diff(want, names(mustSet(t, files...))); diff != "" {
			t.Errorf("shift %d: names (-want +got):\n%s", shift, diff)
		}
	}
}

func TestFilesStopsEarly(t *testing.T) {
	seen := 0
	for range mustSet(t, FromBytes("a", nil), FromBytes("b", nil)).Files() {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("saw %d files after a break", seen)
	}
}

func TestNewSetKeepsItsOwnList(t *testing.T) {
	files := []File{FromBytes("a", nil), FromBytes("b", nil)}
	s := mustSet(t, files...)
	files[0] = FromBytes("z", []byte("changed"))
	if diff := cmp.Diff([]string{"a", "b"}, names(s)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestNewSetRefusesNames(t *testing.T) {
	tests := []struct{ name, reason string }{
		{"", "not a relative path"},
		{".", "not a relative path"},
		{"/a", "not a relative path"},
		{"a/", "not a relative path"},
		{"a//b", "not a relative path"},
		{"a/../b", "not a relative path"},
		{"./a", "not a relative path"},
		{`a\b`, "backslash"},
		{`C:\a`, "backslash"},
		{"a\x00", "control character"},
		{"a\nb", "control character"},
		{"a\x7f", "control character"},
		{"a\u0085", "control character"},
		{"a\xff", "invalid UTF-8"},
		{"a\xed\xa0\x80", "invalid UTF-8"}, // a surrogate
		{strings.Repeat("x", math.MaxUint16+1), "longer than"},
	}
	for _, tt := range tests {
		_, err := NewSet(FromBytes("good", nil), FromBytes(tt.name, nil))
		var bad *NameError
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, tt.reason) {
			t.Errorf("NewSet(%.20q) = %v, want a *NameError with %q", tt.name, err, tt.reason)
		}
	}
	mustSet(t, FromBytes(strings.Repeat("x", math.MaxUint16), nil))
}

func TestNewSetReportsEveryConflict(t *testing.T) {
	var files []File
	for _, name := range []string{"a", "a/b", "a/b/c", "a/b/d", "e", "e", "f-", "f/g", "h\\"} {
		files = append(files, FromBytes(name, nil))
	}
	_, err := NewSet(files...)
	want := strings.Join([]string{
		`file name "e": given twice`,
		`file name "h\\": has a backslash`,
		`file name "a": both a file and a directory`,
		`file name "a/b": both a file and a directory`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("NewSet reports\n%v\nwant\n%s", err, want)
	}
}

func TestNewSetRefusesHandMadeFiles(t *testing.T) {
	short := FromBytes("a", []byte("abc"))
	short.Size = 2
	for _, f := range []File{{Name: "a", Size: 1}, short, virtual("a", -1)} {
		if _, err := NewSet(f); err == nil || !strings.Contains(err.Error(), "content and size differ") {
			t.Errorf("NewSet(%+v) = %v", f, err)
		}
	}
}

func TestNewSetRefusesWhatHasNoSize(t *testing.T) {
	for _, files := range [][]File{
		{virtual("a", math.MaxInt64)},
		{virtual("a", math.MaxInt64-30)},
		{virtual("a", math.MaxInt64-100)},
		{virtual("a", math.MaxInt64-150)},
		{virtual("a", math.MaxInt64/2), virtual("b", math.MaxInt64/2)},
	} {
		if s, err := NewSet(files...); !errors.Is(err, errTooLarge) {
			t.Errorf("NewSet of %d files from %d bytes = %v, %v", len(files), files[0].Size, s, err)
		}
	}
}
