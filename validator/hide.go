package validator

import (
	"regexp"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

// hidden stands for what may not be shown.
const hidden = "***"

// hideSecrets takes secrets out of everything that the report shows. Checks quote
// values, keys and names to say what is wrong with them, and know nothing of
// secrets.
//
// What looks like a secret is hidden wherever it is. What is one for its key or
// its place is hidden in the problems of its file, down to parts of 8 bytes, as
// package redact does.
func (v *validation) hideSecrets() {
	h := &hider{look: v.search.looks, files: map[string]*fileSecrets{}, lines: v.secretLines}
	for _, p := range v.report.Problems {
		if h.files[p.File] == nil {
			h.files[p.File] = &fileSecrets{}
		}
	}
	for file, root := range v.documents {
		if s := h.files[showName(file)]; s != nil {
			s.find(v.search.all.ScanNode(file, root), root)
		}
	}
	h.names = strings.NewReplacer(v.hiddenNames...)
	h.report(v.report)
}

// hider hides the secrets of one report.
type hider struct {
	look  *secretscan.Engine      // for what looks like a secret
	files map[string]*fileSecrets // by the name in problems
	lines map[fileLine]bool       // of documents that could not be read
	names *strings.Replacer       // hides what is secret in the names of files
}

// report hides what is in a report.
func (h *hider) report(r *Report) {
	var texts []string
	each := func(visit func(text *string, s *fileSecrets, hide func(string, *fileSecrets) string)) {
		for i := range r.Problems {
			p := &r.Problems[i]
			s := h.files[p.File]
			visit(&p.Message, s, h.message)
			visit(&p.Pointer, s, h.name)
			visit(&p.File, s, h.name)
		}
		for i := range r.Files {
			visit(&r.Files[i].Path, h.files[showName(r.Files[i].Path)], h.name)
		}
		for i := range r.Skipped {
			visit(&r.Skipped[i].Reason, nil, h.message)
		}
		for i := range r.Replay {
			visit(&r.Replay[i].Profile, nil, h.name)
			visit(&r.Replay[i].Config, nil, h.name)
		}
		if r.Rehearsal == nil {
			return
		}
		for i := range r.Rehearsal.Profiles {
			visit(&r.Rehearsal.Profiles[i].Profile, nil, h.name)
			visit(&r.Rehearsal.Profiles[i].Config, nil, h.name)
		}
		for _, list := range [][]string{r.Rehearsal.Unjudged, r.Rehearsal.Remarks} {
			for i := range list {
				visit(&list[i], nil, h.message)
			}
		}
	}
	each(func(text *string, _ *fileSecrets, _ func(string, *fileSecrets) string) {
		texts = append(texts, *text)
	})
	looks := h.secretLines(texts)
	for i := range r.Problems {
		h.place(&r.Problems[i])
	}
	n := 0
	each(func(text *string, s *fileSecrets, hide func(string, *fileSecrets) string) {
		if looks[n] || s.in(plainPointer(*text)) {
			*text = hide(*text, s)
		}
		n++
	})
	each(func(text *string, _ *fileSecrets, _ func(string, *fileSecrets) string) {
		*text = h.names.Replace(*text)
	})
}

// place hides what a problem at the place of a secret quotes, however short it is
// or cut short.
func (h *hider) place(p *Problem) {
	if p.Code == CodeSecret || p.Code == CodeSuspicious {
		return // redact saw to it
	}
	if h.files[p.File].isAt(p.Line, p.Column) {
		p.Message = quoted.ReplaceAllString(p.Message, `"`+hidden+`"`)
	}
	if h.lines[fileLine{p.File, p.Line}] {
		p.Message = quoted.ReplaceAllString(p.Message, `"`+hidden+`"`)
		p.Pointer = hideAll(p.Pointer)
	}
}

// secretLines tells which of many texts have something in them that looks like a
// secret.
func (h *hider) secretLines(texts []string) map[int]bool {
	scanner := h.look.NewScanner("report")
	for _, text := range texts {
		scanner.Write([]byte(lineFeeds.Replace(plainPointer(text)) + "\n"))
	}
	found := map[int]bool{}
	for _, f := range scanner.Findings() {
		found[f.Line-1] = true
	}
	return found
}

var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	lineFeeds = strings.NewReplacer("\n", " ", "\r", " ")
)

// plainPointer undoes the escapes of a JSON Pointer, behind which a secret could
// hide.
func plainPointer(p string) string {
	return strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
}

func (h *hider) isSecret(text string, s *fileSecrets) bool {
	return s.in(text) || h.secretLines([]string{text})[0]
}

// message hides what a message quotes, and all of it if that does not help.
func (h *hider) message(text string, s *fileSecrets) string {
	if text = quoted.ReplaceAllString(text, `"`+hidden+`"`); !h.isSecret(text, s) {
		return text
	}
	return "cannot be shown, because it would show a secret"
}

// name hides the elements of a path or pointer that are secrets, or all of them.
func (h *hider) name(text string, s *fileSecrets) string {
	elements := strings.Split(text, "/")
	for i, e := range elements {
		if h.isSecret(plainPointer(e), s) {
			elements[i] = hidden
		}
	}
	if some := strings.Join(elements, "/"); !h.isSecret(some, s) {
		return some
	}
	return hideAll(text)
}

// hideAll hides every element of a path or pointer but what its slashes say.
func hideAll(text string) string {
	elements := strings.Split(text, "/")
	for i, e := range elements {
		if e != "" {
			elements[i] = hidden
		}
	}
	return strings.Join(elements, "/")
}
