package project

import (
	"errors"
	"io/fs"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func (p *Project) loadCanonical(faults *fault.List) *Project {
	p.loadSidecar(faults)
	p.Profile = p.Files.ReadYAML(ProfileFile, faults)
	if p.Profile == nil {
		return nil
	}
	root := p.Profile.Root
	if !root.IsMap() {
		faults.At(fault.Structure, ProfileFile, root, nil, "a machine profile must be a mapping, not "+root.Kind.String())
		return nil
	}
	p.loadVariants(root.Get("runtime_profiles"), faults)
	return p
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
			faults.At(fault.Structure, ProfileFile, e.Key, path, "a runtime profile's name must be a string; quote it")
			continue
		case !e.Value.IsString():
			faults.At(fault.Structure, ProfileFile, e.Value, path, "must be the path of a runtime config, not "+e.Value.Kind.String())
			continue
		}
		file, err := Clean(e.Value.Text)
		if err != nil {
			faults.At(fault.UnsafePath, ProfileFile, e.Value, path, strconv.Quote(e.Value.Text)+" "+err.Error())
			continue
		}
		v.File = file
		if _, err := p.Files.Stat(file); err != nil {
			f := FileFault(file, err)
			switch {
			case f.Code == fault.MissingFile && name != Manual:
				v.Missing = true
				p.Remarks = append(p.Remarks, Remark{"missing-variant", ProfileFile, e.Value.Pos, path, "runtime profile " + strconv.Quote(name) + " names a file that is not there: " + file})
			default:
				faults.Add(referenced(f, ProfileFile, e.Value, path, file))
				continue
			}
		}
		p.Variants = append(p.Variants, v)
	}
	if !manual {
		faults.At(fault.Structure, ProfileFile, profiles, at, "has no profile \""+Manual+"\", the one every machine must have")
	}
}

// referenced tells a fault of a file from the place that names the file.
func referenced(f fault.Fault, file string, n *doc.Node, path doc.Path, target string) fault.Fault {
	f.Msg = strconv.Quote(target) + ": " + f.Msg
	f.File = file
	if n != nil {
		f.Pos = n.Pos
	}
	return f.In(path)
}

// loadSidecar finds meta.created. A sidecar that cannot be read counts as
// absent, unless it says something that would be lost silently.
func (p *Project) loadSidecar(faults *fault.List) {
	p.CreatedFile = SidecarFile
	data, err := p.Files.read(SidecarFile)
	if isMissing(err) {
		return
	}
	ignored := func(why string) {
		p.Remarks = append(p.Remarks, Remark{Code: "sidecar-ignored", File: SidecarFile, Msg: why + "; it counts as absent"})
	}
	if err != nil {
		ignored(FileFault(SidecarFile, err).Msg)
		return
	}
	root, err := strictjson.Read(data)
	switch {
	case errors.Is(err, strictjson.ErrDuplicateKey), errors.Is(err, strictjson.ErrNotPortable), errors.Is(err, strictjson.ErrLimit):
		faults.Document(SidecarFile, err)
		return
	case err != nil:
		ignored(err.Error())
		return
	case !root.IsMap():
		ignored("not an object")
		return
	}
	p.Created = root.Get("meta").Get("created")
}

// ProviderConfig finds the config of a provider. Exactly one of the results is
// set when there is no fault: a document to write again, or the name of a
// project file to copy byte for byte.
func (p *Project) ProviderConfig(id string, faults *fault.List) (config *Document, verbatim string) {
	if p.Layout == System {
		return p.system.providerConfig(p.Files, id, faults)
	}
	at := doc.Path{"providers", id}
	providers := p.Profile.Root.Get("providers")
	entry := providers.Get(id)
	if entry == nil {
		faults.At(fault.Structure, ProfileFile, orElse(providers, p.Profile.Root), at, "provider "+strconv.Quote(id)+" of a runtime config is missing in the machine profile")
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
		faults.At(fault.UnsafePath, ProfileFile, ref, at, strconv.Quote(ref.Text)+" "+err.Error())
		return nil, ""
	}
	if _, err := p.Files.Stat(file); err != nil {
		faults.Add(referenced(FileFault(file, err), ProfileFile, ref, at, file))
		return nil, ""
	}
	config = p.Files.ReadYAML(file, faults)
	if config != nil && !config.Root.IsMap() {
		faults.At(fault.Structure, file, config.Root, nil, "a provider config must be a mapping, not "+config.Root.Kind.String())
		return nil, ""
	}
	return config, ""
}

// orElse is the first node that exists, to give an absence a place.
func orElse(n, fallback *doc.Node) *doc.Node {
	if n != nil {
		return n
	}
	return fallback
}
