package handoff

import (
	"bytes"
	"cmp"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// files compares the files.
func (x *explainer) files(made *archive.Set) error {
	old, new := filesByName(x.packed), filesByName(made)
	names := map[string]bool{}
	for name := range old {
		names[name] = true
	}
	for name := range new {
		names[name] = true
	}
	others := false // files other than the checksums differ
	for _, name := range slices.SortedFunc(maps.Keys(names), machineFirst) {
		packed, inPackage := old[name]
		exported, inProject := new[name]
		differs := packed.SHA256 != exported.SHA256
		switch {
		case !inProject:
			x.add(Cause{Layer: LayerFiles, File: name, Message: "is in the package, and the project does not export it", Hint: hintPackageOnly})
		case !inPackage:
			x.add(Cause{Layer: LayerFiles, File: name, Message: "is not in the package, and the project exports it", Hint: hintProjectOnly})
		case name == checksumsFile:
			continue
		case differs:
			if err := x.file(name); err != nil {
				return err
			}
		}
		others = others || !inProject || !inPackage || differs
	}
	return x.checksums(others)
}

func filesByName(s *archive.Set) map[string]archive.File {
	m := map[string]archive.File{}
	for f := range s.Files() {
		m[f.Name] = f
	}
	return m
}

// machineFirst orders names with what the machine reads before what is about the
// package.
func machineFirst(a, b string) int {
	about := func(name string) int {
		if strings.HasPrefix(name, "meta/") {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(about(a), about(b)), cmp.Compare(a, b))
}

// checksums compares the checksum files, which differ whenever another file does.
func (x *explainer) checksums(others bool) error {
	packed, err := fs.ReadFile(x.p.FS(), checksumsFile)
	made, madeErr := fs.ReadFile(x.made, checksumsFile)
	switch {
	case err != nil || madeErr != nil: // an invalid package has none
		return nil
	case !others && !bytes.Equal(packed, made):
		return x.content(checksumsFile)
	}
	var manifest checksum.Manifest
	for f := range x.packed.Files() {
		if f.Name != checksumsFile {
			manifest = append(manifest, checksum.Entry{Path: f.Name, Digest: f.SHA256})
		}
	}
	if own, err := manifest.MarshalText(); err == nil && !bytes.Equal(packed, own) {
		x.add(Cause{Layer: LayerContent, File: checksumsFile, Message: "is not the checksums of the files in the package", Hint: hintContent})
	}
	return nil
}

// file compares a file that differs.
func (x *explainer) file(name string) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	kind := docfile.KindOf(name)
	if kind == docfile.None {
		return x.content(name)
	}
	packed, err := fs.ReadFile(x.p.FS(), name)
	if err != nil {
		return err
	}
	made, err := fs.ReadFile(x.made, name)
	if err != nil {
		return err
	}
	old := x.c.documents[name]
	new, err := parse(x.p, x.c.views, name, kind, made)
	if old == nil || err != nil { // of an invalid package, or a verbatim file
		return x.content(name)
	}
	changes := nodediff.Compare(old.root, new.root, itemName)
	for _, c := range changes {
		x.value(old, new, c)
	}
	if len(changes) > 0 {
		return nil
	}
	line, err := linediff.First(x.ctx, bytes.NewReader(packed), bytes.NewReader(made))
	if err != nil {
		return err
	}
	cause := Cause{Layer: LayerFormatting, File: name, Line: line, Message: "the same values, spelled in another way", Hint: hintSpelling}
	if kind == docfile.YAML && bytes.Equal(canonyaml.Append(nil, old.root), packed) && bytes.Equal(canonyaml.Append(nil, new.root), made) {
		cause.Message, cause.Hint = "the same values, in another order", hintOrder
	}
	x.add(cause)
	return nil
}
