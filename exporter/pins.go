package exporter

import (
	"maps"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
)

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
		named.Pos = b.declared(nil, id)
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
	providers := doc.NewMap()
	for _, id := range b.ids {
		kind := b.project.Kind(id)
		if version := b.pin(kind); version != "" {
			providers.Set(kind, release(repository+"-provider-"+kind, version))
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

// notePins tells of pins without effect.
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
		b.note(NoteUnusedPin, nil, "pin "+component+" has no effect: "+why)
	}
}
