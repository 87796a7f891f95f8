package main

import (
	"fmt"
	"io"
)

const helpText = `anpkg makes and checks handoff packages (.anpkg) of commissioned machines.

Usage:
  anpkg export [flags] PROJECT_DIR [OUT]   write a project's package
  anpkg validate [flags] PACKAGE...        tell whether packages are sound
  anpkg schema NAME                        print a JSON Schema for your editor
  anpkg help [COMMAND]                     show this help, or that of a command

Exit codes: 0 done, 1 failed or not valid, 2 wrong use or unreadable package.
`

const exportHelp = `Write the package of a project directory.

Usage:
  anpkg export [flags] PROJECT_DIR [OUT]

OUT is the file to write, by default ./NAME.anpkg with the name of the project
directory. It is replaced at once, or left alone when anything goes wrong or
the package would not be valid. The written path goes to standard output; notes,
warnings and errors go to standard error.

Flags:
  --variants manual|all|LIST   runtime profiles to package: the manual one
                               (default), all, or names separated by commas, to
                               which the manual one is added
  --pin COMPONENT=VERSION      released version of "runtime" or of a provider
                               kind, for system.json projects; may be repeated
  --name NAME                  name of the project, if not that of its directory
  --data-root DIR              folder with behaviors that projects share
  --allow-invalid              write the package even if it is not valid
  --format text|json           form of the output (default text); json is one
                               object on standard output, also on failure

Exit codes: 0 written, 1 the export failed, 2 wrong use.

Example:
  anpkg export --variants all examples/projects/bioreactor-bench bench.anpkg
`

const validateHelp = `Tell whether packages are sound, and everything that is wrong with them.

Usage:
  anpkg validate [flags] PACKAGE...

A PACKAGE is an .anpkg file or the folder of an unpacked one. The reports go to
standard output in the order of the packages; what cannot be read is told on
standard error. There are colors on a terminal unless NO_COLOR is set.

Flags:
  --format text|json|sarif   form of the report (default text); json has one
                             object a line for each package, sarif is for code
                             scanning
  --strict                   fail on warnings too
  --runtime-bin PATH         let a machine runtime check each runtime profile
  --runtime-timeout D        time for each of its runs, such as 1m (default 10s)
  --limit NAME=VALUE         change a limit: entries=N, values=N, file=BYTES,
                             total=BYTES or document=BYTES, where a number may
                             end in K, M or G; may be repeated

Exit codes: 0 all valid, 1 at least one is not, 2 wrong use or unreadable.

Example:
  anpkg validate --strict --runtime-bin ./anolis-runtime rig-1.anpkg
`

const schemaHelp = `Print a JSON Schema, for editors and other tools.

Usage:
  anpkg schema NAME

NAME is machine-profile, provenance, report or runtime-config.

Exit codes: 0 printed, 2 wrong use.

Example:
  anpkg schema runtime-config > runtime-config.schema.json
`

func runHelp(args []string, stdout, stderr io.Writer) int {
	topics := map[string]string{
		"": helpText, "help": helpText, "export": exportHelp, "validate": validateHelp, "schema": schemaHelp,
	}
	topic := ""
	if len(args) > 0 {
		topic = args[0]
	}
	text, ok := topics[topic]
	if !ok || len(args) > 1 {
		fmt.Fprintln(stderr, "anpkg: no such help topic; see anpkg help")
		return exitUsage
	}
	fmt.Fprint(stdout, text)
	return exitOK
}
