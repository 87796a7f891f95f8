package project

import (
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// system is a system.json of schema_version 2, or a migrated one of version 1.
type system struct {
	root      *doc.Node
	runtime   *doc.Node // topology.runtime
	providers *doc.Node // topology.providers
	paths     *doc.Node // paths.providers
}

func (p *Project) loadSystem(faults *fault.List) *Project {
	d := p.Files.ReadJSON(SystemFile, faults)
	if d == nil {
		return nil
	}
	s := &system{root: d.Root}
	before := faults.Len()
	if !d.Root.IsMap() {
		faults.At(fault.Structure, SystemFile, d.Root, nil, "must be an object, not "+d.Root.Kind.String())
		return nil
	}
	version := d.Root.Get("schema_version")
	if !isInt(version, "1") && !isInt(version, "2") {
		faults.At(fault.Structure, SystemFile, orElse(version, d.Root), doc.Path{"schema_version"}, "must be 1 or 2")
	}
	topology := s.object(faults, d.Root, nil, "topology", true)
	s.runtime = s.object(faults, topology, doc.Path{"topology"}, "runtime", true)
	s.providers = s.object(faults, topology, doc.Path{"topology"}, "providers", false)
	paths := s.object(faults, d.Root, nil, "paths", false)
	s.paths = s.object(faults, paths, doc.Path{"paths"}, "providers", false)
	meta := s.object(faults, d.Root, nil, "meta", false)
	if faults.Len() > before {
		return nil
	}
	if isInt(version, "1") {
		s.migrate(faults)
	}
	p.system = s
	p.Created, p.CreatedFile = meta.Get("created"), SystemFile
	p.Variants = []Variant{{Name: Manual, File: SystemFile, Rendered: s.renderRuntime(faults)}}
	p.Profile = &Document{File: SystemFile, Root: s.renderProfile(p.Name, meta.Get("name"))}
	return p
}

// object is an object below parent, or nil. A missing one is a fault when it is
// required, a value of another kind always.
func (s *system) object(faults *fault.List, parent *doc.Node, path doc.Path, key string, required bool) *doc.Node {
	if parent == nil {
		return nil
	}
	n := parent.Get(key)
	switch {
	case n == nil && required:
		faults.At(fault.Structure, SystemFile, parent, path.Child(key), "is missing")
	case n != nil && !n.IsMap():
		faults.At(fault.Structure, SystemFile, n, path.Child(key), "must be an object, not "+n.Kind.String())
		return nil
	}
	return n
}

// Kind is the provider kind that component pins go by, "" if there is none.
func (p *Project) Kind(id string) string {
	if p.system == nil {
		return ""
	}
	if kind := p.system.providers.Get(id).Get("kind"); kind.IsString() {
		return kind.Text
	}
	for _, entry := range p.system.entries() {
		if kind := entry.Get("kind"); kind.IsString() && entry.Get("id").IsString() && pytext.Strip(entry.Get("id").Text) == id {
			return kind.Text
		}
	}
	return ""
}

// entries is topology.runtime.providers, or nothing.
func (s *system) entries() []*doc.Node {
	if list := s.runtime.Get("providers"); list.IsSeq() {
		return list.Items
	}
	return nil
}

// providerConfig is the rendered config of a provider, or the file that stands
// in for it.
func (s *system) providerConfig(files Files, id string, faults *fault.List) (*Document, string) {
	entry := s.providers.Get(id)
	if config := entry.Get("config"); config.IsMap() && len(config.Entries) > 0 {
		return &Document{File: SystemFile, Root: config}, ""
	}
	own := "providers/" + id + ".yaml"
	path := doc.Path{"topology", "providers", id, "config"}
	if _, err := Clean(own); err != nil {
		faults.At(fault.UnsafePath, SystemFile, orElse(entry, s.providers), path, strconv.Quote(own)+" "+err.Error())
		return nil, ""
	}
	if _, err := files.Stat(own); err != nil {
		f := FileFault(own, err)
		f = referenced(f, SystemFile, orElse(entry, orElse(s.providers, s.root)), path, own)
		f.Msg = "is empty, and the file that would stand in for it is unusable: " + f.Msg
		faults.Add(f)
		return nil, ""
	}
	return nil, own
}

func isInt(n *doc.Node, digits string) bool {
	return n != nil && n.Kind == doc.Int && n.Text == digits
}

// truthy is Python's idea of a value that counts as given.
func truthy(n *doc.Node) bool {
	if n == nil {
		return false
	}
	switch n.Kind {
	case doc.Null:
		return false
	case doc.Bool:
		return n.Bool
	case doc.Int:
		return n.Text != "0"
	case doc.Float:
		return n.Float != 0
	case doc.String, doc.Binary:
		return n.Text != ""
	case doc.Seq:
		return len(n.Items) > 0
	case doc.Map, doc.Set:
		return len(n.Entries) > 0
	}
	return true
}

// object building

// copyKeys adds those of keys that from has.
func copyKeys(to, from *doc.Node, keys ...string) {
	for _, key := range keys {
		if v := from.Get(key); v != nil {
			to.Set(key, v)
		}
	}
}

// copyOthers adds every key of from but the named ones.
func copyOthers(to, from *doc.Node, but ...string) {
	for _, e := range from.Entries {
		if !slices.Contains(but, e.Key.Text) {
			to.Entries = append(to.Entries, e)
		}
	}
}

// orNull is n, or a null where there is none.
func orNull(n *doc.Node) *doc.Node {
	if n == nil {
		return doc.NewNull()
	}
	return n
}
