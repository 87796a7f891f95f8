// Package project reads a commissioned machine project into documents.
//
// A project is a directory in one of two layouts. The canonical layout has a
// machine-profile.yaml that names every other file. The system layout, from
// before it, has one system.json from which profile, runtime config and
// provider configs are rendered. Both end up as the same Project, so that
// whoever packages it need not know which one it was.
//
// Nothing outside the project is ever read: every reference is checked before
// it is opened, and so is every symbolic link on the way to it.
//
// Every node keeps the place where it stands in the project's own file, also
// after migration and rendering.
package project

import (
	"context"
	"errors"
	"io/fs"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// The files that make a directory a project.
const (
	ProfileFile = "machine-profile.yaml"
	SystemFile  = "system.json"
	SidecarFile = "workbench.json"
)

// Manual is the runtime profile that every machine has.
const Manual = "manual"

// Layout is how a project is laid out.
type Layout uint8

const (
	Canonical Layout = iota
	System
)

// Project is a project's documents, read and checked but not yet rewritten for
// a package.
type Project struct {
	Name   string
	Layout Layout
	Files  Files

	// Created is meta.created, or nil.
	Created *doc.Node
	// CreatedFile is the file that Created stands in.
	CreatedFile string

	// Profile is the machine profile. A system project's has no runtime_profiles
	// and no providers beyond what the exporter fills in.
	Profile *Document
	// Variants are the runtime profiles in the project's order. Manual is among
	// them.
	Variants []Variant

	system   *system
	declared map[string]doc.Entry // providers of machine profile or system.json, by id
	uses     map[string]int       // how many variants have one runtime config
	shared   map[string]*Document // runtime configs of several variants, as read
	configs  map[string]*Document // provider configs that were read, nil if unreadable
}

// Variant is a runtime profile.
type Variant struct {
	Name string
	// Ref is the place where the project names the file, nil in a system
	// project.
	Ref *doc.Node
	// File is the runtime config; empty when the reference is not a usable path.
	File string
	// Missing says that File does not exist, and Why describes it.
	Missing bool
	Why     string
	// Rendered is the config of a system project; others are read by Config.
	Rendered *doc.Node
}

// Load reads the project in files. Whatever is wrong is added to faults; the
// result is nil when so much is wrong that nothing can be said about the rest.
func Load(ctx context.Context, files Files, name string, faults *fault.List) *Project {
	p := &Project{Name: name, Files: files, uses: map[string]int{}, shared: map[string]*Document{}, configs: map[string]*Document{}}
	for _, layout := range []struct {
		file string
		load func() *Project
	}{
		{ProfileFile, func() *Project { return p.loadCanonical(ctx, faults) }},
		{SystemFile, func() *Project { p.Layout = System; return p.loadSystem(ctx, faults) }},
	} {
		_, err := files.Stat(layout.file)
		switch {
		case Failed(err): // it may be there or not
			faults.Add(files.Fault(layout.file, err))
			return nil
		case err == nil || !isMissing(err):
			return layout.load()
		}
	}
	msg := "not a project: it has neither " + ProfileFile + " nor " + SystemFile
	for _, file := range []string{ProfileFile, SystemFile} {
		if near := files.NearMessage(file); near != "" {
			msg += "; " + near
		}
	}
	faults.Add(fault.Fault{Code: fault.Layout, Msg: msg})
	return nil
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func (p *Project) loadCanonical(ctx context.Context, faults *fault.List) *Project {
	p.loadSidecar(faults)
	p.Profile = p.Files.ReadYAML(ctx, ProfileFile, faults)
	if p.Profile == nil {
		return nil
	}
	root := p.Profile.Root
	if !root.IsMap() {
		faults.At(fault.Structure, ProfileFile, root, nil, "a machine profile must be a mapping, not "+root.Kind.String())
		return nil
	}
	p.loadVariants(root.Get("runtime_profiles"), faults)
	p.declared = index(root.Get("providers"))
	return p
}

// index has the entries of a mapping by their string keys. Get is linear, so a
// loop over keys needs an index.
func index(n *doc.Node) map[string]doc.Entry {
	byKey := map[string]doc.Entry{}
	if n.IsMap() {
		for _, e := range n.Entries {
			if e.Key.IsString() {
				byKey[e.Key.Text] = e
			}
		}
	}
	return byKey
}

// Declared is the place where the project names a provider: its key in the
// machine profile or in topology.providers. It is zero for a provider that is not
// declared.
func (p *Project) Declared(id string) doc.Pos {
	if e, ok := p.declared[id]; ok {
		return e.Key.Pos
	}
	return doc.Pos{}
}

// loadVariants finds the runtime profiles and checks where they lead.
func (p *Project) loadVariants(profiles *doc.Node, faults *fault.List) {
	at := doc.Path{"runtime_profiles"}
	if !profiles.IsMap() {
		faults.At(fault.Structure, ProfileFile, orElse(profiles, p.Profile.Root), at, "must be a mapping of runtime profiles with at least \""+Manual+"\"")
		return
	}
	manual := false
	for _, e := range profiles.Entries {
		name := doc.KeyText(e.Key)
		v := Variant{Name: name, Ref: e.Value}
		manual = manual || name == Manual
		path := at.Child(name)
		switch {
		case !e.Key.IsString():
			faults.At(fault.Structure, ProfileFile, e.Key, path, "the name of a runtime profile must be a string; quote it")
			continue
		case !e.Value.IsString():
			faults.At(fault.Structure, ProfileFile, e.Value, path, "must be the path of a runtime config, not "+e.Value.Kind.String())
			continue
		}
		file, err := Clean(e.Value.Text)
		if err != nil {
			faults.At(fault.UnsafePath, ProfileFile, e.Value, path, show.Quote(e.Value.Text, 400)+" "+err.Error())
			continue
		}
		v.File = file
		if _, err := p.Files.Stat(file); err != nil {
			f := p.Files.Fault(file, err)
			if f.Code != fault.MissingFile || name == Manual {
				faults.Add(referenced(f, ProfileFile, e.Value, path, file))
				continue
			}
			v.Missing, v.Why = true, show.Quote(file, 400)+": "+f.Msg
		}
		p.uses[file]++
		p.Variants = append(p.Variants, v)
	}
	if !manual {
		faults.At(fault.Structure, ProfileFile, profiles, at, "has no profile \""+Manual+"\", which every machine needs")
	}
}

// referenced reports a fault of a file at the place that names the file.
func referenced(f fault.Fault, file string, n *doc.Node, path doc.Path, target string) fault.Fault {
	f.Msg = show.Quote(target, 400) + ": " + f.Msg
	f.File = file
	if n != nil {
		f.Pos = n.Pos
	}
	return f.In(path)
}

// loadSidecar finds meta.created. A sidecar that cannot be read counts as
// absent, unless it says something that would be lost silently. A read that fails says
// nothing about the sidecar, and is an error.
func (p *Project) loadSidecar(faults *fault.List) {
	p.CreatedFile = SidecarFile
	data, err := p.Files.read(SidecarFile)
	if isMissing(err) {
		return
	}
	ignored := func(why string) {
		faults.Note(fault.SidecarIgnored, SidecarFile, nil, nil, why+"; it counts as absent")
	}
	if err != nil && !Failed(err) {
		ignored(p.Files.Fault(SidecarFile, err).Msg)
		return
	}
	if err != nil {
		faults.Add(p.Files.Fault(SidecarFile, err))
		return
	}
	root, err := strictjson.ReadProject(data)
	switch {
	case errors.Is(err, strictjson.ErrDuplicateKey), errors.Is(err, strictjson.ErrNotPortable), errors.Is(err, strictjson.ErrLimit):
		faults.Document(SidecarFile, fault.JSONSyntax, err)
		return
	case err != nil:
		ignored(err.Error())
		return
	case !root.IsMap():
		ignored("not an object")
		return
	}
	noteWords(SidecarFile, root, faults)
	p.Created = root.Get("meta").Get("created")
}

// IsWord reports whether a float is spelled as a word that JSON does not have.
func IsWord(n *doc.Node) bool {
	switch n.Source {
	case "NaN", "Infinity", "-Infinity":
		return n.Kind == doc.Float
	}
	return false
}

// noteWords notes the numbers that only some JSON readers take.
func noteWords(file string, root *doc.Node, faults *fault.List) {
	doc.Walk(root, func(path doc.Path, _, n *doc.Node) bool {
		if IsWord(n) {
			faults.Note(fault.Reader, file, n, path, n.Source+" is not a JSON number; it is read as the workbench reads it, and other JSON readers refuse it")
		}
		return true
	})
}

// Config reads the runtime config of a variant. The caller may rewrite it.
func (p *Project) Config(ctx context.Context, v Variant, faults *fault.List) *Document {
	if v.Rendered != nil {
		return &Document{File: SystemFile, Root: v.Rendered, Text: p.Profile.Text}
	}
	if p.uses[v.File] < 2 {
		return p.readConfig(ctx, v.File, faults)
	}
	d, done := p.shared[v.File]
	if !done {
		d = p.readConfig(ctx, v.File, faults)
		p.shared[v.File] = d
	}
	if d == nil {
		return nil
	}
	return &Document{File: d.File, Root: d.Root.Clone(), Text: d.Text}
}

func (p *Project) readConfig(ctx context.Context, file string, faults *fault.List) *Document {
	d := p.Files.ReadYAML(ctx, file, faults)
	if d != nil && !d.Root.IsMap() {
		faults.At(fault.Structure, d.File, d.Root, nil, "a runtime config must be a mapping, not "+d.Root.Kind.String())
		return nil
	}
	return d
}

// ProviderConfig finds the config of a provider. Exactly one of the results is
// set when there is no fault: a document to write again, which the caller must
// not change, or the name of a project file to copy byte for byte.
func (p *Project) ProviderConfig(ctx context.Context, id string, faults *fault.List) (config *Document, verbatim string) {
	if p.Layout == System {
		return p.system.providerConfig(p, id, faults)
	}
	at := doc.Path{"providers", id}
	entry := p.declared[id].Value
	if entry == nil {
		faults.At(fault.Structure, ProfileFile, orElse(p.Profile.Root.Get("providers"), p.Profile.Root), at, "provider "+show.Quote(id, 400)+" of a runtime config is missing in the machine profile")
		return nil, ""
	}
	at = at.Child("config")
	ref := entry.Get("config")
	if !ref.IsString() {
		faults.At(fault.Structure, ProfileFile, orElse(ref, entry), at, "must be the path of the provider's config")
		return nil, ""
	}
	file, err := Clean(ref.Text)
	if err != nil {
		faults.At(fault.UnsafePath, ProfileFile, ref, at, show.Quote(ref.Text, 400)+" "+err.Error())
		return nil, ""
	}
	if _, err := p.Files.Stat(file); err != nil {
		faults.Add(referenced(p.Files.Fault(file, err), ProfileFile, ref, at, file))
		return nil, ""
	}
	return p.readProvider(ctx, file, faults), ""
}

// readProvider reads a provider config, each file once.
func (p *Project) readProvider(ctx context.Context, file string, faults *fault.List) *Document {
	if d, done := p.configs[file]; done {
		return d
	}
	d := p.Files.ReadYAML(ctx, file, faults)
	if d != nil && !d.Root.IsMap() {
		faults.At(fault.Structure, file, d.Root, nil, "a provider config must be a mapping, not "+d.Root.Kind.String())
		d = nil
	}
	p.configs[file] = d
	return d
}

// CheckUnpackaged reads what the project declares and the package does not get:
// runtime profiles and provider configs. They must be readable all the same. It
// also notes the providers that stay out.
func (p *Project) CheckUnpackaged(ctx context.Context, packaged func(variant string) bool, used func(provider string) bool, faults *fault.List) {
	var found fault.List
	defer func() { faults.Unpackaged(&found) }()
	read := map[string]bool{}
	for _, v := range p.Variants {
		if packaged(v.Name) {
			read[v.File] = true
		}
	}
	for _, v := range p.Variants {
		if ctx.Err() != nil {
			return
		}
		if !v.Missing && !read[v.File] {
			read[v.File] = true
			p.readConfig(ctx, v.File, &found)
		}
	}
	file, path, providers := ProfileFile, doc.Path{"providers"}, p.Profile.Root.Get("providers")
	if p.Layout == System {
		file, path, providers = SystemFile, doc.Path{"topology", "providers"}, p.system.providers
	}
	if !providers.IsMap() {
		return
	}
	for _, e := range providers.Entries {
		id := doc.KeyText(e.Key)
		if ctx.Err() != nil {
			return
		}
		if e.Key.IsString() && used(id) {
			continue
		}
		found.Note(fault.UnusedProvider, file, e.Key, path.Child(id), "provider "+show.Quote(id, 400)+" is not in the package: no packaged runtime profile uses it")
		ref := e.Value.Get("config")
		if p.Layout == System || !ref.IsString() {
			continue
		}
		config, err := Clean(ref.Text)
		if err != nil {
			continue
		}
		if _, err := p.Files.Stat(config); err == nil {
			p.readProvider(ctx, config, &found)
		}
	}
}

// DeclaredConfig is the file that the machine profile declares for a provider, or
// "". A system project declares none.
func (p *Project) DeclaredConfig(id string) string {
	ref := p.declared[id].Value.Get("config")
	if p.Layout == System || !ref.IsString() {
		return ""
	}
	file, err := Clean(ref.Text)
	if err != nil {
		return ""
	}
	return file
}

// orElse is the first node that exists, to give an absence a place.
func orElse(n, fallback *doc.Node) *doc.Node {
	if n != nil {
		return n
	}
	return fallback
}
