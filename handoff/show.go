package handoff

import (
	"io"

	"github.com/anolishq/anolis-handoff/internal/show"
)

// Printable returns text that is safe to show on one line of a terminal or a log:
// what does not show (control characters, marks that reorder a line, bytes that are
// not UTF-8) becomes an escape that does. Names and errors from packages and
// projects can hold anything.
func Printable(text string) string { return show.Line(text) }

// ShellWord returns a path as a word for a POSIX shell, for commands that people are
// to copy; or the placeholder, such as DIR, if it cannot be shown as one.
func ShellWord(path, placeholder string) string { return show.Word(path, placeholder) }

// WriteJSON writes a value as one line of JSON, as the results of all verbs do it:
// the same JSON for every reader, without characters that do not show. It returns
// the error of the encoding or of w.
func WriteJSON(w io.Writer, value any) error { return show.JSON(w, value, "") }
