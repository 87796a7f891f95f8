package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/validator"
)

// completions are command lines, of which the last word is to be completed, and
// what comes of it: words, or nil where the shell offers files or nothing.
func completions() map[string][]string {
	return map[string][]string{
		"anpkg ":                                commandNames(),
		"anpkg ex":                              {"export"},
		"anpkg nonsense ":                       nil,
		"anpkg schema ":                         {"machine-profile", "policy", "provenance", "provider-bread", "provider-ezo", "provider-sim", "report", "runtime-config"},
		"anpkg schema r":                        {"report", "runtime-config"},
		"anpkg completion ":                     {"bash", "zsh", "fish"},
		"anpkg help val":                        {"validate"},
		"anpkg help export --":                  nil,
		"anpkg validate --format ":              {"text", "json", "sarif"},
		"anpkg validate --format s":             {"sarif"},
		"anpkg export --format q":               nil,
		"anpkg export rig out.anpkg --format j": {"json"},
		"anpkg export --variants ":              {"manual", "all"},
		"anpkg export --name ":                  nil,
		"anpkg validate --str":                  {"--strict"},
		"anpkg export --format json --dat":      {"--data-root"},
		"anpkg export rig --":                   {"--allow-invalid", "--allow-missing-variants", "--data-root", "--format", "--name", "--pin", "--policy", "--provider-schema", "--rehearsal", "--runtime-version", "--strict", "--variants", "--with-includes"},
	}
}

// shell runs a script in a shell, and is false where there is none.
func shell(t *testing.T, name string, args ...string) (output string, ok bool) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Logf("no %s here: %v", name, err)
		return "", false
	}
	text, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
	}
	return string(text), true
}

func completionOf(t *testing.T, shell string) string {
	t.Helper()
	code, script, stderr := anpkg("completion", shell)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	return script
}

// TestCompletionBash completes in a bash, with = as a word of its own as there.
func TestCompletionBash(t *testing.T) {
	script := completionOf(t, "bash")
	lines := completions()
	lines["anpkg export --format ="] = []string{"text", "json"}
	lines["anpkg export --format = j"] = []string{"json"}
	for line, want := range lines {
		run := script + `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _anpkg; printf '%s\n' "${COMPREPLY[@]}"`
		out, ok := shell(t, "bash", append([]string{"-c", run, "bash"}, strings.Split(line, " ")...)...)
		if got := strings.Fields(out); ok && !slices.Equal(got, want) {
			t.Errorf("%s: offers %q, want %q", line, got, want)
		}
	}
	if out, ok := shell(t, "bash", "-c", script+"complete -p anpkg"); ok && out != "complete -o default -F _anpkg anpkg\n" {
		t.Errorf("declared as %q", out)
	}
}

// TestCompletionFish completes in a fish, which gives a description, too.
func TestCompletionFish(t *testing.T) {
	script := completionOf(t, "fish")
	lines := completions()
	lines["anpkg export --format=j"] = []string{"--format=json"}
	t.Chdir(t.TempDir()) // no file is there to be offered
	for line, want := range lines {
		out, ok := shell(t, "fish", "--no-config", "-c", script+"complete -C "+"'"+line+"'")
		var got []string
		for line := range strings.Lines(out) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got = append(got, word)
		}
		slices.Sort(got)
		slices.Sort(want)
		if ok && !slices.Equal(got, want) {
			t.Errorf("%s: offers %q, want %q", line, got, want)
		}
	}
}

// TestCompletionZsh has zsh read the script, with stand-ins for the functions of
// its own that take what is offered.
func TestCompletionZsh(t *testing.T) {
	script := completionOf(t, "zsh")
	const before = `compdef() { print -r -- "compdef $@" }
_describe() { print -rl -- ${(P)2} }
_arguments() { print -rl -- "$@" }
`
	const after = `words=("$@"); CURRENT=$#; _anpkg`
	for line, wants := range map[string][]string{
		"anpkg ":          {"compdef _anpkg anpkg", "export:write a project's package", "help:show this help, or that of a command"},
		"anpkg export ":   {"1:PROJECT_DIR:_files", "2:OUT:_files", "*--format=[form of the output]:text|json:(text json)"},
		"anpkg validate ": {"*:PACKAGE:_files", "--strict[fail on warnings too]"},
		"anpkg schema ":   {"1:NAME:(machine-profile policy provenance provider-bread provider-ezo provider-sim report runtime-config)"},
	} {
		out, ok := shell(t, "zsh", append([]string{"-f", "-c", before + script + after, "zsh"}, strings.Split(line, " ")...)...)
		got := strings.Split(strings.TrimSpace(out), "\n")
		for _, want := range wants {
			if ok && !slices.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", line, want, out)
			}
		}
	}
}

