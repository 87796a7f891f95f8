package exporter

import (
	"regexp"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/redact"
)

var (
	quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	lineFeeds  = strings.NewReplacer("\n", " ", "\r", " ")
)

// hideSecrets takes what looks like a secret out of the words of faults and
// notes: those who write them quote values and know nothing of secrets.
func (b *builder) hideSecrets(faults []fault.Fault) {
	if b.search == nil {
		return
	}
	var texts []*string
	for i := range faults {
		texts = append(texts, &faults[i].Msg, &faults[i].Path, &faults[i].Pointer)
	}
	for i := range b.notes {
		n := &b.notes[i]
		texts = append(texts, &n.Message, &n.Path, &n.Pointer, &n.Source, &n.Result)
	}
	for _, i := range b.suspects(texts) {
		*texts[i] = quotedText.ReplaceAllString(*texts[i], `"`+masked+`"`)
	}
	for _, i := range b.suspects(texts) {
		*texts[i] = masked
	}
}

// suspects are the texts in which the policy sees a secret for certain.
func (b *builder) suspects(texts []*string) []int {
	scanner := b.search.NewScanner("messages")
	for _, text := range texts {
		scanner.Write([]byte(lineFeeds.Replace(*text) + "\n"))
	}
	var found []int
	for _, f := range scanner.Findings() {
		if i := f.Line - 1; f.Severity == redact.Error && i >= 0 && i < len(texts) {
			found = append(found, i)
		}
	}
	return found
}
