package main

import (
	"fmt"
	"io"

	"github.com/anolishq/anolis-handoff/handoff"
)

// printText writes a text to standard output and returns the exit code of a
// command that has nothing else to do.
func printText(std streams, command, text string) int {
	if _, err := io.WriteString(std.out, text); err != nil {
		tellOutput(std, command, err)
		return exitFailed
	}
	return exitOK
}

// writeJSON writes a value as a line of JSON, as every command does.
func writeJSON(w io.Writer, value any) error { return handoff.WriteJSON(w, value) }

// printable makes text safe to show on one line of a terminal.
func printable(text string) string { return handoff.Printable(text) }

// tellOutput reports that standard output did not take what was written.
func tellOutput(std streams, command string, err error) {
	fmt.Fprintf(std.err, "anpkg %s: standard output: %s\n", command, printable(err.Error()))
}

// count is a number with what it counts: 1 file, 2 files.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
