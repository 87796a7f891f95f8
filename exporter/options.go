package exporter

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/redact"
)

// Options configures Build. Only Name is required.
type Options struct {
	// Name is the project's name, which is the name of its directory. It ends up
	// in the provenance and, for a system project, in the machine id.
	Name string

	// Variants are the runtime profiles to package. The zero value packages the
	// manual one, exactly as the workbench does.
	Variants Variants

	// AllowMissingVariants makes AllVariants leave out a runtime profile whose file
	// does not exist, with a note. Otherwise such a profile is an error.
	AllowMissingVariants bool

	// WithIncludes also packages the files that behavior trees include, at their
	// relative paths below runtime/behaviors/. The zero value packages only the
	// trees that runtime configs name, exactly as the workbench does, and notes
	// each include.
	WithIncludes bool

	// Pins are released versions by component: "runtime", or a provider kind
	// such as "bread". They apply to system projects; a canonical project has
	// its own. The library never looks a version up.
	Pins map[string]string

	// DataRoot is the folder, two levels above a workbench project, in which
	// behaviors are looked up that the project does not have. Nil means that there
	// is none.
	DataRoot fs.FS
	// ProjectPath is the slash path of the project below DataRoot, such as
	// "projects/rig-1". It lets a behavior name ../../shared/tree.xml. Empty
	// means that such references are not followed.
	ProjectPath string

	// Policy defines what is removed and what counts as a secret. Nil uses
	// redact.Default().
	Policy *redact.Policy

	// Limits bounds the cost of an export.
	Limits Limits

	// Progress, if set, is called now and then from the goroutine that builds or
	// writes, and must return quickly.
	Progress func(Progress)
}

// Limits bounds the cost of an export. Zero uses the default.
type Limits struct {
	// Document is the size in bytes of the largest YAML or JSON file that is
	// read into memory. The default is 2 MiB.
	Document int64
	// Documents is the size in bytes of all rewritten documents together, which
	// stay in memory. The default is 8 MiB.
	Documents int64
}

const (
	defaultDocument  = 2 << 20
	defaultDocuments = 8 << 20
)

func (l Limits) orDefault() Limits {
	if l.Document <= 0 {
		l.Document = defaultDocument
	}
	if l.Documents <= 0 {
		l.Documents = defaultDocuments
	}
	return l
}

// Stage is a phase of an export.
type Stage string

const (
	StageRead  Stage = "read"  // reading and checking the project
	StageWrite Stage = "write" // writing the archive
)

// Progress describes how far an export is.
type Progress struct {
	Stage Stage
	File  string // of the package; empty in the last call, when all is written
	Done  int64  // bytes so far: of File when reading, of the archive when writing
	Total int64  // bytes in all, 0 if not known
}

// Variants selects the runtime profiles that go into a package besides the manual
// one, which always does. The zero value selects none.
type Variants struct {
	all   bool
	names []string
}

// AllVariants selects every runtime profile.
func AllVariants() Variants { return Variants{all: true} }

// SomeVariants selects runtime profiles by name. A name that the project does not
// have is an error of Build.
func SomeVariants(names ...string) Variants {
	return Variants{names: slices.Clone(names)}
}

// ParseVariants parses "manual", "all" or a list such as "telemetry,full". Use
// SomeVariants for a profile that is itself called all.
func ParseVariants(text string) (Variants, error) {
	switch text {
	case "manual":
		return Variants{}, nil
	case "all":
		return AllVariants(), nil
	}
	names := strings.Split(text, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if names[i] == "" {
			return Variants{}, fmt.Errorf("variants %q: want manual, all, or names separated by commas", text)
		}
	}
	return SomeVariants(names...), nil
}

// String returns the text that ParseVariants parses.
func (v Variants) String() string {
	switch {
	case v.all:
		return "all"
	case len(v.names) == 0:
		return "manual"
	}
	return strings.Join(v.names, ",")
}
