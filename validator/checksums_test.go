package validator_test

import (
	"slices"
	"strings"
)

func checksumsTests() []packageTest {
	lines := func(c content) []string { return strings.SplitAfter(strings.TrimSuffix(c[checksumsText], "\n"), "\n") }
	return []packageTest{
		{name: "changed file", tear: func(c content) { c.add("providers/thermal0.yaml", "# tuned\n") }},
		{name: "added file", tear: func(c content) { c["notes.txt"] = "remember\n" }},
		{name: "lost file", tear: func(c content) { delete(c, "runtime/anolis-runtime.full.yaml") }},
		{name: "renamed file", tear: func(c content) {
			c["runtime/anolis-runtime.all.yaml"] = c["runtime/anolis-runtime.full.yaml"]
			delete(c, "runtime/anolis-runtime.full.yaml")
		}},
		{name: "exchanged files", tear: func(c content) {
			c["providers/thermal0.yaml"], c["providers/drives0.yaml"] = c["providers/drives0.yaml"], c["providers/thermal0.yaml"]
		}},
		{name: "lists itself", tear: func(c content) { c.add(checksumsText, strings.Repeat("0", 64)+"  "+checksumsText+"\n") }},
		{name: "empty", tear: func(c content) { c[checksumsText] = "" }},
		{name: "CR LF", tear: func(c content) { c.replace(checksumsText, "\n", "\r\n") }},
		{name: "blank line and no line feed", tear: func(c content) {
			c[checksumsText] = "\n" + strings.TrimSuffix(c[checksumsText], "\n")
		}},
		{name: "other order", tear: func(c content) {
			l := lines(c)
			slices.Reverse(l)
			c[checksumsText] = l[0] + "\n" + strings.Join(l[1:], "")
		}},
		{name: "no checksum at all", tear: func(c content) { c[checksumsText] = "hello\n" }},
		{name: "lines that are none", tear: func(c content) {
			l := lines(c)
			l[0] = strings.ToUpper(l[0])
			l[1] = strings.Replace(l[1], "  ", " ", 1)
			l[2] = strings.Replace(l[2], "  ", " *", 1)
			l[3] = l[3][1:]
			l[4] = strings.Replace(l[4], "providers", "../providers", 1)
			c[checksumsText] = strings.Join(append(l, l[5]), "")
		}},
		{name: "binary", tear: func(c content) { c[checksumsText] = "\x00\xff\n" }},
		{name: "case of a path", tear: func(c content) { c.replace(checksumsText, "  machine-profile", "  Machine-Profile") }},
		{name: "larger than any can be", tear: func(c content) { c[checksumsText] = strings.Repeat("\n", 32<<20+1) }},
	}
}
