package main

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"

	"github.com/anolishq/anolis-handoff/internal/contract"
)

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
