package reproduce

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// maxCauses is how many causes are listed.
const maxCauses = 100

// layerOrder is the order of Report.Causes.
var layerOrder = [...]Layer{LayerOptions, LayerFiles, LayerValue, LayerFormatting, LayerContent, LayerArchive}

// explainer finds why a package is not what a project makes.
type explainer struct {
	ctx    context.Context
	p      *validator.Package
	c      *content.Content // of the package
	r      *Report
	packed *zipfile.Set // the package
	made   fs.FS        // the export
	better bool         // made with the options of the package
	count  [len(layerOrder)]int
}

// add lists a cause, unless there are so many of its layer that it would not be
// listed in the end.
func (x *explainer) add(c Cause) {
	if x.wants(c.Layer) {
		x.r.Causes = append(x.r.Causes, c)
	}
	x.count[slices.Index(layerOrder[:], c.Layer)]++
}

// clean makes the causes fit to be shown: a document that was looked at later may
// have told what is a secret in an earlier one.
func (x *explainer) clean() {
	var texts []*string
	for i := range x.r.Causes {
		c := &x.r.Causes[i]
		texts = append(texts, &c.File, &c.Path, &c.Message)
		for _, v := range []*diff.Value{c.Package, c.Project} {
			if v != nil {
				texts = append(texts, &v.Text)
			}
		}
	}
	x.c.Views.Clean(texts...)
	for i := range x.r.Causes {
		if c := &x.r.Causes[i]; c.Layer == LayerValue && c.Message == "" {
			c.Message = c.values()
		}
	}
}

// wants reports whether a cause of the layer would be listed.
func (x *explainer) wants(l Layer) bool {
	return x.count[slices.Index(layerOrder[:], l)] < maxCauses
}

// explain adds what makes the package and the export two.
func (x *explainer) explain(made *zipfile.Set) error {
	x.made = made.FS()
	if err := x.files(made); err != nil {
		return err
	}
	if !x.p.Report().Canonical && !x.r.ContentOnly {
		x.add(Cause{Layer: LayerArchive, Message: x.packing(), Hint: hintArchive})
	}
	slices.SortStableFunc(x.r.Causes, func(a, b Cause) int {
		return cmp.Compare(slices.Index(layerOrder[:], a.Layer), slices.Index(layerOrder[:], b.Layer))
	})
	for _, n := range x.count {
		x.r.More += n
	}
	x.hintOptions()
	x.r.Causes = x.r.Causes[:min(len(x.r.Causes), maxCauses)]
	x.r.More -= len(x.r.Causes)
	return nil
}

// hintOptions says what remains with the options of the package.
func (x *explainer) hintOptions() {
	for i, c := range x.r.Causes {
		switch {
		case c.Layer != LayerOptions || !x.better:
		case x.r.More == x.count[0]:
			x.r.Causes[i].Hint = hintOptions
		default:
			x.r.Causes[i].Hint = hintOptionsToo
		}
	}
}

// packing says in what the archive differs.
func (x *explainer) packing() string {
	for _, problem := range x.p.Report().Problems {
		if problem.Code == validator.CodeNotCanonical {
			return problem.Message
		}
	}
	return "the archive is not what the exporter writes for these files"
}

// files compares the files.
func (x *explainer) files(made *zipfile.Set) error {
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
		case name == machine.ChecksumsFile:
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

func filesByName(s *zipfile.Set) map[string]zipfile.File {
	m := map[string]zipfile.File{}
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
	packed, err := fs.ReadFile(x.p.FS(), machine.ChecksumsFile)
	made, madeErr := fs.ReadFile(x.made, machine.ChecksumsFile)
	switch {
	case errors.Is(err, fs.ErrNotExist): // an invalid package
		return nil
	case err != nil || madeErr != nil:
		return cmp.Or(err, madeErr)
	case !others && !bytes.Equal(packed, made):
		return x.content(machine.ChecksumsFile)
	}
	var manifest checksum.Manifest
	for f := range x.packed.Files() {
		if f.Name != machine.ChecksumsFile {
			manifest = append(manifest, checksum.Entry{Path: f.Name, Digest: f.SHA256})
		}
	}
	if own, err := manifest.MarshalText(); err == nil && !bytes.Equal(packed, own) {
		x.add(Cause{Layer: LayerContent, File: machine.ChecksumsFile, Message: "is not the checksums of the files in the package", Hint: hintContent})
	}
	return nil
}

// file compares a file that differs.
func (x *explainer) file(name string) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	kind := x.c.KindOf(name)
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
	old := x.c.Documents[name]
	new, err := x.c.Parse(name, kind, made)
	if old == nil || err != nil { // of an invalid package, or a verbatim file
		return x.content(name)
	}
	changes := nodediff.Compare(old.Root, new.Root, content.ItemName)
	for _, c := range changes {
		x.value(old, new, c)
	}
	if len(changes) > 0 {
		return nil
	}
	where, err := linediff.Compare(x.ctx, bytes.NewReader(packed), bytes.NewReader(made))
	if err != nil {
		return err
	}
	cause := Cause{Layer: LayerFormatting, File: name, Line: where.Line, Message: "the same values, spelled in another way", Hint: hintSpelling}
	if kind == docfile.YAML && bytes.Equal(canonyaml.Append(nil, old.Root), packed) && bytes.Equal(canonyaml.Append(nil, new.Root), made) {
		cause.Message, cause.Hint = "the same values, in another order", hintOrder
	}
	if where.Endings {
		cause.Message = onlyEndings
	}
	x.add(cause)
	return nil
}

