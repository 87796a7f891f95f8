package handoff

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// The words in keys that tell what a value is about, where no schema does: each
// kind of provider has settings of its own.
func limitWords() []string {
	return []string{"min", "max", "minimum", "maximum", "limit", "limits", "watchdog", "threshold", "cutoff", "clamp",
		"safe", "safety", "interlock", "interlocks", "estop"}
}

func addressWords() []string {
	return []string{"address", "addresses", "addr", "bus", "port", "host", "hostname", "url", "uri", "endpoint", "baud", "serial", "socket", "unit"}
}

func timingWords() []string {
	return []string{"timeout", "interval", "delay", "period", "poll", "polling", "rate", "hz", "ms", "us", "ns", "sec", "seconds"}
}

func labelWords() []string {
	return []string{"label", "name", "note", "notes", "description", "title", "comment", "comments"}
}

// keyClass judges a value by its key, and for limits by the keys around it, too:
// what is below "limits" is one.
func keyClass(steps []string) ChangeKind {
	last := ""
	for _, step := range steps {
		words := wordsOf(step)
		if isIndex(step) {
			continue
		}
		last = step
		if hasWord(words, []string{"limits", "safety", "interlock", "interlocks"}) {
			return ChangeLimit
		}
	}
	words := wordsOf(last)
	switch {
	case hasWord(words, limitWords()):
		return ChangeLimit
	case hasWord(words, timingWords()):
		return ChangeTiming
	case hasWord(words, addressWords()):
		return ChangeAddress
	case len(words) > 0 && slices.Contains(labelWords(), words[len(words)-1]):
		return ChangeLabel
	}
	return ChangeSetting
}

// byKey judges a value by the keys that lead to it.
func (d *differ) byKey(p *diffPair, c nodediff.Change, keys []string) *delta {
	kind := keyClass(keys)
	noun := map[ChangeKind]string{
		ChangeLimit: "The limit", ChangeAddress: "The connection", ChangeTiming: "The time",
		ChangeLabel: "The text", ChangeSetting: "The setting",
	}[kind]
	return d.add(p, c, kind, saying(noun))
}

func isIndex(step string) bool { return strings.Trim(step, "0123456789") == "" }

func wordsOf(key string) []string {
	return strings.FieldsFunc(strings.ToLower(key), func(r rune) bool { return r == '_' || r == '-' || r == '.' || r == ' ' })
}

func hasWord(words, list []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
}
