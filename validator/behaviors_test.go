package validator_test

import "strings"

func behaviorsTests() []packageTest {
	text := func(name, text string) func(content) { return func(c content) { c[name] = text } }
	return []packageTest{
		{name: "not well-formed", edit: text(behaviorXML, "<root>\n <a>\n</root>\n")},
		{name: "empty", edit: text(behaviorXML, "")},
		{name: "no XML", edit: text(behaviorXML, "hello\n")},
		{name: "document type", edit: text(behaviorXML, "<?xml version=\"1.0\"?>\n<!DOCTYPE root [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<root>&x;</root>\n")},
		{name: "entity", edit: text(behaviorXML, "<root a=\"&x;\"/>\n")},
		{name: "encoding", edit: text(behaviorXML, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><root/>\n")},
		{name: "endless nesting", edit: text(behaviorXML, strings.Repeat("<a>", 5000)+strings.Repeat("</a>", 5000))},
		{name: "what only the loader reads", edit: text(behaviorXML, "<root>\n <Script code=\"a && b < 1\"/><!-- -- -->\n</root>\n<b/>\n")},
		{name: "what the loader ignores is not read as an include", edit: text(behaviorXML, "<root><BehaviorTree ID=\"A\"><include path=\"gone.xml\"/></BehaviorTree></root>")},
		{name: "two trees", edit: text(behaviorXML, "<a/><b/>")},
		{name: "XML that nothing refers to", edit: text("extra/notes.XML", "<a>")},
		{name: "behavior of another name", edit: text("runtime/behaviors/notes.txt", "no XML\n")},
		{name: "unused", edit: func(c content) {
			c["runtime/behaviors/old.xml"] = "<root/>"
			c.replace(profileYAML, "- runtime/behaviors/fed_batch.xml\n", "- runtime/behaviors/fed_batch.xml\n- runtime/behaviors/old.xml\n")
		}},
		{name: "unused by all", edit: func(c content) {
			c.replace("runtime/anolis-runtime.automation.yaml", "behavior_tree: runtime/behaviors/fed_batch.xml\n", "behavior_tree: runtime/behaviors/new.xml\n")
			c.replace("runtime/anolis-runtime.full.yaml", "behavior_tree: runtime/behaviors/fed_batch.xml\n", "behavior_tree: runtime/behaviors/new.xml\n")
			c["runtime/behaviors/new.xml"] = "<root/>"
		}},
		{name: "listed twice", edit: func(c content) {
			c.replace(profileYAML, "- runtime/behaviors/fed_batch.xml\n", "- runtime/behaviors/fed_batch.xml\n- runtime/behaviors/fed_batch.xml\n")
		}},
		{name: "includes", edit: func(c content) {
			c[behaviorXML] = "<root>\n <include path=\"sub/a.xml\"/>\n <include path=\"gone.xml\"/>\n <include path=\"/abs.xml\"/>\n" +
				" <include path=\"../anolis-runtime.yaml\"/>\n <include ros_pkg=\"p\" path=\"sub/a.xml\"/>\n</root>\n"
			c["runtime/behaviors/sub/a.xml"] = "<root><include path=\"b.xml\"/><include path=\"../fed_batch.xml\"/></root>"
			c["runtime/behaviors/sub/b.xml"] = "<root><include path=\"a.xml\"/></root>"
		}},
		{name: "include of an unused tree", edit: func(c content) {
			c["runtime/behaviors/old.xml"] = "<root><include path=\"sub.xml\"/><include path=\"gone.xml\"/></root>"
			c["runtime/behaviors/sub.xml"] = "<root/>"
		}},
		{name: "in no list", edit: func(c content) { c.replace(profileYAML, "behaviors:\n- runtime/behaviors/fed_batch.xml\n", "") }},
	}
}
