// Package secretscan finds secrets: in texts of any size that arrive in parts, and
// in documents that were read already.
//
// It is the one notion of a secret that everything in this module has. Package
// redact is its public face; export, validation and everything that shows values
// ask the same Engine. See the documentation of package redact for what is
// found, and docs/secrets.md for the rules.
//
//	engine.go    rules, and a policy made ready for searching
//	keys.go      which keys name a secret
//	shapes.go    the families of tokens, and how each is recognized
//	assign.go    key=value in text, and whether the value looks like a secret
//	text.go      one pass over a text of any size
//	xmltext.go   character references and CDATA, decoded before the search
//	document.go  keys, values and pairs of a document
//	file.go      all searches of one file, and what may be shown of the findings
package secretscan

//go:generate go test -run=^TestSecretsDocIsCurrent$ . -update

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/anchors"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Severity says how bad a finding is.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Config is a policy without its removals. The fields are those of
// redact.Policy, which documents them.
type Config struct {
	Keys   []KeyRule
	Shapes []ShapeRule
	Allow  []Allow
	Limits Limits

	standard bool // Keys and Shapes are those of the default
}

// KeyRule finds values by the name of their key.
type KeyRule struct {
	ID, Description        string
	Severity, Inside, Text Severity
	Words, Endings         []string
	Numbers                bool
}

// ShapeRule finds values by their look: by a Pattern, or by the matchers that
// this package has for its ID.
type ShapeRule struct {
	ID, Description string
	Severity        Severity
	Pattern         *regexp.Regexp
	Anchors         []string
	MaxLen          int
}

// Allow takes findings out of the result. What is not empty must match.
type Allow struct{ File, Path, Key, Rule, Reason string }

// Limits bound what one file may cost. Zero means the default.
type Limits struct{ Document, Findings int }

const (
	DefaultDocument = 4 << 20
	DefaultFindings = 100
	DefaultMaxLen   = 512
	// MaxLen is the largest MaxLen of a rule.
	MaxLen = lookaround
	// MaxWord is the length in bytes of the longest word of a KeyRule.
	MaxWord = maxKey
	// MinWord is the length in bytes of the shortest word or anchor.
	MinWord = anchors.MinLen
	// All is a limit of findings that no file reaches.
	All = 1 << 30
)

// Unread is the rule of a document that cannot be read as one.
const Unread = "unread-document"

// Of returns the Config of a redact.Policy; of nil, that of redact.Default, whose rules
// must not be changed: they are made ready once. This package stands below redact and
// cannot name its types, so the type parameters say how they are built, and the
// compiler refuses a policy that is built otherwise. It spares redact an exported
// function with an internal type, and everybody else a second list of the fields.
func Of[
	Policy ~struct {
		Removals []string
		Keys     []Key
		Shapes   []Shape
		Allow    []Entry
		Limits   Limit
	},
	Key ~struct {
		ID, Description        string
		Severity, Inside, Text S
		Words, Endings         []string
		Numbers                bool
	},
	Shape ~struct {
		ID, Description string
		Severity        S
		Pattern         *regexp.Regexp
		Anchors         []string
		MaxLen          int
	},
	Entry ~struct{ File, Path, Key, Rule, Reason string },
	Limit ~struct{ Document, Findings int },
	S ~string,
](policy *Policy) Config {
	if policy == nil {
		return Config{standard: true}
	}
	p := struct {
		Removals []string
		Keys     []Key
		Shapes   []Shape
		Allow    []Entry
		Limits   Limit
	}(*policy)
	c := Config{Limits: Limits(p.Limits)}
	for _, rule := range p.Keys {
		r := struct {
			ID, Description        string
			Severity, Inside, Text S
			Words, Endings         []string
			Numbers                bool
		}(rule)
		c.Keys = append(c.Keys, KeyRule{
			r.ID, r.Description, Severity(r.Severity), Severity(r.Inside), Severity(r.Text),
			slices.Clone(r.Words), slices.Clone(r.Endings), r.Numbers,
		})
	}
	for _, rule := range p.Shapes {
		r := struct {
			ID, Description string
			Severity        S
			Pattern         *regexp.Regexp
			Anchors         []string
			MaxLen          int
		}(rule)
		c.Shapes = append(c.Shapes, ShapeRule{r.ID, r.Description, Severity(r.Severity), r.Pattern, slices.Clone(r.Anchors), r.MaxLen})
	}
	for _, entry := range p.Allow {
		c.Allow = append(c.Allow, Allow(entry))
	}
	return c
}

// A FieldError says what is wrong with one field of a Config.
type FieldError struct{ Field, Msg string }

func (e *FieldError) Error() string { return "secret policy: " + e.Field + ": " + e.Msg }

