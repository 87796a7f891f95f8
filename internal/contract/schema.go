package contract

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed machine-profile.schema.json
var machineProfileJSON []byte

// Schema is a compiled JSON Schema. It is immutable: any number of goroutines
// may use it at once.
type Schema struct {
	compiled *jsonschema.Schema
}

// MachineProfile is the schema of machine-profile.yaml (see Profile). It is
// compiled once; an error would mean that this library was built wrongly.
func MachineProfile() (*Schema, error) { return machineProfile() }

// machineProfile never changes what it returns, so it is no global state.
var machineProfile = sync.OnceValues(func() (*Schema, error) {
	return compile("urn:anolis-handoff:schema:machine-profile", machineProfileJSON)
})

// compile reads a draft-07 schema that needs no other file.
func compile(id string, source []byte) (*Schema, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.UseLoader(noLoader{})
	c.RegisterVocabulary(&jsonschema.Vocabulary{
		URL:     "urn:anolis-handoff:vocabulary:keys",
		Compile: compileKeyRule,
	})
	if err := c.AddResource(id, parsed); err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	s, err := c.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	return &Schema{s}, nil
}

// noLoader keeps a schema from reading files; the default would follow file://.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a schema must not load %s", url)
}
