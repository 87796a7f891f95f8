package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

func completionCommand() command {
	return command{
		name:     "completion",
		operands: []operand{{name: "SHELL", words: shellNames}},
		summary:  "print completions for a shell",
		about: `
Once it has read the script, the shell completes commands, flags, their values
and the names of files. To have it in each new shell:

  bash   write it to ~/.local/share/bash-completion/completions/anpkg
  zsh    write it to a file _anpkg in a folder of $fpath
  fish   write it to ~/.config/fish/completions/anpkg.fish`,
		exits:   "0 printed, 1 not printed, 2 wrong use",
		example: `anpkg completion bash > /tmp/anpkg.bash && source /tmp/anpkg.bash`,
		verb:    func() verb { return completionVerb{} },
	}
}

func shellNames() []string { return []string{"bash", "zsh", "fish"} }

type completionVerb struct{}

func (completionVerb) flags(*flag.FlagSet) {}

func (completionVerb) run(_ context.Context, args []string, std streams) int {
	var script string
	switch args[0] {
	case "bash":
		script = bashCompletion
	case "zsh":
		script = zshCompletion
	case "fish":
		script = fishCompletion
	default:
		return usageError(std, "completion", fmt.Errorf("SHELL %q: want %s", args[0], anyOf(shellNames())))
	}
	return printText(std, "completion", completionScript(script))
}

// completed is what a shell needs to know about a command.
type completed struct {
	Name, Summary string
	Flags         []completedFlag
	Operands      []completedOperand
}

type completedFlag struct {
	Name, Usage string
	Value       string // as the help calls it; "" if the flag takes none
	completedValue
}

type completedOperand struct {
	Number string // from 1; * for all that follow
	Name   string
	completedValue
}

type completedValue struct {
	Words []string
	Files bool
}

// completionScript makes the script for a shell of the table of commands.
func completionScript(text string) string {
	funcs := template.FuncMap{
		"join": func(words []string) string { return strings.Join(words, " ") },
		// Zsh reads brackets in what it is told about a flag, and each shell the
		// quotes around a text.
		"zsh": func(s string) string {
			return strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`, "'", `'\''`).Replace(s)
		},
		"fish": func(s string) string { return strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) },
	}
	var list []completed
	for _, c := range commands() {
		list = append(list, c.completed())
	}
	var b strings.Builder
	if err := template.Must(template.New("").Funcs(funcs).Parse(text)).Execute(&b, list); err != nil {
		panic(err) // the templates are constants
	}
	return b.String()
}

func (c command) completed() completed {
	result := completed{Name: c.name, Summary: c.summary}
	_, set := c.prepare()
	set.VisitAll(func(f *flag.Flag) {
		value, usage := placeholder(f)
		if i := strings.IndexAny(usage, ":;,("); i >= 0 { // the rest is for the help
			usage = strings.TrimSpace(usage[:i])
		}
		result.Flags = append(result.Flags, completedFlag{f.Name, usage, value, valueOf(value)})
	})
	for i, o := range c.operands {
		number := fmt.Sprint(i + 1)
		if o.repeated {
			number = "*"
		}
		value := completedValue{Files: true}
		if o.words != nil {
			value = completedValue{Words: o.words()}
		}
		result.Operands = append(result.Operands, completedOperand{number, o.name, value})
	}
	return result
}

// valueOf says what a placeholder stands for: words in lower case for themselves,
// some others for a file, the rest for what no shell knows.
func valueOf(placeholder string) completedValue {
	var v completedValue
	for _, word := range strings.Split(placeholder, "|") {
		switch {
		case slices.Contains([]string{"PATH", "FILE", "DIR"}, word):
			v.Files = true
		case word != "" && word == strings.ToLower(word):
			v.Words = append(v.Words, word)
		}
	}
	return v
}
