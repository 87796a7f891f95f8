package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
)

// command is a command as the command line has it.
type command struct {
	name     string
	operands []operand
	summary  string // what it does, in a few words that begin like "write"
	about    string // more in its help: lines of at most 80 characters
	exits    string // its exit codes, as in "0 written, 1 failed, 2 wrong use"
	example  string // a command line, or more of them on lines of their own
	// verb is a new run of the command.
	verb func() verb
}

// operand is an argument that is no flag.
type operand struct {
	name     string
	optional bool
	repeated bool            // once or more; only the last one
	stdin    bool            // "-" is standard input
	words    func() []string // what it can be; nil if it is the path of a file
}

// dash is standard input or output in the place of a file.
const dash = "-"

// verb is one run of a command.
type verb interface {
	// flags declares the flags and their defaults.
	flags(set *flag.FlagSet)
	// run does the work and returns the exit code. The flags are parsed, and the
	// number of arguments is right.
	run(ctx context.Context, args []string, std streams) int
}

func (c command) run(ctx context.Context, args []string, std streams) int {
	v, set := c.prepare()
	rest, err := parseFlags(set, args)
	if err == nil {
		err = emptyFlag(set)
	}
	if err == nil {
		err = c.check(rest)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return printText(std, c.name, c.help())
	case err != nil:
		return usageError(std, c.name, err)
	}
	return v.run(ctx, rest, std)
}

// prepare gives a run and its flags.
func (c command) prepare() (verb, *flag.FlagSet) {
	v, set := c.verb(), flag.NewFlagSet(c.name, flag.ContinueOnError)
	v.flags(set)
	return v, set
}

// check finds what is wrong with the arguments, whatever they mean.
func (c command) check(args []string) error {
	last := len(c.operands) - 1
	repeated := last >= 0 && c.operands[last].repeated
	for i, o := range c.operands {
		if i >= len(args) && !o.optional {
			return fmt.Errorf("%s is missing", o.name)
		}
	}
	if len(args) > len(c.operands) && !repeated {
		return fmt.Errorf("too many arguments: %q", args[len(c.operands):])
	}
	inputs := 0
	for i, arg := range args {
		o := c.operands[min(i, last)]
		if arg == "" {
			return fmt.Errorf("%s is empty", o.name)
		}
		if o.stdin && arg == dash {
			inputs++
		}
	}
	if inputs > 1 {
		return errors.New(`standard input can be read only once: more than one argument is "-"`)
	}
	return nil
}

// usage is the command line without the program.
func (c command) usage(flags bool) string {
	line := c.name
	if flags {
		line += " [flags]"
	}
	for _, o := range c.operands {
		name := o.name
		if o.repeated {
			name += "..."
		}
		if o.optional {
			name = "[" + name + "]"
		}
		line += " " + name
	}
	return line
}

// sentence makes a text begin and end like one.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
