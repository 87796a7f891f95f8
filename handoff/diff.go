package handoff

import (
	"context"
)

// ComparisonVersion is the version of the form of a Comparison. It changes when a
// field changes its meaning or goes away, not when one is added.
const ComparisonVersion = 1

// Risk says how much a change deserves the attention of a reviewer.
type Risk string

const (
	// RiskHigh: the machine can move, heat or be reached differently, or nobody
	// can tell.
	RiskHigh Risk = "high"
	// RiskMedium: the machine times, restarts, records or is built differently,
	// or a value changes whose meaning only the provider knows.
	RiskMedium Risk = "medium"
	// RiskLow: the machine does what it did.
	RiskLow Risk = "low"
)

// ComparedPackage names a package that was compared.
type ComparedPackage struct {
	// Package is the name the caller gave it, or its path.
	Package string `json:"package"`
	// Digest is that of Package.Digest.
	Digest string `json:"digest"`
	// MachineID is that of the machine profile, empty if it cannot be read.
	MachineID string `json:"machineId"`
}

// Comparison is what changed from one package to another for the machine.
type Comparison struct {
	Version int             `json:"version"` // ComparisonVersion
	Old     ComparedPackage `json:"old"`
	New     ComparedPackage `json:"new"`
	// Identical says that all files are the same, byte for byte. There are no
	// changes then, and otherwise there is at least one.
	Identical bool `json:"identical"`
	// Changes is what a reviewer should look at: high risks first, then by file
	// and key path. What one edit does in several places is one change.
	Changes []Change `json:"changes"`
}

// Change is a difference that matters by itself.
type Change struct {
	Risk Risk `json:"risk"`
	// Kind is the stable name of the kind of change; ChangeKinds lists them all.
	Kind ChangeKind `json:"kind"`
	// Message is one sentence for people. It never contains a secret.
	Message string `json:"message"`
	// Profiles are the runtime profiles whose config or behavior tree it concerns,
	// Providers the providers. Both may be empty; of very many, the first 32 are
	// there and "…" stands for the others.
	Profiles  []string `json:"profiles,omitempty"`
	Providers []string `json:"providers,omitempty"`
	// File and Path are where it is in the new package, or in the old one when it
	// is gone. Path is a key path such as providers[heater0].timeout_ms, empty for
	// the file as a whole; items of a list are known by their id or name.
	File string `json:"file"`
	Path string `json:"path"`
	// OldFile is the file in the old package if it has another name there.
	OldFile string `json:"oldFile,omitempty"`
	// Old and New are the values there; nil is none. For a file as a whole they
	// are its digest and size, and Line is where the two begin to differ.
	Old *Value `json:"old,omitempty"`
	New *Value `json:"new,omitempty"`
	// Also is where else the change shows.
	Also []ChangePlace `json:"also,omitempty"`
}

// ChangePlace is a further place of a change, as in Change.
type ChangePlace struct {
	File string `json:"file"`
	Path string `json:"path"`
	// Line is that of the new value, or of the old one when it is gone; 0 is
	// unknown.
	Line int `json:"line,omitempty"`
}

// Count is the number of changes of a risk.
func (c *Comparison) Count(risk Risk) int {
	n := 0
	for _, change := range c.Changes {
		if change.Risk == risk {
			n++
		}
	}
	return n
}

// Diff tells what changed from the package old to the package new, for the
// machine and not for the bytes. Documents are compared by what they mean,
// runtime configs by the name of their runtime profile and provider configs by
// that of their provider; all other files by their bytes. A file of the package
// that a provider runs or that its arguments or its config name is a part of the
// provider. The file of checksums follows from the others and is left out.
//
// Diff(new, old) gives the same changes at the same places, with old and new
// swapped and the kinds mirrored: added is removed, widened is narrowed.
//
// The documents of an invalid package (OpenOptions.AllowInvalid) that cannot be
// read are compared by their bytes. The packages are not changed and may be used
// meanwhile. An error is that of reading one of them, or of ctx.
func Diff(ctx context.Context, old, new *Package) (*Comparison, error) {
	d := &differ{}
	var err error
	if d.old, err = newDiffSide(ctx, old); err != nil {
		return nil, err
	}
	if d.new, err = newDiffSide(ctx, new); err != nil {
		return nil, err
	}
	c := &Comparison{Version: ComparisonVersion, Old: d.old.ComparedPackage, New: d.new.ComparedPackage, Changes: []Change{}}
	if c.Identical = c.Old.Digest == c.New.Digest; c.Identical {
		return c, nil
	}
	d.old.assignRoles(d.new)
	d.new.assignRoles(d.old)
	for _, p := range d.pairs() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.compare(ctx, p); err != nil {
			return nil, err
		}
	}
	if len(d.deltas) == 0 { // only the file that follows from the others
		d.formatting(&diffPair{role: roleProvenance, old: checksumsFile, new: checksumsFile})
	}
	c.Changes = d.changes()
	return c, nil
}
