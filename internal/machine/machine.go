// Package machine is the model of a machine: what its manifest and configs say,
// by role and never by file name, over document nodes that keep their places.
//
// Everything that says something about a machine asks it: who can reach it, which
// secrets it needs, which devices it has, what an emergency stop drives. Each
// question is answered here and nowhere else.
//
// A Machine of a package that is not valid has what could be read: methods return
// nothing for what is missing or of another type than it should be. A Machine is
// not changed after Read, so any number of goroutines may use it.
package machine

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// Machine is everything that a package says about its machine.
type Machine struct {
	// Manifest is the root of machine-profile.yaml.
	Manifest Value
	// Version is the version of the runtime that the package pins, or that the
	// caller named.
	Version Version
	// Profiles are the runtime profiles in the order of the manifest.
	Profiles []*Profile
	// Providers are those of the manifest, in its order.
	Providers []*Provider
	// Behaviors are the entries of the manifest's list of behavior trees.
	Behaviors []*Reference
	// CheckScript is the script that checks the HTTP interface; nil without one.
	CheckScript *Reference
	// Roles has the roles of each file, in the order in which they were found.
	Roles map[string][]Role
	// Gaps are the places where references end. Each is a fault by the schemas of
	// the documents; who replaced them has to ask.
	Gaps []Gap

	files     *Files
	documents func(file string, role Role) *doc.Node
	configs   map[string]*Config
}

// Gap is a place where a path, or what leads to paths, should stand and something
// else does, so that it is not known which files the machine reads.
type Gap struct {
	Value
	In   string // the file that has it
	Want string // what should stand there
}

// Provider is a provider of the manifest.
type Provider struct {
	ID     string
	Key    *doc.Node
	Value             // its entry
	Config *Reference // its config; nil without a path
}

// Profile is a runtime profile: a name and a runtime config.
type Profile struct {
	Name string
	Key  *doc.Node
	Ref  *Reference
	*Config
}

// Config is a runtime config. Profiles that name the same file share it.
type Config struct {
	File string
	// Root is the document; its Node is nil if it could not be read.
	Root Value
	// Processes are the providers that the runtime starts.
	Processes []*Process
	// Tree is the behavior tree that the config names, whether automation is on or
	// off; nil for none.
	Tree *Reference
}

// Process is a provider as the runtime starts it.
type Process struct {
	Index       int
	Value       // its entry in the config
	ID, Command Value
	Args        Value
	// Flag is the first --config of the arguments; its Node is nil without one.
	Flag Value
	// Last reports that nothing is behind Flag.
	Last bool
	// Config is the path behind it; nil without one.
	Config *Reference
	// Again are further --config, of which one provider takes the first and another
	// the last, and --config= in one argument.
	Again []Value
}

// Read reads a machine. documents returns the root of a file that has a role, or
// nil if it cannot be read as that; it is called once for each file and role.
// version is the runtime's, or "" for the one that the manifest pins.
func Read(files *Files, version string, documents func(file string, role Role) *doc.Node) *Machine {
	m := &Machine{files: files, documents: documents, Roles: map[string][]Role{}, configs: map[string]*Config{}}
	for _, fixed := range []struct {
		file string
		role Role
	}{{ManifestFile, Manifest}, {ProvenanceFile, Provenance}, {ChecksumsFile, Checksums}} {
		if files.Has(fixed.file) {
			m.Roles[fixed.file] = []Role{fixed.role}
		}
	}
	if files.Has(ManifestFile) {
		m.Manifest = at(documents(ManifestFile, Manifest))
	}
	if version == "" {
		version = m.Manifest.merged("components").merged("runtime").merged("version").Text()
	}
	m.Version = ParseVersion(version)
	providers := m.Manifest.merged("providers")
	m.want(ManifestFile, providers, doc.Map, "a mapping of providers")
	for _, e := range m.Manifest.entriesMerged("providers") {
		p := &Provider{ID: e.Name, Key: e.Key, Value: e.Value}
		if config := e.Value.merged("config"); m.want(ManifestFile, config, doc.String, "the path of a provider config") {
			p.Config = m.refer(ManifestFile, config, ProviderConfig, ProvidersDir)
		}
		m.Providers = append(m.Providers, p)
	}
	behaviors := m.Manifest.merged("behaviors")
	if behaviors.Present() {
		m.want(ManifestFile, behaviors, doc.Seq, "a list of behavior trees")
	}
	for _, item := range behaviors.Items() {
		if m.want(ManifestFile, item, doc.String, "the path of a behavior tree") {
			m.Behaviors = append(m.Behaviors, m.refer(ManifestFile, item, Behavior, BehaviorsDir))
		}
	}
	if script := m.Manifest.merged("validation").merged("check_http_script"); script.Node.IsString() {
		m.CheckScript = files.follow(ManifestFile, script, Script, "")
	}
	m.want(ManifestFile, m.Manifest.merged("runtime_profiles"), doc.Map, "a mapping of runtime profiles")
	for _, e := range m.Manifest.entriesMerged("runtime_profiles") {
		p := &Profile{Name: e.Name, Key: e.Key, Config: &Config{}}
		if m.want(ManifestFile, e.Value, doc.String, "the path of a runtime config") {
			p.Ref = m.refer(ManifestFile, e.Value, RuntimeConfig, "")
			if p.Ref.File != "" {
				p.Config = m.config(p.Ref.File)
			}
		}
		m.Profiles = append(m.Profiles, p)
	}
	return m
}

