package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/exporter"
)

// parseFlags parses flags wherever they stand among the arguments, up to a "--".
func parseFlags(flags *flag.FlagSet, args []string) (positional []string, err error) {
	flags.SetOutput(io.Discard)
	for {
		if err := flags.Parse(args); err != nil {
			return nil, flagError(err)
		}
		rest := flags.Args()
		if len(rest) == 0 {
			return positional, nil
		}
		if consumed := args[:len(args)-len(rest)]; len(consumed) > 0 && consumed[len(consumed)-1] == "--" {
			return append(positional, rest...), nil
		}
		positional = append(positional, rest[0])
		args = rest[1:]
	}
}

// emptyFlag refuses a flag for a text that got an empty one: mostly a variable that
// a script has not set.
func emptyFlag(set *flag.FlagSet) (err error) {
	set.Visit(func(f *flag.Flag) {
		if v, ok := f.Value.(flag.Getter); ok && v.Get() == "" {
			err = fmt.Errorf("--%s is empty", f.Name)
		}
	})
	return err
}

// flagError says what package flag says, with the two dashes that our help has.
func flagError(err error) error {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return fmt.Errorf("unknown flag --%s", name)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return fmt.Errorf("--%s needs a value", name)
	}
	if rest, ok := strings.CutPrefix(text, "invalid boolean value "); ok {
		if value, rest, ok := strings.Cut(rest, " for -"); ok {
			name, _, _ := strings.Cut(rest, ": ")
			return fmt.Errorf("--%s %s: want true or false", name, value)
		}
	}
	if rest, ok := strings.CutPrefix(text, "invalid value "); ok {
		if value, rest, ok := strings.Cut(rest, " for flag -"); ok {
			if name, why, ok := strings.Cut(rest, ": "); ok {
				return fmt.Errorf("--%s %s: %s", name, value, why)
			}
		}
	}
	return err
}

// usageError reports a wrong command line.
func usageError(std streams, command string, err error) int {
	topic := " " + command
	if command == "help" {
		topic = ""
	}
	fmt.Fprintf(std.err, "anpkg %s: %s; see anpkg help%s\n", command, printable(err.Error()), topic)
	return exitTrouble
}

// choiceVar declares a flag that takes one of two or more words, of which the
// first is the default.
func choiceVar(set *flag.FlagSet, to *string, name, usage string, words ...string) {
	*to = words[0]
	set.Var(&choice{to, words}, name, usage)
}

// runtimeVersionVar declares the flag --runtime-version of commands that judge.
func runtimeVersionVar(set *flag.FlagSet, to *string) {
	set.StringVar(to, "runtime-version", "", "`VERSION` version of the runtime on the target, if not the one that the machine profile pins")
}

// formatVar declares the flag --format that most commands have.
func formatVar(set *flag.FlagSet, to *string, usage string, words ...string) {
	choiceVar(set, to, "format", "form of the output; "+usage, words...)
}

type choice struct {
	to    *string
	words []string
}

func (c *choice) String() string { // of the zero value too, says flag.Value
	if c.to == nil {
		return ""
	}
	return *c.to
}

func (c *choice) Set(s string) error {
	if !slices.Contains(c.words, s) {
		return fmt.Errorf("want %s", anyOf(c.words))
	}
	*c.to = s
	return nil
}

// anyOf is words as a sentence has them: a, b or c.
func anyOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// placeholder is what the help has for the value of a flag, "" if it takes none,
// and the usage. A usage may begin with the placeholder in back quotes.
func placeholder(f *flag.Flag) (value, usage string) {
	if c, ok := f.Value.(*choice); ok {
		return strings.Join(c.words, "|"), fmt.Sprintf("%s (default %s)", f.Usage, f.DefValue)
	}
	value, usage = flag.UnquoteUsage(f)
	return value, strings.TrimPrefix(usage, value+" ")
}

// pins is a repeated flag COMPONENT=VERSION.
type pins map[string]string

func (p pins) String() string { return "" }

func (p pins) Set(s string) error {
	component, version, ok := strings.Cut(s, "=")
	switch {
	case !ok || component == "" || version == "":
		return errors.New("want COMPONENT=VERSION")
	case p[component] != "":
		return fmt.Errorf("component %s is pinned twice", component)
	}
	p[component] = version
	return nil
}

// parseVariants is exporter.ParseVariants with an error that does not repeat the
// text.
func parseVariants(text string) (exporter.Variants, error) {
	variants, err := exporter.ParseVariants(text)
	if err != nil {
		err = errors.New(strings.TrimPrefix(err.Error(), fmt.Sprintf("variants %q: ", text)))
	}
	return variants, err
}