const onlyEndings = "only line endings differ"

// Hints of the layers.
const (
	hintOptions     = "Export with the options of the package: nothing else differs."
	hintOptionsToo  = "Export with the options of the package. The other causes are what is left then."
	hintPackageOnly = "It was added to the package by hand, or what leads to it was taken out of the project since."
	hintProjectOnly = "It was taken out of the package by hand, or added to the project since. Export a new package if the machine should have it."
	hintValue       = "The project or the package was changed since the export. Put what is right into the project and export a new package."
	hintSpelling    = "The package was edited by hand, or made by another tool or version. The machine reads the same; export a new package to have it in the one form."
	hintOrder       = "The order was changed in the project or in the package since the export. The machine reads the same; export a new package if the bytes matter."
	hintContent     = "The file was edited in the project or in the package since the export. Put what is right into the project and export a new package."
	hintArchive     = "The machine gets the same files. Another tool or version has packed them; export a new package if the bytes matter."

	hintExportedAt = "It is meta.created in the project's workbench.json or system.json, which was changed since the export."
	hintName       = "It is the name of the project; export with the name that the package has."
	hintRemoved    = "It says whether the project has a telemetry token, which no package holds. The machine does not care."
	hintOmitted    = "The project has other runtime profiles than at the export."
)

// value adds a change of a value.
func (x *explainer) value(old, new *content.Document, change nodediff.Change) {
	if !x.wants(LayerValue) {
		x.add(Cause{Layer: LayerValue}) // counts
		return
	}
	path := content.PathText(change.Path)
	c := Cause{
		Layer: LayerValue, File: old.File, Path: path, Hint: hintOf(old.File, path),
		Package: (*diff.Value)(content.Show(old.View, change.Old)), Project: (*diff.Value)(content.Show(new.View, change.New)),
	}
	if change.Moved {
		c.Message = "the same items, in another order"
	}
	if c.Package != nil {
		c.Line = c.Package.Line
	} else {
		c.Line = c.Project.Line
	}
	x.add(c)
}

// values says what a value is in the package and in the project.
func (c *Cause) values() string {
	switch {
	case c.Package == nil:
		return "nothing in the package, " + c.Project.Text + " from the project"
	case c.Project == nil:
		return c.Package.Text + " in the package, nothing from the project"
	}
	return c.Package.Text + " in the package, " + c.Project.Text + " from the project"
}

func hintOf(file, path string) string {
	if file == machine.ProvenanceFile {
		switch path {
		case "exported_at":
			return hintExportedAt
		case "source_project":
			return hintName
		case "redaction_policy.telemetry_influxdb_token_removed":
			return hintRemoved
		case "omitted_variants":
			return hintOmitted
		}
	}
	return hintValue
}

// content adds a file of which no values can be compared.
func (x *explainer) content(name string) error {
	if !x.wants(LayerContent) {
		x.add(Cause{Layer: LayerContent}) // counts
		return nil
	}
	packed, err := x.p.FS().Open(name)
	if err != nil {
		return err
	}
	defer packed.Close()
	made, err := x.made.Open(name)
	if err != nil {
		return err
	}
	defer made.Close()
	where, err := linediff.Compare(x.ctx, packed, made)
	if err == nil {
		err = linediff.Rest(x.ctx, packed, made)
	}
	if err != nil {
		return err
	}
	message := "the content differs from this line on"
	if where.Endings {
		message = onlyEndings
	}
	x.add(Cause{Layer: LayerContent, File: name, Line: where.Line, Message: message, Hint: hintContent})
	return nil
}
