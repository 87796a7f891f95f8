package hide_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

// view shows a document to the tests, as people see it.
func view(t testing.TB, h *hide.Hider, file string, root *doc.Node) *display.View {
	t.Helper()
	return &display.View{View: h.Views().View(file, root)}
}

// TestHidden has a place for a secret each, given by a path, and what must be
// hidden there.
func TestHidden(t *testing.T) {
	part := regexp.MustCompile(`hunter|Zq83|8392|lettersonly|ghp_|2026`)
	for name, text := range map[string]string{
		"key":                    "password: SECRET",
		"key with more":          "db_Password_2: SECRET",
		"list below a key":       "passwords: [a, SECRET]",
		"mapping below a key":    "credentials: {x: {y: SECRET}}",
		"key below a key":        "tokens: {SECRET: admin}",
		"number":                 "password: 83920174",
		"date":                   "password: 2026-01-02",
		"merged":                 "a: &a {secret: SECRET}\nb: {<<: *a}",
		"alias":                  "secret: &s SECRET\nb: *s",
		"repeated":               "secret: SECRET\nlabel: the word is SECRET, really",
		"part of it":             "secret: SECRET\nlabel: hunter2-Z",
		"repeated in a key":      "secret: SECRET\nx: {SECRET: 1}",
		"name and value":         "env: [{name: DB_PASSWORD, value: SECRET}]",
		"name and default":       "parameters: [{name: api_key, type: string, default: SECRET}]",
		"option":                 "args: [--password, SECRET]",
		"option that is a dash":  "args: [-api-key, SECRET]",
		"option with a number":   "args: [--token, 83920174]",
		"number in a list there": "credentials: {x: [83920174]}",
		"option, short number":   "args: [--token, 8392]",
		"option with =":          "args: ['--token=SECRET']",
		"number behind =":        "args: ['--token=83920174']",
		"word behind =":          "args: ['--password=lettersonly']",
		"assignment":             "args: [-D, 'db.password=SECRET']",
		"environment":            "args: [INFLUXDB_TOKEN=SECRET, run]",
		"command line":           "command: run --token SECRET now",
		"command line, quoted":   "command: sh -c \"run --token 'SECRET'\"",
		"query of a URL":         "url: http://h/x?a=b&token=SECRET",
		"password of a URL":      "url: http://user:SECRET@historian.local:8086",
		"slash in the password":  "url: http://user:x/SECRET@historian.local",
		"user of a URL":          "url: https://SECRET@historian.local/",
		"user of a URL, key":     "https://SECRET@historian.local/: 1",
		"option in a key":        "'--password=lettersonly': 1",
		"set below a key":        "passwords: !!set {lettersonly}",
		"password of a URL, arg": "args: [--influx, 'http://user:SECRET@h']",
		"shape":                  "label: ghp_abcdefghijKLMNOPQRST0123456789abcdef",
		"shape in a key":         "ghp_abcdefghijKLMNOPQRST0123456789abcdef: 1",
		"comment in a value":     "label: 'password = \"SECRET\"'",
		"set":                    "!!set {ghp_abcdefghijKLMNOPQRST0123456789abcdef}",
	} {
		text = strings.ReplaceAll(text, "SECRET", secret)
		for shown := range everything(t, text) {
			if part.MatchString(shown) {
				t.Errorf("%s: a part of the secret shows", name)
			}
		}
	}
}

// everything is all that can be shown of a document.
func everything(t testing.TB, text string) map[string]bool {
	root := parse(t, text)
	v := view(t, hider(t), "providers/a.yaml", root)
	shown := map[string]bool{}
	doc.Walk(root, func(path doc.Path, key, n *doc.Node) bool {
		p := path.String()
		v.Clean(&p)
		shown[p], shown[v.Value(n)], shown[v.Text(n)] = true, true, true
		if key != nil {
			shown[v.Value(key)], shown[v.Text(key)] = true, true
		}
		return true
	})
	return shown
}

