package machine

import (
	"slices"
	"strconv"
	"strings"
)

// Version is a released version of the runtime. The zero Version is unknown.
type Version struct {
	text  string
	parts [4]int // the last is 0 for a pre-release, 1 for a release
	known bool
}

// NewestRuntime is the newest version of the runtime whose rules are known here.
const NewestRuntime = "0.1.40"

// ParseVersion reads a version such as 0.1.40 or v0.1.40. Whatever else it is
// gives an unknown one, such as a branch or a range. A pre-release comes before its
// release and after every version before that; pre-releases of one release are equal.
func ParseVersion(text string) Version {
	v := Version{text: text, parts: [4]int{3: 1}}
	rest := strings.TrimPrefix(strings.TrimSpace(text), "v")
	rest, _, _ = strings.Cut(rest, "+")
	rest, pre, isPre := strings.Cut(rest, "-")
	numbers := strings.Split(rest, ".")
	if len(numbers) != 3 || isPre && pre == "" {
		return v
	}
	for i, n := range numbers {
		part, err := strconv.Atoi(n)
		if err != nil || part < 0 || part > 1<<20 || n != strconv.Itoa(part) {
			return v
		}
		v.parts[i] = part
	}
	if isPre {
		v.parts[3] = 0
	}
	v.known = true
	return v
}

// String returns the version as it was given.
func (v Version) String() string { return v.text }

// Known reports whether it is known what the version is.
func (v Version) Known() bool { return v.known }

// Compare returns -1, 0 or 1 as v is before, equal to or after w, both known.
func (v Version) Compare(w Version) int { return slices.Compare(v.parts[:], w.parts[:]) }

// Since says which versions of the runtime have a key or a rule: those from By on
// have it, those up to After have not, and what is between is not known. The
// zero Since is what every version has.
type Since struct{ After, By string }

// Answer is yes, no or unknown.
type Answer int

const (
	Unknown Answer = iota
	Yes
	No
)

// Has answers whether a version has what came at s.
func (v Version) Has(s Since) Answer {
	switch {
	case s == Since{}:
		return Yes
	case !v.known:
		return Unknown
	case v.Compare(ParseVersion(s.By)) >= 0:
		return Yes
	case v.Compare(ParseVersion(s.After)) <= 0:
		return No
	}
	return Unknown
}

// SinceAuth and the others say which versions of the runtime authenticate callers,
// encrypt, record their health, watch for stale values, drive a safe state at an emergency stop, refuse
// AUTO without a hook to FAULT, and know the attribute reason of CallDevice
// (runtime-rules, "What changed since").
func SinceAuth() Since      { return Since{"0.1.21", "0.1.32"} }
func SinceTLS() Since       { return Since{"0.1.21", "0.1.40"} }
func SinceHealth() Since    { return Since{"0.1.36", "0.1.37"} }
func SinceStaleness() Since { return Since{"0.1.38", "0.1.40"} }
func SinceSafety() Since    { return Since{"0.1.38", "0.1.40"} }
func SinceGate() Since      { return Since{"0.1.38", "0.1.40"} }
func SinceReason() Since    { return Since{"0.1.35", "0.1.36"} }
