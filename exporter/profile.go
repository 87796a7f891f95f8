package exporter

import (
	"maps"
	"path"
	"slices"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/isotime"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
)

// addProfile rewrites the machine profile's paths and adds it.
func (b *builder) addProfile() {
	root := b.project.Profile.Root
	if b.project.Layout == project.Canonical {
		b.noteDangling(root)
	}
	profiles := doc.NewMap()
	for _, v := range b.project.Variants {
		if b.packaged[v.Name] {
			file := doc.NewString(packagedConfig(v.Name))
			if v.Ref != nil {
				file.Pos = v.Ref.Pos
			}
			profiles.Entries = append(profiles.Entries, doc.Field(v.Name, file))
		}
	}
	set(root, "runtime_profiles", profiles)
	set(root, "providers", b.profileProviders())
	if b.project.Layout == project.System {
		b.renderSystemProfile(root)
	}
	if names := slices.Sorted(maps.Keys(b.behaviors)); len(names) > 0 {
		set(root, "behaviors", b.profileBehaviors(root.Get("behaviors")))
	} else {
		root.Delete("behaviors")
	}
	if b.project.Layout == project.System && len(b.components().Entries) > 0 {
		root.Set("components", b.components())
	}
	b.checkProfile(root)
	b.addDocument(profileFile, b.project.Profile)
}

// set gives a key of the profile a new value, at the place of the old one.
func set(root *doc.Node, key string, value *doc.Node) {
	if old := root.Get(key); old != nil {
		value.Pos = old.Pos
	}
	root.Set(key, value)
}

// profileProviders lists the providers of the runtime configs. Where the project
// names a provider is where a problem with it shows.
func (b *builder) profileProviders() *doc.Node {
	providers := doc.NewMap()
	for _, id := range b.ids {
		entry := doc.Field(id, doc.NewMap(doc.Field("config", doc.NewString(packagedProvider(id)))))
		entry.Key.Pos = b.named(id)
		entry.Value.Pos = entry.Key.Pos
		providers.Entries = append(providers.Entries, entry)
	}
	return providers
}

// named is where the machine profile, or the runtime of a system project, names a
// provider.
func (b *builder) named(id string) doc.Pos {
	if b.project.Layout == project.System {
		return b.providers[id].node.Get("id").Pos
	}
	return b.project.Declared(id)
}

// profileBehaviors lists the behaviors that runtime configs use: not those that
// other behaviors include. One that the project lists keeps its place.
func (b *builder) profileBehaviors(old *doc.Node) *doc.Node {
	places := map[string]doc.Pos{}
	if old.IsSeq() {
		for _, item := range old.Items {
			if item.IsString() {
				places[path.Base(item.Text)] = item.Pos
			}
		}
	}
	list := doc.NewSeq()
	for _, name := range slices.Sorted(maps.Keys(b.behaviors)) {
		if b.behaviors[name].included {
			continue
		}
		item := doc.NewString(name)
		item.Pos = places[path.Base(name)]
		list.Items = append(list.Items, item)
	}
	return list
}

// checkProfile holds the rewritten profile against its schema. When providers
// or profiles are incomplete because of an earlier fault, only that is reported.
func (b *builder) checkProfile(root *doc.Node) {
	incomplete := !b.complete()
	schema, err := contract.MachineProfile()
	if err != nil {
		b.faults.Add(fault.Fault{Code: fault.Schema, Msg: err.Error(), Err: err})
		return
	}
	found, _ := schema.Check(b.ctx, root) // the caller of the export sees that the context is done
	for _, v := range found {
		rewritten := b.project.Layout == project.System || len(v.Path) > 0 && (v.Path[0] == "providers" || v.Path[0] == "runtime_profiles")
		if incomplete && rewritten {
			continue
		}
		at := b.pathOf(&doc.Node{Pos: v.Pos}, v.Path)
		b.faults.Add(fault.Fault{Code: fault.Schema, File: b.project.Profile.File, Pos: v.Pos, Msg: v.Message}.In(at))
	}
}

// noteDangling notes optional references of the profile that lead nowhere.
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
		if _, err := b.files.Stat(file); project.Failed(err) {
			b.unusable(where, b.files, file, show.Quote(file, 400), err)
		} else if err != nil {
			b.note(fault.DanglingReference, where, show.Quote(ref.Text, 400)+": "+b.files.Fault(file, err).Msg)
		} else if consequence != "" {
			b.note(fault.DanglingReference, where, show.Quote(ref.Text, 400)+consequence)
		}
	}
	if behaviors := root.Get("behaviors"); behaviors.IsSeq() {
		for i, ref := range behaviors.Items {
			check(ref, doc.Path{"behaviors", i}, "")
		}
	}
	check(root.Get("validation").Get("check_http_script"), doc.Path{"validation", "check_http_script"}, " is not part of a package")
}

const (
	runtimeComponent = "runtime"
	repository       = "anolishq/anolis"
)

