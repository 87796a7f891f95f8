package preflight_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// followed is what a person does who reads a hint: to the machine, or to the project,
// whose edits are returned.
type followed func(m *handofftest.Machine, c preflight.Item, edits []string) []string

// onMachine leaves the project alone.
func onMachine(do func(m *handofftest.Machine, c preflight.Item)) followed {
	return func(m *handofftest.Machine, c preflight.Item, edits []string) []string {
		do(m, c)
		return edits
	}
}

// inProject corrects the project, as it was before the edits.
func inProject(*handofftest.Machine, preflight.Item, []string) []string { return nil }

// placesOf are the paths by which a machine is asked for a thing.
func placesOf(m *handofftest.Machine, c preflight.Item) []string {
	where := c.Path
	if where == "" {
		where = c.Subject
	}
	places := []string{"/opt/rig/" + c.Subject}
	if strings.HasPrefix(c.Subject, "/") {
		places[0] = c.Subject
	}
	for name := range m.Files {
		if path.Clean(name) == where {
			places = append(places, name)
		}
	}
	return places
}

// put puts something at the place of a thing, for everybody.
func put(mode fs.FileMode) followed {
	return onMachine(func(m *handofftest.Machine, c preflight.Item) {
		for _, name := range placesOf(m, c) {
			m.Files[name] = mode
			delete(m.Broken, name)
			delete(m.Denied, name)
		}
	})
}

func allow(m *handofftest.Machine, c preflight.Item) {
	for _, name := range placesOf(m, c) {
		delete(m.Denied, name)
		delete(m.Broken, name)
	}
}

func token(m *handofftest.Machine, c preflight.Item) { m.Env[c.Subject] = "kW7xQ2pLm9vRt4Yz" }

func free(m *handofftest.Machine, _ preflight.Item) { clear(m.Ports) }

// follow has all hints, by a text that each has and no other one.
var follow = map[string]followed{
	"give it to the service":        onMachine(token),
	"put in the real one":           onMachine(token),
	"take out the spaces":           onMachine(func(m *handofftest.Machine, c preflight.Item) { m.Env[c.Subject] = strings.TrimSpace(m.Env[c.Subject]) }),
	"install the program there":     put(0o755),
	"let the user of the runtime r": onMachine(allow),
	"run the preflight as the user": onMachine(allow),
	"write the path of the program": func(_ *handofftest.Machine, c preflight.Item, edits []string) []string {
		return []string{edits[0], "/usr/bin/" + c.Subject}
	},
	"chmod +x ": onMachine(func(m *handofftest.Machine, c preflight.Item) {
		for name := range m.Files {
			if path.Clean(name) == strings.TrimPrefix(c.Hint, "chmod +x ") {
				m.Files[name] |= 0o111
			}
		}
	}),
	"it is a path of Windows":       inProject,
	"unpack the package again":      put(0o644),
	"put it there, unless":          put(0o644),
	"turn the I2C bus on":           put(handofftest.CharDevice),
	"plug the device in":            put(handofftest.CharDevice),
	"connect the device":            put(handofftest.CharDevice),
	"the group of the device":       onMachine(allow),
	"write the path of the bus":     inProject,
	"stop it first":                 onMachine(free),
	"give the machine that address": onMachine(free),
	"take a port above 1023":        inProject,
	"write an IP address into":      inProject,
	"correct it in the project":     inProject,
	"write it as http://HOST:PORT":  inProject,
	"write it into the project":     inProject,
	"shows what is wrong":           inProject,
	"see by hand":                   onMachine(func(*handofftest.Machine, preflight.Item) {}),
}

// TestHintsAreFollowed does what every hint says, and looks again: what it was about is
// then all right.
func TestHintsAreFollowed(t *testing.T) {
	used := map[string]bool{}
	for _, test := range preflightCases() {
		m := handofftest.ReadyMachine()
		if test.machine != nil {
			test.machine(m)
		}
		for _, c := range checked(t, openRig(t, test.edits...), m.Target("/opt/rig")).Checks {
			if line(c) != test.want || c.Hint == "" {
				continue
			}
			var do followed
			for text, f := range follow {
				switch {
				case !strings.Contains(c.Hint, text):
				case do != nil && !strings.HasPrefix(c.Hint, "it is a path of Windows"):
					t.Errorf("%s: two know how to follow: %s", test.name, c.Hint)
				case do == nil || text == "it is a path of Windows":
					do, used[text] = f, true
				}
			}
			if do == nil {
				t.Errorf("%s: nobody knows how to follow: %s", test.name, c.Hint)
				continue
			}
			edits := do(m, c, test.edits)
			for _, after := range checked(t, openRig(t, edits...), m.Target("/opt/rig")).Checks {
				if after.Kind == c.Kind && after.Status != preflight.OK && !strings.Contains(c.Hint, "by hand") {
					t.Errorf("%s: after %q: %s", test.name, c.Hint, line(after))
				}
			}
		}
	}
	for text := range follow {
		if !used[text] {
			t.Errorf("no hint has %q", text)
		}
	}
}
