package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/anolishq/anolis-handoff/validator"
)

// runSchema prints a JSON Schema.
func runSchema(args []string, stdout, stderr io.Writer) int {
	names, err := parseFlags(flag.NewFlagSet("schema", flag.ContinueOnError), args)
	switch {
	case errors.Is(err, errHelp):
		fmt.Fprint(stdout, schemaHelp)
		return exitOK
	case err == nil && len(names) == 0:
		err = errors.New("NAME is missing")
	case err == nil && len(names) > 1:
		err = fmt.Errorf("too many arguments: %q", names[1:])
	}
	var text []byte
	if err == nil {
		text, err = validator.Schema(names[0])
	}
	if err != nil {
		return usageError(stderr, "schema", err)
	}
	if _, err := stdout.Write(text); err != nil {
		fmt.Fprintf(stderr, "anpkg schema: standard output: %s\n", printable(err.Error()))
		return exitFailed
	}
	return exitOK
}
