package redact_test

import (
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/redact"
)

// TestSecretsStayHidden plants secrets where findings are made of.
func TestSecretsStayHidden(t *testing.T) {
	scanner := redact.Scanners(redact.Default())
	for _, s := range []string{
		influx2, influx3, jwt, awsID, github, githubFG, gitlab, slack, stripe, google, npm, sendgrid, claude, openai,
		vault, telegram, password, passEnd, "correcthorsebattery", "p4ss/w0rd~1.x y", "quo\\\"te'1234",
	} {
		yamlS := "'" + strings.ReplaceAll(s, "'", "''") + "'"
		jsonS := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
		for _, c := range []struct{ file, text string }{
			{"a.yaml", "token: " + yamlS + "\n"},
			{"a.yaml", "tokens:\n  " + yamlS + ":\n    deep: text\n    password: text\n"},
			{"a.yaml", "tokens:\n  deep:\n  - " + yamlS + ": [text]\n"},
			{"a.yaml", "token: " + yamlS + "\n" + yamlS + ":\n  password: other\n"},
			{"a.yaml", yamlS + ":\n  password: other\ntoken: " + yamlS + "\n"},
			{"a.yaml", "token: " + yamlS + "\n\"x " + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s[:12]) + "\":\n  password: other\n"},
			{"a.yaml", "# password=\"" + s + "\"\na: 1\n"},
			{"a.json", `{"token": ` + jsonS + `, ` + jsonS + `: {"secret": "other"}}`},
			{"a.json", `{"token": ` + jsonS + `, "token": ` + jsonS + `}`},
			{"a.xml", `<a password="` + s + `"/>`},
			{"dir/" + s + "/a.yaml", "token: " + yamlS + "\n"},
			{s + ".xml", `<a password="` + s + `"/>`},
			{".env", "TOKEN=" + s},
		} {
			list := scanParts(t, scanner(c.file), []byte(c.text))
			mustNotShow(t, s, list)
			if len(list) == 0 {
				t.Errorf("nothing found in %s: %q", c.file, c.text)
			}
		}
	}
}

func TestHiddenNames(t *testing.T) {
	list := scanText(t, redact.Default(), "providers/"+password+".yaml", "token: "+password+"\n")
	if len(list) != 1 || list[0].File != "providers/***" {
		t.Errorf("got %v", list)
	}
	list = scanText(t, redact.Default(), "a/dump-"+github+".txt", "")
	if len(list) != 1 || list[0].File != "a/dump-***.txt" || list[0].Line != 0 {
		t.Errorf("got %v", list)
	}
	long := strings.Repeat("k", 200)
	list = scanText(t, redact.Default(), "a.yaml", long+": {token: abc}\n")
	if len(list) != 1 || list[0].Path != `["***"].token` || list[0].Pointer != "/***/token" {
		t.Errorf("got %v", list)
	}
}
