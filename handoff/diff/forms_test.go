package diff_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// release is what a change request has for a reviewer: edits of all kinds of
// risks.
func releaseFiles(t testing.TB) *diff.Report {
	project := handofftest.Memory(t, os.DirFS(handofftest.Bench()))
	before := exported(t, project, "bioreactor-bench", nil)
	e := edit{files: "*/*", replace: []string{
		"bind: 127.0.0.1", "bind: 0.0.0.0",
		"max: 45.0", "max: 60.0",
		"max_attempts: 4", "max_attempts: 3", "[250, 750, 2000, 5000]", "[250, 750, 2000]",
		"timeout_ms: 6000", "timeout_ms: 9000",
		"- warn\n", "- debug\n",
		"historian.local", "historian-2.local",
		"0x22", "0x23",
		`arg1_num="{setpoint}"`, `arg1_num="95"`,
		"label: Broth Temperature", "label: Temperature | `broth`",
	}, more: []edit{
		{files: "machine-profile.yaml", replace: []string{`"0.4.2"`, `"0.4.1"`, "estop_topology: signal", "estop_topology: power_cut"}},
		{files: "workbench.json", replace: []string{"2026-06-02", "2026-07-14"}},
	}}
	edited := maps.Clone(project)
	e.apply(t, edited)
	return diffed(t, before, exported(t, edited, "bioreactor-bench", nil))
}

// TestDiffGolden compares each form with what was looked at.
func TestDiffGolden(t *testing.T) {
	c := releaseFiles(t)
	checkComparison(t, c)
	got := forms(t, c)
	for i, name := range []string{"release.txt", "release.color.txt", "release.json", "release.md"} {
		handofftest.Golden(t, name, got[i])
	}
	same := openContent(t, packageContent(t))
	for i, form := range forms(t, diffed(t, same, same)) {
		if i != 2 && !strings.Contains(strings.ToLower(form), "no difference") {
			t.Errorf("equal packages: %s", form)
		}
	}
	var back diff.Report
	if err := json.Unmarshal([]byte(got[2]), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, &back); d != "" {
		t.Errorf("the JSON form lost (-want +got):\n%s", d)
	}
}

// hostileTexts try to be more than text.
func hostileTexts() []string {
	return []string{
		"a|b", `a\|b`, `a\\|b`, `ends in \`, "`", "``` `` `", "a`b``c|", "<script>alert(1)</script>", "<!-- ", "[x](https://evil.example)",
		"![x](//evil.example/x.png)", "https://evil.example", "www.evil.example", "me@evil.example", "@everyone", "@team/all", "#1", "!2", "GH-3",
		"a\nb", "a\r\n\r\n# heading", "| --- |", "**bold**", "_em_", "~~gone~~", ":smile:", "&lt;b&gt;", "\x1b[31mred", "\u202eback", "\u200b", "", " ", "  x  ",
		"$x$", "- [ ] task", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "\x00", "\xff", "日本", "a<br>b", "%1 &2 ~3",
	}
}

// hostile is a comparison that has a text wherever there can be one.
func hostile(text string) *diff.Report {
	side := diff.Side{Package: text, Digest: text, MachineID: text}
	value := &diff.Value{Text: text, Line: 1}
	var list []diff.Change
	for _, risk := range []diff.Risk{diff.High, diff.Medium, diff.Low} {
		list = append(list, diff.Change{Risk: risk, Kind: diff.ValueChanged, Message: "The value " + text + " changes, as does " + text + ".",
			Profiles: []string{text, text}, Providers: []string{text}, File: text, Path: text, OldFile: text, Old: value, New: value,
			Also: []diff.Place{{File: text, Path: text + "x", Line: 2}, {File: text}}})
	}
	return &diff.Report{Old: side, New: side, Changes: list}
}

// TestDiffHostile: text from packages can do nothing in any form.
func TestDiffHostile(t *testing.T) {
	for _, text := range hostileTexts() {
		checkForms(t, text)
	}
}

func FuzzDiffForms(f *testing.F) {
	for _, text := range hostileTexts() {
		f.Add(text)
	}
	f.Fuzz(checkForms)
}

func checkForms(t *testing.T, text string) {
	got := forms(t, hostile(text))
	for _, i := range []int{0, 2, 3} {
		for _, r := range got[i] {
			if r != '\n' && !unicode.IsGraphic(r) {
				t.Errorf("%q: %U in %q", text, r, got[i])
			}
		}
	}
	// As many lines as for an innocent text: nothing makes lines or takes them.
	plain := forms(t, hostile("x"))
	for i := range got {
		if a, b := strings.Count(got[i], "\n"), strings.Count(plain[i], "\n"); a != b && i != 0 && i != 1 {
			t.Errorf("%q: %d lines, want %d:\n%s", text, a, b, got[i])
		}
	}
	checkMarkdown(t, text, got[3])
}

// checkMarkdown reads Markdown as GitHub does and checks that there is nothing
// but our own words, tables and code.
func checkMarkdown(t *testing.T, text, markdown string) {
	t.Helper()
	innocent := regexp.MustCompile(`^[\pL .,;:–-]*$`)
	for line := range strings.Lines(markdown) {
		line = strings.TrimSuffix(line, "\n")
		cells := []string{line}
		switch {
		case strings.HasPrefix(line, "#"):
			cells[0] = strings.TrimLeft(line, "#")
		case strings.HasPrefix(line, "**"):
			continue // counts
		case strings.HasPrefix(line, "| "):
			if cells = tableCells(line); len(cells) != 4 {
				t.Errorf("%q: %d cells in %s", text, len(cells), line)
			}
		}
		for _, cell := range cells {
			cell = strings.ReplaceAll(outsideCode(cell), "<br>", " ")
			if !innocent.MatchString(cell) {
				t.Errorf("%q: %q is not code in %s", text, cell, line)
			}
			for word := range strings.FieldsSeq(cell) {
				if len(word) > 24 {
					t.Errorf("%q: %q is not code", text, word)
				}
			}
		}
	}
}

// tableCells splits a line as GFM does: before anything else, at each bar without
// a backslash, where two backslashes are a pair.
func tableCells(line string) []string {
	var cells []string
	var cell strings.Builder
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '|':
			cell.WriteByte('|')
			i++
		case line[i] == '\\' && i+1 < len(line) && line[i+1] == '\\':
			cell.WriteString(`\\`)
			i++
		case line[i] == '|':
			cells = append(cells, cell.String())
			cell.Reset()
		default:
			cell.WriteByte(line[i])
		}
	}
	return cells
}

// outsideCode is a text without its code spans, which begin and end with the same
// number of back quotes.
func outsideCode(text string) string {
	var b strings.Builder
	for text != "" {
		i := strings.IndexByte(text, '`')
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		n := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		rest := text[i+n:]
		end := closing(rest, n)
		if end < 0 {
			return b.String() + text[i:]
		}
		text = rest[end+n:]
	}
	return b.String() + text
}

