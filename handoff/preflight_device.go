package handoff

import (
	"io/fs"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// devices looks at the hardware that the configs and arguments of the providers
// name. Preflight has the rules.
func (f *preflight) devices(r runtimeProfile) {
	for _, p := range f.providersOf(r) {
		if p.config != nil {
			f.configDevices(r, p)
		}
		for _, arg := range p.args {
			if name := pathIn(arg); isDevice(name) {
				f.need(r, p.id, "device", name, shownPart(r, arg, name), func() verdict { return f.device(name) })
			}
		}
	}
}

func (f *preflight) configDevices(r runtimeProfile, p providerEntry) {
	file, _ := project.Clean(p.config.Text)
	d := f.content.documents[file]
	if d == nil {
		f.need(r, p.id, "device", p.config.Text, shownPath(r.view, p.config), func() verdict {
			return verdict{CheckSkipped, "it cannot be read, so the devices in it are not known", ""}
		})
		return
	}
	for _, n := range f.devicesIn(d) {
		judge := f.device
		if n.bus {
			judge = f.bus
		}
		f.need(r, p.id, "device", n.Text, shownPath(d.view, n.Node), func() verdict { return judge(n.Text) })
	}
}

// deviceName is a text that names a device.
type deviceName struct {
	*doc.Node
	bus bool // it is hardware.bus_path
}

// devicesIn are the devices that the config of a provider names.
func (f *preflight) devicesIn(d *document) []deviceName {
	list, known := f.named[d]
	if known {
		return list
	}
	bus := own(d.root, "hardware", "bus_path")
	if bus.IsString() {
		list = append(list, deviceName{bus, true})
	}
	doc.Walk(d.root, func(_ doc.Path, _, n *doc.Node) bool {
		if n.IsString() && n != bus && isDevice(n.Text) {
			list = append(list, deviceName{n, false})
		}
		return true
	})
	f.named[d] = list
	return list
}

// longestDevice is how many bytes a path of Linux can have.
const longestDevice = 4096

func isDevice(text string) bool {
	return strings.HasPrefix(text, "/dev/") && len(text) <= longestDevice && !strings.ContainsFunc(text, unicode.IsSpace)
}

// bus is the verdict on a hardware.bus_path.
func (f *preflight) bus(name string) verdict {
	switch {
	case pytext.IsBlank(name):
		return verdict{CheckFailed, "hardware.bus_path is empty", "write the path of the bus into it, and export again"}
	case strings.HasPrefix(name, "mock://"):
		return verdict{CheckOK, "is imitated and needs no hardware", ""}
	case !strings.HasPrefix(name, "/"):
		return verdict{CheckSkipped, "it is no path of a device that can be looked for", "see by hand whether it is there"}
	}
	return f.device(name)
}

func (f *preflight) device(name string) verdict {
	place, info, no := f.find(name)
	switch {
	case no != nil:
		return no.hinting(deviceHint(name))
	case info.Mode()&fs.ModeDevice == 0:
		return verdict{CheckFailed, "is a " + typeName(info.Mode()) + ", not a device", deviceHint(name)}
	}
	return f.may(place, AccessRead|AccessWrite, "read and written",
		"put the user of the runtime into the group of the device (ls -l shows it), and log in again")
}

func deviceHint(name string) string {
	switch {
	case strings.HasPrefix(name, "/dev/i2c-"):
		return "turn the I2C bus on, and look for its number with ls /dev/i2c-*"
	case strings.HasPrefix(name, "/dev/tty"), strings.HasPrefix(name, "/dev/serial/"):
		return "plug the device in, and look for its name with ls -l /dev/serial/by-id"
	}
	return "connect the device, or correct its path in the project and export again"
}
