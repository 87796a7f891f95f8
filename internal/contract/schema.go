package contract

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a compiled JSON Schema. It is immutable: any number of goroutines
// may use it at once.
type Schema struct {
	compiled *jsonschema.Schema
	rules    rules
}

// MachineProfile is the schema of machine-profile.yaml (see Profile). Like the
// other schemas of this package it is compiled once; an error would mean that
// this library was built wrongly.
func MachineProfile() (*Schema, error) { return machineProfile() }

// RuntimeConfig is the schema of a runtime config (see Config). The runtime has
// rules beyond it, and the schema has some that the runtime does not.
func RuntimeConfig() (*Schema, error) { return runtimeConfig() }

// Provenance is the schema of meta/provenance.json (see Record).
func Provenance() (*Schema, error) { return provenance() }

// BreadConfig is the schema of a config of anolis-provider-bread (see Bread).
func BreadConfig() (*Schema, error) { return breadConfig() }

// EzoConfig is the schema of a config of anolis-provider-ezo (see Ezo).
func EzoConfig() (*Schema, error) { return ezoConfig() }

// SimConfig is the schema of a config of anolis-provider-sim (see Sim).
func SimConfig() (*Schema, error) { return simConfig() }

// These never change what they return, so they are no global state.
var (
	machineProfile = once("machine-profile")
	runtimeConfig  = once("runtime-config")
	provenance     = once("provenance")
	breadConfig    = once("provider-bread")
	ezoConfig      = once("provider-ezo")
	simConfig      = once("provider-sim")
)

func once(name string) func() (*Schema, error) {
	return sync.OnceValues(func() (*Schema, error) {
		text, err := Source(name)
		if err != nil {
			return nil, err
		}
		return compile("urn:anolis-handoff:schema:"+name, text)
	})
}

// Compile reads a JSON Schema (JSON text, draft-07 unless it names another), so
// that a caller may bring a newer one. It must stand alone: a reference to any
// other document is an error, and nothing is ever loaded. The text is the
// caller's, never that of a package: a hostile one could take long to compile.
func Compile(text []byte) (*Schema, error) {
	return compile("urn:anolis-handoff:schema:supplied", text)
}

func compile(id string, source []byte) (*Schema, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseLoader(noLoader{})
	c.AssertVocabs() // also for drafts that would have to declare them
	c.RegisterVocabulary(&jsonschema.Vocabulary{
		URL:     "urn:anolis-handoff:vocabulary:keys",
		Compile: compileKeyRule,
	})
	c.RegisterVocabulary(&jsonschema.Vocabulary{
		URL:     "urn:anolis-handoff:vocabulary:provider",
		Compile: compileProvider,
	})
	if err := c.AddResource(id, parsed); err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	s, err := c.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	r := rules{}
	r.add(s)
	return &Schema{s, r}, nil
}

// closed reports whether the document as a whole allows no further keys.
func (s *Schema) closed() bool {
	return s.compiled.AdditionalProperties == false
}

// noLoader keeps a schema from reading files; the default would follow file://.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a schema must not load %s", url)
}