// closing is where a run of exactly n back quotes begins.
func closing(text string, n int) int {
	for i := 0; i < len(text); {
		if text[i] != '`' {
			i++
			continue
		}
		run := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		if run == n {
			return i
		}
		i += run
	}
	return -1
}

// TestDiffWriters: an error of the writer is the error of the form.
func TestDiffWriters(t *testing.T) {
	c := releaseFiles(t)
	full := errors.New("no space left")
	for i, write := range []func(io.Writer) error{
		func(w io.Writer) error { return c.WriteText(w, true) }, c.WriteJSON, c.WriteMarkdown,
	} {
		if err := write(&handofftest.Limited{N: 10, Err: full}); !errors.Is(err, full) {
			t.Errorf("form %d: %v", i, err)
		}
	}
}

// FuzzDiff compares packages with any documents: nothing panics, nothing is lost,
// both directions agree, and a package does not differ from itself.
func FuzzDiff(f *testing.F) {
	content := packageContent(f)
	f.Add("http: {bind: 0.0.0.0, port: 1}\nproviders: [{id: thermal0, command: x, restart_policy: {enabled: true}}]\nautomation: {enabled: true, behavior_tree: b.xml}",
		"devices: [{id: a, address: 3}]\ndiscovery: {addresses: [3]}", "runtime_profiles: {manual: runtime/anolis-runtime.full.yaml}\nproviders: {a: {config: providers/drives0.yaml}}\nbehaviors: [b.xml]", "a: 1")
	f.Add("providers: [{id: a, args: [--config]}, 1]\nhttp: 3", "devices: {a: {type: 1}}", "providers: []", "[1, 2]")
	f.Add("automation: {enabled: true, parameters: [{name: a}, {name: a}]}", "- a", "runtime_profiles: {manual: providers/drives0.yaml}", "")
	f.Add("{}", "{<<: {a: 1}}", "components: {providers: {bread: {version: v1.2-rc.1}}}\ncompatibility: 1", "null")
	f.Fuzz(func(t *testing.T, runtime, provider, profile, other string) {
		if len(runtime)+len(provider)+len(profile)+len(other) > 1<<14 {
			return
		}
		changed := fstest.MapFS{}
		for name, file := range content {
			changed[name] = file
		}
		for name, text := range map[string]string{
			"runtime/anolis-runtime.full.yaml": runtime, "providers/drives0.yaml": provider,
			"machine-profile.yaml": profile, "docs/site.yaml": other,
		} {
			changed[name] = &fstest.MapFile{Data: []byte(text)}
		}
		old, new := openContent(t, content), openContent(t, changed)
		c := diffed(t, old, new)
		checkComparison(t, c)
		checkMirror(t, c, diffed(t, new, old))
		if same := diffed(t, new, openContent(t, changed)); !same.Identical || len(same.Changes) > 0 {
			t.Errorf("differs from itself: %+v", same.Changes)
		}
		for _, form := range forms(t, c) {
			if form == "" {
				t.Error("an empty form")
			}
		}
	})
}
