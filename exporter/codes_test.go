package exporter

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestCodes holds every code of package fault against the table of package
// validator, which explains it.
func TestCodes(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../internal/fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		codes++
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if info, known := validator.Info(validator.Code(code)); err != nil || !known || info.Fix == "" {
			t.Errorf("%s is no code of package validator", spec.Names[0].Name)
		}
		return true
	})
	if codes < 25 {
		t.Errorf("found only %d codes", codes)
	}
}
