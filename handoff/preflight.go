package handoff

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// PreflightOptions is what Preflight looks at. The zero value is everything.
type PreflightOptions struct {
	// Profile is the runtime profile that will run; empty is all of the package.
	Profile string
}

// ProfileError tells that a package has no runtime profile of the wanted name, or
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

// Preflight tells whether a machine is ready to run a package: whether
//
//   - the package itself is valid,
//   - every secret that it does not hold is supplied (see Slots),
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
func Preflight(ctx context.Context, p *Package, target Target, opts PreflightOptions) (*Readiness, error) {
	c, err := load(ctx, p)
	if err != nil {
		return nil, err
	}
	f := &preflight{
		ctx: ctx, target: target, content: c,
		providers: map[*document][]providerEntry{}, named: map[*document][]deviceName{}, index: map[checkKey]*openCheck{},
	}
	var all []string
	for _, r := range c.runtimes() {
		all = append(all, r.profile)
		if opts.Profile == "" || opts.Profile == r.profile {
			f.runtimes = append(f.runtimes, r)
			f.profiles = append(f.profiles, r.profile)
		}
	}
	if len(f.runtimes) == 0 && opts.Profile != "" {
		c.views.Clean(pointers(all)...)
		return nil, &ProfileError{opts.Profile, all}
	}
	f.packageItself(p.Report())
	f.directory()
	for _, check := range []func(runtimeProfile){
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
	maxName  = 256 // bytes of a name or path that are shown
)

var errNeeds = fmt.Errorf("the package needs more than %d things of the machine, so many that they are not looked at", maxNeeds)

// preflight gathers the checks of one run.
type preflight struct {
	ctx       context.Context
	target    Target
	content   *content
	runtimes  []runtimeProfile
	profiles  []string                      // their names
	providers map[*document][]providerEntry // of the runtime configs
	named     map[*document][]deviceName    // in the configs of the providers
	noDir     bool                          // the directory of the target is not there

	checks []*openCheck
	index  map[checkKey]*openCheck
	needs  int
	err    error // why it ends early
}

type checkKey struct{ kind, what string }

// openCheck is a check that can still turn out to be needed by more.
type openCheck struct {
	Check
	providers map[string]bool
}

// verdict is how a check came out.
type verdict struct {
	status        CheckStatus
	message, hint string
}

// need looks at a thing the first time that it is needed, and notes who needs it.
// Things are told apart by what they are, and not by how they are shown.
func (f *preflight) need(r runtimeProfile, provider, kind, what string, show func() string, judge func() verdict) {
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
			Check:     Check{Kind: kind, Status: v.status, Subject: show(), Message: v.message, Hint: v.hint, Profiles: []string{}, Providers: []string{}},
			providers: map[string]bool{},
		}
		f.index[key] = c
		f.checks = append(f.checks, c)
	}
	if n := len(c.Profiles); n == 0 || c.Profiles[n-1] != r.profile { // one profile is looked at after the other
		c.Profiles = append(c.Profiles, r.profile)
	}
	if provider != "" && !c.providers[provider] {
		c.providers[provider] = true
		c.Providers = append(c.Providers, provider)
	}
}

func (f *preflight) result(name string) *Readiness {
	r := &Readiness{Version: ReadinessVersion, Package: name, Dir: f.target.Dir, Profiles: f.profiles, Ready: true}
	names := pointers(r.Profiles)
	for _, c := range f.checks {
		r.Add(c.Check)
		names = append(append(names, pointers(c.Profiles)...), pointers(c.Providers)...)
	}
	for _, n := range names {
		*n = clipName(*n)
	}
	f.content.views.Clean(names...) // all at once, because that is slow
	return r
}

func pointers(texts []string) []*string {
	list := make([]*string, len(texts))
	for i := range texts {
		list[i] = &texts[i]
	}
	return list
}

// clipName cuts a long name, between characters.
func clipName(name string) string {
	if len(name) <= maxName {
		return name
	}
	return strings.ToValidUTF8(name[:maxName], "") + "…"
}
