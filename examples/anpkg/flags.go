package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// errHelp asks for the help of a command.
var errHelp = flag.ErrHelp

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
func usageError(stderr io.Writer, command string, err error) int {
	fmt.Fprintf(stderr, "anpkg %s: %s; see anpkg help %s\n", command, printable(err.Error()), command)
	return exitUsage
}

// choice is a flag that takes one of two or more words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }

func (c *choice) Set(s string) error {
	for _, a := range c.allowed {
		if s == a {
			c.value = s
			return nil
		}
	}
	last := len(c.allowed) - 1
	return fmt.Errorf("want %s or %s", strings.Join(c.allowed[:last], ", "), c.allowed[last])
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
