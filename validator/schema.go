package validator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/contract"
)

// reportSchemaName is the schema that describes what Report.WriteJSON writes.
const reportSchemaName = "report"

// SchemaNames lists the documents that Schema knows, sorted.
func SchemaNames() []string {
	names := append(contract.Names(), reportSchemaName)
	slices.Sort(names)
	return names
}

// Schema is the JSON Schema of a document, for editors and other tools. It is
// what packages are checked with unless Options.Schemas replaces it.
func Schema(name string) ([]byte, error) {
	if name == reportSchemaName {
		return ReportSchema(), nil
	}
	if !slices.Contains(contract.Names(), name) {
		return nil, fmt.Errorf("no schema is called %q; there are %s", name, strings.Join(SchemaNames(), ", "))
	}
	return contract.Source(name)
}
