package handoff

import (
	"context"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// tokenVariable is what the runtime reads the token of InfluxDB from when its
// config has none (runtime-rules, "Deploy time").
const tokenVariable = "INFLUXDB_TOKEN"

// Slot is a secret that a package does not hold and the machine needs.
type Slot struct {
	// Variable is the environment variable that supplies it to the runtime.
	Variable string `json:"variable"`
	// Profile is the runtime profile that needs it, File its config, and Path the
	// key whose value it is, such as telemetry.influxdb.token.
	Profile string `json:"profile"`
	File    string `json:"file"`
	Path    string `json:"path"`
}

// Slots lists the secrets that must be supplied on the machine, in the order of
// the runtime profiles: the token of InfluxDB for each one with telemetry on. The
// error is that of reading the package.
//
// A token that is empty or stands at its old place, telemetry.influx_token, is
// none: the runtime then takes it from the variable, too.
func Slots(ctx context.Context, p *Package) ([]Slot, error) {
	c, err := load(ctx, p)
	if err != nil {
		return nil, err
	}
	return c.slots(), nil
}

func (c *content) slots() []Slot {
	list, names := []Slot{}, []*string{}
	for _, r := range c.runtimes() {
		list = append(list, r.slots()...)
	}
	for i := range list {
		names = append(names, &list[i].Profile, &list[i].File)
	}
	c.views.Clean(names...)
	return list
}

// slots are those of one runtime profile, with its name as it is.
func (r runtimeProfile) slots() []Slot {
	on, token := own(r.root, "telemetry", "enabled"), own(r.root, "telemetry", "influxdb", "token")
	if isOn(on) && isBlank(token) {
		return []Slot{{tokenVariable, r.profile, r.file, "telemetry.influxdb.token"}}
	}
	return nil
}

func isBlank(n *doc.Node) bool {
	return n == nil || n.Kind == doc.Null || n.IsString() && strings.TrimSpace(n.Text) == ""
}
