// Package preflight reports whether a machine has what a package needs: programs,
// configs, devices, secrets, a free port.
//
// Check asks the functions of a Target, and nothing else, so that it works for the
// machine that the program runs on, for one that is far away, and in tests. It
// returns a Report with one Item for each thing. A thing that could not be checked is
// skipped, and a machine with a skipped item is not ready.
package preflight

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/validator"
)

// Options is what Check looks at. The zero value is everything.
type Options struct {
	// Profile is the runtime profile that will run; empty is all of the package.
	Profile string
	// Flags are those with which a command takes the package as it was taken here, such
	// as "--policy site.yaml": hints repeat them.
	Flags string
}

// ProfileError reports that a package has no runtime profile of the wanted name, or
// that its config cannot be read.
type ProfileError struct {
	Profile  string   // the wanted one
	Profiles []string // those of the package
}

func (e *ProfileError) Error() string {
	has := "none at all"
	if len(e.Profiles) > 0 {
		has = names(quoteAll(e.Profiles))
	}
	return fmt.Sprintf("no runtime profile %s; the package has %s", strconv.QuoteToGraphic(e.Profile), has)
}

func quoteAll(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = strconv.QuoteToGraphic(name)
	}
	return list
}

// Check reports whether a machine is ready to run a package: whether
//
//   - the package itself is valid,
//   - the installed runtime is the version that the package pins, if there is a
//     Target.RuntimeVersion,
//   - every secret that it does not hold is supplied (see inspect.Slots),
//   - the command of each provider is a file that may be run; the runtime looks
//     for it from its working directory and never in PATH, also when it is a bare
//     name (runtime-rules, "Deploy time"),
//   - the files behind --config are there and may be read, and the paths among the
//     other arguments, which begin with /, ./ or ../, are there; one that is not is
//     only a warning, because a provider could make it,
//   - the behavior trees of automation that is on are there and may be read,
//   - the devices are there, are devices, and may be read and written,
//   - the address of HTTP that is on can be listened on,
//   - the URL of telemetry that is on is well formed; it is not contacted.
//
// Devices are known by two rules. The text hardware.bus_path in the config of a
// provider is one, unless it begins with mock://, which stands for a bus that the
// provider only imitates. And every text in that config or in the arguments that
// begins with /dev/, has no white space and at most 4096 bytes is one. Nothing else
// is.
//
// Each thing is looked at once, however many profiles and providers need it. What
// the target cannot tell is a check that was skipped, and a machine with one is
// not ready. An error means that there is no answer: the package cannot be read,
// ctx is done, or there is no such profile (*ProfileError).
//
// What comes from the package is hostile: it is only ever given to the functions
// of the target. A package that needs more than 100,000 things, each counted as
// often as a profile and a provider need it, is an error.
func Check(ctx context.Context, p *validator.Package, target Target, opts Options) (*Report, error) {
	if p.Report() == nil {
		return nil, validator.ErrNoPackage
	}
	c, err := content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return nil, err
	}
	f := &preflight{
		ctx: ctx, target: target, content: c, flags: opts.Flags,
		providers: map[*machine.Config][]providerEntry{}, named: map[*content.Document][]deviceName{}, index: map[checkKey]*openCheck{},
	}
	var all []string
	for _, r := range c.Runtimes() {
		all = append(all, r.Profile)
		if opts.Profile == "" || opts.Profile == r.Profile {
			f.runtimes = append(f.runtimes, r)
			f.profiles = append(f.profiles, r.Profile)
		}
	}
	if len(f.runtimes) == 0 && opts.Profile != "" {
		c.Views.Clean(pointers(all)...)
		return nil, &ProfileError{opts.Profile, all}
	}
	f.packageItself(p.Report())
	f.start(p.Report())
	f.directory()
	if f.runtime(); f.err != nil {
		return nil, f.err
	}
	for _, check := range []func(content.Runtime){
		f.secrets, f.commands, f.configs, f.files, f.behaviors, f.devices, f.port, f.telemetry,
	} {
		for _, r := range f.runtimes {
			if check(r); f.err != nil {
				return nil, f.err
			}
		}
	}
	return f.result(p.Report().Package), nil
}

const (
	maxNeeds = 100_000
	maxName  = 256 // characters of a name or path that are shown
)

var errNeeds = fmt.Errorf("the package needs more than %d things of the machine, so many that they are not looked at", maxNeeds)