// Check lists what is wrong with c.
func (c Config) Check() []*FieldError {
	v := checker{ids: map[string]bool{Unread: true}}
	for i, r := range c.Keys {
		v.key(fmt.Sprintf("Keys[%d]", i), r)
	}
	for i, r := range c.Shapes {
		v.shape(fmt.Sprintf("Shapes[%d]", i), r)
	}
	for i, a := range c.Allow {
		v.allow(fmt.Sprintf("Allow[%d]", i), a)
	}
	if c.Limits.Document < 0 {
		v.fail("Limits.Document", "negative")
	}
	if c.Limits.Findings < 0 {
		v.fail("Limits.Findings", "negative")
	}
	return v.errs
}

type checker struct {
	ids  map[string]bool
	errs []*FieldError
}

func (v *checker) fail(field, msg string) {
	v.errs = append(v.errs, &FieldError{field, msg})
}

func (v *checker) id(field, id string) {
	switch {
	case id == "":
		v.fail(field+".ID", "empty")
	case v.ids[id]:
		v.fail(field+".ID", "used twice")
	}
	v.ids[id] = true
}

func (v *checker) severity(field string, s Severity, optional bool) {
	if s != Error && s != Warning && !(optional && s == "") {
		v.fail(field, "neither Error nor Warning")
	}
}

func (v *checker) key(field string, r KeyRule) {
	v.id(field, r.ID)
	v.severity(field+".Severity", r.Severity, false)
	v.severity(field+".Inside", r.Inside, true)
	v.severity(field+".Text", r.Text, true)
	if len(r.Words)+len(r.Endings) == 0 {
		v.fail(field+".Words", "empty, as is Endings")
	}
	for i, w := range r.Words {
		v.word(fmt.Sprintf("%s.Words[%d]", field, i), w)
	}
	for i, w := range r.Endings {
		at := fmt.Sprintf("%s.Endings[%d]", field, i)
		if v.word(at, w); w != strings.Join(keyWords(w), "_") {
			v.fail(at, "not words of letters joined by _")
		}
	}
}

func (v *checker) word(at, w string) {
	switch {
	case len(w) < MinWord:
		v.fail(at, "shorter than three bytes")
	case len(w) > MaxWord:
		v.fail(at, fmt.Sprintf("longer than %d bytes", MaxWord))
	case strings.ContainsAny(w, "\r\n"):
		v.fail(at, "spans lines")
	case w != strings.ToLower(w):
		v.fail(at, "not in lower case")
	}
}

func (v *checker) shape(field string, r ShapeRule) {
	v.id(field, r.ID)
	v.severity(field+".Severity", r.Severity, false)
	if r.Pattern == nil && families()[r.ID] == nil {
		v.fail(field+".Pattern", "missing")
	}
	if r.MaxLen < 0 || r.MaxLen > MaxLen {
		v.fail(field+".MaxLen", fmt.Sprintf("not within 0 to %d", MaxLen))
	}
	for i, a := range r.Anchors {
		switch at := fmt.Sprintf("%s.Anchors[%d]", field, i); {
		case len(a) < MinWord:
			v.fail(at, "shorter than three bytes")
		case len(a) > r.maxLen():
			v.fail(at, "longer than MaxLen")
		case strings.Contains(a, "\n"):
			v.fail(at, "spans lines")
		}
	}
}

func (v *checker) allow(field string, a Allow) {
	if reason := a.Reason; a == (Allow{Reason: reason}) {
		v.fail(field, "would allow everything")
	}
	for _, f := range []struct{ name, pattern string }{{"File", a.File}, {"Path", a.Path}, {"Key", a.Key}, {"Rule", a.Rule}} {
		if _, err := path.Match(f.pattern, ""); err != nil {
			v.fail(field+"."+f.name, "malformed pattern")
		}
	}
}

func (r ShapeRule) maxLen() int {
	if r.MaxLen > 0 {
		return r.MaxLen
	}
	return DefaultMaxLen
}

func (l Limits) document() int {
	if l.Document > 0 {
		return l.Document
	}
	return DefaultDocument
}

func (l Limits) findings() int {
	if l.Findings > 0 {
		return l.Findings
	}
	return DefaultFindings
}

// Engine is a Config made ready for searching. It is immutable and safe for
// concurrent use. Rules have numbers there: the shapes first, then the keys.
type Engine struct {
	shapes []ShapeRule
	keys   []KeyRule
	allow  []Allow
	limits Limits

	finder *anchors.Finder
	owner  []owner // one for each pattern
	slow   []int   // the rules without anchors
}

// owner is the rule of a pattern, with its form if the rule is one of this package.
type owner struct {
	rule int
	form *form
}

// New makes a Config ready. The error is the first that Check lists.
func New(c Config) (*Engine, error) {
	if errs := c.Check(); len(errs) > 0 {
		return nil, errs[0]
	}
	if c.standard {
		e := *standard()
		e.allow, e.limits = c.Allow, c.Limits
		return &e, nil
	}
	return newEngine(c), nil
}

