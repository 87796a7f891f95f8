package exporter

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// isVariantName reports whether the name of a variant can become part of a file
// name.
func isVariantName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		case i > 0 && (c == '.' || c == '-'):
		default:
			return false
		}
	}
	return name != ""
}

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
		at := &site{project.ProfileFile, v.Ref, doc.Path{"runtime_profiles", v.Name}}
		wanted := v.Name == project.Manual || asked[v.Name] || b.opts.Variants.all
		switch {
		case v.Missing && (asked[v.Name] || wanted && !b.opts.AllowMissingVariants):
			b.faults.At(fault.MissingVariant, at.file, at.node, at.path, v.Why)
		case v.Missing:
			b.note(fault.MissingVariant, at, "runtime profile "+show.Quote(v.Name, 400)+" is not in the package: "+v.Why)
		case wanted && v.Name == project.Manual:
			selected = slices.Insert(selected, 0, v)
		case wanted && !isVariantName(v.Name):
			b.faults.At(fault.Structure, at.file, at.node, at.path, "the name of this runtime profile cannot become part of a file name; use letters, digits, _, - and . only")
		case wanted:
			selected = append(selected, v)
		default:
			omitted = append(omitted, v.Name)
			b.note(fault.OmittedVariant, at, "runtime profile "+show.Quote(v.Name, 400)+" is not in the package")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if !known[name] {
			names := slices.Sorted(maps.Keys(known))
			b.faults.Add(fault.Fault{Code: fault.Option, Msg: "the project has no runtime profile " + show.Quote(name, 400) +
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

func packagedProvider(id string) string { return "providers/" + id + ".yaml" }

// addConfig rewrites the runtime config of a variant and adds it.
func (b *builder) addConfig(v project.Variant) {
	b.packaged[v.Name] = true
	c := b.project.Config(b.ctx, v, &b.faults)
	if c == nil || b.ctx.Err() != nil {
		return
	}
	b.rewriteProviders(c)
	b.rewriteBehavior(c)
	for _, r := range secretscan.Remove(c.Root, b.policy.Removals) {
		b.redacted = true
		var path doc.Path
		for step := range strings.SplitSeq(r.Path, ".") {
			path = append(path, step)
		}
		removed := &doc.Node{Pos: r.Pos}
		supply := "supply it at deploy time"
		if variable := machine.Variable(r.Path); variable != "" {
			supply = "supply it as " + variable + " at deploy time"
		}
		b.note(fault.SecretRemoved, &site{c.File, removed, path}, "was removed; "+supply)
	}
	name := packagedConfig(v.Name)
	b.addDocument(name, c)
	if v.Ref != nil {
		b.sources.name(name, "runtime profile", site{project.ProfileFile, v.Ref, doc.Path{"runtime_profiles", v.Name}})
	}
}

// rewriteProviders points every provider at its config in the package.
func (b *builder) rewriteProviders(c *project.Document) {
	at := doc.Path{"providers"}
	list := c.Root.Get("providers")
	if !list.IsSeq() || len(list.Items) == 0 {
		n := list
		if n == nil {
			n = c.Root
		}
		b.faults.At(fault.Structure, c.File, n, b.pathOf(c.Root, nil).Child("providers"), "must be a list of at least one provider")
		return
	}
	seen := map[string]doc.Pos{}
	for i, entry := range list.Items {
		at := b.pathOf(entry, at.Child(i))
		if !entry.IsMap() {
			b.faults.At(fault.Structure, c.File, entry, at, "must be a mapping, not "+entry.Kind.String())
			continue
		}
		id := b.providerID(c.File, entry, at.Child("id"))
		if id == "" {
			continue
		}
		if first, dup := seen[id]; dup {
			msg := "provider id " + show.Quote(id, 400) + " is used twice"
			if !first.IsZero() {
				msg += " (first at line " + strconv.Itoa(first.Line) + ", column " + strconv.Itoa(first.Column) + ")"
			}
			b.faults.At(fault.Conflict, c.File, entry.Get("id"), at.Child("id"), msg)
			continue
		}
		seen[id] = entry.Get("id").Pos
		b.rewriteArgs(c, entry, id, at.Child("args"))
		if b.providers[id] == nil {
			b.providers[id] = &site{c.File, entry, at}
			b.ids = append(b.ids, id)
		}
	}
}

// providerID is the trimmed id of a provider, or "" with a fault.
func (b *builder) providerID(file string, entry *doc.Node, at doc.Path) string {
	id := entry.Get("id")
	if !id.IsString() || pytext.IsBlank(id.Text) {
		n := id
		if n == nil || n.Pos.IsZero() { // rendered
			n = entry
		}
		b.faults.At(fault.Structure, file, n, at, "must be a string that is not empty")
		return ""
	}
	trimmed := pytext.Strip(id.Text)
	if _, err := project.Clean(packagedProvider(trimmed)); err != nil || path.Base(trimmed) != trimmed {
		b.faults.At(fault.Structure, file, id, at, show.Quote(trimmed, 400)+" cannot be the name of a file; use letters, digits, _ and - only")
		return ""
	}
	return trimmed
}

// rewriteArgs gives the first --config that has a value the packaged config, or
// appends one.
func (b *builder) rewriteArgs(c *project.Document, entry *doc.Node, id string, at doc.Path) {
	packaged := doc.NewString(packagedProvider(id))
	old := entry.Get("args")
	args := &doc.Node{Kind: doc.Seq}
	if old != nil {
		args.Pos = old.Pos
	}
	if old.IsSeq() {
		for i, arg := range old.Items {
			switch arg.Kind {
			case doc.String:
			case doc.Int:
				n := doc.NewString(arg.Text)
				n.Pos = arg.Pos
				arg = n
			default:
				b.faults.At(fault.Structure, c.File, arg, at.Child(i), "an argument must be a string or an integer, not "+arg.Kind.String()+"; quote it")
			}
			args.Items = append(args.Items, arg)
		}
	}
	replaced := false
	for i := 0; i+1 < len(args.Items); i++ {
		if flag := args.Items[i]; flag.IsString() && flag.Text == "--config" {
			b.noteReplaced(c, id, args.Items[i+1], at.Child(i+1))
			packaged.Pos = args.Items[i+1].Pos
			args.Items[i+1] = packaged
			replaced = true
			break
		}
	}
	if !replaced {
		args.Items = append(args.Items, doc.NewString("--config"), packaged)
	}
	entry.Set("args", args)
}

// noteReplaced notes a provider that will run with another config than the one
// its arguments name.
func (b *builder) noteReplaced(c *project.Document, id string, arg *doc.Node, at doc.Path) {
	declared := b.project.DeclaredConfig(id)
	if declared == "" || !arg.IsString() {
		return
	}
	if named, ok := b.inProject(arg.Text); ok && declared != named {
		b.note(fault.ConfigReplaced, &site{c.File, arg, at}, "provider "+show.Quote(id, 400)+" is packaged with "+declared+
			", which the machine profile declares, instead of "+named)
	}
}

// inProject is the project file a path means: a deploy token, or a relative
// path to a file that is there.
func (b *builder) inProject(ref string) (string, bool) {
	if project.CheckRelative(ref) != nil {
		return "", false
	}
	clean := path.Clean(ref)
	if inside, ok := b.deployToken(clean); ok {
		return inside, true
	}
	if project.Leaves(clean) {
		return "", false
	}
	_, err := b.files.Stat(clean)
	return clean, err == nil || project.Failed(err)
}

// addProviders packages the config of every provider that a config uses.
func (b *builder) addProviders() {
	for _, id := range b.ids {
		if b.ctx.Err() != nil {
			return
		}
		config, verbatim := b.project.ProviderConfig(b.ctx, id, &b.faults)
		name := packagedProvider(id)
		switch {
		case config != nil:
			b.addDocument(name, config)
		case verbatim != "":
			b.addVerbatim(name, behavior{files: b.files, file: verbatim, shown: verbatim}, b.providers[id])
		}
		first := b.providers[id]
		b.sources.name(name, "provider", site{first.file, cmp.Or(first.node.Get("id"), first.node), first.path.Child("id")})
	}
}

// unusable reports a file that cannot be read at the place that names it.
func (b *builder) unusable(at *site, files project.Files, file, what string, err error) {
	f := files.Fault(file, err)
	f.File, f.Pos, f.Msg = at.file, at.node.Pos, what+": "+f.Msg
	b.faults.Add(f.In(at.path))
}
