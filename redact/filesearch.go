package redact

import "github.com/anolishq/anolis-handoff/internal/doc"

// found is a finding before it is made safe to show.
type found struct {
	rule         int
	how          cause
	severity     Severity
	path         doc.Path
	inPath       bool // the finding is in a key or a value, at path
	line, column int
	more         bool // stands for all that follow
	reason       string
}

// fileSearch collects what the searches of one file find.
type fileSearch struct {
	e     *engine
	shown string    // the name of the file, as far as it may be shown
	name  fragments // of shown

	list  []found
	count []int // by rule

	isDocument bool
	spots      spots    // the matches in a document's keys and values
	secrets    []string // what was found there: it may not show in any key path
}

func newFileSearch(e *engine, name string) *fileSearch {
	f := &fileSearch{e: e, count: make([]int, e.rules()+1)}
	var hits []hit
	t := newTextSearch(e, everywhere)
	t.report = func(_ *view, h hit, _ int, _ func() int) bool {
		hits = append(hits, h)
		return true
	}
	t.all([]byte(name))
	f.show(hideRanges(name, hits))
	for _, h := range hits {
		f.add(found{rule: h.rule, how: byFileName})
	}
	return f
}

// What add did with a finding, if it did not list it.
const (
	dropped = -1 // allowed, or of no severity
	surplus = -2 // one too many
)

// add lists a finding and says where, and whether its rule wants more.
func (f *fileSearch) add(x found) (index int, more bool) {
	if x.severity == "" {
		x.severity = f.e.severity(x.rule, x.how, false)
	}
	if x.severity == "" || f.allowed(x) {
		return dropped, true
	}
	limit := f.e.limits.findings()
	f.count[x.rule]++
	if f.count[x.rule] > limit+1 {
		return surplus, false
	}
	x.more = f.count[x.rule] > limit
	f.list = append(f.list, x)
	return len(f.list) - 1, !x.more
}

func (f *fileSearch) allowed(x found) bool {
	if len(f.e.allow) == 0 {
		return false
	}
	keyPath := ""
	if x.inPath {
		keyPath = x.path.String()
	}
	return f.e.allowed(f.shown, keyPath, f.e.id(x.rule))
}

// unread reports that the file is no document, as its name says.
func (f *fileSearch) unread(reason string, line, column int) {
	f.add(found{rule: f.e.rules(), severity: Error, reason: reason, line: line, column: column})
}

// mute turns off the rules whose findings in the text of this file are allowed
// anyway.
func (f *fileSearch) mute(t *textSearch) {
	for rule := range f.e.rules() {
		t.off[rule] = f.e.allowed(f.shown, "", f.e.id(rule))
	}
}

// inText takes a hit in the raw text of the file.
func (f *fileSearch) inText(v *view, h hit, line int, column func() int) bool {
	return f.raw(v, h, line, column(), "")
}

// inUnread takes a hit in the raw text of a document that could not be read:
// what would be a value there is as bad as a value.
func (f *fileSearch) inUnread(v *view, h hit, line int, column func() int) bool {
	return f.raw(v, h, line, column(), f.e.severity(h.rule, h.how, true))
}

func (f *fileSearch) raw(v *view, h hit, line, column int, severity Severity) bool {
	secret := string(v.buf[h.start:h.end])
	x := found{rule: h.rule, how: h.how, severity: severity, line: line, column: column}
	if s := f.spots.at(h.rule, secret, doc.Pos{Line: line, Column: column}); s != nil {
		switch {
		case s.index < 0:
			return true
		case !s.moved: // the same finding; the text knows its place better
			f.list[s.index].line, f.list[s.index].column = line, column
			s.moved = true
			return true
		}
		x.path, x.inPath = s.path, true
	}
	f.hide(secret)
	_, more := f.add(x)
	return more
}

// hide remembers a secret that may not show anywhere.
func (f *fileSearch) hide(secret string) {
	if f.isDocument {
		f.secrets = append(f.secrets, secret)
	}
	if f.name.any(secret) {
		f.show(hideElements(f.shown, secret))
	}
}

func (f *fileSearch) show(name string) {
	f.shown, f.name = name, nil
	f.name.add(name, 0)
}

// findings makes everything safe to show.
func (f *fileSearch) findings() []Finding {
	f.hidePaths()
	out := make([]Finding, 0, len(f.list))
	for _, x := range f.list {
		y := Finding{File: f.shown, Line: x.line, Column: x.column, Severity: x.severity}
		if x.inPath {
			y.Path, y.Pointer = x.path.String(), x.path.Pointer()
		}
		if x.rule == f.e.rules() {
			y.Rule, y.Message = UnreadDocument, x.reason+": only its text was searched"
		} else {
			y.Rule, y.Message = f.e.id(x.rule), f.e.describe(x.rule)+causeText[x.how]
		}
		if x.more {
			y.Message += moreText
		}
		out = append(out, y)
	}
	return arrange(out)
}

// hidePaths hides the steps of every key path that holds a part of a secret of
// this file.
func (f *fileSearch) hidePaths() {
	var parts fragments
	for i, x := range f.list {
		parts.add(x.path.String(), i)
		parts.add(x.path.Pointer(), i)
		for _, step := range x.path {
			if key, ok := step.(string); ok {
				parts.add(key, i)
			}
		}
	}
	for _, secret := range f.secrets {
		parts.take(secret, func(i int) {
			f.list[i].path = hideSteps(f.list[i].path)
		})
	}
}
