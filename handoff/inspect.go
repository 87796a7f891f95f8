package handoff

import (
	"context"
	"io"

	"github.com/anolishq/anolis-handoff/internal/printable"
	"github.com/anolishq/anolis-handoff/validator"
)

// SummaryVersion is the version of the summary's form. It changes when a field
// changes its meaning or goes away, not when one is added.
const SummaryVersion = 1

// Summary is what a package says about its machine. What the package does not
// say is absent: an empty text, a nil pointer, an empty list. Texts are shown as
// Value says: secrets as ***, and long ones cut, here after 1000 characters.
//
// Two summaries of the same content are equal, but for Package and Archive.
type Summary struct {
	Version int `json:"version"` // SummaryVersion
	// Package is the name that the report has for the package.
	Package string `json:"package,omitempty"`
	// Valid, Errors and Warnings are the verdict. Of a package that is not valid,
	// the summary can lack anything.
	Valid    bool `json:"valid"`
	Errors   int  `json:"errors"`
	Warnings int  `json:"warnings"`
	// Digest is Package.Digest.
	Digest string `json:"digest"`
	// Archive is the archive; nil for an unpacked package.
	Archive *ArchiveFacts `json:"archive,omitempty"`
	// Files is the number of files, and Size their bytes.
	Files int   `json:"files"`
	Size  int64 `json:"size"`

	Machine    Machine    `json:"machine"`
	Provenance Provenance `json:"provenance"`
	// Profiles are the runtime profiles in the order of the machine profile.
	Profiles []RuntimeProfile `json:"profiles"`
	// SharedProviders are the ids of the providers that every runtime profile
	// starts, in the order of the first one.
	SharedProviders []string `json:"sharedProviders"`
	// Providers are the providers of the machine profile, in its order.
	Providers []ProviderConfig `json:"providers"`
	Behaviors []Behavior       `json:"behaviors"`
	Pins      []Pin            `json:"pins"`
	// Slots are the secrets that must be supplied on the machine.
	Slots []Slot `json:"slots"`
}

// ArchiveFacts are about the archive that a package came in.
type ArchiveFacts struct {
	Size      int64  `json:"size"`   // in bytes
	SHA256    string `json:"sha256"` // lower-case hexadecimal
	Canonical bool   `json:"canonical"`
}

// Machine is what machine-profile.yaml says about the machine as a whole.
type Machine struct {
	ID          string `json:"id,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	// EstopTopology is what the emergency stop does: power_cut or signal.
	EstopTopology string `json:"estopTopology,omitempty"`
	// ExpectedProviders must run for the machine to be in order, and
	// CheckHTTPScript checks its HTTP interface.
	ExpectedProviders []string `json:"expectedProviders,omitempty"`
	CheckHTTPScript   string   `json:"checkHttpScript,omitempty"`
	// ConfigContract and HTTPContract are what the runtime has to keep, and Notes
	// what people should know about that.
	ConfigContract string `json:"configContract,omitempty"`
	HTTPContract   string `json:"httpContract,omitempty"`
	Notes          string `json:"notes,omitempty"`
	// MoreValues is how many values of the file are not in the summary.
	MoreValues int `json:"moreValues,omitempty"`
}

// Provenance is what meta/provenance.json says.
type Provenance struct {
	SourceProject string `json:"sourceProject,omitempty"`
	// ExportedAt is the time of the project's state, in UTC.
	ExportedAt    string `json:"exportedAt,omitempty"`
	FormatVersion *int64 `json:"formatVersion,omitempty"`
	// ExportedVariant is the runtime profile that the export was about, and
	// OmittedVariants are those that stayed out.
	ExportedVariant string   `json:"exportedVariant,omitempty"`
	OmittedVariants []string `json:"omittedVariants,omitempty"`
	// TokenRemoved tells whether the export took a telemetry token out, and
	// TokenVariable which environment variable brings it back.
	TokenRemoved  *bool  `json:"tokenRemoved,omitempty"`
	TokenVariable string `json:"tokenVariable,omitempty"`
	// MoreValues is how many values of the file are not in the summary.
	MoreValues int `json:"moreValues,omitempty"`
}

// Behavior is a behavior tree.
type Behavior struct {
	File   string `json:"file"`
	Size   int64  `json:"size"`   // in bytes
	SHA256 string `json:"sha256"` // lower-case hexadecimal
	// Profiles are the runtime profiles that name it, also with automation off.
	Profiles []string `json:"profiles"`
}

// Pin is a version that the machine was commissioned with, or that an
// installation fetches.
type Pin struct {
	// Path is the key path in the machine profile: compatibility.providers.ID is
	// the version that a provider was built from, components.runtime,
	// components.providers.KIND and components.optional.NAME are releases to fetch.
	Path string `json:"path"`
	// Strategy is local-build, pinned-ref or semver-range, and says what Version
	// is.
	Strategy string `json:"strategy,omitempty"`
	Version  string `json:"version,omitempty"`
	// Repo and Package are where a release comes from.
	Repo    string `json:"repo,omitempty"`
	Package string `json:"package,omitempty"`
	Notes   string `json:"notes,omitempty"`
}

// Inspect gives the summary of a package. The error is that of reading the
// package.
func Inspect(ctx context.Context, p *Package) (*Summary, error) {
	c, err := load(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &Summary{
		Version: SummaryVersion, Package: p.Report().Package, Valid: p.Report().Valid,
		Errors: p.Report().Count(validator.Error), Warnings: p.Report().Count(validator.Warning),
	}
	if p.Report().SHA256 != "" {
		s.Archive = &ArchiveFacts{p.Report().Size, p.Report().SHA256, p.Report().Canonical}
	}
	if s.Digest, err = p.Digest(ctx); err != nil {
		return nil, err
	}
	s.Files = len(p.Report().Files)
	for _, f := range p.Report().Files {
		s.Size += f.Size
	}
	s.fill(c, p)
	return s, nil
}

// WriteJSON writes the summary as one JSON object on one line, with a line feed
// at its end. Lists are never null, or are left out when they are empty. The text
// has no character that a terminal acts on. Equal summaries give equal bytes. An
// error is that of w.
func (s *Summary) WriteJSON(w io.Writer) error { return printable.JSON(w, s, "") }
