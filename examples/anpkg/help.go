package main

import (
	"fmt"
	"io"
)

const helpText = `anpkg makes handoff packages (.anpkg) of commissioned machine projects.

Usage:
  anpkg export [flags] PROJECT_DIR [OUT]   write a project's package
  anpkg help [export]                      show this help, or that of a command

Exit codes: 0 done, 1 failed, 2 wrong use.
`

const exportHelp = `Write the package of a project directory.

Usage:
  anpkg export [flags] PROJECT_DIR [OUT]

OUT is the file to write, by default ./NAME.anpkg with the name of the project
directory. It is replaced at once, or left alone when anything goes wrong. The
written path goes to standard output, notes and errors go to standard error.

Flags:
  --variants manual|all|LIST   runtime profiles to package: the manual one
                               (default), all, or names separated by commas, to
                               which the manual one is added
  --pin COMPONENT=VERSION      released version of "runtime" or of a provider
                               kind, for system.json projects; may be repeated
  --name NAME                  name of the project, if not that of its directory
  --data-root DIR              folder with behaviors that projects share
  --format text|json           form of the output (default text); json is one
                               object on standard output, also on failure

Exit codes: 0 written, 1 the export failed, 2 wrong use.

Example:
  anpkg export --variants all examples/projects/bioreactor-bench bench.anpkg
`

func runHelp(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 0:
		fmt.Fprint(stdout, helpText)
	case len(args) == 1 && args[0] == "export":
		fmt.Fprint(stdout, exportHelp)
	case len(args) == 1 && args[0] == "help":
		fmt.Fprint(stdout, helpText)
	default:
		fmt.Fprintln(stderr, "anpkg: no such help topic; see anpkg help")
		return exitUsage
	}
	return exitOK
}
