package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/template"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
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

// The templates of completionScript, each over the list of commands.

// Bash takes = for a word of its own. No word contains anything that it would
// expand. Without a reply, bash completes the names of files.
const bashCompletion = `# bash completion for anpkg

_anpkg() {
	local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD-1]} words= files=yes
	if [ "$cur" = = ]; then
		cur=
	elif [ "$flag" = = ]; then
		flag=${COMP_WORDS[COMP_CWORD-2]}
	fi
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='{{range $i, $c := .}}{{if $i}} {{end}}{{.Name}}{{end}}' files=
	else
		case "${COMP_WORDS[1]} $flag $cur" in
{{- range $c := .}}
{{- range .Flags}}
{{- if .Words}}
		'{{$c.Name}} --{{.Name}} '*) words='{{join .Words}}' files= ;;
{{- else if .Files}}
		'{{$c.Name}} --{{.Name}} '*) ;;
{{- else if .Value}}
		'{{$c.Name}} --{{.Name}} '*) files= ;;
{{- end}}
{{- end}}
{{- if .Flags}}
		'{{.Name}} '*' -'*) words='{{range $i, $f := .Flags}}{{if $i}} {{end}}--{{.Name}}{{end}}' files= ;;
{{- end}}
{{- range .Operands}}
{{- if .Words}}
		'{{$c.Name}} '*) words='{{join .Words}}' files= ;;
{{- end}}
{{- end}}
{{- end}}
		esac
	fi
	[ -n "$files" ] || compopt +o default 2>/dev/null
	[ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -o default -F _anpkg anpkg
`

// Zsh gets the script from a file, or runs it as the function _anpkg.
const zshCompletion = `#compdef anpkg
# zsh completion for anpkg

_anpkg() {
	local -a commands=(
{{- range .}}
		'{{.Name}}:{{zsh .Summary}}'
{{- end}}
	)
	if (( CURRENT == 2 )); then
		_describe command commands
		return
	fi
	shift words
	(( CURRENT-- ))
	case $words[1] in
{{- range .}}
	{{.Name}})
		_arguments
{{- range .Flags}} \
			{{if .Value}}'*--{{.Name}}=[{{zsh .Usage}}]:{{zsh .Value}}:
{{- if .Words}}({{join .Words}}){{else if .Files}}_files{{else}} {{end}}'
{{- else}}'--{{.Name}}[{{zsh .Usage}}]'{{end}}
{{- end}}
{{- range .Operands}} \
			'{{.Number}}:{{.Name}}:{{if .Words}}({{join .Words}}){{else}}_files{{end}}'
{{- end}}
		;;
{{- end}}
	esac
}

if [[ $funcstack[1] == _anpkg ]]; then
	_anpkg "$@"
else
	compdef _anpkg anpkg
fi
`

const fishCompletion = `# fish completion for anpkg

function __anpkg_first
    test (count (commandline -opc)) -eq 1
end

function __anpkg_in
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end

complete -c anpkg -n __anpkg_first -f
{{- range .}}
complete -c anpkg -n __anpkg_first -a {{.Name}} -d '{{fish .Summary}}'
{{- end}}
{{range $c := .}}
{{- range .Flags}}
complete -c anpkg -n '__anpkg_in {{$c.Name}}' -l {{.Name}}
{{- if .Words}} -x -a '{{join .Words}}'{{else if .Files}} -r -F{{else if .Value}} -x{{end}} -d '{{fish .Usage}}'
{{- end}}
{{- range .Operands}}
{{- if .Words}}
complete -c anpkg -n '__anpkg_in {{$c.Name}}' -f -a '{{join .Words}}'
{{- end}}
{{- end}}
{{- end}}
`

func manCommand() command {
	return command{
		name:    "man",
		summary: "print the manual page",
		about: `
The page is in the language of man(7), with every command and flag.`,
		exits:   "0 printed, 1 not printed, 2 wrong use",
		example: `anpkg man | man -l -`,
		verb:    func() verb { return manVerb{} },
	}
}

type manVerb struct{}

func (manVerb) flags(*flag.FlagSet) {}

func (manVerb) run(_ context.Context, _ []string, std streams) int {
	return printText(std, "man", manPage())
}

