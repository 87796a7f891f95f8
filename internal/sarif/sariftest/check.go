// Package sariftest says whether GitHub code scanning would accept a SARIF file.
// Tests use it in place of a service that they must not depend on.
//
// It knows the objects that package sarif has, and for them
//
//   - the OASIS schema of SARIF 2.1.0: known and required properties, types,
//     allowed words, minima, unique items, forms of URIs
//   - rules of the standard that a schema cannot state: a ruleIndex and the
//     index of a notification lead to the descriptor of that id; ids are unique
//   - what GitHub asks for or limits beyond that: a location with a URI and a
//     line for each result, a fingerprint, the number of results and tags, the
//     length of names and descriptions, the range of security-severity
//
// A property outside of package sarif is a fault even where the standard knows
// it: whoever adds one adds its rule here.
package sariftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Check returns every fault of a SARIF file, each with its place.
func Check(data []byte) []string {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		return []string{err.Error()}
	}
	c := &checker{}
	if d.More() {
		c.fault("", "there is something behind the JSON value")
	}
	c.value("", "log", root)
	if len(c.faults) == 0 {
		c.log(root)
	}
	return c.faults
}

type checker struct {
	faults []string
}

func (c *checker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, at+": "+fmt.Sprintf(format, args...))
}

// value checks a value against a type: the name of an object, []type for a list,
// []!type for a list with at least one and no equal items, {}type for an object
// with any keys, "a|b" for one of some words, or the name of a scalar.
func (c *checker) value(at, typ string, v any) {
	if item, ok := strings.CutPrefix(typ, "[]"); ok {
		c.list(at, item, v)
		return
	}
	if item, ok := strings.CutPrefix(typ, "{}"); ok {
		m, ok := v.(map[string]any)
		if !ok {
			c.fault(at, "is no object")
		}
		for key, value := range m {
			c.value(at+"/"+key, item, value)
		}
		return
	}
	if o, ok := objects[typ]; ok {
		c.object(at, o, v)
		return
	}
	if strings.Contains(typ, "|") || scalars[typ] == nil {
		if s, ok := v.(string); !ok || !slices.Contains(strings.Split(typ, "|"), s) {
			c.fault(at, "is %v, not one of %s", v, typ)
		}
		return
	}
	if msg := scalars[typ](v); msg != "" {
		c.fault(at, "%s", msg)
	}
}

func (c *checker) list(at, item string, v any) {
	list, ok := v.([]any)
	if !ok {
		c.fault(at, "is no list")
		return
	}
	if unique, ok := strings.CutPrefix(item, "!"); ok {
		item = unique
		seen := map[string]bool{}
		for i, v := range list {
			text, _ := json.Marshal(v)
			if seen[string(text)] {
				c.fault(fmt.Sprintf("%s/%d", at, i), "is there twice")
			}
			seen[string(text)] = true
		}
	}
	for i, v := range list {
		c.value(fmt.Sprintf("%s/%d", at, i), item, v)
	}
}

func (c *checker) object(at string, o object, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		c.fault(at, "is no object")
		return
	}
	for _, name := range strings.Fields(o.required) {
		if _, ok := m[name]; !ok {
			c.fault(at, "has no %s", name)
		}
	}
	for name, value := range m {
		typ, ok := o.properties[name]
		if !ok {
			c.fault(at, "has an unknown property %s", name)
			continue
		}
		c.value(at+"/"+name, typ, value)
	}
}