// TestCompletionWords has no word that a shell would expand or split.
func TestCompletionWords(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z0-9-]+$`)
	for _, c := range commands() {
		done := c.completed()
		words := []string{done.Name}
		for _, f := range done.Flags {
			words = append(append(words, f.Name), f.Words...)
			if f.Usage == "" {
				t.Errorf("%s --%s: nothing to say about it", c.name, f.Name)
			}
		}
		for _, o := range done.Operands {
			words = append(words, o.Words...)
		}
		for _, word := range words {
			if !plain.MatchString(word) {
				t.Errorf("%s: the word %q", c.name, word)
			}
		}
	}
}

// TestManPage holds the page against the table of commands and, where groff is
// installed, against the program that reads such pages.
func TestManPage(t *testing.T) {
	page := manPage()
	for _, c := range commands() {
		if !strings.Contains(page, ".SS anpkg "+c.name) {
			t.Errorf("%s has no section", c.name)
		}
	}
	for i, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(line, "'") {
			t.Errorf("line %d would be read as a request: %q", i+1, line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		return
	}
	run := exec.Command(groff, "-man", "-ww", "-z")
	run.Stdin = strings.NewReader(page)
	if out, err := run.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v: %s", err, out)
	}
}

func TestRoff(t *testing.T) {
	if got, want := roff(".a -b\n'c\\d"), `\&.a \-b`+"\n"+`\&'c\ed`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSchema(t *testing.T) {
	names := []string{"machine-profile", "policy", "provenance", "provider-bread", "provider-ezo", "provider-sim", "report", "runtime-config"}
	if got := validator.SchemaNames(); !slices.Equal(got, names) {
		t.Fatalf("schemas %q", got)
	}
	drafts := []string{"https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"}
	ids := map[string]bool{}
	for _, name := range names {
		code, stdout, stderr := anpkg("schema", name)
		if code != 0 || stderr != "" || !strings.HasSuffix(stdout, "}\n") {
			t.Errorf("%s: exit %d, stderr %q", name, code, stderr)
		}
		var schema struct {
			Schema string `json:"$schema"`
			ID     string `json:"$id"`
		}
		if err := json.Unmarshal([]byte(stdout), &schema); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Contains(drafts, schema.Schema) || schema.ID == "" || ids[schema.ID] {
			t.Errorf("%s: %+v", name, schema)
		}
		ids[schema.ID] = true
		if _, help, _ := anpkg("help", "schema"); !strings.Contains(help, name) {
			t.Errorf("the help does not name %s", name)
		}

		var broken bytes.Buffer
		if code := run(t.Context(), []string{"schema", name}, streams{noInput{}, brokenPipe{}, &broken}); code != 1 || broken.String() != "anpkg schema: standard output: broken\\x1b pipe\n" {
			t.Errorf("%s: exit %d, stderr %q", name, code, &broken)
		}
	}
}

// TestHelp has many ways to ask for help.
func TestHelp(t *testing.T) {
	ways := map[string][][]string{
		"":         {{"-h"}, {"-help"}, {"--help"}, {"help", "help"}, {"help", "--help"}},
		"export":   {{"--help", "export"}, {"export", "rig", "--variants", "all", "--help"}, {"export", "--help", "--frobnicate"}},
		"validate": {{"validate", "rig", "--help"}, {"validate", "--help", "--limit"}},
		"schema":   {{"schema", "report", "--help"}},
	}
	for _, name := range commandNames() {
		if name != "help" {
			ways[name] = append(ways[name], []string{name, "-h"}, []string{name, "-help"}, []string{name, "--help"})
		}
	}
	for topic, ways := range ways {
		_, want, _ := anpkg(strings.Fields("help " + topic)...)
		if want == "" {
			t.Fatalf("no help about %q", topic)
		}
		for _, args := range ways {
			if code, stdout, stderr := anpkg(args...); code != 0 || stdout != want || stderr != "" {
				t.Errorf("anpkg %q: exit %d, stderr %q, stdout %q", args, code, stderr, stdout)
			}
		}
	}
}

// TestHelpScreen has the general help fit a screen of 40 lines, with one left for the
// next command.
func TestHelpScreen(t *testing.T) {
	text := generalHelp()
	if code, stdout, stderr := anpkg(); code != 2 || stdout != "" || stderr != text {
		t.Errorf("without a command: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if n := strings.Count(text, "\n"); n > 39 {
		t.Errorf("%d lines", n)
	}
	checkWidth(t, "", text)
	for _, c := range commands() {
		if n := strings.Count(text, "\n  anpkg "+c.usage(false)+"   "); n != 1 {
			t.Errorf("%s is %d times in the help", c.name, n)
		}
	}
}

// TestHelpOfCommands has what everyone looks for in the help of each command.
func TestHelpOfCommands(t *testing.T) {
	for _, c := range commands() {
		text := c.help()
		checkWidth(t, c.name, text)
		if c.name == "help" {
			continue
		}
		_, set := c.prepare()
		wanted := []string{"\nUsage:\n  anpkg " + c.name, "\nExit codes: 0 ", ", 2 wrong use", "\nExample:\n  anpkg " + c.name + " "}
		if flags := flagHelp(set); flags != "" {
			wanted = append(wanted, " [flags]", "\nFlags:\n"+flags)
		}
		for _, want := range wanted {
			if strings.Count(text, want) != 1 {
				t.Errorf("%q is %d times in the help of %s:\n%s", want, strings.Count(text, want), c.name, text)
			}
		}
	}
}

func checkWidth(t *testing.T, name, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > helpWidth || strings.TrimRight(line, " ") != line {
			t.Errorf("help of %q: too wide, or with spaces at the end: %q", name, line)
		}
	}
}