// preflight gathers the checks of one run.
type preflight struct {
	ctx       context.Context
	target    Target
	flags     string // that hints repeat
	content   *content.Content
	runtimes  []content.Runtime
	profiles  []string                            // their names
	providers map[*machine.Config][]providerEntry // of the runtime configs
	named     map[*content.Document][]deviceName  // in the configs of the providers
	noDir     bool                                // the directory of the target is not there
	real      string                              // that directory without symbolic links

	checks []*openCheck
	index  map[checkKey]*openCheck
	needs  int
	err    error // why it ends early
}

type checkKey struct{ kind, what string }

// openCheck is a check that can still turn out to be needed by more.
type openCheck struct {
	Item
	providers map[string]bool
}

// verdict is how a check came out.
type verdict struct {
	status        Status
	message, hint string
}

// need looks at a thing the first time that it is needed, and notes who needs it.
// Things are told apart by what they are, and not by how they are shown.
func (f *preflight) need(r content.Runtime, provider, kind, what string, show func() string, judge func() verdict) {
	if f.needs++; f.needs > maxNeeds {
		f.err = errNeeds
	}
	if f.err == nil {
		f.err = f.ctx.Err()
	}
	if f.err != nil {
		return
	}
	key := checkKey{kind, what}
	c := f.index[key]
	if c == nil {
		v := judge()
		c = &openCheck{
			Item:      Item{Kind: kind, Status: v.status, Subject: show(), Message: v.message, Hint: v.hint, Profiles: []string{}, Providers: []string{}},
			providers: map[string]bool{},
		}
		if isPath(kind) && c.Subject == what { // nothing in it is hidden
			c.Path = f.tried(what)
		}
		f.index[key] = c
		f.checks = append(f.checks, c)
	}
	if n := len(c.Profiles); n == 0 || c.Profiles[n-1] != r.Profile { // one profile is looked at after the other
		c.Profiles = append(c.Profiles, r.Profile)
	}
	if provider != "" && !c.providers[provider] {
		c.providers[provider] = true
		c.Providers = append(c.Providers, provider)
	}
}

// isPath reports whether things of a kind are files.
func isPath(kind string) bool {
	switch kind {
	case "command", "config", "file", "behavior", "device":
		return true
	}
	return false
}

func (f *preflight) result(name string) *Report {
	r := &Report{Version: Version, Package: name, Dir: f.target.Dir, Profiles: f.profiles, Ready: true}
	names := pointers(r.Profiles)
	for _, c := range f.checks {
		r.Add(c.Item)
		names = append(append(names, pointers(c.Profiles)...), pointers(c.Providers)...)
	}
	for _, n := range names {
		*n = show.Cut(*n, maxName)
	}
	f.content.Views.Clean(names...) // all at once, because that is slow
	return r
}

func pointers(texts []string) []*string {
	list := make([]*string, len(texts))
	for i := range texts {
		list[i] = &texts[i]
	}
	return list
}

// Version is the version of Report. It changes when a field changes
// its meaning or goes away, not when one is added.
const Version = 1

// Report says whether a machine can run a package, and what is missing.
type Report struct {
	Version int `json:"version"`
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Package is how the report on the package calls it, Dir the working directory
	// of the runtime, empty if it is not known.
	Package string `json:"package"`
	Dir     string `json:"dir"`
	// Profiles are the runtime profiles that were looked at, in the order of the
	// machine profile.
	Profiles []string `json:"profiles"`
	// Ready is that no check failed and none was skipped.
	Ready bool `json:"ready"`
	// Checks are what was looked at: by kind, in the order of Item.Kind, and then
	// in the order of the package.
	Checks []Item `json:"checks"`
}

// Status is how a check came out.
type Status string

const (
	Failed  Status = "failed"
	Skipped Status = "skipped" // it could not be looked at: no pass
	Warning Status = "warning" // it passes, and may not be what is wanted
	OK      Status = "ok"
)

// Item is one thing that a machine needs.
type Item struct {
	// Kind is what it is: package, start, directory, runtime, secret, command, config, file,
	// behavior, device, port or telemetry. There can be more of them in time, and callers
	// may Add their own.
	Kind   string `json:"kind"`
	Status Status `json:"status"`
	// Subject is the thing: the name of a variable, a path as the package has it,
	// an address. Text that looks like a secret is ***.
	Subject string `json:"subject"`
	// Path is where a relative path was looked for, as the runtime finds it from its
	// working directory. It is empty for everything else.
	Path string `json:"path,omitempty"`
	// Message describes the result, and Hint says what to do about it.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Profiles are the runtime profiles that need it, of those that were looked at,
	// and Providers the ids of the providers that do.
	Profiles  []string `json:"profiles"`
	Providers []string `json:"providers"`
}

