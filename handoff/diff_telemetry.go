package handoff

import (
	"slices"

	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// telemetry judges what differs in the section about telemetry.
func (d *differ) telemetry(p *diffPair, c nodediff.Change, steps []string) {
	switch last := steps[len(steps)-1]; {
	case len(steps) == 2 && last == "enabled" && isOn(c.Old) != isOn(c.New):
		d.telemetrySwitch(p, c)
	case len(steps) == 2 && last == "enabled":
		d.add(p, c, ChangeValue, saying("The value"))
	case slices.Contains([]string{"url", "org", "bucket", "influx_url", "influx_org", "influx_bucket"}, last):
		d.add(p, c, ChangeTelemetryTarget, func(x *delta, c *Change) string { return "The telemetry target (" + last + ")" + x.became() })
	case last == "flush_interval_ms":
		d.add(p, c, ChangeTiming, saying("The time"))
	default:
		d.add(p, c, ChangeSetting, saying("The setting"))
	}
}

func (d *differ) telemetrySwitch(p *diffPair, c nodediff.Change) {
	if isOn(c.Old) {
		d.add(p, c, ChangeTelemetryOff, func(*delta, *Change) string { return "Telemetry is now off." })
		return
	}
	d.add(p, c, ChangeTelemetryOn, func(x *delta, c *Change) string {
		url := own(d.new.root(x.pair.new), "telemetry", "influxdb", "url")
		if url == nil {
			return "Telemetry is now on."
		}
		return "Telemetry is now on and goes to " + d.new.c.documents[x.pair.new].view.Value(url) + "."
	})
}
