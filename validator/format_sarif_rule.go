package validator

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/sarif"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// rule is the index of the rule of a problem, which is added when it is the
// first of its code.
func (s *sarifWriter) rule(p Problem) int {
	id := show.Line(string(p.Code))
	i, ok := s.rules[id]
	if !ok {
		i = len(s.run.Tool.Driver.Rules)
		s.rules[id] = i
		s.run.Tool.Driver.Rules = append(s.run.Tool.Driver.Rules, s.newRule(id, p))
	}
	return i
}

func (s *sarifWriter) newRule(id string, p Problem) sarif.Descriptor {
	info, ok := s.infos[p.Code]
	if ok {
		return sarifRule(info)
	}
	// A report of another version of this library.
	const title = "A problem that this version has no words for."
	text := &sarif.Message{Text: title}
	return sarif.Descriptor{
		ID: id, ShortDescription: text, FullDescription: text, Help: text, HelpURI: checksDocURI,
		DefaultConfiguration: &sarif.Configuration{Level: sarifLevel(p.Severity)},
		Properties:           &sarif.Properties{Tags: []string{"handoff-package"}},
	}
}

func sarifRule(info CodeInfo) sarif.Descriptor {
	code := string(info.Code)
	rule := sarif.Descriptor{
		ID:                   code,
		Name:                 pascalCase(code),
		ShortDescription:     &sarif.Message{Text: info.Title},
		FullDescription:      &sarif.Message{Text: joinSentences(info.Title, info.Why)},
		HelpURI:              checksDocURI + "#" + code,
		DefaultConfiguration: &sarif.Configuration{Level: sarifLevel(info.Severity)},
		Help: &sarif.Message{
			Text:     joinSentences(info.Why, info.Fix),
			Markdown: "**Why it matters:** " + info.Why + "\n\n**How to fix it:** " + info.Fix + "\n\n[All checks](" + checksDocURI + ")",
		},
		Properties: &sarif.Properties{
			Tags:             []string{"handoff-package", info.Check},
			Precision:        "very-high",
			ProblemSeverity:  problemSeverity(info.Severity),
			SecuritySeverity: securitySeverity(info),
		},
	}
	if rule.Properties.SecuritySeverity != "" {
		rule.Properties.Tags = append(rule.Properties.Tags, "security")
	}
	if info.Code == CodeSuspicious {
		rule.Properties.Precision = "medium"
	}
	return rule
}

// problemSeverity is the severity in the terms of code scanning.
func problemSeverity(s Severity) string {
	if s == Note {
		return "recommendation"
	}
	return sarifLevel(s)
}

// securitySeverity is how bad a problem is for security, on the scale of CVSS:
// from 7.0 on code scanning calls it high. Empty means that it is about
// something else.
func securitySeverity(info CodeInfo) string {
	switch {
	case info.Code == CodeSecret:
		return "8.0"
	case info.Code == CodeSuspicious:
		return "5.0"
	case info.Check == archiveCheck && info.Severity == Error, info.Code == CodeUnsafePath:
		return "7.0"
	}
	return ""
}

// pascalCase turns a-b into AB, the form that SARIF wants for names.
func pascalCase(code string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(code, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// joinSentences puts a full stop after each part that has none.
func joinSentences(parts ...string) string {
	var b strings.Builder
	for _, part := range parts {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(part)
		if !strings.HasSuffix(part, ".") {
			b.WriteByte('.')
		}
	}
	return b.String()
}
