package handoff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/printable"
)

func (t *summaryText) providers() {
	list := t.allProviders()
	if len(list) == 0 {
		return
	}
	shown := list[:min(len(list), manyItems)]
	t.section("Providers", namesOf(shown, func(p ProviderConfig) string { return p.ID })...)
	for _, p := range shown {
		t.provider(&p)
	}
	t.more(2, len(list)-len(shown), "provider")
}

// allProviders are those of the machine profile, and those that only a runtime
// config knows.
func (t *summaryText) allProviders() []ProviderConfig {
	list := slices.Clone(t.Providers)
	known := map[string]bool{}
	for _, p := range list {
		known[p.ID] = true
	}
	for _, profile := range t.Profiles {
		for _, process := range profile.Providers {
			if !known[process.ID] {
				known[process.ID] = true
				list = append(list, ProviderConfig{ID: process.ID})
			}
		}
	}
	return list
}

func (t *summaryText) provider(p *ProviderConfig) {
	file, name := p.File, ""
	if file == "" {
		file = "no config"
	}
	if p.Name != p.ID {
		name = named("calls itself", p.Name)
	}
	t.row(2, idOf(p.ID), file, name, p.Notes)
	processes, profiles := t.processes(p.ID)
	for i, process := range processes[:min(len(processes), manyItems)] {
		if len(profiles[i]) < len(t.Profiles) {
			t.row(4, "in", some(profiles[i])...)
		}
		t.row(4, "command", commandLine(&process))
		t.row(4, "timeouts", counted("call ", process.TimeoutMS, " ms"), counted("hello ", process.HelloTimeoutMS, " ms"),
			counted("ready ", process.ReadyTimeoutMS, " ms"))
		t.row(4, "restart", process.Restart.pieces()...)
	}
	t.more(4, len(processes)-manyItems, "way")
	if len(processes) == 0 {
		t.row(4, "command", "no runtime profile starts it")
	}
	t.row(4, "bus", p.BusPath)
	t.row(4, "opens", some(slices.DeleteFunc(slices.Clone(p.DevicePaths), func(path string) bool { return path == p.BusPath }))...)
	t.devices(p.Devices)
}

// processes are the different ways in which the runtime profiles start a
// provider, with the names of the profiles.
func (s *Summary) processes(id string) (list []ProviderProcess, profiles [][]string) {
	at := map[string]int{} // by what it says
	for _, p := range s.Profiles {
		for _, process := range p.Providers {
			if process.ID != id {
				continue
			}
			text, _ := json.Marshal(process) // nothing in it can fail
			i, ok := at[string(text)]
			if !ok {
				i = len(list)
				at[string(text)] = i
				list, profiles = append(list, process), append(profiles, nil)
			}
			profiles[i] = append(profiles[i], p.Name)
		}
	}
	return list, profiles
}

// pieces is the restart policy in words.
func (r *RestartPolicy) pieces() []string {
	switch {
	case r == nil:
		return []string{"never (no policy is given)"}
	case !r.Enabled:
		return []string{"never"}
	}
	times := "on"
	if r.MaxAttempts != nil {
		times = "up to " + printable.Count(*r.MaxAttempts, "time")
	}
	var pauses []string
	for _, ms := range r.BackoffMS[:min(len(r.BackoffMS), manyItems)] {
		pauses = append(pauses, strconv.FormatInt(ms, 10))
	}
	if left := len(r.BackoffMS) - len(pauses); left > 0 {
		pauses = append(pauses, fmt.Sprintf("and %d more", left))
	}
	after := ""
	if len(pauses) > 0 {
		after = "after " + strings.Join(pauses, ", ") + " ms"
	}
	return []string{joined(" ", times, after), counted("each within ", r.TimeoutMS, " ms"), counted("count reset after ", r.SuccessResetMS, " ms")}
}

// commandLine is the command as a shell would take it, near enough to read.
func commandLine(p *ProviderProcess) string {
	words := []string{quotedWord(p.Command)}
	for _, arg := range p.Args[:min(len(p.Args), manyItems)] {
		words = append(words, quotedWord(arg))
	}
	text := strings.Join(words, " ")
	if left := len(p.Args) - manyItems; left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

func quotedWord(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\n\"'") {
		return strconv.QuoteToGraphic(s)
	}
	return s
}

// devices writes a table.
func (t *summaryText) devices(devices []Device) {
	var rows [][4]string
	var widths [3]int
	for _, d := range devices[:min(len(devices), manyItems)] {
		row := [4]string{idOf(d.ID), d.Type, busAddress(d.Address), d.Label}
		for i := range row {
			row[i] = clipped(printable.Line(row[i]), softWidth)
		}
		for i := range widths {
			widths[i] = max(widths[i], width(row[i]))
		}
		rows = append(rows, row)
	}
	label := "devices"
	for _, row := range rows {
		line := fmt.Sprintf("    %-*s", t.column-4, label)
		for i, cell := range row[:3] {
			if widths[i] > 0 {
				line += cell + strings.Repeat(" ", widths[i]-width(cell)+2)
			}
		}
		t.WriteString(clipped(strings.TrimRight(line+row[3], " "), hardWidth-1) + "\n")
		label = ""
	}
	t.more(t.column, len(devices)-len(rows), "device")
}

// busAddress shows the address of an I2C device in the base in which people and
// data sheets know it.
func busAddress(text string) string {
	if n, err := strconv.ParseUint(text, 10, 7); err == nil {
		return fmt.Sprintf("0x%02X", n)
	}
	return text
}
