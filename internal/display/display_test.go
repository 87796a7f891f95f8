package display_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

func view(t testing.TB, root *doc.Node) *display.View {
	t.Helper()
	e, err := secretscan.New(secretscan.Config{Keys: secretscan.DefaultKeys(), Shapes: secretscan.DefaultShapes()})
	if err != nil {
		t.Fatal(err)
	}
	return &display.View{View: hide.New(e).Views().View("a.yaml", root)}
}

func parse(t testing.TB, text string) *doc.Node {
	t.Helper()
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestValue(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                        "plain",
		"'5'":                          `"5"`,
		"two words":                    `"two words"`,
		`"a\e[0mb"`:                    `"a\x1b[0mb"`,
		`"\u202Ex"`:                    `"\u202ex"`,
		"größe":                        "größe",
		`""`:                           `""`,
		"5":                            "5",
		"0x1C":                         "28",
		"1.50":                         "1.5",
		"on":                           "true",
		"~":                            "null",
		"2026-01-02":                   "2026-01-02",
		"!!binary aGVsbG8=":            "binary data of 5 bytes",
		"[a, 5, {b: [c]}]":             "[a, 5, {b: [c]}]",
		"{a b: 1}":                     `{"a b": 1}`,
		"!!set {a, b}":                 "{a, b}",
		"[]":                           "[]",
		"{}":                           "{}",
		"/dev/i2c-2":                   "/dev/i2c-2",
		"http://historian.local:8086/": "http://historian.local:8086/",
	} {
		root := parse(t, text)
		if got := view(t, root).Value(root); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
	v := view(t, nil)
	if v.Value(nil) != "" || v.Text(nil) != "" || v.IsHidden(nil) {
		t.Error("nothing is shown as something")
	}
}

func TestText(t *testing.T) {
	root := parse(t, "{a: two words, b: '5', c: [x], d: 7, e: '', password: pa ssword}")
	v := view(t, root)
	for key, want := range map[string]string{"a": "two words", "b": "5", "c": "[x]", "d": "7", "e": "", "password": "***"} {
		if got := v.Text(root.Get(key)); got != want {
			t.Errorf("%s is shown as %q, want %q", key, got, want)
		}
	}
}

// TestLong cuts by characters, never within one.
func TestLong(t *testing.T) {
	long := strings.Repeat("ü", 5000)
	root := doc.NewMap(doc.Field("a", doc.NewString(long)), doc.Field("b", doc.NewSeq(doc.NewString(long), doc.NewString(long))))
	v := view(t, root)
	for name, test := range map[string]struct {
		got  string
		most int
	}{
		"value": {v.Value(root.Get("a")), 161}, "list": {v.Value(root.Get("b")), 161}, "text": {v.Text(root.Get("a")), 1001},
	} {
		if n := utf8.RuneCountInString(test.got); n != test.most || !utf8.ValidString(test.got) || !strings.HasSuffix(test.got, "…") {
			t.Errorf("%s has %d characters", name, n)
		}
	}
}
