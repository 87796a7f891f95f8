package exporter

import (
	"path"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// config is a runtime config on its way into the package.
type config struct {
	variant string
	file    string // where it comes from
	root    *doc.Node
}

// addConfig rewrites the runtime config of a variant and adds it.
func (b *builder) addConfig(v project.Variant) {
	d := b.project.Config(v, &b.faults)
	if d == nil || b.ctx.Err() != nil {
		return
	}
	c := config{v.Name, d.File, d.Root}
	b.rewriteProviders(c)
	b.rewriteBehavior(c)
	for _, r := range b.policy.Apply(c.root) {
		b.redacted = true
		var path doc.Path
		for step := range strings.SplitSeq(r.Path, ".") {
			path = append(path, step)
		}
		where := &site{c.file, &doc.Node{Pos: doc.Pos{Line: r.Line, Column: r.Column}}, path}
		b.note(NoteRemoved, where, "was removed; supply it as "+deployTimeEnv+" at deploy time")
	}
	b.packaged = append(b.packaged, v.Name)
	b.addDocument(packagedConfig(v.Name), c.file, c.root)
}

// rewriteProviders points every provider at its config in the package.
func (b *builder) rewriteProviders(c config) {
	at := doc.Path{"providers"}
	list := c.root.Get("providers")
	if !list.IsSeq() || len(list.Items) == 0 {
		n := list
		if n == nil {
			n = c.root
		}
		b.faults.At(fault.Structure, c.file, n, b.pathOf(c.root, nil).Child("providers"), "must be a list of at least one provider")
		return
	}
	seen := map[string]doc.Pos{}
	for i, entry := range list.Items {
		at := b.pathOf(entry, at.Child(i))
		if !entry.IsMap() {
			b.faults.At(fault.Structure, c.file, entry, at, "must be a mapping, not "+entry.Kind.String())
			continue
		}
		id := b.providerID(c.file, entry, at.Child("id"))
		if id == "" {
			continue
		}
		if first, dup := seen[id]; dup {
			msg := "provider id " + strconv.Quote(id) + " is used twice"
			if !first.IsZero() {
				msg += " (first at line " + strconv.Itoa(first.Line) + ", column " + strconv.Itoa(first.Column) + ")"
			}
			b.faults.At(fault.Conflict, c.file, entry.Get("id"), at.Child("id"), msg)
			continue
		}
		seen[id] = entry.Get("id").Pos
		b.rewriteArgs(c, entry, id, at.Child("args"))
		if b.providers[id] == nil {
			b.providers[id] = &site{c.file, entry, at}
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
		b.faults.At(fault.UnsafePath, file, id, at, strconv.Quote(trimmed)+" cannot be the name of a file")
		return ""
	}
	return trimmed
}

func packagedProvider(id string) string { return "providers/" + id + ".yaml" }

// rewriteArgs gives the first --config that has a value the packaged config, or
// appends one.
func (b *builder) rewriteArgs(c config, entry *doc.Node, id string, at doc.Path) {
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
				b.faults.At(fault.Structure, c.file, arg, at.Child(i), "an argument must be a string or an integer, not "+arg.Kind.String()+"; quote it")
			}
			args.Items = append(args.Items, arg)
		}
	}
	replaced := false
	for i := 0; i+1 < len(args.Items); i++ {
		if flag := args.Items[i]; flag.IsString() && flag.Text == "--config" {
			b.noteReplaced(c, id, args.Items[i+1], at.Child(i+1))
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

// noteReplaced tells when a provider will run with another config than the one
// its arguments name.
func (b *builder) noteReplaced(c config, id string, arg *doc.Node, at doc.Path) {
	if b.project.Layout == project.System || !arg.IsString() {
		return
	}
	named, ok := b.inProject(arg.Text)
	if !ok {
		return
	}
	ref := b.project.Profile.Root.Get("providers").Get(id).Get("config")
	if !ref.IsString() {
		return
	}
	if declared, err := project.Clean(ref.Text); err == nil && declared != named {
		b.note(NoteConfigReplaced, &site{c.file, arg, at}, "provider "+strconv.Quote(id)+" is packaged with "+declared+
			", which the machine profile declares, instead of "+named)
	}
}
