package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

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
