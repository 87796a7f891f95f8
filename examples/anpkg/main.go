// Command anpkg makes and checks Handoff Packages (.anpkg) of commissioned
// machines. It is a thin shell over the library, and an example of using it.
//
// Run "anpkg help" for its commands.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the command could not do its work, or a package is not valid
	exitUsage  = 2 // the command line is wrong, or a package could not be validated
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, helpText)
		return exitUsage
	}
	switch command, rest := args[0], args[1:]; command {
	case "export":
		return runExport(ctx, rest, stdout, stderr)
	case "validate":
		return runValidate(ctx, rest, stdout, stderr)
	case "schema":
		return runSchema(rest, stdout, stderr)
	case "help", "-h", "-help", "--help":
		return runHelp(rest, stdout, stderr)
	default:
		fmt.Fprintf(stderr, "anpkg: unknown command %q; see anpkg help\n", command)
		return exitUsage
	}
}
