package handoff_test

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/handoff/release"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

const config = handofftest.RuntimeConfig

// TestSameExposure asks every verb that knows an answer who can reach a machine.
func TestSameExposure(t *testing.T) {
	local := handofftest.OpenFiles(t, handofftest.ExampleFiles(t, "sim-quickstart"), false)
	for bind, exposed := range map[string]bool{
		"127.0.0.1": false, "localhost": false, "'::1'": false, "127.9.9.9": false,
		"LOCALHOST": true, `""`: true, "'[::1]'": true, "'::ffff:127.0.0.1'": true, "0.0.0.0": true, "0": true, "192.0.2.7": true,
		"rig.local": true, `"\u3000127.0.0.1"`: true,
	} {
		files := handofftest.ExampleFiles(t, "sim-quickstart", [3]string{config, "bind: 127.0.0.1", "bind: " + bind})
		p := handofftest.OpenFiles(t, files, true)
		summary, err := handoff.Inspect(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := handoff.Diff(t.Context(), local, p)
		if err != nil {
			t.Fatal(err)
		}
		widened := slices.ContainsFunc(changes.Changes, func(c diff.Change) bool { return c.Kind == diff.HTTPWidened })
		ready, err := handoff.Preflight(t.Context(), p, preflight.Target{Listen: func(netip.AddrPort) error { return nil }}, preflight.Options{})
		if err != nil {
			t.Fatal(err)
		}
		open := slices.ContainsFunc(ready.Checks, func(c preflight.Item) bool {
			return c.Kind == "port" && strings.Contains(c.Message, "open to other machines")
		})
		if got := [3]bool{summary.Profiles[0].HTTP.Exposed, widened, open}; got != [3]bool{exposed, exposed, exposed} {
			t.Errorf("bind: %s: exposed for inspect, diff and preflight: %v, want %v", bind, got, exposed)
		}
	}
}

// TestSameNames has every verb show a name with an ideographic space as it is, and
// take it for no path of a device.
func TestSameNames(t *testing.T) {
	const name, device = "runtime/behaviors/b\u3000x.xml", "/dev/tty\u3000USB0"
	tree := []byte(`<root BTCPP_format="4"><BehaviorTree ID="Main"><AlwaysSuccess/></BehaviorTree></root>` + "\n")
	withTree := func(tree []byte) *handoff.Package {
		files := handofftest.ExampleFiles(t, "sim-quickstart",
			[3]string{config, "automation:\n  enabled: false", "automation:\n  behavior_tree: \"" + name + "\"\n  enabled: true"},
			[3]string{"providers/bench-sim.yaml", "startup_policy: strict\n", "startup_policy: strict\nport: \"" + device + "\"\n"})
		files[name] = &fstest.MapFile{Data: tree}
		return handofftest.OpenFiles(t, files, true)
	}
	p, q := withTree(tree), withTree(append(bytes.Clone(tree), "<!-- -->\n"...))
	said := map[string]string{}
	var b bytes.Buffer
	note := func(verb string, err error) {
		if err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		said[verb] = b.String()
		b.Reset()
	}
	note("validate", p.Report().WriteJSON(&b))
	summary, err := handoff.Inspect(t.Context(), p)
	note("inspect", errorOr(err, func() error { return summary.WriteJSON(&b) }))
	changes, err := handoff.Diff(t.Context(), p, q)
	note("diff", errorOr(err, func() error { return changes.WriteJSON(&b) }))
	drift, err := handoff.Drift(t.Context(), p, q.FS())
	note("drift", errorOr(err, func() error { return drift.WriteJSON(&b) }))
	ready, err := handoff.Preflight(t.Context(), p, preflight.Target{}, preflight.Options{})
	note("preflight", errorOr(err, func() error { return ready.WriteJSON(&b) }))
	for verb, text := range said {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("%s does not name the file:\n%s", verb, text)
		}
	}
	if got := summary.Behaviors; len(got) != 1 || !slices.Equal(got[0].Profiles, []string{"manual"}) {
		t.Errorf("inspect: %+v", got)
	}
	if got := changes.Changes; len(got) != 1 || got[0].Kind != diff.BehaviorChanged {
		t.Errorf("diff: %+v", got)
	}
	if got := drift.Files; len(got) != 1 || got[0].State != release.Changed {
		t.Errorf("drift: %+v", got)
	}
	for _, provider := range summary.Providers {
		if len(provider.DevicePaths) > 0 {
			t.Errorf("inspect takes %q for a device", provider.DevicePaths)
		}
	}
	if slices.ContainsFunc(ready.Checks, func(c preflight.Item) bool { return c.Kind == "device" }) {
		t.Errorf("preflight looks for a device: %+v", ready.Checks)
	}
}

func errorOr(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}
