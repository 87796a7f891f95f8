package handoff

import (
	"io"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

// ReadinessVersion is the version of Readiness. It changes when a field changes
// its meaning or goes away, not when one is added.
const ReadinessVersion = 1

// Readiness tells whether a machine can run a package, and what is missing.
type Readiness struct {
	Version int `json:"version"`
	// Package is how the report on the package calls it, Dir the working directory
	// of the runtime, empty if it is not known.
	Package string `json:"package"`
	Dir     string `json:"dir"`
	// Profiles are the runtime profiles that were looked at, in the order of the
	// machine profile.
	Profiles []string `json:"profiles"`
	// Ready is that no check failed and none was skipped.
	Ready bool `json:"ready"`
	// Checks are what was looked at: by kind, in the order of Check.Kind, and then
	// in the order of the package.
	Checks []Check `json:"checks"`
}

// CheckStatus is how a check came out.
type CheckStatus string

const (
	CheckFailed  CheckStatus = "failed"
	CheckSkipped CheckStatus = "skipped" // it could not be looked at: no pass
	CheckWarning CheckStatus = "warning" // it passes, and may not be what is wanted
	CheckOK      CheckStatus = "ok"
)

// Check is one thing that a machine needs.
type Check struct {
	// Kind is what it is: package, directory, secret, command, config, file,
	// behavior, device, port or telemetry. There can be more of them in time, and callers
	// may Add their own.
	Kind   string      `json:"kind"`
	Status CheckStatus `json:"status"`
	// Subject is the thing: the name of a variable, a path as the package has it,
	// an address. Text that looks like a secret is ***.
	Subject string `json:"subject"`
	// Message tells what is so, and Hint what to do about it.
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Profiles are the runtime profiles that need it, of those that were looked at,
	// and Providers the ids of the providers that do.
	Profiles  []string `json:"profiles"`
	Providers []string `json:"providers"`
}

// Add adds a check of the caller's own, about what only the caller knows, such as
// who may read the file with the secrets.
func (r *Readiness) Add(c Check) {
	r.Checks = append(r.Checks, c)
	r.Ready = r.Ready && (c.Status == CheckOK || c.Status == CheckWarning)
}

// Count is the number of checks with a status.
func (r *Readiness) Count(status CheckStatus) int {
	n := 0
	for _, c := range r.Checks {
		if c.Status == status {
			n++
		}
	}
	return n
}

// WriteJSON writes the readiness as one JSON object on one line, with a line feed
// at its end. Lists are never null. The text is valid UTF-8 whatever the package
// holds and has no character that a terminal acts on. Equal values give equal
// bytes. An error is that of w.
func (r *Readiness) WriteJSON(w io.Writer) error {
	out := *r
	out.Profiles = listed(r.Profiles)
	out.Checks = make([]Check, len(r.Checks))
	for i, c := range r.Checks {
		c.Profiles, c.Providers = listed(c.Profiles), listed(c.Providers)
		out.Checks[i] = c
	}
	return printable.JSON(w, out, "")
}

// listed is a list that JSON does not show as null.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
