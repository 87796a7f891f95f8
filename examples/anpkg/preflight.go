package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
)

func preflightCommand() command {
	return command{
		name:     "preflight",
		operands: []operand{{name: "PACKAGE", stdin: true}},
		summary:  "tell whether this machine is ready",
		about: `
Looks for what the package needs on this machine: secrets, the programs and
configs of the providers, devices, behavior trees, the HTTP port. Run it as the
user of the service. No device is opened, no other machine contacted, no secret
shown, and no program started but that of --runtime, with --version.

With the folder of an unpacked package, or one that has a link "current" to it,
paths are looked for from there. With an .anpkg file, --dir says from where.`,
		exits:   "0 ready, 1 not ready, 2 wrong use or unreadable",
		example: "anpkg preflight --env-file /etc/anolis/rig.env /opt/rig",
		verb:    func() verb { return &preflightVerb{} },
	}
}

type preflightVerb struct {
	dir, envFile, runtime, format string
	opts                          preflight.Options
	opening                       handoff.OpenOptions
	policy                        *string // the flag, if it is given
}

func (v *preflightVerb) flags(set *flag.FlagSet) {
	v.policy = policyVar(set, &v.opening.Policy)
	set.StringVar(&v.dir, "dir", "", "`DIR` where the package is unpacked: the working directory of the runtime")
	set.StringVar(&v.opts.Profile, "profile", "", "`NAME` look only at this runtime profile")
	set.StringVar(&v.envFile, "env-file", "", "`FILE` look for secrets in this file, which is the EnvironmentFile= of the "+
		"systemd unit, and not in the environment of this command")
	set.StringVar(&v.runtime, "runtime", "", "`FILE` installed machine runtime; is its --version the one that the package pins?")
	formatVar(set, &v.format, "json is one object", "text", "json")
}

func (v *preflightVerb) run(ctx context.Context, args []string, std streams) int {
	arg := args[0]
	if arg != dash && isDir(arg) {
		arg = unpackedIn(arg)
		if v.dir == "" {
			v.dir = arg
		}
	}
	if v.dir != "" {
		v.dir = unpackedIn(v.dir)
	}
	// What the runtime and the providers leave in the folder makes it invalid as a
	// package; the checks know what matters.
	v.opening.AllowInvalid = true
	p, done, err := openPackage(ctx, std, arg, v.opening)
	if err != nil {
		tellError(std, "preflight", nameOf(arg), err)
		var invalid *handoff.InvalidError
		if errors.As(err, &invalid) && arg != dash && isDir(arg) {
			fmt.Fprintf(std.err, "anpkg preflight: with its .anpkg file and --dir %s, other files in the folder do not matter\n", printable(arg))
		}
		return exitTrouble
	}
	defer done()
	target := preflight.Local(v.dir)
	if v.runtime != "" {
		target.Runtime, target.RuntimeVersion = v.runtime, preflight.LocalRuntime(v.runtime)
	}
	var env *envFile
	if v.envFile != "" {
		if env, err = v.secrets(ctx, p); err != nil {
			tellError(std, "preflight", v.envFile, err)
			return exitTrouble
		}
		target.LookupEnv = env.lookup
	}
	v.opts.Flags = *v.policy
	r, err := handoff.Preflight(ctx, p, target, v.opts)
	if err != nil {
		tellError(std, "preflight", nameOf(arg), err)
		return exitTrouble
	}
	if env != nil {
		env.judge(r)
	} else if slices.ContainsFunc(r.Checks, func(c preflight.Item) bool { return c.Kind == "secret" }) {
		fmt.Fprintln(std.err, "note: secrets were looked for in the environment of this command; a service has its own, see --env-file")
	}
	return v.print(std, r)
}

// secrets reads what the package asks for from the file.
func (v *preflightVerb) secrets(ctx context.Context, p *handoff.Package) (*envFile, error) {
	slots, err := inspect.Slots(ctx, p)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, s := range slots {
		wanted[s.Variable] = true
	}
	return readEnvFile(v.envFile, wanted)
}

