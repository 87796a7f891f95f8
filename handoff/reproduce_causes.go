package handoff

import (
	"cmp"
	"context"
	"io/fs"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/validator"
)

// maxCauses is how many causes are listed.
const maxCauses = 100

// layerOrder is that of Reproduction.Causes.
var layerOrder = [...]Layer{LayerOptions, LayerFiles, LayerValue, LayerFormatting, LayerContent, LayerArchive}

// explainer finds why a package is not what a project makes.
type explainer struct {
	ctx    context.Context
	p      *Package
	c      *content // of the package
	r      *Reproduction
	packed *archive.Set // the package
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
		texts = append(append(texts, &c.File, &c.Path, &c.Message), textsOf(c.Package, c.Project)...)
	}
	x.c.views.Clean(texts...)
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
func (x *explainer) explain(made *archive.Set) error {
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
