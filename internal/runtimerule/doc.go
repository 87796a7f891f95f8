// Package runtimerule holds what the machine runtime refuses in a runtime config
// beyond its JSON Schema, and what it silently leaves out.
//
// The rules are those of a runtime built from public source (v0.1.21), as
// observed from outside: it reads YAML with another library than the schema's
// checker, so a number can satisfy the schema and be no number to the runtime,
// and it does not merge (<<), so a key that the schema saw may not be there. The
// schema has rules of its own; a config has to satisfy both.
package runtimerule