// merged and entriesMerged read the manifest, which only readers that follow merge
// keys read.
func (v Value) merged(name string) Value {
	return Value{v.Node.Get(name), v.Path.Child(name)}
}

func (v Value) entriesMerged(name string) []Entry {
	var entries []Entry
	if m := v.merged(name); m.Node.IsMap() {
		for _, e := range m.Node.Entries {
			key := doc.KeyText(e.Key)
			entries = append(entries, Entry{e.Key, key, Value{e.Value, m.Path.Child(key)}})
		}
	}
	return entries
}

// want reports whether a value is of a kind, and notes a gap if it is not.
func (m *Machine) want(in string, v Value, kind doc.Kind, what string) bool {
	if v.Node != nil && v.Node.Kind == kind {
		return true
	}
	m.Gaps = append(m.Gaps, Gap{v, in, what})
	return false
}

// refer follows a path and gives the file that it leads to a role.
func (m *Machine) refer(in string, v Value, role Role, below string) *Reference {
	r := m.files.follow(in, v, role, below)
	if r.File != "" {
		has := false
		for _, known := range m.Roles[r.File] {
			has = has || known == role
		}
		if !has {
			m.Roles[r.File] = append(m.Roles[r.File], role)
		}
	}
	return r
}

// config reads a runtime config once.
func (m *Machine) config(file string) *Config {
	if c, ok := m.configs[file]; ok {
		return c
	}
	c := &Config{File: file, Root: at(m.documents(file, RuntimeConfig))}
	m.configs[file] = c
	processes := c.Root.Key("providers")
	m.want(file, processes, doc.Seq, "a list of providers")
	for i, entry := range processes.Items() {
		c.Processes = append(c.Processes, m.process(file, i, entry))
	}
	if tree := treeOf(c.Root); !tree.IsNull() && m.want(file, tree, doc.String, "the path of a behavior tree") && !pytext.IsBlank(tree.Node.Text) {
		c.Tree = m.refer(file, tree, Behavior, BehaviorsDir) // a blank path is none
	}
	return c
}

// treeOf finds the path of the behavior tree: behavior_tree, or behavior_tree_path
// where that is absent or empty.
func treeOf(root Value) Value {
	automation := root.Key("automation")
	tree := automation.Key("behavior_tree")
	if text, isText := tree.AsString(); tree.IsNull() || isText && text == "" {
		tree = automation.Key("behavior_tree_path")
	}
	return tree
}

func (m *Machine) process(file string, i int, entry Value) *Process {
	p := &Process{Index: i, Value: entry, ID: entry.Key("id"), Command: entry.Key("command"), Args: entry.Key("args")}
	m.want(file, p.ID, doc.String, "the id of a provider")
	m.want(file, p.Args, doc.Seq, "a list of arguments with --config")
	args := p.Args.Items()
	for j := 0; j < len(args); j++ {
		text, _ := args[j].AsString()
		switch {
		case strings.HasPrefix(text, "--config="):
			p.Again = append(p.Again, args[j])
		case text != "--config":
		case p.Flag.Node != nil:
			p.Again = append(p.Again, args[j])
			j++ // what is behind it is its value
		default:
			p.Flag = args[j]
			if j++; j >= len(args) {
				p.Last = true
			} else if m.want(file, args[j], doc.String, "the path of a provider config") {
				p.Config = m.refer(file, args[j], ProviderConfig, ProvidersDir)
			}
		}
	}
	return p
}

// Configs returns every runtime config once, in the order of the profiles.
func (m *Machine) Configs() []*Config {
	var list []*Config
	seen := map[string]bool{}
	for _, p := range m.Profiles {
		if p.Config.File != "" && !seen[p.Config.File] {
			seen[p.Config.File] = true
			list = append(list, p.Config)
		}
	}
	return list
}

// References returns every path that leads to a file of the package, in the order
// of the documents.
func (m *Machine) References() []*Reference {
	var list []*Reference
	add := func(r *Reference) {
		if r != nil {
			list = append(list, r)
		}
	}
	for _, p := range m.Profiles {
		add(p.Ref)
	}
	for _, p := range m.Providers {
		add(p.Config)
	}
	for _, r := range m.Behaviors {
		add(r)
	}
	add(m.CheckScript)
	for _, c := range m.Configs() {
		for _, p := range c.Processes {
			add(p.Config)
		}
		add(c.Tree)
	}
	return list
}

// Document returns the root of a file that has a role; its Node is nil if it could
// not be read.
func (m *Machine) Document(file string, role Role) Value { return at(m.documents(file, role)) }
