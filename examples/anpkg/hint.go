package main

import (
	"github.com/anolishq/anolis-handoff/validator"
	"strings"

	"github.com/anolishq/anolis-handoff/exporter"
)

// variantsHint says how to package the runtime profiles that stayed out too, or
// "" when there are none.
func variantsHint(asked exporter.Variants, notes []validator.Problem) string {
	var list []string
	if text := asked.String(); text != "manual" {
		list = append(list, text)
	}
	omitted, listable := 0, true
	for _, n := range notes {
		if n.Code == validator.CodeOmittedVariant {
			omitted++
			name := lastKey(n.Pointer)
			list = append(list, name)
			listable = listable && isPlainWord(name)
		}
	}
	if omitted == 0 {
		return ""
	}
	hint := "to package " + count(omitted, "more runtime profile") + ", use --variants all"
	if listable {
		hint += " or --variants " + strings.Join(list, ",")
	}
	return hint
}

// lastKey is the last key of a JSON Pointer.
func lastKey(pointer string) string {
	key := pointer[strings.LastIndexByte(pointer, '/')+1:]
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
}

// isPlainWord reports whether a shell and --variants take a name as it is.
func isPlainWord(name string) bool {
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
		default:
			return false
		}
	}
	return name != ""
}
