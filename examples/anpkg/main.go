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
	"runtime/debug"
	"syscall"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1 // the work could not be done, a package is not valid, or two things differ
	exitTrouble = 2 // the command line is wrong, or something could not be looked at
)

// streams are what a command reads from and writes to.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	tuneMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// tuneMemory lets the garbage collector begin at 16 MiB, not at 4, so that a short
// process has no collection and many packages do not stop all cores at every other one.
// Above, it keeps to 64 MiB if it can. What the user set for it stays.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(64 << 20)
	}
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, std streams) int {
	if len(args) == 0 {
		fmt.Fprint(std.err, generalHelp())
		return exitTrouble
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	c, ok := commandNamed(name)
	if !ok {
		fmt.Fprintf(std.err, "anpkg: unknown command %q; see anpkg help\n", name)
		return exitTrouble
	}
	return c.run(ctx, args[1:], std)
}
