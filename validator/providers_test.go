package validator_test

func providersTests() []packageTest {
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "a list", edit: text("providers/thermal0.yaml", "- 1\n- 2\n")},
		{name: "a string", edit: text("providers/thermal0.yaml", "hello\n")},
		{name: "empty", edit: text("providers/thermal0.yaml", "# nothing\n")},
		{name: "whatever a provider likes", edit: text("providers/thermal0.yaml", "anything: {goes: [here]}\n")},
		{name: "another file in the folder", edit: text("providers/README.md", "hello\n")},
		{name: "a list that nothing refers to", edit: text("providers/old.json", "[]\n")},
		{name: "one that cannot be read", edit: text("providers/thermal0.yaml", "{")},
	}
}