func (v *preflightVerb) print(std streams, r *preflight.Report) int {
	switch err := writeReport(std, v.format, &r.ToolVersion, r); {
	case err != nil:
		tellOutput(std, "preflight", err)
		return exitFailed
	case !r.Ready:
		return exitFailed
	}
	return exitOK
}

// unpackedIn is where the package is in a folder: in the release that a link
// "current" names, if it is not right there.
func unpackedIn(dir string) string {
	const profile, link = "machine-profile.yaml", "current"
	if _, err := os.Lstat(in(dir, profile)); err != nil && isDir(in(dir, link)) {
		return in(dir, link)
	}
	return dir
}

// in is not filepath.Join, which takes link/.. for nothing; the system does not.
func in(dir, name string) string {
	const separator = string(filepath.Separator)
	return strings.TrimSuffix(dir, separator) + separator + name
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// maxEnvFile is the most bytes that a file of variables may have.
const maxEnvFile = 64 << 10

// envFile is what a file for EnvironmentFile= of systemd sets.
type envFile struct {
	name   string
	values map[string]string // of the wanted variables only
	open   bool              // every user may read it
}

var errIrregular = errors.New("is not a regular file")

// readEnvFile reads the wanted variables. No error has a part of the text.
func readEnvFile(name string, wanted map[string]bool) (*envFile, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a device can do something to it
		return nil, errIrregular
	}
	f, err := os.OpenFile(name, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // it was a moment ago
		return nil, errIrregular
	}
	data, err := io.ReadAll(io.LimitReader(f, maxEnvFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxEnvFile {
		return nil, fmt.Errorf("has more than %d bytes, which is too large for a file of variables", maxEnvFile)
	}
	values, err := parseEnv(data, wanted)
	return &envFile{name, values, isOpenToAll(info)}, err
}

func (e *envFile) lookup(name string) (string, bool) {
	value, ok := e.values[name]
	return value, ok
}

// judge adds what only we know: who may read the secrets.
func (e *envFile) judge(r *preflight.Report) {
	secret := false
	for _, value := range e.values {
		secret = secret || strings.TrimSpace(value) != ""
	}
	if secret && e.open {
		r.Add(preflight.Item{
			Kind: "env-file", Status: preflight.Warning, Subject: e.name,
			Message: "has a secret, and every user of the machine may read it", Hint: "chmod 600 " + handoff.ShellWord(e.name, "FILE") + "  # systemd reads it as root",
		})
	}
}

// parseEnv reads assignments as systemd.exec(5) has them under EnvironmentFile=.
// What systemd would pass over, and values that go on in the next line, are
// errors: the one could be a slip, and the other is never needed for a secret.
func parseEnv(data []byte, wanted map[string]bool) (map[string]string, error) {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("is not valid UTF-8")
	}
	values := map[string]string{}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, text, ok := strings.Cut(line, "=")
		name = strings.TrimRight(name, " \t")
		value, why := envValue(strings.TrimLeft(text, " \t"))
		switch {
		case !ok:
			why = "has no ="
		case strings.HasPrefix(name, "export "):
			why = "begins with export, which systemd does not know"
		case !isVariable(name):
			why = "has no valid variable name before ="
		}
		if why != "" {
			return nil, fmt.Errorf("line %d %s", number, why)
		}
		if wanted[name] {
			values[name] = value
		}
	}
	return values, nil
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// envValue takes quotes and backslashes out of a value, or tells why it cannot.
func envValue(text string) (value, why string) {
	if text == "" {
		return "", ""
	}
	quote := text[0]
	if quote != '"' && quote != '\'' {
		quote = 0
	} else {
		text = text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote: // a value has no byte 0
			if i+1 < len(text) {
				return "", "goes on after the closing quote"
			}
			return b.String(), ""
		case c != '\\' || quote == '\'':
		case i+1 == len(text):
			return "", "ends in a backslash; write the value on one line"
		case quote == 0 || strings.IndexByte("\"\\`$", text[i+1]) >= 0:
			i++
			c = text[i]
		}
		b.WriteByte(c)
	}
	if quote != 0 {
		return "", "has no closing quote; write the value on one line"
	}
	return b.String(), ""
}
