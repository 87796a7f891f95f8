package handoff

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/validator"
)

// diffSide is one of the two packages.
type diffSide struct {
	ComparedPackage
	p     *Package
	c     *content
	files map[string]validator.File
	// The config files by runtime profile and by provider, and all of them.
	profiles, providers map[string]string
	used                map[string]bool
	// The runtime profiles and providers that the machine profile has.
	hasProfile, hasProvider map[string]bool
	commands                map[string]string   // base name by provider
	trees                   map[string][]string // runtime profiles by behavior tree
	// The providers by the further files that they read, and those of the files
	// that are their programs.
	readers  map[string][]string
	programs map[string]bool
}

func newDiffSide(ctx context.Context, p *Package) (*diffSide, error) {
	s := &diffSide{p: p, files: map[string]validator.File{}}
	var err error
	if s.c, err = load(ctx, p); err != nil {
		return nil, err
	}
	if s.Digest, err = p.Digest(ctx); err != nil {
		return nil, err
	}
	s.Package = p.Report().Package
	if d := s.c.documents[profileFile]; d != nil {
		s.MachineID = d.view.Text(d.root.Get("machine_id"))
	}
	for _, f := range p.Report().Files {
		s.files[f.Path] = f
	}
	return s, nil
}

// root is that of a document, or nil.
func (s *diffSide) root(file string) *doc.Node { return s.c.root(file) }

func (s *diffSide) has(file string) bool { _, ok := s.files[file]; return ok }

// assignRoles finds what the files are for. Without a machine profile they are
// for what they are for in the other package.
func (s *diffSide) assignRoles(other *diffSide) {
	profile := s.root(profileFile)
	if !profile.IsMap() {
		profile = other.root(profileFile)
	}
	s.profiles, s.providers = map[string]string{}, map[string]string{}
	s.hasProfile, s.hasProvider = map[string]bool{}, map[string]bool{}
	s.used, s.commands, s.trees = map[string]bool{}, map[string]string{}, map[string][]string{}
	each(profile.Get("runtime_profiles"), func(name string, n *doc.Node) {
		s.hasProfile[name] = true
		if n.IsString() {
			s.profiles[name] = n.Text
			s.used[n.Text] = true
		}
	})
	runtimes := maps.Clone(s.used)
	each(profile.Get("providers"), func(id string, n *doc.Node) {
		s.hasProvider[id] = true
		if config := n.Get("config"); config.IsString() && !runtimes[config.Text] {
			s.providers[id] = config.Text
			s.used[config.Text] = true
		}
	})
	for _, name := range slices.SortedFunc(maps.Keys(s.profiles), compareProfiles) {
		root := s.root(s.profiles[name])
		if tree := behaviorOf(root); tree != "" {
			s.trees[tree] = append(s.trees[tree], name)
		}
		for _, p := range itemsOf(own(root, "providers")) {
			if id, command := p.Get("id"), p.Get("command"); id.IsString() && command.IsString() {
				s.commands[id.Text] = baseName(command.Text)
			}
		}
	}
	s.uses()
}

// each visits the entries of a mapping.
func each(n *doc.Node, visit func(key string, value *doc.Node)) {
	if !n.IsMap() {
		return
	}
	for _, e := range n.Entries {
		visit(doc.KeyText(e.Key), e.Value)
	}
}

func itemsOf(n *doc.Node) []*doc.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// fileRole is what a file is for; the roles are in the order of the changes.
type fileRole int

const (
	roleProfile fileRole = iota
	roleRuntime
	roleProvider
	roleBehavior
	roleOther
	roleProvenance
)

// diffPair is a file of each package, of which one may be missing.
type diffPair struct {
	role     fileRole
	names    []string // of the runtime profiles, or the provider
	old, new string   // file, empty if there is none
}

// file is that in the new package, or else in the old one.
func (p *diffPair) file() string { return cmp.Or(p.new, p.old) }

func (p *diffPair) profiles() []string {
	if p.role == roleRuntime {
		return few(p.names)
	}
	return nil
}

func (p *diffPair) providers() []string {
	if p.role == roleProvider {
		return few(p.names)
	}
	return nil
}

// few are as many names as anybody reads.
func few(names []string) []string {
	const most = 32
	if len(names) > most {
		return append(names[:most:most], cut)
	}
	return names
}

// compare orders pairs so that both directions of a comparison agree.
func (p *diffPair) compare(q *diffPair) int {
	first := func(p *diffPair) string { return min(cmp.Or(p.old, p.new), p.file()) }
	last := func(p *diffPair) string { return max(cmp.Or(p.old, p.new), p.file()) }
	return cmp.Or(cmp.Compare(p.role, q.role), slices.CompareFunc(p.names, q.names, compareProfiles),
		cmp.Compare(first(p), first(q)), cmp.Compare(last(p), last(q)))
}

// compareProfiles has the manual one first.
func compareProfiles(a, b string) int {
	rank := func(name string) int {
		if name == "manual" {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// pairs are the files to compare, in order.
func (d *differ) pairs() []*diffPair {
	var list []*diffPair
	known := map[[2]string]*diffPair{}
	add := func(role fileRole, old, new string, names ...string) {
		if p := known[[2]string{old, new}]; p != nil {
			if p.role == role {
				p.names = append(p.names, names...)
			}
			return
		}
		p := &diffPair{role: role, names: names, old: old, new: new}
		known[[2]string{old, new}] = p
		list = append(list, p)
	}
	named := func(role fileRole, old, new map[string]string) {
		for _, name := range slices.SortedFunc(maps.Keys(union(old, new)), compareProfiles) {
			add(role, old[name], new[name], name)
		}
	}
	named(roleRuntime, d.old.profiles, d.new.profiles)
	named(roleProvider, d.old.providers, d.new.providers)
	for file := range union(d.old.files, d.new.files) {
		before, after := d.old.has(file), d.new.has(file)
		switch {
		case before && after && file == checksumsFile,
			before && after && d.old.used[file] && d.new.used[file],
			before && !after && d.old.used[file], after && !before && d.new.used[file]:
		case before && after:
			add(d.roleOf(file), file, file, d.reads(file)...)
		case before:
			add(d.roleOf(file), file, "", d.reads(file)...)
		default:
			add(d.roleOf(file), "", file, d.reads(file)...)
		}
	}
	slices.SortFunc(list, (*diffPair).compare)
	return list
}

func (d *differ) roleOf(file string) fileRole {
	switch {
	case file == profileFile:
		return roleProfile
	case file == provenanceFile:
		return roleProvenance
	case strings.HasPrefix(file, behaviorsDir), d.old.trees[file] != nil, d.new.trees[file] != nil:
		return roleBehavior
	case d.old.readers[file] != nil, d.new.readers[file] != nil:
		return roleProvider
	}
	return roleOther
}

func union[V any](a, b map[string]V) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}
