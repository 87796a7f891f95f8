package validator_test

func warningsTests() []packageTest {
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "unreferenced files", edit: func(c content) {
			c["README.md"], c["docs/a b.txt"], c["docs/ünï\u202e.txt"] = "x", "x", "x"
		}},
		{name: "a profile that is not listed", edit: func(c content) {
			c.replace(profileYAML, "  full: runtime/anolis-runtime.full.yaml\n", "")
		}},
		{name: "values for other readers", edit: text("providers/thermal0.yaml", `a: yes
b: 012
c: 0b11
d: 1:30
e: 1_000
f: 2026-04-03
g: 0.10
h: .inf
i: 12e5
j: {on: x, 0x10: no}
k: &k [off]
l: *k
m: 'yes'
n: .nan
`)},
		{name: "the same values in JSON", edit: text("extra/a.json", `{"a": 0.10, "b": "yes", "c": "12e5"}`)},
		{name: "the same values where nothing refers to them", edit: text("extra/a.YML", "a: on\n")},
	}
}
