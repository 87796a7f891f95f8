// Command gen writes the JSON Schema of every contract type. It runs in the
// directory of package contract, through go generate.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/anolishq/anolis-handoff/internal/contract"
)

// document is one kind of file with a schema. A further one needs a line here.
type document struct {
	name  string
	title string
	root  any
	open  bool // keys that the type does not list are allowed
}

func documents() []document {
	return []document{
		{"machine-profile", "Machine profile (machine-profile.yaml)", contract.Profile{}, false},
		{"provenance", "Provenance (meta/provenance.json)", contract.Record{}, true},
		{"provider-bread", "Config of anolis-provider-bread " + contract.BreadVersion, contract.Bread{}, false},
		{"provider-ezo", "Config of anolis-provider-ezo " + contract.EzoVersion, contract.Ezo{}, false},
		{"provider-sim", "Config of anolis-provider-sim " + contract.SimVersion, contract.Sim{}, true},
		{"runtime-config", "Runtime config (runtime/anolis-runtime.yaml)", contract.Config{}, true},
	}
}

func (d document) file() string { return d.name + ".schema.json" }

func main() {
	for _, d := range documents() {
		data, err := d.generate(".")
		if err == nil {
			err = os.WriteFile(d.file(), data, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

// generate makes the schema of a document, described by the comments of the Go
// source in dir.
func (d document) generate(dir string) ([]byte, error) {
	r := jsonschema.Reflector{
		Anonymous: true,
		// Definitions are written in place: editors show the description of a
		// field and not that of its type, and draft-07 has no $defs.
		DoNotReference:            true,
		AllowAdditionalProperties: d.open,
	}
	comments, err := fieldComments(dir)
	if err != nil {
		return nil, err
	}
	r.LookupComment = func(t reflect.Type, field string) string {
		if field == "" && t != reflect.TypeOf(d.root) {
			return "" // a field says more than its type
		}
		return comments[t.Name()+"."+field]
	}
	s := r.Reflect(d.root)
	s.Version = "http://json-schema.org/draft-07/schema#"
	s.ID = jsonschema.ID("urn:anolis-handoff:schema:" + d.name)
	s.Title = d.title
	if err := applyTags(reflect.TypeOf(d.root), s); err != nil {
		return nil, err
	}
	compact, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// applyTags adds what the jsonschema tags of the structs say and invopop has no
// words for. The rules of a type would else be hooks on it, and hooks would
// make the library link the generator.
func applyTags(t reflect.Type, s *jsonschema.Schema) error {
	switch t.Kind() {
	case reflect.Map:
		return applyTags(t.Elem(), s.AdditionalProperties)
	case reflect.Slice:
		return applyTags(t.Elem(), s.Items)
	case reflect.Struct:
	default:
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		property, ok := s.Properties.Get(name)
		if !ok {
			return fmt.Errorf("%s.%s is not in the schema", t, f.Name)
		}
		if err := applyTags(f.Type, property); err != nil {
			return err
		}
		// A comma in a value is written \,: it does not separate, there as for invopop.
		for tag := range strings.SplitSeq(strings.ReplaceAll(f.Tag.Get("jsonschema"), `\,`, "\x00"), ",") {
			tag = strings.ReplaceAll(tag, "\x00", ",")
			key, value, _ := strings.Cut(tag, "=")
			if err := applyTag(property, f.Type.Kind(), key, value); err != nil {
				return fmt.Errorf("%s.%s: tag %q: %w", t, f.Name, tag, err)
			}
		}
	}
	applyRules(t, s)
	return nil
}

// applyTag adds one rule, or makes sure that invopop knows it. A tag that
// neither of them understands is an error and not a missing rule.
func applyTag(s *jsonschema.Schema, kind reflect.Kind, key, value string) (err error) {
	switch key {
	case "deprecated":
		s.Deprecated = true
		return nil
	case "untyped": // described, and free all the same
		*s = jsonschema.Schema{Description: s.Description}
		return nil
	}
	switch kind.String() + " " + key {
	case "interface i2cAddress":
		i2cAddress(s)
	case "slice i2cAddress":
		i2cAddress(s.Items)
	case "string unique", "interface unique":
		extra(s, "x-anolis-unique", true)
	case "slice unique":
		s.UniqueItems = true
		extra(s, "x-anolis-unique", true)
	case "map minProperties":
		s.MinProperties, err = number(value)
	case "map keyPattern":
		s.PropertyNames = &jsonschema.Schema{Pattern: value}
	case "map valueMinLength":
		s.AdditionalProperties.MinLength, err = number(value)
	case "map required":
		s.Required = append(s.Required, value)
	case "map valueScalar":
		s.AdditionalProperties = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
	case "slice orOne":
		list := *s
		list.Description = ""
		*s = jsonschema.Schema{Description: s.Description, OneOf: []*jsonschema.Schema{{Type: s.Items.Type}, &list}}
	case "string const":
		s.Const = value
	case "int const":
		s.Const = json.Number(value)
	case "string minLength", "string pattern", "string enum",
		"int minimum", "int maximum", "float64 minimum", "float64 maximum",
		"slice minItems", "slice uniqueItems", "slice minLength", "slice pattern":
		// invopop has applied it
	case kind.String() + " ": // no tag
	default:
		err = fmt.Errorf("unknown for a %s", kind)
	}
	return err
}

// i2cAddress is a number, or a text of two hexadecimal digits.
func i2cAddress(s *jsonschema.Schema) {
	s.AnyOf = []*jsonschema.Schema{
		{Type: "integer", Minimum: "8", Maximum: "119"},
		{Type: "string", Pattern: "^0[xX](0[89A-Fa-f]|[1-6][0-9A-Fa-f]|7[0-7])$"},
	}
	extra(s, "x-anolis-type", "i2c_address")
}

func extra(s *jsonschema.Schema, key string, value any) {
	if s.Extras == nil {
		s.Extras = map[string]any{}
	}
	s.Extras[key] = value
}

func number(s string) (*uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	return &n, err
}

// applyRules adds what no tag of a single field can say: rules that depend on
// other fields. The title of a condition or an alternative is the reason that a
// violation below it gives, and the title of a not is what must not be there.
func applyRules(t reflect.Type, s *jsonschema.Schema) {
	switch t {
	case reflect.TypeFor[contract.RuntimeProcess]():
		s.Properties.Set("mode", jsonschema.FalseSchema)
	case reflect.TypeFor[contract.HTTP]():
		httpRules(s)
	case reflect.TypeFor[contract.RestartPolicy]():
		restartRules(s)
	case reflect.TypeFor[contract.Automation]():
		then := object("tick_rate_hz", between("1", "1000"))
		then.AnyOf = either("behavior_tree", "behavior_tree_path")
		s.If, s.Then = isTrue("enabled", "automation is enabled"), then
	case reflect.TypeFor[contract.Parameter]():
		parameterRules(s)
	case reflect.TypeFor[contract.HookCall]():
		s.AnyOf = either("function_id", "function_name")
	case reflect.TypeFor[contract.BreadDiscovery]():
		s.AllOf = []*jsonschema.Schema{
			when("mode", "manual", "mode is manual", &jsonschema.Schema{Required: []string{"addresses"}}),
			when("mode", "scan", "mode is scan", object("addresses", jsonschema.FalseSchema)),
		}
	case reflect.TypeFor[contract.SimDevice]():
		id, _ := s.Properties.Get("id")
		id.Not = &jsonschema.Schema{Const: "chaos_control"}
	case reflect.TypeFor[contract.Simulation]():
		simulationRules(s)
	}
}

// simulationRules says which keys belong to which mode.
func simulationRules(s *jsonschema.Schema) {
	s.AdditionalProperties = jsonschema.FalseSchema
	never := jsonschema.FalseSchema
	inert := object("tick_rate_hz", never, "physics_config", never, "ambient_temp_c", never, "ambient_signal_path", never)
	apart := object("physics_config", never, "ambient_temp_c", never, "ambient_signal_path", never)
	apart.Required = []string{"tick_rate_hz"}
	s.AllOf = []*jsonschema.Schema{
		when("mode", "inert", "mode is inert", inert),
		when("mode", "non_interacting", "mode is non_interacting", apart),
		when("mode", "sim", "mode is sim", &jsonschema.Schema{Required: []string{"tick_rate_hz", "physics_config"}}),
		{
			If:   &jsonschema.Schema{Title: "ambient_signal_path is set", Required: []string{"ambient_signal_path"}},
			Then: &jsonschema.Schema{Required: []string{"ambient_temp_c"}},
		},
	}
}

func httpRules(s *jsonschema.Schema) {
	one := uint64(1)
	then := object(
		"port", between("1", "65535"),
		"thread_pool_size", between("1", ""),
		"cors_allowed_origins", &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "string", MinLength: &one},
			{Type: "array", MinItems: &one},
		}},
	)
	wildcard := &jsonschema.Schema{Const: "*"}
	then.If = isTrue("cors_allow_credentials", "cors_allow_credentials is true")
	then.Then = object("cors_allowed_origins", &jsonschema.Schema{Not: &jsonschema.Schema{
		Title: "the wildcard *",
		AnyOf: []*jsonschema.Schema{wildcard, {Type: "array", Contains: wildcard}},
	}})
	s.If, s.Then = isTrue("enabled", "HTTP is enabled"), then
}

func restartRules(s *jsonschema.Schema) {
	one := uint64(1)
	s.If = isTrue("enabled", "the restart policy is enabled")
	s.Then = object(
		"max_attempts", between("1", ""),
		"backoff_ms", &jsonschema.Schema{MinItems: &one, Items: between("0", "")},
		"timeout_ms", between("1000", ""),
		"success_reset_ms", between("0", ""),
	)
	s.Then.Required = []string{"max_attempts", "backoff_ms", "timeout_ms"}
}

// parameterRules has one alternative for each type, with the type of the
// default and the keys that make no sense for it.
func parameterRules(s *jsonschema.Schema) {
	for _, p := range []struct {
		name, jsonType string
		without        []string
	}{
		{"double", "number", []string{"allowed_values"}},
		{"int64", "integer", []string{"allowed_values"}},
		{"bool", "boolean", []string{"min", "max", "allowed_values"}},
		{"string", "string", []string{"min", "max"}},
	} {
		one := object("type", &jsonschema.Schema{Const: p.name}, "default", &jsonschema.Schema{Type: p.jsonType})
		one.Title = "type is " + p.name
		one.Required = []string{"type"}
		one.Not = &jsonschema.Schema{AnyOf: either(p.without...)}
		s.OneOf = append(s.OneOf, one)
	}
}

// when holds if a key has a value.
func when(key, value, title string, then *jsonschema.Schema) *jsonschema.Schema {
	s := object(key, &jsonschema.Schema{Const: value})
	s.Title, s.Required = title, []string{key}
	return &jsonschema.Schema{If: s, Then: then}
}

// isTrue is the condition that a key is there and true.
func isTrue(key, title string) *jsonschema.Schema {
	s := object(key, &jsonschema.Schema{Const: true})
	s.Title, s.Required = title, []string{key}
	return s
}

// object has rules for some keys: a name and a schema, in turn.
func object(rules ...any) *jsonschema.Schema {
	s := &jsonschema.Schema{Properties: jsonschema.NewProperties()}
	for i := 0; i < len(rules); i += 2 {
		s.Properties.Set(rules[i].(string), rules[i+1].(*jsonschema.Schema))
	}
	return s
}

func between(least, most json.Number) *jsonschema.Schema {
	return &jsonschema.Schema{Minimum: least, Maximum: most}
}

// either asks for at least one of some keys.
func either(keys ...string) []*jsonschema.Schema {
	var list []*jsonschema.Schema
	for _, key := range keys {
		list = append(list, &jsonschema.Schema{Required: []string{key}})
	}
	return list
}

// fieldComments maps Type.Field, and Type. for the type itself, to the text of
// its comment on one line, without the Go name it starts with: a person who
// edits YAML never sees that name.
func fieldComments(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	comments := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && len(d.Specs) == 1 {
				addComments(comments, d)
			}
		}
	}
	return comments, nil
}

func addComments(comments map[string]string, d *ast.GenDecl) {
	spec, ok := d.Specs[0].(*ast.TypeSpec)
	if !ok {
		return
	}
	name := spec.Name.Name
	comments[name+"."] = sentence(d.Doc.Text(), name)
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range s.Fields.List {
		for _, id := range field.Names {
			comments[name+"."+id.Name] = sentence(field.Doc.Text(), id.Name)
		}
	}
}

// sentence turns "Name is the text." into "The text.", and any other verb into
// the start of the description.
func sentence(comment, name string) string {
	text := strings.Join(strings.Fields(comment), " ")
	text = strings.TrimPrefix(text, name+" ")
	text = strings.TrimPrefix(text, "is ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
