package main

import (
	"fmt"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
)

// TestResultSchemas compares the schemas of what the library writes with its
// types: a field that is new there must not be missing here.
func TestResultSchemas(t *testing.T) {
	api := readContract(t)
	compareType(t, api, reflect.TypeFor[inspect.Report](), map[reflect.Type]bool{})
	compareType(t, api, reflect.TypeFor[diff.Report](), map[reflect.Type]bool{})
}

// schemaName returns the name of a type's schema, which is unique in the document
// where those of types are in their packages.
func schemaName(t reflect.Type) string {
	other := map[reflect.Type]string{
		reflect.TypeFor[inspect.Report]():   "Summary",
		reflect.TypeFor[inspect.Archive]():  "ArchiveFacts",
		reflect.TypeFor[inspect.Profile]():  "RuntimeProfile",
		reflect.TypeFor[inspect.HTTP]():     "HTTPAccess",
		reflect.TypeFor[inspect.Process]():  "ProviderProcess",
		reflect.TypeFor[inspect.Restart]():  "RestartPolicy",
		reflect.TypeFor[inspect.Provider](): "ProviderConfig",
		reflect.TypeFor[diff.Report]():      "Comparison",
		reflect.TypeFor[diff.Side]():        "ComparedPackage",
		reflect.TypeFor[diff.Place]():       "ChangePlace",
	}
	if name, ok := other[t]; ok {
		return name
	}
	return t.Name()
}

func compareType(t *testing.T, api *contract, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	want, got := map[string]string{}, map[string]string{}
	for field := range typ.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		want[name] = shapeOfType(field.Type)
		if options == "" {
			want[name] += ", required"
		}
		compareType(t, api, field.Type, seen)
	}
	at := "/components/schemas/" + schemaName(typ)
	schema, _ := api.at(at)
	properties, _ := api.at(at + "/properties")
	object, _ := properties.(map[string]any)
	for name, property := range object {
		got[name] = shapeOfSchema(property)
	}
	required, _ := schema.(map[string]any)["required"].([]any)
	for _, name := range required {
		got[fmt.Sprint(name)] += ", required"
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: type (-), schema (+):\n%s", schemaName(typ), d)
	}
}

func shapeOfType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOfType(t.Elem())
	case reflect.Slice:
		return "[]" + shapeOfType(t.Elem())
	case reflect.Struct:
		return schemaName(t)
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	}
	return t.Kind().String()
}

func shapeOfSchema(schema any) string {
	object, _ := schema.(map[string]any)
	if ref, ok := object["$ref"].(string); ok {
		return path.Base(ref)
	}
	if object["type"] == "array" {
		return "[]" + shapeOfSchema(object["items"])
	}
	return fmt.Sprint(object["type"])
}
