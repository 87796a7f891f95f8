package exporter

import (
	"maps"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
)

// addProfile rewrites the machine profile's paths and adds it.
func (b *builder) addProfile() {
	root := b.project.Profile.Root
	if b.project.Layout == project.Canonical {
		b.noteDangling(root)
	}
	profiles := doc.NewMap()
	for _, v := range b.project.Variants {
		if slices.Contains(b.packaged, v.Name) {
			profiles.Set(v.Name, doc.NewString(packagedConfig(v.Name)))
		}
	}
	root.Set("runtime_profiles", profiles)

	b.rewriteProfileProviders(root)

	if b.project.Layout == project.System {
		b.renderSystemProfile(root)
	}

	if names := slices.Sorted(maps.Keys(b.behaviors)); len(names) > 0 {
		list := doc.NewSeq()
		for _, name := range names {
			list.Items = append(list.Items, doc.NewString(name))
		}
		root.Set("behaviors", list)
	} else {
		root.Delete("behaviors")
	}
	if b.project.Layout == project.System && len(b.components().Entries) > 0 {
		root.Set("components", b.components())
	}
	b.checkProfile(root)
	b.addDocument(profileFile, b.project.Profile.File, root)
}

// rewriteProfileProviders lists the providers of the runtime configs. Where the
// project names a provider is where a problem with it shows.
func (b *builder) rewriteProfileProviders(root *doc.Node) {
	old := root.Get("providers")
	providers := doc.NewMap()
	if old != nil {
		providers.Pos = old.Pos
	}
	for _, id := range b.ids {
		entry := doc.Field(id, doc.NewMap(doc.Field("config", doc.NewString(packagedProvider(id)))))
		entry.Key.Pos = b.declared(old, id)
		entry.Value.Pos = entry.Key.Pos
		providers.Entries = append(providers.Entries, entry)
	}
	root.Set("providers", providers)
}

// declared is where the machine profile, or the runtime of a system project,
// names a provider.
func (b *builder) declared(profileProviders *doc.Node, id string) doc.Pos {
	if b.project.Layout == project.System {
		return b.providers[id].node.Get("id").Pos
	}
	if profileProviders.IsMap() {
		for _, e := range profileProviders.Entries {
			if e.Key.IsString() && e.Key.Text == id {
				return e.Key.Pos
			}
		}
	}
	return doc.Pos{}
}

// checkProfile holds the rewritten profile against its schema. When providers
// or profiles are incomplete because of an earlier fault, only that is reported.
func (b *builder) checkProfile(root *doc.Node) {
	incomplete := !b.faults.Empty()
	schema, err := contract.MachineProfile()
	if err != nil {
		b.faults.Add(fault.Fault{Code: fault.Schema, Msg: err.Error(), Err: err})
		return
	}
	for _, v := range schema.Check(root) {
		rewritten := b.project.Layout == project.System || len(v.Path) > 0 && (v.Path[0] == "providers" || v.Path[0] == "runtime_profiles")
		if incomplete && rewritten {
			continue
		}
		at := b.pathOf(&doc.Node{Pos: v.Pos}, v.Path)
		b.faults.Add(fault.Fault{Code: fault.Schema, File: b.project.Profile.File, Pos: v.Pos, Msg: v.Message}.In(at))
	}
}

// noteDangling tells of optional references of the profile that lead nowhere.
func (b *builder) noteDangling(root *doc.Node) {
	check := func(ref *doc.Node, at doc.Path, consequence string) {
		if !ref.IsString() {
			return
		}
		where := &site{b.project.Profile.File, ref, at}
		file, err := project.Clean(ref.Text)
		if err != nil {
			return
		}
		if _, err := b.files.Stat(file); err != nil {
			b.note(NoteDangling, where, strconv.Quote(ref.Text)+" names a file that the project does not have")
		} else if consequence != "" {
			b.note(NoteDangling, where, strconv.Quote(ref.Text)+consequence)
		}
	}
	if behaviors := root.Get("behaviors"); behaviors.IsSeq() {
		for i, ref := range behaviors.Items {
			check(ref, doc.Path{"behaviors", i}, "")
		}
	}
	check(root.Get("validation").Get("check_http_script"), doc.Path{"validation", "check_http_script"}, " is not part of a package")
}
