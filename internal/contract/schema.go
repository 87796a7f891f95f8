// Package contract says what the documents of a package have to look like.
//
// The Go types are the schemas: their fields, tags and comments become a JSON
// Schema when go generate runs, the result is committed (for editors too) and
// embedded, and a test keeps the two equal. Documents are not decoded into the
// types, because an export keeps what it does not understand: Check holds the
// document model against the schema and names the place of every violation.
package contract

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/jsonschema"
)

//go:generate go run ./gen

// Schema is a compiled JSON Schema. It is immutable: any number of goroutines
// may use it at once.
type Schema struct {
	compiled *jsonschema.Schema
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

// These never change what they return, so they are not mutable state.
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
	s, err := jsonschema.Compile(id, source, compileUnique)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	return &Schema{s}, nil
}

//go:embed *.schema.json
var sources embed.FS

const sourceSuffix = ".schema.json"

// Names lists the schemas of this package, sorted.
func Names() []string {
	files, err := sources.ReadDir(".")
	if err != nil {
		return nil // cannot be: the directory is embedded
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), sourceSuffix))
	}
	slices.Sort(names)
	return names
}

// Source is the JSON text of a schema, one of Names. The caller may keep and
// change it.
func Source(name string) ([]byte, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no schema is called %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return sources.ReadFile(name + sourceSuffix)
}
