package diff

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/validator"
)

// side is one of the two packages.
type side struct {
	Side
	p     *validator.Package
	c     *content.Content
	files []validator.File // sorted
	// The config files by runtime profile and by provider, and all of them.
	profiles, providers map[string]string
	used                map[string]bool
	// The runtime profiles and providers that the machine profile has.
	hasProfile, hasProvider map[string]bool
	configs                 map[string]*machine.Config // by file
	kinds                   map[string]string          // of the providers
	trees                   map[string][]string        // runtime profiles by behavior tree
	// The providers by the further files that they read, and those of the files
	// that are their programs.
	readers  map[string][]string
	programs map[string]bool
}

func newSide(ctx context.Context, p *validator.Package) (*side, error) {
	s := &side{p: p, files: p.Report().Files}
	var err error
	if s.c, err = content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion()); err != nil {
		return nil, err
	}
	if s.Digest, err = p.Digest(ctx); err != nil {
		return nil, err
	}
	s.Package = p.Report().Package
	if d := s.c.Documents[machine.ManifestFile]; d != nil {
		s.MachineID = d.View.Text(d.Root.Get("machine_id"))
	}
	if !slices.IsSortedFunc(s.files, compareFiles) { // a name is hidden, because it is a secret
		s.files = slices.Clone(s.files)
		slices.SortStableFunc(s.files, compareFiles)
	}
	return s, nil
}

func compareFiles(a, b validator.File) int { return cmp.Compare(a.Path, b.Path) }

// root is the root of a document, or nil.
func (s *side) root(file string) *doc.Node { return s.c.Root(file) }

// find returns a file. Of those that are shown by one name it is the last.
func (s *side) find(file string) (validator.File, bool) {
	i, _ := slices.BinarySearchFunc(s.files, file, func(f validator.File, file string) int {
		if f.Path <= file {
			return -1
		}
		return 1
	})
	if i == 0 || s.files[i-1].Path != file {
		return validator.File{}, false
	}
	return s.files[i-1], true
}

func (s *side) has(file string) bool { _, ok := s.find(file); return ok }

