package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
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

// operand is an argument that is not a flag.
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

// commands are all commands, in the order of the help. Nothing else lists them:
// the help, the dispatch and the completion of shells come from here.
func commands() []command {
	return []command{
		exportCommand(),
		checkCommand(),
		validateCommand(),
		inspectCommand(),
		diffCommand(),
		sheetCommand(),
		signCommand(),
		verifyCommand(),
		unpackCommand(),
		statusCommand(),
		rollbackCommand(),
		driftCommand(),
		reproduceCommand(),
		preflightCommand(),
		schemaCommand(),
		completionCommand(),
		manCommand(),
		versionCommand(),
		helpCommand(),
	}
}

func commandNamed(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

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

// rehearsalVars declares the flags that say how the start of the machine is rehearsed.
func rehearsalVars(set *flag.FlagSet, to *validator.Options) {
	set.Func("rehearsal", "`on|off` rehearse the start of the machine (default on)", func(text string) error {
		if text != "on" && text != "off" {
			return errors.New("must be on or off")
		}
		to.NoRehearsal = text == "off"
		return nil
	})
	set.Func("provider-schema", "`KIND=FILE` JSON Schema of the configs of a kind of provider, or what the provider prints for --config-schema; may be repeated", func(text string) error {
		kind, name, found := strings.Cut(text, "=")
		if !found || kind == "" || name == "" {
			return errors.New("must be KIND=FILE")
		}
		schema, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if to.Schemas.Providers == nil {
			to.Schemas.Providers = map[string][]byte{}
		}
		to.Schemas.Providers[kind] = schema
		return nil
	})
}

// policyVar declares the flag --policy of commands that read a package or a project. It
// returns the flag as hints repeat it; empty if it is not given.
func policyVar(set *flag.FlagSet, to **redact.Policy) (given *string) {
	given = new(string)
	set.Func("policy", "`FILE` YAML file with findings about secrets that are allowed, and further rules", func(name string) error {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(io.LimitReader(f, redact.MaxPolicy+1))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		policy, err := redact.ReadPolicy(text)
		if err != nil {
			return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		*to, *given = &policy, "--policy "+handoff.ShellWord(name, "FILE")
		return nil
	})
	return given
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

// helpWidth is the width of a terminal that every help fits on.
const helpWidth = 80

func helpCommand() command {
	return command{
		name:     "help",
		operands: []operand{{name: "COMMAND", optional: true, words: commandNames}},
		summary:  "show this help, or that of a command",
		verb:     func() verb { return helpVerb{} },
	}
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

type helpVerb struct{}

func (helpVerb) flags(*flag.FlagSet) {}

func (helpVerb) run(_ context.Context, args []string, std streams) int {
	text := generalHelp()
	if len(args) > 0 {
		c, ok := commandNamed(args[0])
		if !ok {
			return usageError(std, "help", fmt.Errorf("there is no command %q", args[0]))
		}
		text = c.help()
	}
	return printText(std, "help", text)
}

// generalHelp is the help about the program. It fits a screen of 40 lines.
func generalHelp() string {
	var b strings.Builder
	b.WriteString("anpkg makes, checks and installs handoff packages of commissioned machines.\n\nUsage:\n")
	width := 0
	for _, c := range commands() {
		width = max(width, len(c.usage(false)))
	}
	for _, c := range commands() {
		fmt.Fprintf(&b, "  anpkg %-*s   %s\n", width, c.usage(false), c.summary)
	}
	b.WriteString(`
A PACKAGE is an .anpkg file, the folder of an unpacked one, or - for standard
input. Flags may stand anywhere; anpkg help COMMAND shows them, with an example.

Exit codes: 0 done, 1 failed, not valid or different, 2 wrong use or unreadable.
`)
	return b.String()
}

// help is the help of a command.
func (c command) help() string {
	if c.name == "help" {
		return generalHelp()
	}
	var b strings.Builder
	_, set := c.prepare()
	flags := flagHelp(set)
	fmt.Fprintf(&b, "%s\n\nUsage:\n  anpkg %s\n", sentence(c.summary), c.usage(flags != ""))
	about := strings.TrimSpace(c.about)
	for _, o := range c.operands {
		if o.words != nil {
			about = strings.TrimSpace(about + "\n\n" + wrap(o.name+" is "+anyOf(o.words())+".", helpWidth))
		}
	}
	if about != "" {
		fmt.Fprintf(&b, "\n%s\n", about)
	}
	if flags != "" {
		fmt.Fprintf(&b, "\nFlags:\n%s", flags)
	}
	fmt.Fprintf(&b, "\n%s\n\nExample:\n", wrap("Exit codes: "+c.exits+".", helpWidth))
	for line := range strings.Lines(c.example) {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSpace(line))
	}
	return b.String()
}

// flagHelp is a table of flags in two columns.
func flagHelp(set *flag.FlagSet) string {
	var heads, usages []string
	width := 0
	set.VisitAll(func(f *flag.Flag) {
		value, usage := placeholder(f)
		heads = append(heads, strings.TrimSpace("--"+f.Name+" "+value))
		usages = append(usages, usage)
		width = max(width, len(heads[len(heads)-1]))
	})
	var b strings.Builder
	for i, head := range heads {
		for line := range strings.Lines(wrap(usages[i], helpWidth-width-5)) {
			fmt.Fprintf(&b, "  %-*s   %s\n", width, head, strings.TrimSpace(line))
			head = ""
		}
	}
	return b.String()
}

// wrap breaks a text between words into lines of a width.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
