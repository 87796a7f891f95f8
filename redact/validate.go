package redact

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

// PolicyError is a fault of a policy.
type PolicyError struct {
	Field string // such as Shapes[3].MaxLen
	Msg   string
}

func (e *PolicyError) Error() string {
	return "redact: policy: " + e.Field + ": " + e.Msg
}

// Validate reports what is wrong with the policy, all of it: nil, or joined
// *PolicyError values. Every search does this first.
func (p Policy) Validate() error {
	v := validation{ids: map[string]bool{UnreadDocument: true}}
	for i, r := range p.Removals {
		if slices.Contains(strings.Split(r, "."), "") {
			v.fail(fmt.Sprintf("Removals[%d]", i), "not a dotted key path")
		}
	}
	for i, r := range p.Keys {
		v.key(fmt.Sprintf("Keys[%d]", i), r)
	}
	for i, r := range p.Shapes {
		v.shape(fmt.Sprintf("Shapes[%d]", i), r)
	}
	for i, a := range p.Allow {
		v.allow(fmt.Sprintf("Allow[%d]", i), a)
	}
	if p.Limits.Document < 0 {
		v.fail("Limits.Document", "negative")
	}
	if p.Limits.Findings < 0 {
		v.fail("Limits.Findings", "negative")
	}
	return errors.Join(v.errs...)
}

type validation struct {
	ids  map[string]bool
	errs []error
}

func (v *validation) fail(field, msg string) {
	v.errs = append(v.errs, &PolicyError{field, msg})
}

func (v *validation) id(field, id string) {
	switch {
	case id == "":
		v.fail(field+".ID", "empty")
	case v.ids[id]:
		v.fail(field+".ID", "used twice")
	}
	v.ids[id] = true
}

func (v *validation) severity(field string, s Severity, optional bool) {
	if s != Error && s != Warning && !(optional && s == "") {
		v.fail(field, "neither Error nor Warning")
	}
}

func (v *validation) key(field string, r KeyRule) {
	v.id(field, r.ID)
	v.severity(field+".Severity", r.Severity, false)
	v.severity(field+".Inside", r.Inside, true)
	v.severity(field+".Text", r.Text, true)
	if len(r.Words) == 0 {
		v.fail(field+".Words", "empty")
	}
	for i, w := range r.Words {
		switch at := fmt.Sprintf("%s.Words[%d]", field, i); {
		case len(w) < anchors.MinLen:
			v.fail(at, "shorter than three bytes")
		case len(w) > maxKey:
			v.fail(at, fmt.Sprintf("longer than %d bytes", maxKey))
		case strings.ContainsAny(w, "\r\n"):
			v.fail(at, "spans lines")
		case w != strings.ToLower(w):
			v.fail(at, "not in lower case")
		}
	}
}

func (v *validation) shape(field string, r ShapeRule) {
	v.id(field, r.ID)
	v.severity(field+".Severity", r.Severity, false)
	if r.Pattern == nil && len(r.matchers) == 0 {
		v.fail(field+".Pattern", "missing")
	}
	if r.MaxLen < 0 || r.MaxLen > lookaround {
		v.fail(field+".MaxLen", fmt.Sprintf("not within 0 to %d", lookaround))
	}
	for i, a := range r.Anchors {
		switch at := fmt.Sprintf("%s.Anchors[%d]", field, i); {
		case len(a) < anchors.MinLen:
			v.fail(at, "shorter than three bytes")
		case len(a) > r.maxLen():
			v.fail(at, "longer than MaxLen")
		case strings.Contains(a, "\n"):
			v.fail(at, "spans lines")
		}
	}
}

func (v *validation) allow(field string, a Allow) {
	if a == (Allow{}) {
		v.fail(field, "would allow everything")
	}
	for _, f := range []struct{ name, pattern string }{{"File", a.File}, {"Path", a.Path}, {"Rule", a.Rule}} {
		if _, err := path.Match(f.pattern, ""); err != nil {
			v.fail(field+"."+f.name, "malformed pattern")
		}
	}
}

func (r ShapeRule) maxLen() int {
	if r.MaxLen > 0 {
		return r.MaxLen
	}
	return defaultMaxLen
}
