package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// ErrSchema reports that a text is not a schema of a provider.
var ErrSchema = errors.New("not a provider schema")

// openEnvelope returns the schema in a text, and the version of the provider that
// the envelope names.
func openEnvelope(text []byte) (schema []byte, version string, err error) {
	if _, err := strictjson.Read(text); err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrSchema, err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil || keys == nil {
		return nil, "", fmt.Errorf("%w: must be a JSON object", ErrSchema)
	}
	format, enveloped := keys["config_schema_version"]
	if !enveloped {
		return text, "", nil
	}
	if string(format) != "1" {
		return nil, "", fmt.Errorf("%w: config_schema_version is %s; only 1 is known", ErrSchema, short(string(format)))
	}
	if of, ok := keys["provider_version"]; ok && json.Unmarshal(of, &version) != nil {
		return nil, "", fmt.Errorf("%w: provider_version must be a string", ErrSchema)
	}
	if !bytes.HasPrefix(keys["schema"], []byte("{")) {
		return nil, "", fmt.Errorf("%w: schema must be a JSON object", ErrSchema)
	}
	return keys["schema"], version, nil
}

// short shows a text of the caller or the manifest.
func short(s string) string {
	const most = 64
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.QuoteToGraphic(s)
}

// numbers reads 0.3.8 or v0.3.8.
func numbers(text string) (parts [3]int, ok bool) {
	texts := strings.Split(strings.TrimPrefix(text, "v"), ".")
	if len(texts) != 3 {
		return parts, false
	}
	for i, n := range texts {
		part, err := strconv.ParseUint(n, 10, 31)
		if err != nil {
			return parts, false
		}
		parts[i] = int(part)
	}
	return parts, true
}

func sameVersion(a, b string) bool {
	x, known := numbers(a)
	y, ok := numbers(b)
	return known && ok && x == y || a == b
}

// olderVersion reports whether a is for certain an older version than b.
func olderVersion(a, b string) bool {
	x, known := numbers(a)
	y, ok := numbers(b)
	if !known || !ok {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}
