package zipfile

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

var readers = flag.Int("readers", 300, "how many archives TestReaders makes")

// TestReaders makes archives that lie in one to three ways, and gives those that are
// accepted to every other reader that the machine has: each must unpack the same
// files, and what is canonical without a word.
func TestReaders(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 2026))
	dir := t.TempDir()
	var accepted []sample
	for i := range *readers {
		c := goodArchive(random)
		if i%10 != 0 { // some stay good
			for range 1 + random.IntN(3) {
				mutations[random.IntN(len(mutations))](random, &c)
			}
		}
		data := c.bytes()
		r, faults := open(t, data)
		if len(faults) > 0 {
			continue
		}
		canonical, _ := r.Canonical()
		name := filepath.Join(dir, strconv.Itoa(i)+".zip")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		accepted = append(accepted, sample{name, data, listing(t, r.Set().FS()), canonical})
	}
	if len(accepted) < *readers/20 || len(accepted) > *readers*9/10 {
		t.Errorf("%d of %d archives are accepted: the mutations are too hard or too soft", len(accepted), *readers)
	}
	t.Logf("%d archives, %d accepted", *readers, len(accepted))
	for _, reader := range otherReaders(t) {
		read, differ, said := 0, 0, 0
		for i, s := range accepted {
			if i%reader.every != 0 {
				continue
			}
			read++
			got, output, err := reader.read(t, s)
			switch {
			case got != s.want:
				if differ++; differ <= 3 {
					t.Errorf("%s reads %s differently (%v %s)\nhere:\n%sthere:\n%s", reader.name, filepath.Base(s.file), err, output, s.want, got)
				}
			case s.canonical && (err != nil || output != ""):
				if said++; said <= 3 {
					t.Errorf("%s says of canonical archive %d: %v %s", reader.name, i, err, output)
				}
			}
		}
		t.Logf("%-12s %d read, %d differ, %d with a word about what is canonical", reader.name, read, differ, said)
	}
}

// sample is an archive that is accepted.
type sample struct {
	file      string
	data      []byte
	want      string // name and digest of each file
	canonical bool
}

// otherReader is another program that unpacks archives.
type otherReader struct {
	name  string
	every int // of how many archives it reads one: some take long to start
	read  func(t *testing.T, s sample) (list, output string, err error)
}

func otherReaders(t *testing.T) []otherReader {
	list := []otherReader{{"archive/zip", 1, func(_ *testing.T, s sample) (string, string, error) {
		r, err := zip.NewReader(bytes.NewReader(s.data), int64(len(s.data)))
		if err != nil {
			return "", "", err
		}
		var lines []string
		for _, f := range r.File {
			if strings.HasSuffix(f.Name, "/") {
				continue
			}
			rc, err := f.Open()
			if err != nil {
				return "", "", err
			}
			data, err := io.ReadAll(rc)
			if err != nil {
				return "", "", err
			}
			lines = append(lines, line(f.Name, data))
		}
		return sorted(lines), "", nil
	}}}
	for _, tool := range []struct {
		name string
		args []string // ZIP and DIR stand for the archive and the folder
	}{
		{"unzip", []string{"-qq", "-o", "ZIP", "-d", "DIR"}},
		{"busybox", []string{"unzip", "-q", "-o", "ZIP", "-d", "DIR"}},
		{"bsdtar", []string{"-x", "-f", "ZIP", "-C", "DIR"}},
		{"7zz", []string{"x", "-y", "-bso0", "-bsp0", "-oDIR", "ZIP"}},
		{"7z", []string{"x", "-y", "-bso0", "-bsp0", "-oDIR", "ZIP"}},
		{"miniunzip", []string{"-x", "-o", "ZIP", "-d", "DIR"}},
		{"python3", []string{"-m", "zipfile", "-e", "ZIP", "DIR"}},
		{"jar", []string{"-x", "-f", "ZIP", "-C", "DIR"}},
	} {
		path, err := exec.LookPath(tool.name)
		if err != nil {
			t.Logf("%-12s is not on this machine", tool.name)
			continue
		}
		every := 1
		if tool.name == "jar" || tool.name == "python3" {
			every = 40
		}
		list = append(list, otherReader{tool.name, every, func(t *testing.T, s sample) (string, string, error) {
			dir := t.TempDir()
			args := make([]string, len(tool.args))
			for i, arg := range tool.args {
				args[i] = strings.NewReplacer("ZIP", s.file, "DIR", dir).Replace(arg)
			}
			if tool.name == "jar" { // it unpacks where it stands
				args = []string{"-x", "-f", s.file}
			}
			cmd := exec.Command(path, args...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
			out, err := cmd.CombinedOutput()
			if tool.name == "miniunzip" { // it talks about everything
				out = nil
			}
			return listing(t, os.DirFS(dir)), strings.TrimSpace(string(out)), err
		}})
	}
	return list
}

// line composes the name, and drops a dot at its begin: the validator warns of names
// that some tools change so.
func line(name string, data []byte) string {
	name = strings.TrimPrefix(norm.NFC.String(name), ".")
	sum := sha256.Sum256(data)
	return strconv.Quote(name) + " " + hex.EncodeToString(sum[:6])
}

func sorted(lines []string) string {
	slices.Sort(lines)
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintln(&b, l)
	}
	return b.String()
}

