package handoff

import (
	"slices"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// The words in keys that tell what a value is about, where no schema does: each
// kind of provider has settings of its own.
func limitWords() []string {
	return []string{"min", "max", "minimum", "maximum", "limit", "bound", "range", "ceiling", "threshold", "clamp",
		"watchdog", "cutoff", "trip", "safe", "safety", "failsafe", "interlock", "estop"}
}

func addressWords() []string {
	return []string{"address", "addresses", "addr", "bus", "port", "host", "hostname", "url", "uri", "endpoint", "baud",
		"serial", "socket", "unit", "device", "channel", "pin", "gpio"}
}

func timingWords() []string {
	return []string{"timeout", "interval", "delay", "period", "poll", "polling", "rate", "hz", "ms", "us", "ns", "sec", "second"}
}

// labelWords are without name: it may be that of a file or a signal.
func labelWords() []string {
	return []string{"label", "note", "description", "title", "comment"}
}

// keyClass judges a value by its key, and for limits by the keys around it, too:
// what is below "limits" is one.
func keyClass(steps []string) ChangeKind {
	var words []string // of the last key
	for _, step := range steps {
		step = shortName(step)
		if isIndex(step) {
			continue
		}
		if words = wordsOf(step); hasWord(words, limitWords()) {
			return ChangeLimit
		}
	}
	switch {
	case hasWord(words, []string{"baud"}): // baud_rate is no time
		return ChangeAddress
	case hasWord(words, timingWords()):
		return ChangeTiming
	case hasWord(words, addressWords()):
		return ChangeAddress
	case len(words) > 0 && hasWord(words[len(words)-1:], labelWords()), slices.Equal(words, []string{"display", "name"}):
		return ChangeLabel
	}
	return ChangeSetting
}

// byKey judges a value by the keys that lead to it.
func (d *differ) byKey(p *diffPair, c nodediff.Change, keys []string) *delta {
	return d.ofClass(p, c, classOf(c, keys))
}

// classOf is keyClass for a value which may tell more than its key does.
func classOf(c nodediff.Change, keys []string) ChangeKind {
	class := keyClass(keys)
	for _, n := range []*doc.Node{c.Old, c.New} {
		if class != ChangeLimit && n.IsString() && isDevice(n.Text) {
			return ChangeAddress
		}
	}
	return class
}

// ofClass appends what a change of a class means.
func (d *differ) ofClass(p *diffPair, c nodediff.Change, class ChangeKind) *delta {
	noun := map[ChangeKind]string{
		ChangeLimit: "The limit", ChangeAddress: "The connection", ChangeTiming: "The time",
		ChangeLabel: "The text", ChangeSetting: "The setting", ChangeDevice: "The setting",
	}[class]
	return d.add(p, c, class, saying(noun))
}

func isIndex(step string) bool { return strings.Trim(step, "0123456789") == "" }

// wordsOf are the words of max_speed, max-speed and maxSpeed.
func wordsOf(key string) []string {
	var b strings.Builder
	var last rune
	for _, r := range key {
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		last = r
	}
	return strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// hasWord reports whether one of the words is in a list, as it is or with an s.
func hasWord(words, list []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains(list, w) || slices.Contains(list, strings.TrimSuffix(w, "s"))
	})
}
