package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

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
		// A comma in a value is written \,: it is no separator, there as for invopop.
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
