package main

import (
	"fmt"
	"io"

	safe "github.com/anolishq/anolis-handoff/internal/printable"
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
func writeJSON(w io.Writer, value any) error { return safe.JSON(w, value, "") }

// tellOutput reports that standard output did not take what was written.
func tellOutput(std streams, command string, err error) {
	fmt.Fprintf(std.err, "anpkg %s: standard output: %s\n", command, printable(err.Error()))
}

func count(n int, what string) string { return safe.Count(n, what) }
