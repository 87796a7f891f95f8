package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// provider judges what differs in the config of a provider. Only devices are
// common to all kinds of providers; what else there is, its key must tell.
func (d *differ) provider(p *pair, changes []nodediff.Change) {
	first := len(d.deltas)
	for _, c := range changes {
		steps := stepsOf(c.Path)
		if stepAt(steps, 0) == "devices" {
			d.device(p, c, steps)
			continue
		}
		if stepAt(steps, 0) == "provider" { // its name is more than a text
			d.add(p, c, SettingChanged, saying("The setting"))
			continue
		}
		d.byKey(p, c, steps)
	}
	d.joinAddresses(d.deltas[first:])
}

func (d *differ) device(p *pair, c nodediff.Change, steps []string) {
	switch {
	case c.Moved && len(steps) == 1:
		d.add(p, c, OrderChanged, func(x *delta, c *Change) string {
			return "The devices of " + providersText(c.Providers) + " are in another order."
		})
	case len(steps) < 2 || len(steps) == 2 && c.Old != nil && c.New != nil:
		d.add(p, c, DeviceChanged, saying("The setting"))
	case len(steps) == 2 && c.Old == nil:
		d.add(p, c, DeviceAdded, func(x *delta, c *Change) string {
			return sentenceOf(deviceText(x, c)) + " is new" + aboutDevice(d.new, x.pair.new, x.new) + "."
		})
	case len(steps) == 2 && c.New == nil:
		d.add(p, c, DeviceRemoved, func(x *delta, c *Change) string {
			return sentenceOf(deviceText(x, c)) + " is gone" + aboutDevice(d.old, x.pair.old, x.old) + "."
		})
	case len(steps) == 3 && steps[2] == "type":
		d.add(p, c, DeviceChanged, saying("The"))
	default:
		d.deviceSetting(p, c, classOf(c, steps[2:]))
	}
}

// deviceSetting judges a setting of a device: what no key tells more about decides
// how the device moves or heats.
func (d *differ) deviceSetting(p *pair, c nodediff.Change, class Kind) {
	switch class {
	case AddressChanged:
		d.add(p, c, class, func(x *delta, c *Change) string {
			text := "The " + x.label(c) + x.became()
			if c.Old != nil && c.New != nil && stepsOf(x.path)[2] == "address" {
				text = strings.TrimSuffix(text, ".") + inHexadecimal(x.old, x.new) + "."
			}
			return text
		})
	case SettingChanged:
		d.ofClass(p, c, DeviceChanged)
	default:
		d.ofClass(p, c, class)
	}
}

func sentenceOf(text string) string { return "D" + text[1:] }

// aboutDevice is the type and the address of a device.
func aboutDevice(s *side, file string, device *doc.Node) string {
	view := s.c.Documents[file].View
	text := ""
	if n := device.Get("type"); n != nil {
		text += "type " + view.Value(n)
	}
	if n := device.Get("address"); n != nil {
		if text != "" {
			text += ", "
		}
		text += "address " + view.Value(n)
		if h := hexadecimal(n); h != "" {
			text += " (" + h + ")"
		}
	}
	if text != "" {
		text = ": " + text
	}
	return text
}

// inHexadecimal has addresses as the manuals of boards have them.
func inHexadecimal(old, new *doc.Node) string {
	from, to := hexadecimal(old), hexadecimal(new)
	switch {
	case from == "" && to == "":
		return ""
	case from == "":
		return " to " + to
	case to == "":
		return " from " + from
	}
	return " from " + from + " to " + to
}

func hexadecimal(n *doc.Node) string {
	if n == nil || n.Kind != doc.Int {
		return ""
	}
	i, err := strconv.ParseUint(n.Text, 10, 16)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("0x%02X", i)
}

// joinAddresses makes a list of the addresses to look at part of the change of
// the devices that are there.
func (d *differ) joinAddresses(deltas []*delta) {
	gone, came := map[string]bool{}, map[string]bool{}
	var list, device *delta
	for _, x := range deltas {
		steps := stepsOf(x.path)
		switch {
		case len(steps) == 2 && steps[0] == "discovery" && steps[1] == "addresses":
			list = x
			continue
		case x.kind == DeviceAdded || x.kind == DeviceRemoved:
			gone[addressKey(x.old.Get("address"))] = true
			came[addressKey(x.new.Get("address"))] = true
		case len(steps) == 3 && steps[0] == "devices" && steps[2] == "address":
			gone[addressKey(x.old)] = true
			came[addressKey(x.new)] = true
		default:
			continue
		}
		if device == nil || x.before(device) {
			device = x
		}
	}
	if list == nil || device == nil {
		return
	}
	old, new := addressSet(list.old), addressSet(list.new)
	for a := range union(old, new) {
		if old[a] && !new[a] && !gone[a] || new[a] && !old[a] && !came[a] {
			return
		}
	}
	device.topic = string(device.kind) + "\x00" + device.pair.file() + "\x00" + device.where
	list.topic, list.main = device.topic, -1
}

func addressKey(n *doc.Node) string {
	if n == nil {
		return ""
	}
	return n.Kind.String() + " " + n.Text
}

func addressSet(n *doc.Node) map[string]bool {
	set := map[string]bool{}
	for _, item := range itemsOf(n) {
		set[addressKey(item)] = true
	}
	return set
}

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
func keyClass(steps []string) Kind {
	var words []string // of the last key
	for _, step := range steps {
		step = content.ShortName(step)
		if isIndex(step) {
			continue
		}
		if words = wordsOf(step); hasWord(words, limitWords()) {
			return LimitChanged
		}
	}
	switch {
	case hasWord(words, []string{"baud"}): // baud_rate is not a time
		return AddressChanged
	case hasWord(words, timingWords()):
		return TimingChanged
	case hasWord(words, addressWords()):
		return AddressChanged
	case len(words) > 0 && hasWord(words[len(words)-1:], labelWords()), slices.Equal(words, []string{"display", "name"}):
		return LabelChanged
	}
	return SettingChanged
}

// byKey judges a value by the keys that lead to it.
func (d *differ) byKey(p *pair, c nodediff.Change, keys []string) *delta {
	return d.ofClass(p, c, classOf(c, keys))
}

// classOf is keyClass for a value which may tell more than its key does.
func classOf(c nodediff.Change, keys []string) Kind {
	class := keyClass(keys)
	for _, n := range []*doc.Node{c.Old, c.New} {
		if class != LimitChanged && n.IsString() && content.IsDevice(n.Text) {
			return AddressChanged
		}
	}
	return class
}

// ofClass appends what a change of a class means.
func (d *differ) ofClass(p *pair, c nodediff.Change, class Kind) *delta {
	noun := map[Kind]string{
		LimitChanged: "The limit", AddressChanged: "The connection", TimingChanged: "The time",
		LabelChanged: "The text", SettingChanged: "The setting", DeviceChanged: "The setting",
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
