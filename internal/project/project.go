package project

import (
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
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
	// Remarks is what a user should know about the reading itself.
	Remarks []Remark

	system *system
}

// Variant is a runtime profile.
type Variant struct {
	Name string
	// Ref is the place where the project names the file, nil in a system
	// project.
	Ref *doc.Node
	// File is the runtime config; empty when the reference is no usable path.
	File string
	// Missing says that File is not there. Only the manual one must be.
	Missing bool
	// Rendered is the config of a system project; others are read by Config.
	Rendered *doc.Node
}

// Remark is something about a file that is no fault.
type Remark struct {
	Code string
	File string
	Pos  doc.Pos
	Path doc.Path
	Msg  string
}

// Load reads the project in files. Whatever is wrong is added to faults; the
// result is nil when so much is wrong that nothing can be said about the rest.
func Load(files Files, name string, faults *fault.List) *Project {
	p := &Project{Name: name, Files: files}
	if _, err := files.Stat(ProfileFile); err == nil || !isMissing(err) {
		return p.loadCanonical(faults)
	}
	if _, err := files.Stat(SystemFile); err == nil || !isMissing(err) {
		p.Layout = System
		return p.loadSystem(faults)
	}
	faults.Add(fault.Fault{
		Code: fault.Layout,
		Msg:  "not a project: it has neither " + ProfileFile + " nor " + SystemFile,
	})
	return nil
}

// Config reads the runtime config of a variant. The caller may rewrite it.
func (p *Project) Config(v Variant, faults *fault.List) *Document {
	if v.Rendered != nil {
		return &Document{File: SystemFile, Root: v.Rendered}
	}
	d := p.Files.ReadYAML(v.File, faults)
	if d != nil && !d.Root.IsMap() {
		faults.At(fault.Structure, d.File, d.Root, nil, "a runtime config must be a mapping, not "+d.Root.Kind.String())
		return nil
	}
	return d
}
