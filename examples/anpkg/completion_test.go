package main

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// completions are command lines, of which the last word is to be completed, and
// what comes of it: words, or nil where the shell offers files or nothing.
func completions() map[string][]string {
	return map[string][]string{
		"anpkg ":                                commandNames(),
		"anpkg ex":                              {"export"},
		"anpkg nonsense ":                       nil,
		"anpkg schema ":                         {"machine-profile", "provenance", "provider-bread", "provider-ezo", "provider-sim", "report", "runtime-config"},
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
		"anpkg export rig --":                   {"--allow-invalid", "--allow-missing-variants", "--data-root", "--format", "--name", "--pin", "--runtime-version", "--strict", "--variants", "--with-includes"},
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
		"anpkg schema ":   {"1:NAME:(machine-profile provenance provider-bread provider-ezo provider-sim report runtime-config)"},
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
