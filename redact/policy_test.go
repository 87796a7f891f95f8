package redact_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/anolishq/anolis-handoff/internal/faulttest"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

func TestDefaultIsFresh(t *testing.T) {
	p := redact.Default()
	p.Removals[0] = "changed"
	p.Keys[0].Words[0] = "changed"
	p.Shapes[0].ID = "changed"
	p.Shapes[0].Anchors = append(p.Shapes[0].Anchors, "changed")
	q := redact.Default()
	if q.Removals[0] == "changed" || q.Keys[0].Words[0] == "changed" || q.Shapes[0].ID == "changed" || q.Shapes[0].Anchors != nil {
		t.Error("a change of one default policy shows in the next")
	}
	if err := q.Validate(); err != nil {
		t.Errorf("the default policy is not valid: %v", err)
	}
}

func TestValidate(t *testing.T) {
	re := regexp.MustCompile("x")
	key := redact.KeyRule{ID: "k", Severity: redact.Error, Words: []string{"abc"}}
	shape := redact.ShapeRule{ID: "s", Severity: redact.Error, Pattern: re}
	for _, c := range []struct {
		name   string
		policy redact.Policy
		want   []string
	}{
		{"zero", redact.Policy{}, nil},
		{"valid", redact.Policy{Keys: []redact.KeyRule{key}, Shapes: []redact.ShapeRule{shape}}, nil},
		{"removal", redact.Policy{Removals: []string{"a.b", "", "a..b"}}, []string{"Removals[1]", "Removals[2]"}},
		{"empty rules", redact.Policy{Keys: []redact.KeyRule{{}}, Shapes: []redact.ShapeRule{{}}},
			[]string{"Keys[0].ID", "Keys[0].Severity", "Keys[0].Words", "Shapes[0].ID", "Shapes[0].Severity", "Shapes[0].Pattern"}},
		{"same ID", redact.Policy{Keys: []redact.KeyRule{key, key}, Shapes: []redact.ShapeRule{{ID: "k", Severity: redact.Error, Pattern: re}}},
			[]string{"Keys[1].ID", "Shapes[0].ID"}},
		{"reserved ID", redact.Policy{Shapes: []redact.ShapeRule{{ID: redact.UnreadDocument, Severity: redact.Error, Pattern: re}}}, []string{"Shapes[0].ID"}},
		{"severities", redact.Policy{Keys: []redact.KeyRule{{ID: "k", Severity: "bad", Inside: "bad", Text: "bad", Words: []string{"abc"}}}},
			[]string{"Keys[0].Severity", "Keys[0].Inside", "Keys[0].Text"}},
		{"words", redact.Policy{Keys: []redact.KeyRule{{ID: "k", Severity: redact.Error, Words: []string{"ab", "ABC", strings.Repeat("a", 129), "\r\nabc"}}}},
			[]string{"Keys[0].Words[0]", "Keys[0].Words[1]", "Keys[0].Words[2]", "Keys[0].Words[3]"}},
		{"shape", redact.Policy{Shapes: []redact.ShapeRule{{ID: "s", Severity: redact.Error, Pattern: re, MaxLen: 5000, Anchors: []string{"ab", "a\nb"}}}},
			[]string{"Shapes[0].MaxLen", "Shapes[0].Anchors[0]", "Shapes[0].Anchors[1]"}},
		{"anchor longer than a match", redact.Policy{Shapes: []redact.ShapeRule{{ID: "s", Severity: redact.Error, Pattern: re, MaxLen: 3, Anchors: []string{"abcd"}}}},
			[]string{"Shapes[0].Anchors[0]"}},
		{"allow", redact.Policy{Allow: []redact.Allow{{}, {File: "["}, {Path: "[", Rule: "\\"}, {Rule: "x"}}},
			[]string{"Allow[0]", "Allow[1].File", "Allow[2].Path", "Allow[2].Rule"}},
		{"limits", redact.Policy{Limits: redact.Limits{Document: -1, Findings: -1}}, []string{"Limits.Document", "Limits.Findings"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.policy.Validate()
			var got []string
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				for _, e := range joined.Unwrap() {
					var pe *redact.PolicyError
					if !errors.As(e, &pe) {
						t.Fatalf("%T is no *PolicyError", e)
					}
					got = append(got, pe.Field)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			_, scanErr := c.policy.Scan(context.Background(), fstest.MapFS{})
			_, _, redactErr := c.policy.Redact(nil)
			_, newErr := c.policy.NewScanner("a")
			_, fileErr := c.policy.ScanFile(context.Background(), "a", strings.NewReader(""))
			for _, e := range []error{scanErr, redactErr, newErr, fileErr} {
				if (e == nil) != (err == nil) {
					t.Errorf("a search says %v, Validate says %v", e, err)
				}
			}
		})
	}
}

func TestAllow(t *testing.T) {
	const text = "auth:\n  api_token: leak\n  tokens:\n  - leak\n# password=\"abcdefg\"\n"
	all := []string{"2:14 error token-key auth.api_token", "4:5 error token-key auth.tokens[0]", "5:3 warning password-key "}
	for _, c := range []struct {
		name  string
		allow redact.Allow
		want  []string
	}{
		{"another file", redact.Allow{File: "providers/q.yaml"}, all},
		{"the file", redact.Allow{File: "providers/*.yaml"}, nil},
		{"not across slashes", redact.Allow{File: "*.yaml"}, all},
		{"the rule", redact.Allow{Rule: "token-*"}, all[2:]},
		{"the path", redact.Allow{Path: "auth.api_token"}, all[1:]},
		{"across steps", redact.Allow{Path: "auth.*"}, all[2:]},
		{"index", redact.Allow{Path: `auth.tokens\[0\]`}, []string{all[0], all[2]}},
		{"text has no path", redact.Allow{Path: "?*"}, all[2:]},
		{"rule and path", redact.Allow{Path: "auth.*", Rule: "password-key"}, all},
		{"file and rule", redact.Allow{File: "providers/p.yaml", Rule: "password-key"}, all[:2]},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := redact.Default()
			p.Allow = []redact.Allow{c.allow}
			if diff := cmp.Diff(c.want, brief(scanText(t, p, "providers/p.yaml", text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAllowedShape checks that allowing a value does not allow the same secret
// elsewhere, and that allowed findings do not use up the limit.
func TestAllowedShape(t *testing.T) {
	p := redact.Default()
	p.Allow = []redact.Allow{{Path: "ok.*"}, {Path: `ok\[*`}}
	text := "ok:\n  a: " + github + "\nbad: 1\n# " + github + "\nalso: " + github + "\n"
	want := []string{"4:3 error github-token ", "5:7 error github-token also"}
	if diff := cmp.Diff(want, brief(scanText(t, p, "a.yaml", text))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text = "ok:\n" + strings.Repeat("- "+github+"\n", 300) + "bad: " + github + "\n"
	if diff := cmp.Diff([]string{"302:6 error github-token bad"}, brief(scanText(t, p, "a.yaml", text))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, secret := range []string{github, influx2} { // a short text and a long one
		text = "ok:\n  a: &x " + secret + "\nbad: *x\n"
		if list := scanText(t, p, "a.yaml", text); len(list) != 1 || list[0].Path != "bad" {
			t.Errorf("through an alias: %v", list)
		}
	}
	p.Allow = []redact.Allow{{Rule: "github-token"}}
	if list := scanText(t, p, "a.txt", strings.Repeat(github+"\n", 300)+slack); len(list) != 1 || list[0].Rule != "slack-token" {
		t.Errorf("got %v", list)
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct{ file, text string }{
		{"a.txt", strings.Repeat(github+"\n", 250) + slack},
		{"a.yaml", "a:\n" + strings.Repeat("- "+github+"\n", 250) + "b: " + slack + "\n"},
		{"a.json", "[\n" + strings.Repeat("\""+github+"\",\n", 250) + "\"" + slack + "\"]\n"},
	} {
		list := scanText(t, redact.Default(), c.file, c.text)
		if len(list) != 102 {
			t.Fatalf("%s: %d findings, want 100, one for the rest and another", c.file, len(list))
		}
		if last := list[100]; !strings.Contains(last.Message, "not listed") || last.Rule != "github-token" {
			t.Errorf("%s: the last finding is %v", c.file, last)
		}
		if list[101].Rule != "slack-token" || strings.Contains(list[99].Message, "not listed") {
			t.Errorf("%s: got %v and %v", c.file, list[99], list[101])
		}
		p := redact.Default()
		p.Limits.Findings = 250
		if list := scanText(t, p, c.file, c.text); len(list) != 251 {
			t.Errorf("%s: %d findings with a limit of 250", c.file, len(list))
		}
	}
}

func TestScan(t *testing.T) {
	fsys := fstest.MapFS{
		"b/x.xml":  {Data: []byte(`<a token="` + password + `"/>`)},
		"a.yaml":   {Data: []byte("token: leak\n")},
		"b.json":   {Data: []byte(`{"secret": "x"}`)},
		"c/ok.txt": {Data: []byte("fine")},
	}
	list, err := redact.Default().Scan(context.Background(), fsys)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range list {
		got = append(got, f.String())
	}
	want := []string{
		`a.yaml:1:8: error: token-key: a string under a key that contains "token" (token)`,
		`b.json:1:12: warning: secret-key: a string under a key that contains "secret" (secret)`,
		`b/x.xml:1:4: warning: token-key: a string under a key that contains "token" (assigned in text)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestScanErrors(t *testing.T) {
	p := redact.Default()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	fsys := fstest.MapFS{"a.yaml": {Data: []byte("token: leak\n")}}
	if _, err := p.Scan(cancelled, fsys); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := p.ScanFile(cancelled, "a", strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	fsys["link-"+github] = &fstest.MapFile{Data: []byte("a.yaml"), Mode: fs.ModeSymlink}
	list, err := p.Scan(context.Background(), fsys)
	var pe *fs.PathError
	if !errors.As(err, &pe) || pe.Path != "link-***" || len(list) != 1 {
		t.Errorf("symlink: %v, %v", list, err)
	}
	delete(fsys, "link-"+github)
	fsys["x-"+github] = &fstest.MapFile{}
	_, err = p.Scan(context.Background(), noOpen{fsys})
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &pe) || pe.Path != "x-***" || strings.Contains(err.Error(), github[:8]) {
		t.Error("an error of the file system shows the name of the file")
	}
	broken := io.MultiReader(strings.NewReader("TOKEN="+password+"\n"), iotest.ErrReader(fs.ErrPermission))
	list, err = p.ScanFile(context.Background(), "x/"+github, broken)
	if !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), github[:8]) || len(list) != 2 {
		t.Errorf("reader: %v, %v", list, err)
	}
	for _, mine := range []error{ // an error of the caller can be found, and shows nothing
		&fs.PathError{Op: "read", Path: "/srv/x/" + github, Err: fs.ErrPermission},
		&openError{"/srv/x/" + github},
	} {
		_, err := p.ScanFile(context.Background(), "x/"+github, iotest.ErrReader(mine))
		if !errors.Is(err, mine) || !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), github[:8]) || !strings.HasPrefix(err.Error(), "scan x/***: ") {
			t.Errorf("%T: %v", mine, err)
		}
	}
	if _, err := p.ScanFile(context.Background(), "x", iotest.ErrReader(nil)); !errors.Is(err, io.ErrNoProgress) { // (0, nil) for ever
		t.Errorf("idle: %v", err)
	}
	for kind, want := range map[faulttest.Kind]error{
		faulttest.Fail: faulttest.ErrDisk, faulttest.Stall: io.ErrNoProgress, faulttest.Cut: io.ErrUnexpectedEOF, faulttest.Count: nil,
	} {
		in := &faulttest.Injector{}
		in.Set(kind, 0, nil)
		faulty := faulttest.FS(fstest.MapFS{"a.yaml": {Data: []byte("a: b\n")}}, in)
		if kind == faulttest.Cut { // of the file and not of the folder
			in.Set(kind, 1, nil)
		}
		in.Arm()
		if _, err := p.Scan(context.Background(), faulty); err == nil || !errors.Is(err, want) && want != nil {
			t.Errorf("%s: %v", in.Hit(), err)
		}
	}
}

// openError is an error of a caller's own.
type openError struct{ path string }

func (e *openError) Error() string { return "GET " + e.path + ": forbidden" }
func (e *openError) Unwrap() error { return fs.ErrPermission }

// noOpen opens no file whose name begins with x, and names it.
type noOpen struct{ fs.FS }

func (n noOpen) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "x") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return n.FS.Open(name)
}

func TestScannerEnds(t *testing.T) {
	s, err := redact.Default().NewScanner("a.txt")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(s, "TOKEN="+password)
	first := s.Findings()
	if _, err := io.WriteString(s, "more"); err == nil {
		t.Error("a write after Findings succeeds")
	}
	if diff := cmp.Diff(first, s.Findings()); diff != "" || len(first) != 1 {
		t.Errorf("%v (-first +second):\n%s", first, diff)
	}
}
