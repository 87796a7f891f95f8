package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
user of the service. No program is started, no device opened, no other machine
contacted, and no secret shown.

With the folder of an unpacked package, or one that has a link "current" to it,
paths are looked for from there. With an .anpkg file, --dir says from where.`,
		exits:   "0 ready, 1 not ready, 2 wrong use or unreadable",
		example: "anpkg preflight --env-file /etc/anolis/rig.env /opt/rig",
		verb:    func() verb { return &preflightVerb{} },
	}
}

type preflightVerb struct {
	dir, envFile, format string
	opts                 preflight.Options
}

func (v *preflightVerb) flags(set *flag.FlagSet) {
	set.StringVar(&v.dir, "dir", "", "`DIR` where the package is unpacked: the working directory of the runtime")
	set.StringVar(&v.opts.Profile, "profile", "", "`NAME` look only at this runtime profile")
	set.StringVar(&v.envFile, "env-file", "", "`FILE` look for secrets in this file, which is the EnvironmentFile= of the "+
		"systemd unit, and not in the environment of this command")
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
	p, done, err := openPackage(ctx, std, arg, handoff.OpenOptions{AllowInvalid: true})
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
	var env *envFile
	if v.envFile != "" {
		if env, err = v.secrets(ctx, p); err != nil {
			tellError(std, "preflight", v.envFile, err)
			return exitTrouble
		}
		target.LookupEnv = env.lookup
	}
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
	var err error
	if v.format == "json" {
		err = r.WriteJSON(std.out)
	} else {
		err = r.WriteText(std.out, takesColor(std.out))
	}
	switch {
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