// TestShown has what must not be hidden, lest people learn nothing.
func TestShown(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"args: [--config, providers/a.yaml]", "[--config, providers/a.yaml]"},
		{"args: [--token, --config, providers/a.yaml]", "[--token, --config, providers/a.yaml]"},
		{"args: [--password, -v, x]", "[--password, -v, x]"},
		{"args: [--token-file, /run/influx]", "[--token-file, /run/influx]"},
		{"args: ['--password-file=/run/influx']", `["--password-file=/run/influx"]`},
		{"args: [--token-env, INFLUXDB_TOKEN]", "[--token-env, INFLUXDB_TOKEN]"},
		{"args: [token, ring]", "[token, ring]"},
		{"args: ['a=b', '--x=']", `["a=b", "--x="]`},
		{"url: http://historian.local/a@b", "http://historian.local/a@b"},
		{"secret: [true, ~]", "[true, null]"},
		{"passwords: {admin: abc12}", "{admin: ***}"},
		{"deploy_time_env_var: INFLUXDB_TOKEN", "INFLUXDB_TOKEN"},
		{"telemetry_influxdb_token_removed: true", "true"},
	} {
		root := parse(t, test.text)
		v := view(t, hider(t), "a.yaml", root)
		if got := v.Value(root.Entries[0].Value); got != test.want {
			t.Errorf("%s: shows %s, want %s", test.text, got, test.want)
		}
	}
}

// TestViews hides a secret of one document in all, also where quotes change it.
func TestViews(t *testing.T) {
	const odd = `q"Z\8'x"K:4#wP "y`
	views := hider(t).Views()
	label := parse(t, "label: the word is "+secret)
	first := &display.View{View: views.View("a.yaml", label)}
	views.View("b.yaml", doc.NewMap(doc.Field("db_password", doc.NewString(odd))))
	views.View("c.yaml", parse(t, "args: [--token, "+secret+"]"))
	path, name := doc.Path{"a", odd}.String(), secret[:8]+".xml"
	views.Clean(&path, &name)
	if got := first.Value(label); got != "{label: ***}" || path != "***" || name != "***" {
		t.Errorf("shown: %d bytes of a value, %d of a path, %d of a name", len(got), len(path), len(name))
	}
}

// TestManyAliases looks only at what is shown of a long text, and once at what a
// few bytes repeat thousands of times. Otherwise this takes minutes.
func TestManyAliases(t *testing.T) {
	long := strings.Repeat("long text ", 190_000)
	items := strings.Repeat("- {id: *a, x: *a}\n", 5000)
	root := parse(t, "password: "+secret+"\na: &a "+long+"\nb:\n"+items)
	v := view(t, hider(t), "a.yaml", root)
	for _, item := range root.Get("b").Items {
		if got := v.Value(item); !strings.HasPrefix(got, `{id: "long text long`) {
			t.Fatalf("shown as %s", got)
		}
	}
}

// TestPolicy uses the rules of the caller, and nothing that the caller allows.
func TestPolicy(t *testing.T) {
	text := "pin: abc123def\npassword: abc456def\nodd: XX-123456\n"
	root := parse(t, text)
	own := secretscan.Config{
		Keys:   []secretscan.KeyRule{{ID: "pin", Severity: secretscan.Warning, Words: []string{"pin"}}},
		Shapes: []secretscan.ShapeRule{{ID: "odd", Severity: secretscan.Warning, Pattern: regexp.MustCompile(`XX-[0-9]{6}`)}},
		Allow:  []secretscan.Allow{{File: "a.yaml"}},
	}
	before := own.Keys[0]
	v := view(t, hider(t, func(c *secretscan.Config) { *c = own }), "a.yaml", root)
	if got := v.Value(root); got != "{pin: ***, password: abc456def, odd: ***}" {
		t.Errorf("shown: %s", got)
	}
	if own.Keys[0].Text != before.Text || len(own.Allow) != 1 {
		t.Error("the policy of the caller was changed")
	}
}