// standard is the engine of the default rules. It takes longer to make than a small
// package to search.
var standard = sync.OnceValue(func() *Engine { return newEngine(Config{Keys: DefaultKeys(), Shapes: DefaultShapes()}) })

func newEngine(c Config) *Engine {
	e := &Engine{shapes: c.Shapes, keys: c.Keys, allow: c.Allow, limits: c.Limits}
	var patterns []anchors.Pattern
	add := func(p anchors.Pattern, o owner) {
		patterns = append(patterns, p)
		e.owner = append(e.owner, o)
	}
	for i, r := range e.shapes {
		switch {
		case r.Pattern == nil:
			f := families()[r.ID]
			for j := range f.forms {
				add(f.forms[j].anchor, owner{i, &f.forms[j]})
			}
		case len(r.Anchors) == 0:
			e.slow = append(e.slow, i)
		default:
			for _, a := range r.Anchors {
				add(anchors.Text(a), owner{rule: i})
			}
		}
	}
	for i, r := range e.keys {
		for _, w := range r.Words {
			add(anchors.Fold(w), owner{rule: len(e.shapes) + i})
		}
		for _, w := range r.Endings {
			for _, p := range endingPatterns(w) {
				add(p, owner{rule: len(e.shapes) + i})
			}
		}
	}
	e.finder = anchors.New(patterns)
	return e
}

// Hiding returns an engine with the same rules, for who hides what is found: it
// lists every finding, also what is allowed. To be handed on and to be shown on a
// screen are two things.
func (e *Engine) Hiding() *Engine {
	all := *e
	all.allow, all.limits.Findings = nil, All
	return &all
}

// Wide returns an engine like that of Hiding that also lists every value that a
// key rule is about, wherever it stands.
func (e *Engine) Wide() *Engine {
	wide := e.Hiding()
	wide.keys = slices.Clone(e.keys)
	for i := range wide.keys {
		wide.keys[i].Inside, wide.keys[i].Text = Error, Error
	}
	return wide
}

// Looks returns an engine that lists everything that looks like a secret, and
// knows no keys.
func (e *Engine) Looks() *Engine {
	looks := e.Hiding()
	looks.keys = nil // the finder still finds them
	return looks
}

// rules is how many rules there are.
func (e *Engine) rules() int { return len(e.shapes) + len(e.keys) }

func (e *Engine) isKey(rule int) bool { return rule >= len(e.shapes) }

func (e *Engine) key(rule int) KeyRule { return e.keys[rule-len(e.shapes)] }

// id is the ID of a rule and describe its description.
func (e *Engine) id(rule int) string {
	if rule == e.rules() {
		return Unread
	}
	if e.isKey(rule) {
		return e.key(rule).ID
	}
	return e.shapes[rule].ID
}

func (e *Engine) describe(rule int) string {
	if e.isKey(rule) {
		return e.key(rule).Description
	}
	return e.shapes[rule].Description
}

// severity of a finding; empty when the policy does not want it.
func (e *Engine) severity(rule int, how cause, lenient bool) Severity {
	if !e.isKey(rule) {
		return e.shapes[rule].Severity
	}
	switch r := e.key(rule); {
	case how == bySelf, lenient:
		return r.Severity
	case how == byMapping:
		return r.Inside
	case how == byNumber && r.Severity == Error:
		return Warning
	case how == byNumber:
		return r.Severity
	default:
		return r.Text
	}
}

// allowed returns the entry that allows a finding, or nil.
func (e *Engine) allowed(file, keyPath, key, rule string) *Allow {
	for i := range e.allow {
		if a := &e.allow[i]; matches(a.File, file) && matches(a.Path, keyPath) && matches(a.Key, key) && matches(a.Rule, rule) {
			return a
		}
	}
	return nil
}

// matches takes a bad pattern for one that matches nothing; Check refuses it
// before any search.
func matches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// Removal says which key was removed, and the place of its value.
type Removal struct {
	Path string
	Pos  doc.Pos
}

// Remove takes the keys at dotted paths out of a document, in place and whatever
// their values are. A mapping that becomes empty stays. A mapping that the
// document shares between places loses the key in all of them.
func Remove(root *doc.Node, paths []string) []Removal {
	var removed []Removal
	for _, dotted := range paths {
		steps := strings.Split(dotted, ".")
		parent := root
		for _, step := range steps[:len(steps)-1] {
			parent = parent.Get(step)
		}
		last := steps[len(steps)-1]
		if value := parent.Get(last); value != nil && parent.Delete(last) {
			removed = append(removed, Removal{dotted, value.Pos})
		}
	}
	return removed
}