// assignRoles finds what the files are for. Without a machine profile they are
// for what they are for in the other package.
func (s *side) assignRoles(other *side) {
	m := s.c.Machine
	if !m.Manifest.Node.IsMap() {
		names := []string{machine.ManifestFile}
		for _, f := range s.files {
			names = append(names, f.Path)
		}
		m = machine.Read(machine.NewFiles(names), s.p.RuntimeVersion(), func(file string, role machine.Role) *doc.Node {
			if role == machine.Manifest {
				return other.root(file)
			}
			return s.root(file)
		})
	}
	s.profiles, s.providers, s.used = map[string]string{}, map[string]string{}, map[string]bool{}
	s.hasProfile, s.hasProvider = map[string]bool{}, map[string]bool{}
	s.configs, s.kinds, s.trees = map[string]*machine.Config{}, map[string]string{}, map[string][]string{}
	for _, p := range m.Profiles {
		s.hasProfile[p.Name] = true
		if p.Ref != nil {
			file := cmp.Or(p.Ref.File, p.Ref.Text())
			s.profiles[p.Name], s.configs[file], s.used[file] = file, p.Config, true
		}
	}
	for _, p := range m.Providers {
		s.hasProvider[p.ID] = true
		if p.Config == nil {
			continue
		}
		if file := cmp.Or(p.Config.File, p.Config.Text()); s.configs[file] == nil {
			s.providers[p.ID], s.used[file] = file, true
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(s.profiles), compareProfiles) {
		if tree := s.behavior(s.profiles[name]); tree != "" {
			s.trees[tree] = append(s.trees[tree], name)
		}
		for _, p := range s.configs[s.profiles[name]].Processes {
			if id, ok := p.ID.AsString(); ok {
				s.kinds[id] = p.Kind()
			}
		}
	}
	s.uses()
}

// tree is the behavior tree that a runtime config names, or nil.
func (s *side) tree(config string) *doc.Node {
	if c := s.configs[config]; c != nil && c.Tree != nil {
		return c.Tree.Node
	}
	return nil
}

// behavior is the file of the behavior tree that a runtime config names, or "".
func (s *side) behavior(config string) string {
	n := s.tree(config)
	if n == nil {
		return ""
	}
	return cmp.Or(s.configs[config].Tree.File, path.Clean(n.Text))
}

// exposure is how a machine with a runtime config is reached.
func (s *side) exposure(config string) machine.Exposure {
	if c := s.configs[config]; c != nil {
		return c.Exposure()
	}
	return (&machine.Config{}).Exposure()
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

// pair is a file of each package, of which one may be missing.
type pair struct {
	role     fileRole
	names    []string // of the runtime profiles, or the provider
	old, new string   // file, empty if there is none
}

// file is that in the new package, or else in the old one.
func (p *pair) file() string { return cmp.Or(p.new, p.old) }

func (p *pair) profiles() []string {
	if p.role == roleRuntime {
		return few(p.names)
	}
	return nil
}

func (p *pair) providers() []string {
	if p.role == roleProvider {
		return few(p.names)
	}
	return nil
}

// few are as many names as anybody reads.
func few(names []string) []string {
	const most = 32
	if len(names) > most {
		return append(names[:most:most], content.Cut)
	}
	return names
}

// compare orders pairs so that both directions of a comparison agree.
func (p *pair) compare(q *pair) int {
	first := func(p *pair) string { return min(cmp.Or(p.old, p.new), p.file()) }
	last := func(p *pair) string { return max(cmp.Or(p.old, p.new), p.file()) }
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
func (d *differ) pairs() []*pair {
	var list []*pair
	known := map[[2]string]*pair{}
	add := func(role fileRole, old, new string, names ...string) {
		if p := known[[2]string{old, new}]; p != nil {
			if p.role == role {
				p.names = append(p.names, names...)
			}
			return
		}
		p := &pair{role: role, names: names, old: old, new: new}
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
	consider := func(file string) {
		before, after := d.old.has(file), d.new.has(file)
		switch {
		case before && after && file == machine.ChecksumsFile,
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
	for old, new := d.old.files, d.new.files; len(old)+len(new) > 0; { // most files are the same
		switch {
		case len(new) == 0 || len(old) > 0 && old[0].Path < new[0].Path:
			consider(old[0].Path)
			old = old[1:]
		case len(old) == 0 || new[0].Path < old[0].Path:
			consider(new[0].Path)
			new = new[1:]
		default:
			if old[0].SHA256 != new[0].SHA256 {
				consider(old[0].Path)
			}
			old, new = old[1:], new[1:]
		}
	}
	slices.SortFunc(list, (*pair).compare)
	return list
}

func (d *differ) roleOf(file string) fileRole {
	switch {
	case file == machine.ManifestFile:
		return roleProfile
	case file == machine.ProvenanceFile:
		return roleProvenance
	case strings.HasPrefix(file, machine.BehaviorsDir), d.old.trees[file] != nil, d.new.trees[file] != nil:
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

// uses finds the files of the package that providers run or read although the
// machine profile does not name them: a change of one counts as much as a change of
// a config. Relative paths start at the root of the package, where the runtime
// runs; those in a config may start beside it, too.
func (s *side) uses() {
	s.readers, s.programs = map[string][]string{}, map[string]bool{}
	known := map[[2]string]bool{}
	read := func(text, id string) bool {
		file := cleanName(text)
		if text == "" || !s.has(file) || s.used[file] || s.trees[file] != nil {
			return false
		}
		if !known[[2]string{file, id}] {
			known[[2]string{file, id}] = true
			s.readers[file] = append(s.readers[file], id)
		}
		return true
	}
	for _, name := range slices.SortedFunc(maps.Keys(s.profiles), compareProfiles) {
		for _, p := range s.configs[s.profiles[name]].Processes {
			id, ok := p.ID.AsString()
			if !ok {
				continue
			}
			if command, ok := p.Command.AsString(); ok && read(command, id) {
				s.programs[cleanName(command)] = true
			}
			for _, arg := range p.Args.Items() {
				if text, ok := arg.AsString(); ok {
					_, value, _ := strings.Cut(text, "=")
					read(text, id)
					read(value, id)
				}
			}
		}
	}
	configs := maps.Clone(s.readers)
	for id, file := range s.providers {
		configs[file] = append(configs[file], id)
	}
	for _, config := range slices.Sorted(maps.Keys(configs)) {
		slices.Sort(configs[config])
		doc.Walk(s.root(config), func(_ doc.Path, _, n *doc.Node) bool {
			if n.IsString() && len(n.Text) <= maxName {
				for _, file := range []string{path.Clean(n.Text), path.Join(path.Dir(config), n.Text)} {
					if n.Text != "" && s.has(file) && !s.used[file] && s.readers[file] == nil {
						s.readers[file] = configs[config]
					}
				}
			}
			return true
		})
	}
}

// maxName is the length in bytes of the longest path that a system opens. A longer
// text names no file, and many aliases can stand for one.
const maxName = 4095

// cleanName is the name of the file that a text may name.
func cleanName(text string) string {
	if len(text) > maxName {
		return ""
	}
	return path.Clean(text)
}

// reads are the providers that read a file in one of the packages.
func (d *differ) reads(file string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(d.old.readers[file], d.new.readers[file]))))
}
