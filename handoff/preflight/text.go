package preflight

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/internal/show"
)

// manyChecks fill a screen; the verdict is then said again after them.
const manyChecks = 20

// WriteText writes the report as a checklist for people: the verdict on its
// first line, then what failed with what to do about it, what could not be
// checked, what to look at, and what is fine.
//
// With color, the verdict and the marks have ANSI colors. All text from the
// package is made safe for a terminal. Equal values give equal bytes. It
// returns errors from w.
func (r *Report) WriteText(w io.Writer, color bool) error {
	t := checklist{Text: show.Text{Color: color}, r: r}
	t.verdict()
	if r.Dir != "" {
		t.Line("working directory: ", r.Dir, ", where relative paths begin")
	}
	if len(r.Profiles) > 0 {
		t.Line(plural(len(r.Profiles), "runtime profile"), ": ", names(r.Profiles))
	}
	if ready := r.readyProfiles(); len(ready) > 0 && !r.Ready {
		t.Line("ready for ", plural(len(ready), "profile"), " ", names(ready), " alone")
	}
	t.section("To do", "[ ]", show.Red, Failed)
	t.section("Not checked", "[?]", show.Yellow, Skipped)
	t.section("Look at", "[!]", show.Yellow, Warning)
	t.section("Fine", "[x]", show.Green, OK)
	if len(r.Checks) > manyChecks {
		t.WriteByte('\n')
		t.verdict()
	}
	return show.Write(w, t.Bytes())
}

type checklist struct {
	show.Text
	r *Report
}

func (t *checklist) verdict() {
	var counts []string
	for _, status := range []Status{Failed, Skipped, Warning, OK} {
		if n := t.r.Count(status); n > 0 {
			word := string(status)
			switch status {
			case Skipped:
				word = "not checked"
			case Warning:
				word = "to look at"
			}
			counts = append(counts, fmt.Sprintf("%d %s", n, word))
		}
	}
	t.Paint(show.Bold, cmp.Or(t.r.Package, "package"))
	t.WriteString(": ")
	switch {
	case !t.r.Ready:
		t.Paint(show.Red, "NOT READY")
	case t.r.Count(Warning) > 0:
		t.Paint(show.Yellow, "ready")
	default:
		t.Paint(show.Green, "ready")
	}
	t.Line(": ", strings.Join(counts, ", "))
}

// section lists the checks with a status. What those have in common that follow
// each other is said once, below them: what to do, and why they were skipped.
func (t *checklist) section(title, mark string, style show.Style, status Status) {
	var last *Item
	for i := range t.r.Checks {
		c := &t.r.Checks[i]
		switch {
		case c.Status != status:
			continue
		case last == nil:
			t.Line()
			t.Line(title, ":")
		case last.Hint != c.Hint || status == Skipped && last.Message != c.Message:
			t.close(last)
		}
		t.WriteString("  ")
		t.Paint(style, mark)
		t.WriteByte(' ')
		t.check(c)
		last = c
	}
	t.close(last)
}

const (
	kindWidth   = len("telemetry") // the longest kind
	screenWidth = 80
)

func (t *checklist) check(c *Item) {
	head := strings.TrimSpace(fmt.Sprintf("%-*s %s%s", kindWidth, c.Kind, c.Subject, t.r.needs(c)))
	switch {
	case c.Status == Skipped:
		t.Line(head)
	case c.Subject == "":
		t.Line(fmt.Sprintf("%-*s ", kindWidth, head), c.Message)
	case len("  [ ] : ")+utf8.RuneCountInString(head+c.Message) > screenWidth:
		t.Line(head)
		t.Line("      ", c.Message)
	default:
		t.Line(head, ": ", c.Message)
	}
	if c.Path != "" && c.Path != c.Subject && c.Status != Skipped && (c.Status != OK || c.Kind == "command") {
		t.Line("      tried ", c.Path)
	}
}

// close says what a check and those above it have in common.
func (t *checklist) close(c *Item) {
	if c == nil {
		return
	}
	if c.Status == Skipped {
		t.Line("      why: ", c.Message)
	}
	if c.Hint != "" {
		t.Line("      fix: ", c.Hint)
	}
}

// needs is who needs a thing, unless it is every profile.
func (r *Report) needs(c *Item) string {
	who := names(c.Providers)
	if len(c.Profiles) > 0 && !slices.Equal(c.Profiles, r.Profiles) {
		profiles := plural(len(c.Profiles), "profile") + " " + names(c.Profiles)
		if who != "" {
			who += " (" + profiles + ")"
		} else {
			who = profiles
		}
	}
	if who == "" {
		return ""
	}
	return " for " + who
}

// readyProfiles are the profiles for which all checks pass. A check that names no
// profile is about all.
func (r *Report) readyProfiles() []string {
	unready := map[string]bool{}
	for _, c := range r.Checks {
		if c.Status != Failed && c.Status != Skipped {
			continue
		}
		if len(c.Profiles) == 0 {
			return nil
		}
		for _, profile := range c.Profiles {
			unready[profile] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(r.Profiles), func(profile string) bool { return unready[profile] })
}

// names are the first names of a list, and how many more there are.
func names(list []string) string {
	const most = 6
	if more := len(list) - most; more > 1 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(list, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
