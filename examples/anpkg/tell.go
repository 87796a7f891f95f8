package main

import (
	"context"
	"errors"
	"fmt"
	"github.com/anolishq/anolis-handoff/validator"
	"io/fs"

	"github.com/anolishq/anolis-handoff/handoff"
)

// tellError reports on standard error why a command failed with something, such as
// a package with the nameOf its argument: an invalid one with all that is wrong
// with it, as validate does. An empty name is left out.
func tellError(std streams, command, name string, err error) {
	var invalid *handoff.InvalidError
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(std.err, "anpkg %s: interrupted\n", command)
		return
	case errors.As(err, &invalid) && invalid.Report != nil:
		invalid.Report.WriteText(std.err, takesColor(std.err))
		err = errors.New("is not valid; nothing was done with it")
	}
	place := ""
	if name != "" {
		place = printable(name) + ": "
	}
	fmt.Fprintf(std.err, "anpkg %s: %s%s\n", command, place, printable(reason(err)))
}

// reason is why a package could not be looked at, without the path that is said
// before it.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// tellProject is tellError for what may be the problems of a project.
func tellProject(std streams, command, dir string, err error) {
	var problems validator.ProblemList
	var invalid *handoff.InvalidError // has a list, too
	if errors.As(err, &invalid) || !errors.As(err, &problems) {
		tellError(std, command, dir, err)
		return
	}
	for _, p := range problems {
		fmt.Fprintln(std.err, printable(p.Error()))
	}
	tellError(std, command, dir, errors.New("the project cannot be exported: "+count(len(problems), "problem")))
}
