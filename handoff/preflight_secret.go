package handoff

import (
	"regexp"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// secrets looks at what must be supplied. A value is looked at here and nowhere
// else, and no part of it goes into a verdict.
func (f *preflight) secrets(r runtimeProfile) {
	for _, s := range r.slots() {
		f.need(r, "", "secret", s.Variable, func() string { return s.Variable }, func() verdict { return f.secret(s) })
	}
}

func (f *preflight) secret(s Slot) verdict {
	if f.target.LookupEnv == nil {
		return verdict{CheckSkipped, "the environment of the runtime is not known", ""}
	}
	const hint = "give it to the service, such as with EnvironmentFile= in its systemd unit"
	value, ok := f.target.LookupEnv(s.Variable)
	switch {
	case !ok:
		return verdict{CheckFailed, "is not set (" + s.Path + ")", hint}
	case pytext.IsBlank(value):
		return verdict{CheckFailed, "is set to nothing (" + s.Path + ")", hint}
	case isPlaceholder(value):
		return verdict{CheckWarning, "is set to what looks like a placeholder", "put in the real one"}
	case pytext.Strip(value) != value:
		return verdict{CheckWarning, "is set, with white space at its start or end", "take out the spaces and line ends around it"}
	}
	return verdict{CheckOK, "is set", ""}
}

// isPlaceholder reports whether a value was put in to be replaced. A real token is
// long and has none of the words by chance.
func isPlaceholder(value string) bool {
	const longest = 48
	value = pytext.Strip(value)
	if len(value) > longest {
		return false
	}
	return placeholder.MatchString(strings.NewReplacer("-", "", "_", "", " ", "", ".", "").Replace(value))
}

var placeholder = regexp.MustCompile(`(?i)^<.*>$|^\$?\{.*\}$|^\$\(.*\)$|^x+$|^\*+$|^(todo|tbd|fixme|none|null|empty|token|mytoken|secret|password|test|dummy|example|influxdbtoken)$|` +
	`change(me|it|this)|replace(me|it|this|at|with)|placeholder|^your.*(token|secret|key)`)
