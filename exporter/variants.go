package exporter

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
)

// variantName is what a variant may be called to become part of a file name.
var variantName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// selectVariants splits the project's runtime profiles into those to package,
// the manual one first, and the sorted names of those that stay out.
func (b *builder) selectVariants() (selected []project.Variant, omitted []string) {
	asked := map[string]bool{}
	for _, name := range b.opts.Variants.names {
		asked[name] = true
	}
	known := map[string]bool{project.Manual: true}
	if profiles := b.project.Profile.Root.Get("runtime_profiles"); profiles.IsMap() {
		for _, e := range profiles.Entries { // also those that lead nowhere
			known[doc.KeyText(e.Key)] = true
		}
	}
	for _, v := range b.project.Variants {
		wanted := v.Name == project.Manual || asked[v.Name] || b.opts.Variants.all && !v.Missing
		switch {
		case wanted && v.Missing:
			b.faults.At(fault.MissingFile, project.ProfileFile, v.Ref, doc.Path{"runtime_profiles", v.Name}, strconv.Quote(v.File)+": file not found")
		case wanted && v.Name == project.Manual:
			selected = slices.Insert(selected, 0, v)
		case wanted && !variantName.MatchString(v.Name):
			b.faults.At(fault.Structure, project.ProfileFile, v.Ref, doc.Path{"runtime_profiles", v.Name}, "this runtime profile's name cannot become part of a file name")
		case wanted:
			selected = append(selected, v)
		case !v.Missing:
			omitted = append(omitted, v.Name)
			b.note(NoteOmittedVariant, &site{project.ProfileFile, v.Ref, doc.Path{"runtime_profiles", v.Name}},
				"runtime profile "+strconv.Quote(v.Name)+" is not in the package")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if !known[name] {
			names := slices.Sorted(maps.Keys(known))
			b.faults.Add(fault.Fault{Code: fault.Option, Msg: "the project has no runtime profile " + strconv.Quote(name) +
				"; it has " + strings.Join(names, ", ")})
		}
	}
	slices.Sort(omitted)
	return selected, omitted
}

// packagedConfig is the file of a variant in the package.
func packagedConfig(variant string) string {
	if variant == project.Manual {
		return runtimeFile
	}
	return "runtime/anolis-runtime." + variant + ".yaml"
}
