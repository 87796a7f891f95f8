package contract

import (
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// keyRule checks propertyNames a second time. The validator's own error for it
// shares its location with values checked later, which overwrite it; an error
// added through the vocabulary interface has a location of its own.
type keyRule struct {
	names *jsonschema.Schema
}

func compileKeyRule(ctx *jsonschema.CompilerContext, obj map[string]any) (jsonschema.SchemaExt, error) {
	if _, ok := obj["propertyNames"]; !ok {
		return nil, nil
	}
	return keyRule{ctx.Enqueue([]string{"propertyNames"})}, nil
}

func (r keyRule) Validate(ctx *jsonschema.ValidatorContext, v any) {
	object, _ := v.(map[string]any)
	for key := range object {
		if r.names.Validate(key) == nil {
			continue
		}
		bad := &badKey{PropertyNames: kind.PropertyNames{Property: key}}
		if p := r.names.Pattern; p != nil && !p.MatchString(key) {
			bad.pattern = p.String()
		}
		ctx.AddError(bad)
	}
}

// badKey is the error kind of keyRule.
type badKey struct {
	kind.PropertyNames
	pattern string // that the key does not match, or empty
}
