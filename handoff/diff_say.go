package handoff

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// saying makes a sentence of what a change is about and how the value changed:
// "The limit max of parameter speed goes up."
func saying(noun string) func(*delta, *Change) string {
	return func(x *delta, c *Change) string { return noun + " " + x.label(c) + x.became() }
}

// sayingOnly is saying for what needs no key to be known.
func sayingOnly(noun string) func(*delta, *Change) string {
	return func(x *delta, c *Change) string { return noun + x.became() }
}

// sayingDefault is sayingOnly for what has a value also when it is left out.
func sayingDefault(noun, value string) func(*delta, *Change) string {
	return func(x *delta, c *Change) string {
		switch {
		case x.old == nil:
			return noun + " changes from the default, " + value + "."
		case x.new == nil:
			return noun + " changes to the default, " + value + "."
		}
		return noun + x.became()
	}
}

// label is a key with what it belongs to.
func (x *delta) label(c *Change) string {
	keys, owner := x.path, ""
	rest := func(n int, what string) {
		owner += " of " + what
		keys = keys[n:]
	}
	steps := stepsOf(x.path)
	at := func(i int, key string) bool { return len(steps) > i+2 && steps[i] == key }
	switch {
	case x.pair.role == roleRuntime && at(0, "providers"):
		rest(2, providersText(c.Providers))
	case x.pair.role == roleRuntime && len(steps) > 3 && steps[0] == "automation" && steps[1] == "parameters":
		rest(3, "parameter "+spokenName(steps[2]))
	case x.pair.role == roleProvider && at(0, "devices"):
		rest(2, deviceText(x, c))
	case x.pair.role == roleProvider:
		rest(0, providersText(c.Providers))
	}
	return pathText(keys) + owner
}

func deviceText(x *delta, c *Change) string {
	return "device " + spokenName(stepsOf(x.path)[1]) + " of " + providersText(c.Providers)
}

func providersText(ids []string) string { return nounList("provider", ids) }

// nounList is a list as a sentence has it: providers a, b and c.
func nounList(noun string, list []string) string {
	names := make([]string, len(list))
	for i, name := range list {
		names[i] = spokenName(name)
	}
	switch n := len(names); n {
	case 0:
		return "a " + noun
	case 1:
		return noun + " " + names[0]
	default:
		return noun + "s " + strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// spokenName is a name in a sentence, in quotes if it could be taken for a part of
// the sentence.
func spokenName(name string) string {
	name = shortName(name)
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) || r == '"' }
	if name == "" || strings.ContainsFunc(name, odd) {
		return strconv.QuoteToGraphic(name)
	}
	return name
}

// became says how a value changed, as the end of a sentence.
func (x *delta) became() string {
	switch {
	case x.old == nil:
		return " is new."
	case x.new == nil:
		return " is gone."
	}
	a, ok1 := number(x.old)
	b, ok2 := number(x.new)
	switch {
	case x.kind == ChangeHTTPMoved || x.kind == ChangeAddress || !ok1 || !ok2:
	case a < b:
		return " goes up."
	case a > b:
		return " goes down."
	}
	return " changes."
}

func number(n *doc.Node) (float64, bool) {
	switch {
	case n == nil:
		return 0, false
	case n.Kind == doc.Float:
		return n.Float, true
	case n.Kind == doc.Int:
		f, err := strconv.ParseFloat(n.Text, 64)
		return f, err == nil
	}
	return 0, false
}
