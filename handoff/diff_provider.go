package handoff

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// provider judges what differs in the config of a provider. Only devices are
// common to all kinds of providers; what else there is, its key must tell.
func (d *differ) provider(p *diffPair, changes []nodediff.Change) {
	first := len(d.deltas)
	for _, c := range changes {
		steps := stepsOf(c.Path)
		if stepAt(steps, 0) == "devices" {
			d.device(p, c, steps)
			continue
		}
		if stepAt(steps, 0) == "provider" { // its name is more than a text
			d.add(p, c, ChangeSetting, saying("The setting"))
			continue
		}
		d.byKey(p, c, steps)
	}
	d.joinAddresses(d.deltas[first:])
}

func (d *differ) device(p *diffPair, c nodediff.Change, steps []string) {
	switch {
	case c.Moved && len(steps) == 1:
		d.add(p, c, ChangeOrder, func(x *delta, c *Change) string {
			return "The devices of " + providersText(c.Providers) + " are in another order."
		})
	case len(steps) < 2 || len(steps) == 2 && c.Old != nil && c.New != nil:
		d.add(p, c, ChangeDevice, saying("The setting"))
	case len(steps) == 2 && c.Old == nil:
		d.add(p, c, ChangeDeviceAdded, func(x *delta, c *Change) string {
			return sentenceOf(deviceText(x, c)) + " is new" + aboutDevice(d.new, x.pair.new, x.new) + "."
		})
	case len(steps) == 2 && c.New == nil:
		d.add(p, c, ChangeDeviceRemoved, func(x *delta, c *Change) string {
			return sentenceOf(deviceText(x, c)) + " is gone" + aboutDevice(d.old, x.pair.old, x.old) + "."
		})
	case len(steps) == 3 && steps[2] == "type":
		d.add(p, c, ChangeDevice, saying("The"))
	default:
		d.deviceSetting(p, c, classOf(c, steps[2:]))
	}
}

// deviceSetting judges a setting of a device: what no key tells more about decides
// how the device moves or heats.
func (d *differ) deviceSetting(p *diffPair, c nodediff.Change, class ChangeKind) {
	switch class {
	case ChangeAddress:
		d.add(p, c, class, func(x *delta, c *Change) string {
			text := "The " + x.label(c) + x.became()
			if c.Old != nil && c.New != nil && stepsOf(x.path)[2] == "address" {
				text = strings.TrimSuffix(text, ".") + inHexadecimal(x.old, x.new) + "."
			}
			return text
		})
	case ChangeSetting:
		d.ofClass(p, c, ChangeDevice)
	default:
		d.ofClass(p, c, class)
	}
}

func sentenceOf(text string) string { return "D" + text[1:] }

// aboutDevice is the type and the address of a device.
func aboutDevice(s *diffSide, file string, device *doc.Node) string {
	view := s.c.documents[file].view
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
		case x.kind == ChangeDeviceAdded || x.kind == ChangeDeviceRemoved:
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