// renderSystemProfile adds what a system project's profile says of versions.
func (b *builder) renderSystemProfile(root *doc.Node) {
	expected := doc.NewSeq()
	versions := doc.NewMap()
	for _, id := range b.ids {
		named := doc.NewString(id)
		named.Pos = b.named(id)
		expected.Items = append(expected.Items, named)
		strategy, version := "local-build", "unspecified"
		if pin := b.pin(b.project.Kind(id)); pin != "" {
			strategy, version = "pinned-ref", pin
		}
		versions.Entries = append(versions.Entries, doc.Entry{Key: named, Value: doc.NewMap(
			doc.Field("strategy", doc.NewString(strategy)),
			doc.Field("version", doc.NewString(version)),
		)})
	}
	root.Set("validation", doc.NewMap(doc.Field("expected_providers", expected)))
	root.Set("compatibility", doc.NewMap(
		doc.Field("runtime", doc.NewMap(
			doc.Field("config_contract", doc.NewString("01-runtime-config")),
			doc.Field("http_contract", doc.NewString("02-runtime-http")),
		)),
		doc.Field("providers", versions),
	))
}

// pin is the version of a provider kind, or "".
func (b *builder) pin(kind string) string {
	if kind == "" || kind == runtimeComponent {
		return ""
	}
	return b.opts.Pins[kind]
}

// components lists the pinned releases when both the runtime and a provider are
// pinned; otherwise it is empty.
func (b *builder) components() *doc.Node {
	release := func(repo, version string) *doc.Node {
		return doc.NewMap(doc.Field("repo", doc.NewString(repo)), doc.Field("version", doc.NewString(version)))
	}
	providers, seen := doc.NewMap(), map[string]bool{}
	for _, id := range b.ids {
		kind := b.project.Kind(id)
		if version := b.pin(kind); version != "" && !seen[kind] {
			seen[kind] = true
			providers.Entries = append(providers.Entries, doc.Field(kind, release(repository+"-provider-"+kind, version)))
		}
	}
	runtime := b.opts.Pins[runtimeComponent]
	if runtime == "" || len(providers.Entries) == 0 {
		return doc.NewMap()
	}
	return doc.NewMap(
		doc.Field("runtime", release(repository, runtime)),
		doc.Field("providers", providers),
	)
}

// notePins notes pins without effect.
func (b *builder) notePins() {
	used := map[string]bool{}
	if b.project.Layout == project.System {
		for _, id := range b.ids {
			used[b.project.Kind(id)] = true
		}
		used[runtimeComponent] = len(b.components().Entries) > 0
	}
	for _, component := range slices.Sorted(maps.Keys(b.opts.Pins)) {
		if used[component] {
			continue
		}
		why := "no provider of the project is of that kind"
		switch {
		case b.project.Layout == project.Canonical:
			why = "a canonical project has its own versions"
		case component == runtimeComponent:
			why = "it takes effect together with the pin of a provider only"
		}
		b.note(fault.UnusedPin, nil, "pin "+component+" has no effect: "+why)
	}
}

// addProvenance writes where the package comes from.
func (b *builder) addProvenance(omitted []string) {
	b.notePins()
	if !utf8.ValidString(b.opts.Name) { // reported by checkOptions
		return
	}
	root := doc.NewMap(
		doc.Field("package_format_version", doc.NewInt(1)),
		doc.Field("exported_at", doc.NewString(b.exportedAt())),
		doc.Field("source_project", doc.NewString(b.opts.Name)),
		doc.Field("redaction_policy", doc.NewMap(
			doc.Field("deploy_time_env_var", doc.NewString(machine.InfluxVariable)),
			doc.Field("telemetry_influxdb_token_removed", doc.NewBool(b.redacted)),
		)),
		doc.Field("schema_versions", doc.NewMap(
			doc.Field("machine-profile", doc.NewInt(1)),
			doc.Field("runtime-config", doc.NewInt(1)),
		)),
	)
	if b.project.Layout == project.Canonical {
		list := doc.NewSeq()
		for _, name := range omitted {
			list.Items = append(list.Items, doc.NewString(name))
		}
		root.Set("exported_variant", doc.NewString(project.Manual))
		root.Set("omitted_variants", list)
	}
	text, err := strictjson.Append(nil, root)
	if err != nil {
		b.faults.Add(fault.Fault{Code: fault.Structure, Msg: "provenance cannot be written: " + err.Error(), Err: err})
		return
	}
	b.entries = append(b.entries, zipfile.FromBytes(provenanceFile, text))
}

// exportedAt is the project's creation time, so that the same project always
// makes the same package.
func (b *builder) exportedAt() string {
	created := b.project.Created
	if created == nil || created.Kind == doc.Null {
		return isotime.ExportedAt("")
	}
	at := &site{b.project.CreatedFile, created, doc.Path{"meta", "created"}}
	const msg = "is not a date; the package is dated " + isotime.Fallback
	if !created.IsString() {
		b.note(fault.CreatedUnreadable, at, msg)
		return isotime.ExportedAt("")
	}
	if _, err := isotime.Parse(created.Text); err != nil && created.Text != "" {
		b.note(fault.CreatedUnreadable, at, msg)
	}
	return isotime.ExportedAt(created.Text)
}
