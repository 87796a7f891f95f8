package reproduce

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// Options that a package tells.
const (
	optionName     = "name"
	optionVariants = "variants"
	optionPins     = "pins"
	optionIncludes = "includes"
)

// told is how a package was exported, as far as it tells.
type told struct {
	name     string
	profiles []string // runtime profiles in the package, the manual one left out
	variants []string // those of them that the project has
	pins     map[string]string
	includes bool  // it has behaviors that only other behaviors include
	err      error // the project could not be read: variants and pins are not known
}

// toldBy reads how the package was exported. The project says which of its
// providers is of which kind.
func toldBy(ctx context.Context, c *content.Content, files fs.FS, projectFS fs.FS, limit int64) told {
	t := told{pins: map[string]string{}}
	if n := c.Root(machine.ProvenanceFile).Get("source_project"); n.IsString() {
		t.name = n.Text
	}
	profile := c.Root(machine.ManifestFile)
	if profiles := profile.Get("runtime_profiles"); profiles.IsMap() {
		for _, e := range profiles.Entries {
			if name := doc.KeyText(e.Key); name != project.Manual {
				t.profiles = append(t.profiles, name)
			}
		}
	}
	t.includes = hasIncluded(files, profile.Get("behaviors"))
	var faults fault.List // the export reports those that last
	proj := project.Load(ctx, project.Files{FS: projectFS, MaxDocument: limit}, t.name, &faults)
	for _, f := range faults.Sorted() {
		if project.Failed(f.Err) && f.Severity == fault.Error && f.Code == fault.Unreadable {
			c.Views.Clean(&f.File, &f.Msg)
			t.err = validator.ProblemList{{Severity: validator.Error, Code: validator.CodeUnreadable, File: f.File, Line: f.Pos.Line, Column: f.Pos.Column, Message: f.Msg}}
			return t
		}
	}
	if proj == nil {
		return t
	}
	for _, v := range proj.Variants {
		if !v.Missing && slices.Contains(t.profiles, v.Name) {
			t.variants = append(t.variants, v.Name)
		}
	}
	if proj.Layout == project.System { // a canonical one has its own versions
		t.readPins(profile, proj)
	}
	return t
}

// hasIncluded reports whether a package has behaviors that its manifest does not
// list.
func hasIncluded(files fs.FS, behaviors *doc.Node) bool {
	listed := map[string]bool{}
	if behaviors.IsSeq() {
		for _, item := range behaviors.Items {
			if item.IsString() {
				listed[item.Text] = true
			}
		}
	}
	found := false
	// A package without the folder has none. Its other files were read before.
	_ = fs.WalkDir(files, strings.TrimSuffix(machine.BehaviorsDir, "/"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !listed[name] {
			found = true
			return fs.SkipAll
		}
		return err
	})
	return found
}

func (t *told) readPins(profile *doc.Node, proj *project.Project) {
	pin := func(component string, version *doc.Node) {
		if component != "" && version.IsString() && version.Text != "" && t.pins[component] == "" {
			t.pins[component] = version.Text
		}
	}
	components := profile.Get("components")
	pin("runtime", components.Get("runtime").Get("version"))
	if kinds := components.Get("providers"); kinds.IsMap() {
		for _, e := range kinds.Entries {
			pin(doc.KeyText(e.Key), e.Value.Get("version"))
		}
	}
	if ids := profile.Get("compatibility").Get("providers"); ids.IsMap() {
		for _, e := range ids.Entries {
			if strategy := e.Value.Get("strategy"); strategy.IsString() && strategy.Text == "pinned-ref" {
				pin(proj.Kind(doc.KeyText(e.Key)), e.Value.Get("version"))
			}
		}
	}
}

// complete gives the options to export with, and the names of those that the
// package told.
func (t told) complete(opts Options) (complete exporter.Options, names []string) {
	complete, names = opts.Options, []string{}
	if opts.Name == "" && t.name != "" {
		complete.Name = t.name
		names = append(names, optionName)
	}
	if opts.Variants.String() == (exporter.Variants{}).String() && !opts.ManualOnly {
		complete.Variants = exporter.SomeVariants(t.variants...)
		names = append(names, optionVariants)
	}
	if opts.Pins == nil {
		complete.Pins = t.pins
		names = append(names, optionPins)
	}
	if t.includes && !opts.WithIncludes {
		complete.WithIncludes = true
		names = append(names, optionIncludes)
	}
	return complete, names
}