// manPage makes the page of the table of commands, as the help is made of it.
func manPage() string {
	var b strings.Builder
	b.WriteString(`.TH ANPKG 1 "" "anpkg" "User Commands"
.SH NAME
anpkg \- make, check and install handoff packages of commissioned machines
.SH SYNOPSIS
.B anpkg
.I COMMAND
[\fIFLAGS\fR] [\fIARGUMENTS\fR]
.SH DESCRIPTION
A PACKAGE is an .anpkg file, the folder of an unpacked one, or \- for standard
input. Flags may stand anywhere among the arguments.
.SH COMMANDS
`)
	for _, c := range commands() {
		_, set := c.prepare()
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff("anpkg "+c.usage(flagHelp(set) != "")), roff(sentence(c.summary)))
		if about := strings.TrimSpace(c.about); about != "" {
			fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(about))
		}
		for _, o := range c.operands {
			if o.words != nil {
				fmt.Fprintf(&b, ".PP\n%s\n", roff(o.name+" is "+anyOf(o.words())+"."))
			}
		}
		set.VisitAll(func(f *flag.Flag) {
			value, usage := placeholder(f)
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace("--"+f.Name+" "+value)), roff(usage))
		})
		if c.exits != "" {
			fmt.Fprintf(&b, ".PP\n%s\n", roff("Exit codes: "+c.exits+"."))
		}
		if c.example != "" {
			b.WriteString(".PP\n.nf\n")
			for line := range strings.Lines(c.example) {
				fmt.Fprintf(&b, "    %s\n", roff(strings.TrimSpace(line)))
			}
			b.WriteString(".fi\n")
		}
	}
	b.WriteString(`.SH EXIT STATUS
0 done, 1 failed, not valid or different, 2 wrong use or unreadable.
.SH SEE ALSO
.BR sha256sum (1),
.BR unzip (1)
`)
	return b.String()
}

// roff escapes what man(7) would read as markup: a backslash, a hyphen that must
// stay one, and a dot or quote that begins a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func schemaCommand() command {
	return command{
		name:     "schema",
		operands: []operand{{name: "NAME", words: validator.SchemaNames}},
		summary:  "print a JSON Schema for your editor",
		exits:    "0 printed, 1 not printed, 2 wrong use",
		example:  "anpkg schema runtime-config > runtime-config.schema.json",
		verb:     func() verb { return schemaVerb{} },
	}
}

type schemaVerb struct{}

func (schemaVerb) flags(*flag.FlagSet) {}

func (schemaVerb) run(_ context.Context, args []string, std streams) int {
	text, err := validator.Schema(args[0])
	if err != nil {
		return usageError(std, "schema", err)
	}
	return printText(std, "schema", string(text))
}

func versionCommand() command {
	return command{
		name:    "version",
		summary: "print the version of this program",
		about: `
The newest runtime is the one whose rules this version knows.`,
		exits:   "0 printed, 2 wrong use",
		example: "anpkg version --format json",
		verb:    func() verb { return &versionVerb{} },
	}
}

type versionVerb struct{ format string }

func (v *versionVerb) flags(set *flag.FlagSet) {
	formatVar(set, &v.format, "json is one object", "text", "json")
}

// programVersion is what version has in JSON.
type programVersion struct {
	Version string `json:"version"`          // of the module; (devel) for a build from a checkout
	Commit  string `json:"commit,omitempty"` // and + if the checkout had changes
	Go      string `json:"go"`
	Runtime string `json:"runtime"` // the newest machine runtime that is known
}

// toolVersion is the version of this program, which every report has.
func toolVersion() string {
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	return cmp.Or(version, "(devel)")
}

func (v *versionVerb) run(_ context.Context, _ []string, std streams) int {
	this := programVersion{Version: toolVersion(), Go: runtime.Version(), Runtime: validator.NewestRuntime}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				this.Commit = s.Value + this.Commit
			case s.Key == "vcs.modified" && s.Value == "true":
				this.Commit += "+"
			}
		}
	}
	var err error
	if v.format == "json" {
		err = handoff.WriteJSON(std.out, this)
	} else {
		text := "anpkg " + this.Version
		if this.Commit != "" {
			text += " (" + this.Commit + ")"
		}
		_, err = fmt.Fprintf(std.out, "%s\nbuilt with %s; knows the machine runtime up to %s\n", text, this.Go, this.Runtime)
	}
	if err != nil {
		tellOutput(std, "version", err)
		return exitTrouble
	}
	return exitOK
}