// TestManySecrets shows no text at all of a document that is full of them.
func TestManySecrets(t *testing.T) {
	root := doc.NewMap(doc.Field("password", doc.NewString(strings.Repeat("abcdefgh-0123", 21_000))), doc.Field("label", doc.NewString("innocent")))
	root.Entries[0].Value.Pos = doc.Pos{Line: 1, Column: 11}
	v := view(t, hider(t), "a.yaml", root)
	if got := v.Value(root.Get("label")); got != hide.Hidden {
		t.Errorf("the label is shown as %s", got)
	}
}

// FuzzSecret plants a secret below a key, behind an option and in a URL, amid any
// other text.
func FuzzSecret(f *testing.F) {
	f.Add("hunter22", "a label", uint8(0))
	f.Add("correct horse", "--x", uint8(1))
	f.Add("aaaaaaaa", "0x1C", uint8(2))
	f.Add("p=a&s;s,w'o\"rd", "{}", uint8(3))
	f.Add("--dashes-first", "http://h", uint8(4))
	f.Add("ключ-секрет", "größe", uint8(5))
	f.Add("${REFERENCE}", "x", uint8(6))
	f.Fuzz(func(t *testing.T, secret, other string, place uint8) {
		secret, other = strings.ToValidUTF8(secret, "?"), strings.ToValidUTF8(other, "?")
		inText := place%6 == 3 || place%6 == 4 // where its own length is not known
		if len(secret) < 6 || len(secret) < 8 && inText || len(secret) > 200 || strings.TrimSpace(secret) != secret {
			return
		}
		s, o := doc.NewString(secret), doc.NewString(other)
		var planted *doc.Node
		switch place % 6 {
		case 0:
			planted = doc.NewMap(doc.Field("db_password", s))
		case 1:
			planted = doc.NewMap(doc.Field("secrets", doc.NewSeq(doc.NewMap(doc.Field("x", s)))))
		case 2:
			if strings.HasPrefix(secret, "--") {
				return // the next option
			}
			planted = doc.NewSeq(doc.NewString("--api-key"), s)
		case 3:
			planted = doc.NewSeq(doc.NewString("--token=" + secret))
		case 4:
			if strings.ContainsAny(secret, " \t\n\r\v\f\u0085\u00a0") || strings.ContainsFunc(secret, func(r rune) bool { return r > 0x7f }) {
				return // no URL
			}
			planted = doc.NewString("http://user:" + secret + "@host")
		case 5:
			planted = doc.NewMap(doc.Field("name", doc.NewString("password")), doc.Field("value", s))
		}
		root := doc.NewMap(doc.Field("other", o), doc.Field("planted", planted), doc.Field("again", doc.NewSeq(doc.NewString("<"+secret+">"))))
		n := 0
		doc.Walk(root, func(_ doc.Path, key, value *doc.Node) bool {
			for _, x := range []*doc.Node{key, value} {
				if x != nil && x.Line == 0 {
					n++
					x.Pos = doc.Pos{Line: n, Column: 1}
				}
			}
			return true
		})
		v := view(t, hider(t), "a.yaml", root)
		innocent := "db_password secrets --api-key --token= http://user:@host name password value other planted again " + other + strconv.QuoteToGraphic(other)
		doc.Walk(root, func(_ doc.Path, _, value *doc.Node) bool {
			for _, shown := range []string{v.Value(value), v.Text(value)} {
				for i := 0; i+6 <= len(secret); i++ {
					if part := secret[i : i+6]; strings.Contains(shown, part) && !strings.Contains(innocent, part) {
						t.Errorf("place %d: %d bytes of a secret of %d bytes show", place%6, len(part), len(secret))
						return false
					}
				}
			}
			return true
		})
	})
}