// exportedAs is options as they can be shown.
func exportedAs(c *content.Content, opts exporter.Options, names []string) Exported {
	e := Exported{Name: opts.Name, Variants: opts.Variants.String(), Pins: map[string]string{}, Told: names}
	c.Views.Clean(&e.Name, &e.Variants)
	for component, version := range opts.Pins {
		c.Views.Clean(&component, &version)
		e.Pins[component] = version
	}
	return e
}

// options finds the options that make a difference and returns what is exported
// with those of the package in their place.
func (x *explainer) options(projectFS fs.FS, given exporter.Options, t told, made *zipfile.Set) (*zipfile.Set, error) {
	best := given
	for _, o := range []struct {
		name       string
		was, is    string
		known      bool
		takeFromIt func(to *exporter.Options)
	}{
		{optionName, nameText(t.name), nameText(given.Name), t.name != "", func(to *exporter.Options) { to.Name = t.name }},
		{optionVariants, profilesText(t.profiles), variantsText(given.Variants), true,
			func(to *exporter.Options) { to.Variants = exporter.SomeVariants(t.variants...) }},
		{optionPins, pinsText(t.pins), pinsText(given.Pins), true, func(to *exporter.Options) { to.Pins = t.pins }},
	} {
		if !o.known || slices.Contains(x.r.Exported.Told, o.name) {
			continue
		}
		other := given
		o.takeFromIt(&other)
		set, err := exported(x.ctx, projectFS, other)
		switch {
		case x.ctx.Err() != nil:
			return nil, x.ctx.Err()
		case isUnreadable(err):
			return nil, err
		case err != nil, sameFiles(set, made): // it cannot be told, or has no effect
			continue
		}
		o.takeFromIt(&best)
		x.c.Views.Clean(&o.was, &o.is)
		x.add(Cause{
			Layer: LayerOptions, Path: o.name,
			Message: "the package was exported with " + o.was + ", and this export with " + o.is,
		})
	}
	if len(x.r.Causes) == 0 {
		return made, nil
	}
	set, err := exported(x.ctx, projectFS, best)
	switch {
	case x.ctx.Err() != nil:
		return nil, x.ctx.Err()
	case isUnreadable(err):
		return nil, err
	case err != nil: // with all of them together
		return made, nil
	}
	x.better = true
	return set, nil
}

// isUnreadable reports whether an export failed because a file could not be read, which
// says nothing about the options.
func isUnreadable(err error) bool {
	var list validator.ProblemList
	return errors.As(err, &list) && slices.ContainsFunc(list, func(p validator.Problem) bool { return p.Code == validator.CodeUnreadable })
}

func nameText(name string) string { return "the name " + strconv.QuoteToGraphic(name) }

func profilesText(names []string) string {
	if len(names) == 0 {
		return "the manual runtime profile only"
	}
	return "the runtime profiles manual, " + strings.Join(names, ", ")
}

func variantsText(v exporter.Variants) string {
	switch text := v.String(); text {
	case "manual":
		return profilesText(nil)
	case "all":
		return "all runtime profiles of the project"
	default:
		return profilesText(strings.Split(text, ","))
	}
}

func pinsText(pins map[string]string) string {
	if len(pins) == 0 {
		return "no pins"
	}
	var list []string
	for _, component := range slices.Sorted(maps.Keys(pins)) {
		list = append(list, component+"="+pins[component])
	}
	return "the pins " + strings.Join(list, ", ")
}

// ExportOptions returns the options to export a project with as the package p was
// exported, to compare the two: what p tells stands in for what opts leave out, as
// for Project. It returns the error of reading p, or of ctx; for a project that cannot be
// read it holds a validator.ProblemList.
func ExportOptions(ctx context.Context, p *validator.Package, project fs.FS, opts Options) (exporter.Options, error) {
	if err := check(p, project); err != nil {
		return exporter.Options{}, err
	}
	c, err := content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return exporter.Options{}, err
	}
	opts.Policy = cmp.Or(opts.Policy, p.Policy())
	told := toldBy(ctx, c, p.FS(), project, p.Limits().Document)
	if err := cmp.Or(ctx.Err(), told.err); err != nil {
		return exporter.Options{}, err
	}
	complete, _ := told.complete(opts)
	return complete, nil
}
