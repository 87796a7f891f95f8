package machine

import (
	"slices"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
)

// The fixed files and folders of a package.
const (
	ManifestFile   = "machine-profile.yaml"
	RuntimeFile    = "runtime/anolis-runtime.yaml"
	ProvenanceFile = "meta/provenance.json"
	ChecksumsFile  = "meta/checksums.sha256"
	ProvidersDir   = "providers/"
	BehaviorsDir   = "runtime/behaviors/"
)

// Role is what a file is to the machine. A document is what the manifest or a
// config says it is, whatever its name.
type Role uint8

const (
	Manifest Role = iota
	Provenance
	Checksums
	RuntimeConfig
	ProviderConfig
	Behavior
	Script // a script for people; nothing reads it
)

// String names the role as a message to a person does.
func (r Role) String() string {
	return [...]string{"the manifest", "the provenance", "the checksums", "a runtime config", "a provider config", "a behavior tree", "a script"}[r]
}

// Fault is why a reference leads to no file.
type Fault uint8

const (
	Sound      Fault = iota
	Empty            // an empty path
	TooLong          // longer than any system opens
	Unsafe           // absolute, with a drive letter, or leaving the package
	WrongPlace       // a file outside of the folder of its kind
	Folder           // a folder, not a file
	Missing          // not in the package
)

// Reference is a path in a document that leads to a file of the package.
type Reference struct {
	Value        // the path
	In    string // the file that has it
	Role  Role   // what the file is then
	// File is the file of the package that it leads to; "" for none.
	File  string
	Fault Fault
	Why   string // of an Unsafe one: what is wrong with the path
}

// maxPath is the length in bytes of the longest path that common systems open. It
// also bounds what many references to one long text cost.
const maxPath = 4095

// Files is what references are followed in: the names of a package. Any number of
// goroutines may use it.
type Files struct {
	names  []string // sorted
	folded func() map[string]string
}

// NewFiles takes the names of all files, and sorts them in their place.
func NewFiles(names []string) *Files {
	slices.Sort(names)
	f := &Files{names: names}
	f.folded = sync.OnceValue(func() map[string]string {
		folded := make(map[string]string, len(f.names))
		for _, n := range f.names {
			if key := project.Fold(n); folded[key] == "" {
				folded[key] = n
			}
		}
		return folded
	})
	return f
}

// Has reports whether there is a file of a name.
func (f *Files) Has(name string) bool {
	_, ok := slices.BinarySearch(f.names, name)
	return ok
}

// HasBelow reports whether name is a folder of the package.
func (f *Files) HasBelow(name string) bool {
	below := name + "/"
	i, _ := slices.BinarySearch(f.names, below)
	return i < len(f.names) && strings.HasPrefix(f.names[i], below)
}

// Near says which file has a name that differs from a missing one in case or Unicode
// form only, and how; "" if there is none.
func (f *Files) Near(name string) string {
	if len(name) > maxPath {
		return ""
	}
	return project.NearMessage("package", name, f.folded()[project.Fold(name)])
}

// follow finds where the path of a value leads. It must lead below a folder if one
// is given.
func (f *Files) follow(in string, v Value, role Role, below string) *Reference {
	r := &Reference{Value: v, In: in, Role: role}
	text, _ := v.AsString()
	switch {
	case text == "":
		r.Fault = Empty
		return r
	case len(text) > maxPath:
		r.Fault = TooLong
		return r
	}
	clean, err := project.Clean(text)
	switch {
	case err != nil:
		r.Fault, r.Why = Unsafe, strings.ReplaceAll(err.Error(), "project", "package")
	case clean == "." || f.HasBelow(clean):
		r.Fault = Folder
	case !f.Has(clean):
		r.Fault = Missing
	case below != "" && !strings.HasPrefix(clean, below):
		r.Fault, r.File = WrongPlace, clean
	default:
		r.File = clean
	}
	return r
}

// Describe says what is wrong with the reference, to be read after its path.
func (r *Reference) Describe() string {
	switch r.Fault {
	case Empty:
		return "is empty"
	case TooLong:
		return "is longer than any path that a system opens"
	case Unsafe:
		return r.Why
	case WrongPlace:
		return "must lie in " + map[Role]string{ProviderConfig: ProvidersDir, Behavior: BehaviorsDir}[r.Role]
	case Folder:
		return "is a folder, not a file"
	case Missing:
		return "is not in the package"
	}
	return ""
}

// at makes a value of a node in a document.
func at(n *doc.Node, path ...any) Value { return Value{n, path} }
