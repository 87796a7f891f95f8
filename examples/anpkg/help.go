package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

// helpWidth is the width of a terminal that every help fits on.
const helpWidth = 80

func helpCommand() command {
	return command{
		name:     "help",
		operands: []operand{{name: "COMMAND", optional: true, words: commandNames}},
		summary:  "show this help, or that of a command",
		verb:     func() verb { return helpVerb{} },
	}
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

type helpVerb struct{}

func (helpVerb) flags(*flag.FlagSet) {}

func (helpVerb) run(_ context.Context, args []string, std streams) int {
	text := generalHelp()
	if len(args) > 0 {
		c, ok := commandNamed(args[0])
		if !ok {
			return usageError(std, "help", fmt.Errorf("there is no command %q", args[0]))
		}
		text = c.help()
	}
	return printText(std, "help", text)
}

// generalHelp is the help about the program. It fits a screen of 40 lines.
func generalHelp() string {
	var b strings.Builder
	b.WriteString("anpkg makes, checks and installs handoff packages of commissioned machines.\n\nUsage:\n")
	width := 0
	for _, c := range commands() {
		width = max(width, len(c.usage(false)))
	}
	for _, c := range commands() {
		fmt.Fprintf(&b, "  anpkg %-*s   %s\n", width, c.usage(false), c.summary)
	}
	b.WriteString(`
A PACKAGE is an .anpkg file, the folder of an unpacked one, or - for standard
input. Flags may stand anywhere; anpkg help COMMAND shows them, with an example.

Exit codes: 0 done, 1 failed, not valid or different, 2 wrong use or unreadable.
`)
	return b.String()
}

// help is the help of a command.
func (c command) help() string {
	if c.name == "help" {
		return generalHelp()
	}
	var b strings.Builder
	_, set := c.prepare()
	flags := flagHelp(set)
	fmt.Fprintf(&b, "%s\n\nUsage:\n  anpkg %s\n", sentence(c.summary), c.usage(flags != ""))
	about := strings.TrimSpace(c.about)
	for _, o := range c.operands {
		if o.words != nil {
			about = strings.TrimSpace(about + "\n\n" + wrap(o.name+" is "+anyOf(o.words())+".", helpWidth))
		}
	}
	if about != "" {
		fmt.Fprintf(&b, "\n%s\n", about)
	}
	if flags != "" {
		fmt.Fprintf(&b, "\nFlags:\n%s", flags)
	}
	fmt.Fprintf(&b, "\n%s\n\nExample:\n", wrap("Exit codes: "+c.exits+".", helpWidth))
	for line := range strings.Lines(c.example) {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(line))
	}
	return b.String()
}

// flagHelp is a table of flags in two columns.
func flagHelp(set *flag.FlagSet) string {
	var heads, usages []string
	width := 0
	set.VisitAll(func(f *flag.Flag) {
		value, usage := placeholder(f)
		heads = append(heads, strings.TrimSpace("--"+f.Name+" "+value))
		usages = append(usages, usage)
		width = max(width, len(heads[len(heads)-1]))
	})
	var b strings.Builder
	for i, head := range heads {
		for line := range strings.Lines(wrap(usages[i], helpWidth-width-5)) {
			fmt.Fprintf(&b, "  %-*s   %s\n", width, head, strings.TrimSpace(line))
			head = ""
		}
	}
	return b.String()
}

// wrap breaks a text between words into lines of a width.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
