package handoff

import (
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

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
	hintRemoved    = "It tells whether the project has a telemetry token, which no package holds. The machine does not care."
	hintOmitted    = "The project has other runtime profiles than at the export."
)

// value adds a change of a value.
func (x *explainer) value(old, new *document, change nodediff.Change) {
	if !x.wants(LayerValue) {
		x.add(Cause{Layer: LayerValue}) // counts
		return
	}
	v := valueChange(change, old.view, new.view)
	c := Cause{Layer: LayerValue, File: old.file, Path: v.Path, Package: v.Old, Project: v.New, Hint: hintOf(old.file, v.Path)}
	if change.Moved {
		c.Message = "the same items, in another order"
	}
	if v.Old != nil {
		c.Line = v.Old.Line
	} else {
		c.Line = v.New.Line
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
	if file == provenanceFile {
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
	line, err := linediff.First(x.ctx, packed, made)
	if err != nil {
		return err
	}
	x.add(Cause{Layer: LayerContent, File: name, Line: line, Message: "the content differs from this line on", Hint: hintContent})
	return nil
}
