// Package canonyaml reads YAML as PyYAML's safe loader understands it and
// writes it as PyYAML's safe_dump(sort_keys=False) spells it.
//
// Handoff Package v1 demands byte-exact documents, so both halves are settled
// by observation of that loader and that dumper and pinned by recorded cases.
//
// Reading is stricter than the loader where it would lose, hide or explode
// something: a key that appears twice in one mapping is refused, so is a
// document that contains itself, is nested deeper than MaxDepth, has more than
// MaxTokens values, or stands for more than MaxNodes through its aliases.
// Tokenizing is left to gopkg.in/yaml.v3; what a scalar means is decided here,
// by YAML 1.1 rules.
//
// Known differences, all of them refusals of what the loader takes: a byte order
// mark inside the text, unknown % directives, a tab as the first character of a
// block scalar, and a colon at the end of a plain value within brackets. The
// members of a set keep their order in the file; the reference has none.
//
// All functions are safe for concurrent use and depend on nothing but their
// arguments.
package canonyaml
