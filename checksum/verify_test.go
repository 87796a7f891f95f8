package checksum

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestVerify(t *testing.T) {
	m := mustSum(t, tree())
	if err := m.Verify(t.Context(), tree()); err != nil {
		t.Error(err)
	}
	if err := (Manifest{}).Verify(t.Context(), fstest.MapFS{}); err != nil {
		t.Error(err)
	}
	with := tree()
	with["meta/checksums.sha256"] = &fstest.MapFile{Data: []byte(treeText)}
	if err := m.Verify(t.Context(), with, "meta/checksums.sha256"); err != nil {
		t.Error(err)
	}
}

// TestVerifyReportsEverything has every kind of difference, more than once.
func TestVerifyReportsEverything(t *testing.T) {
	boom := errors.New("boom")
	m := mustSum(t, fstest.MapFS{
		"same": {}, "gone": {}, "a/gone": {}, "a-/changed": {}, "a/changed": {}, "dir/file": {}, "locked/x": {}, "link": {},
		"linked/y": {}, "broken": {}, "sums": {}, "skipped/z": {},
	})
	fsys := faultyFS{
		MapFS: fstest.MapFS{
			"same":          {},
			"a-/changed":    {Data: []byte("x")},
			"a/changed":     {Data: []byte("y")},
			"a-extra":       {},
			"a/extra":       {},
			"bad\nextra":    {},
			"dir":           {Data: []byte("now a file")},
			"gone/deep":     {Data: []byte("now a directory")},
			"locked/x":      {},
			"link":          {Mode: fs.ModeSymlink, Data: []byte("same")},
			"linked":        {Mode: fs.ModeSymlink, Data: []byte("a")},
			"broken":        {},
			"pipe":          {Mode: fs.ModeNamedPipe},
			"sums":          {},
			"skipped/z":     {},
			"skipped/extra": {},
		},
		open: map[string]error{"locked": boom},
		read: map[string]error{"broken": boom},
	}
	err := m.Verify(t.Context(), fsys, "sums", "skipped")
	var ve *VerifyError
	if !errors.As(err, &ve) {
		t.Fatalf("Verify = %v", err)
	}
	empty := mustParse(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  x\n")[0].Digest
	want := &VerifyError{
		Missing: []string{"a/gone", "dir/file", "gone"},
		Extra:   []string{"a-extra", "a/extra", "bad\nextra", "dir", "gone/deep"},
		Changed: []Change{
			{"a-/changed", empty, mustSum(t, fstest.MapFS{"x": {Data: []byte("x")}})[0].Digest},
			{"a/changed", empty, mustSum(t, fstest.MapFS{"y": {Data: []byte("y")}})[0].Digest},
		},
		Skipped: []string{"skipped/z", "sums"},
	}
	got := *ve
	got.Unreadable = nil
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	wantUnreadable := []string{
		"read broken: boom", "checksum link: not a regular file", "checksum linked: not a regular file",
		"read locked: boom", "checksum pipe: not a regular file",
	}
	var unreadable []string
	for _, err := range ve.Unreadable {
		unreadable = append(unreadable, err.Error())
	}
	if diff := cmp.Diff(wantUnreadable, unreadable); diff != "" {
		t.Errorf("unreadable (-want +got):\n%s", diff)
	}
	if !errors.Is(err, boom) || !errors.Is(err, ErrNotRegular) {
		t.Errorf("the causes are lost: %v", err)
	}
}

func TestVerifyErrorText(t *testing.T) {
	m := mustParse(t, hexA+"  a\n"+hexB+"  b\n"+hexA+"  sums\n")
	err := m.Verify(t.Context(), faultyFS{
		MapFS: fstest.MapFS{"b": {}, "c\n": {}, "sums": {}, "d": {Mode: fs.ModeDevice}},
	}, "sums")
	want := strings.Join([]string{
		`"a" is listed but missing`,
		`"c\n" is not listed`,
		`"b" has another content: sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, listed ` + hexB,
		`checksum d: not a regular file`,
		`"sums" must not be listed`,
	}, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}

	many := fstest.MapFS{}
	for i := range 1000 {
		many[fmt.Sprint(i)] = &fstest.MapFile{}
	}
	lines := strings.Split(Manifest{}.Verify(t.Context(), many).Error(), "\n")
	if len(lines) != 21 || lines[20] != "and 980 more differences" {
		t.Errorf("%d lines, the last: %s", len(lines), lines[len(lines)-1])
	}
}

// TestEveryChangedByte replaces each byte of a manifest by every other byte. No
// result may still be taken for the manifest of the same files.
func TestEveryChangedByte(t *testing.T) {
	good := treeText
	fsys := tree()
	for i := range good {
		for b := range 256 {
			if byte(b) == good[i] {
				continue
			}
			bad := good[:i] + string([]byte{byte(b)}) + good[i+1:]
			m, err := Parse(strings.NewReader(bad))
			if err == nil && m.Verify(t.Context(), fsys) == nil {
				t.Errorf("byte %d: %q instead of %q is not noticed", i, byte(b), good[i])
			}
		}
	}
}

// TestEveryPrefix cuts a manifest at each byte.
func TestEveryPrefix(t *testing.T) {
	for i := range treeText {
		m, err := Parse(strings.NewReader(treeText[:i]))
		if err != nil {
			continue
		}
		var ve *VerifyError
		if err := m.Verify(t.Context(), tree()); !errors.As(err, &ve) || len(ve.Extra) == 0 {
			t.Errorf("the first %d bytes verify: %v", i, err)
		}
	}
}

// TestEveryChangedFile flips each bit of a file, and cuts and extends it.
func TestEveryChangedFile(t *testing.T) {
	const content = "content"
	m := mustSum(t, fstest.MapFS{"f": {Data: []byte(content)}})
	check := func(changed string) {
		t.Helper()
		var ve *VerifyError
		err := m.Verify(t.Context(), fstest.MapFS{"f": {Data: []byte(changed)}})
		if !errors.As(err, &ve) || len(ve.Changed) != 1 || ve.Changed[0].Path != "f" {
			t.Errorf("content %q: %v", changed, err)
		}
	}
	for i := range content {
		for bit := range 8 {
			b := []byte(content)
			b[i] ^= 1 << bit
			check(string(b))
		}
		check(content[:i])
	}
	check(content + "\x00")
}
