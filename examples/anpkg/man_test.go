package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestManPage holds the page against the table of commands and, where groff is
// installed, against the program that reads such pages.
func TestManPage(t *testing.T) {
	page := manPage()
	for _, c := range commands() {
		if !strings.Contains(page, ".SS anpkg "+c.name) {
			t.Errorf("%s has no section", c.name)
		}
	}
	for i, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(line, "'") {
			t.Errorf("line %d would be read as a request: %q", i+1, line)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		return
	}
	run := exec.Command(groff, "-man", "-ww", "-z")
	run.Stdin = strings.NewReader(page)
	if out, err := run.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("groff: %v: %s", err, out)
	}
}

func TestRoff(t *testing.T) {
	if got, want := roff(".a -b\n'c\\d"), `\&.a \-b`+"\n"+`\&'c\ed`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
