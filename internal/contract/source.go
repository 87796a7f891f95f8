package contract

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

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