// Add adds a check of the caller's own, about what only the caller knows, such as
// who may read the file with the secrets.
func (r *Report) Add(c Item) {
	r.Checks = append(r.Checks, c)
	r.Ready = r.Ready && (c.Status == OK || c.Status == Warning)
}

// Count is the number of checks with a status.
func (r *Report) Count(status Status) int {
	n := 0
	for _, c := range r.Checks {
		if c.Status == status {
			n++
		}
	}
	return n
}

// WriteJSON writes the report as one JSON object on one line, with a line feed
// at its end. Lists are never null. The text is valid UTF-8 whatever the package
// holds and has no character that a terminal acts on. Equal values give equal
// bytes. It returns errors from w.
func (r *Report) WriteJSON(w io.Writer) error {
	out := *r
	out.Profiles = listed(r.Profiles)
	out.Checks = make([]Item, len(r.Checks))
	for i, c := range r.Checks {
		c.Profiles, c.Providers = listed(c.Profiles), listed(c.Providers)
		out.Checks[i] = c
	}
	return show.JSON(w, out, "")
}

// listed is a list that JSON does not show as null.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Target is a machine that Check asks about itself, by functions that the
// caller supplies: those of package os for the machine that the program runs on,
// others for a machine that is far away, and fakes in tests. The library touches
// no environment, disk or network for a preflight but through them.
//
// A function that is nil makes the checks that need it skipped, and so the machine
// not ready. Functions are called one at a time.
type Target struct {
	// Dir is the working directory of the runtime, which is the directory of the
	// unpacked package. Relative paths of the package are put behind it as they
	// are: with "..", a cleaned path could lead elsewhere where Dir is a link.
	// Without it, the checks of relative paths are skipped.
	Dir string

	// Real returns a directory without symbolic links, as filepath.EvalSymlinks does,
	// to say where relative paths lead. It may be nil.
	Real func(dir string) (string, error)

	// RuntimeVersion returns what the installed runtime prints for --version, and
	// Runtime is how reports call that runtime. Nil leaves it out.
	RuntimeVersion func(ctx context.Context) (output string, err error)
	Runtime        string

	// Windows says that paths are those of Windows.
	Windows bool

	// LookupEnv is the environment that the runtime will have, as os.LookupEnv has
	// it. It is asked for the variables of Slots only, and their values are in no
	// result.
	LookupEnv func(name string) (value string, ok bool)

	// Stat describes a file and follows links, as os.Stat does. It must not open
	// it: opening a serial port can reset a board.
	Stat func(name string) (fs.FileInfo, error)

	// Access reports whether the user of the runtime may use a file, as access(2)
	// does: nil if so, fs.ErrPermission if not. It must not open it either.
	Access func(name string, mode AccessMode) error

	// Listen reports whether a TCP address can be listened on, best by doing so for a
	// moment. The errors syscall.EADDRINUSE, syscall.EADDRNOTAVAIL and
	// fs.ErrPermission are told apart.
	Listen func(addr netip.AddrPort) error
}

// AccessMode is what a file is needed for: a sum of the constants, which have the
// values of access(2).
type AccessMode uint32

const (
	AccessExecute AccessMode = 1
	AccessWrite   AccessMode = 2
	AccessRead    AccessMode = 4
)

// stat describes a file, and takes no answer for one that is not there.
func (t *Target) stat(name string) (fs.FileInfo, error) {
	info, err := t.Stat(name)
	if info == nil && err == nil {
		err = fs.ErrNotExist
	}
	return info, err
}

// isAbsolute reports whether a path means the same in every directory.
func (t *Target) isAbsolute(name string) bool {
	if !t.Windows {
		return name[:1] == "/"
	}
	return isSlash(name[0]) || len(name) > 2 && name[1] == ':' && isSlash(name[2])
}

// isRemote reports whether to look at a path would make Windows call another
// machine, and introduce itself there.
func (t *Target) isRemote(name string) bool {
	return t.Windows && len(name) > 1 && isSlash(name[0]) && isSlash(name[1])
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }
