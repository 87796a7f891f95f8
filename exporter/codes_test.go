package exporter

import (
	"testing"

	"github.com/anolishq/anolis-handoff/internal/fault"
)

// TestCodes keeps the public codes those of the collected faults.
func TestCodes(t *testing.T) {
	for public, internal := range map[Code]fault.Code{
		CodeLayout: fault.Layout, CodeMissingFile: fault.MissingFile, CodeUnreadable: fault.Unreadable,
		CodeUnsafePath: fault.UnsafePath, CodeSyntax: fault.Syntax, CodeDuplicateKey: fault.DuplicateKey,
		CodeStructure: fault.Structure, CodeSchema: fault.Schema, CodeSecret: fault.Secret,
		CodeConflict: fault.Conflict, CodeLimit: fault.Limit, CodeOption: fault.Option,
	} {
		if string(public) != string(internal) {
			t.Errorf("%q is %q inside", public, internal)
		}
	}
}
