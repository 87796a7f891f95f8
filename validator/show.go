package validator

import "github.com/anolishq/anolis-handoff/internal/show"

// quote shows a value of a document, cut: aliases can repeat a long one thousands of
// times.
func quote(text string) string { return show.Quote(text, 400) }

// showName shows the name of a file.
func showName(name string) string { return show.Line(name) }