// listing has a line for each file of a file system.
func listing(t *testing.T, fsys fs.FS) string {
	t.Helper()
	var lines []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		lines = append(lines, line(name, data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sorted(lines)
}

// goodArchive is an archive that is as it should be.
func goodArchive(r *rand.Rand) crafted {
	names := []string{"machine-profile.yaml", "meta/checksums.sha256", "meta/provenance.json", "providers/a.yaml", "runtime/a b.yaml", "runtime/behaviors/größe.xml", "z"}
	var c crafted
	for _, name := range names[:1+r.IntN(len(names))] {
		c.entries = append(c.entries, part64{name: name, content: strings.Repeat(name+"\n", r.IntN(4))})
	}
	return c
}

// mutations are the ways in which an archive can be made to lie.
var mutations = []func(r *rand.Rand, c *crafted){
	func(r *rand.Rand, c *crafted) { // a name that some tool rewrites, or another
		names := []string{"a;1", "x;", "a;b", "d/../e", "..a/b", "a..b", "a../b", "con.txt", "NUL", "com1", "gru\u0308n.xml", "größe", "ﬁ", "Ⅷ", "a.", "a ", " a",
			"-rf", "a\\b", "/abs", "c:/x", "c:x", "a*b", "a?b", "a|b", "a<b", "a\"b", "a\nb", "a\x00b", "a\x7fb", "./a", "a//b", "a/", "", ".", "..", "a/.", "~a", "#a", "$a", "%a", "@a", "=a",
			"日本語", "a\u200db", "a\u202eb", "\ufeffa", "\xff", "é", "e\u0301", "İ", "ß", "ſ", strings.Repeat("n", 255), strings.Repeat("n", 256), strings.Repeat("d/", 60) + "f", ".hidden", "a\tb", "-", "--", "aux", "a'b", "a`b", "a&b", "(a)", "[a]", "{a}", "a,b", "a+b", "a!b", "a^b"}
		c.entries[r.IntN(len(c.entries))].name = names[r.IntN(len(names))]
	},
	func(r *rand.Rand, c *crafted) { // a second entry of a name, or of one alike
		e := c.entries[r.IntN(len(c.entries))]
		e.name = []string{e.name, strings.ToUpper(e.name), e.name + "/x", strings.Replace(e.name, "ö", "o\u0308", 1)}[r.IntN(4)]
		e.content += "other"
		c.entries = append(c.entries, e)
	},
	func(r *rand.Rand, c *crafted) { c.entries = append(c.entries, part64{name: "folder/"}) },
	func(r *rand.Rand, c *crafted) { c.entries[r.IntN(len(c.entries))].deflate = true },
	func(r *rand.Rand, c *crafted) { c.reverse = true },
	func(r *rand.Rand, c *crafted) { c.wide = true },
	func(r *rand.Rand, c *crafted) { c.lead = []string{"#!/bin/sh\n", "PK\x03\x04", "x"}[r.IntN(3)] },
	func(r *rand.Rand, c *crafted) { c.beforeC = []string{"x", "PK\x05\x06", "PK\x06\x08"}[r.IntN(3)] },
	func(r *rand.Rand, c *crafted) { c.afterC = "x" },
	func(r *rand.Rand, c *crafted) {
		c.tail = []string{"x", "\x00", "PK\x05\x06" + strings.Repeat("\x00", 18)}[r.IntN(3)]
	},
	func(r *rand.Rand, c *crafted) { c.entries[r.IntN(len(c.entries))].after = "x" },
	either(func(r *rand.Rand, h *rawHeader) { h.flags ^= 1 << r.IntN(16) }),
	either(func(r *rand.Rand, h *rawHeader) { h.flags |= flagUTF8 }),
	either(func(r *rand.Rand, h *rawHeader) { h.method = []uint16{0, 8, 9, 12, 14, 93, 99}[r.IntN(7)] }),
	either(func(r *rand.Rand, h *rawHeader) { h.version = []uint16{10, 20, 45, 46, 63, 0}[r.IntN(6)] }),
	either(func(r *rand.Rand, h *rawHeader) {
		h.madeBy = []uint16{0x014, 0x314, 0xa14, 0xb14, 0x1314, 0x314}[r.IntN(6)]
	}),
	either(func(r *rand.Rand, h *rawHeader) { h.crc++ }),
	either(func(r *rand.Rand, h *rawHeader) { h.size += uint32(r.IntN(3)) }),
	either(func(r *rand.Rand, h *rawHeader) { h.packed -= uint32(r.IntN(3)) }),
	either(func(r *rand.Rand, h *rawHeader) { h.size = max32 }),
	either(func(r *rand.Rand, h *rawHeader) { h.offset += uint32(r.IntN(3)) }),
	either(func(r *rand.Rand, h *rawHeader) { h.name += "x" }),
	either(func(r *rand.Rand, h *rawHeader) { h.time, h.date = uint16(r.Uint32()), uint16(r.Uint32()) }),
	either(func(r *rand.Rand, h *rawHeader) {
		h.attrs = []uint32{0, 0o100600 << 16, 0o100755 << 16, 0o104755 << 16, 0o120777 << 16, 0o40755 << 16, 0o10644 << 16, 0o60644 << 16, 0x10, 0x01, r.Uint32()}[r.IntN(11)]
	}),
	either(func(r *rand.Rand, h *rawHeader) { h.comment = "a comment" }),
	either(func(r *rand.Rand, h *rawHeader) { h.disk = uint16(r.IntN(2)) }),
	either(func(r *rand.Rand, h *rawHeader) { h.internal = uint16(r.IntN(4)) }),
	either(func(r *rand.Rand, h *rawHeader) { h.nameLen, h.extraLen = r.IntN(3)-1, r.IntN(3)-1 }),
	either(func(r *rand.Rand, h *rawHeader) {
		h.extra = []string{
			extra(0x5455, "\x01\x00\x00\x00\x00"), extra(0x7875, "\x01\x04\x00\x00\x00\x00\x04\x00\x00\x00\x00"), extra(0x7075, "\x01\x00\x00\x00\x00other"),
			extra(0x6375, "\x01\x00\x00\x00\x00c"), extra(0x000a, strings.Repeat("\x00", 32)), extra(0x0001, ""), extra(0x0001, wide(5)), extra(0x0001, wide(5, 5)),
			extra(0x9901, "\x02\x00AE\x03\x00\x00"), extra(0x756e, "\x00\x00\x00\x00"), extra(0xcafe, ""), "x", "\x01\x00\xff\xff",
		}[r.IntN(13)]
	}),
	func(r *rand.Rand, c *crafted) { // a data descriptor, true or not
		e := &c.entries[r.IntN(len(c.entries))]
		e.deflate = r.IntN(2) == 0
		packed := len(e.content)
		if e.deflate {
			packed = len(deflated(e.content))
		}
		e.after = trailer(e.content, packed+r.IntN(2)*r.IntN(2))
		e.both = func(h *rawHeader) { h.flags |= 8 }
		e.local = func(h *rawHeader) { h.crc, h.size, h.packed = 0, 0, 0 }
	},
	endRecord(func(r *rand.Rand, e *rawEnd) {
		e.comment = []string{"c", "PK\x05\x06", strings.Repeat("c", 300)}[r.IntN(3)]
	}),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.count += uint16(r.IntN(3)) - 1 }),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.here++ }),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.dirAt += uint32(r.IntN(3)) - 1 }),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.dirSize += uint32(r.IntN(3)) - 1 }),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.disk, e.dirDisk = uint16(r.IntN(2)), uint16(r.IntN(2)) }),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.commentLen = r.IntN(3) - 1 }),
	endRecord(func(r *rand.Rand, e *rawEnd) { e.wideCount++ }),
}

// either changes one of the headers of an entry, or both.
func either(how func(*rand.Rand, *rawHeader)) func(*rand.Rand, *crafted) {
	return func(r *rand.Rand, c *crafted) {
		e := &c.entries[r.IntN(len(c.entries))]
		seed := r.Uint64()
		change := func(h *rawHeader) { how(rand.New(rand.NewPCG(seed, 1)), h) } // the same in both
		switch r.IntN(4) {
		case 0:
			e.local = change
		case 1:
			e.central = change
		default:
			e.both = change
		}
	}
}

func endRecord(how func(*rand.Rand, *rawEnd)) func(*rand.Rand, *crafted) {
	return func(r *rand.Rand, c *crafted) {
		seed := r.Uint64()
		c.end = func(e *rawEnd) { how(rand.New(rand.NewPCG(seed, 1)), e) }
	}
}
