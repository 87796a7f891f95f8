package handoff

import "strings"

// attention is what somebody who deploys the package should know first.
func (s *Summary) attention() []string {
	var list []string
	secrets := s.missingSecrets()
	missing := func(p *RuntimeProfile) []string { return secrets[[2]string{p.Name, p.File}] }
	for _, look := range []func(*RuntimeProfile) []string{missing, exposure, origins, oldTelemetry, restarts} {
		var texts []string
		in := map[string][]string{}
		for i := range s.Profiles {
			p := &s.Profiles[i]
			for _, text := range look(p) {
				if in[text] == nil {
					texts = append(texts, text)
				}
				in[text] = append(in[text], p.Name)
			}
		}
		for _, text := range texts {
			list = append(list, text+s.where(in[text]))
		}
	}
	return list
}

// where says of which runtime profiles something is true, if not of all.
func (s *Summary) where(profiles []string) string {
	switch {
	case len(profiles) == len(s.Profiles):
		return ""
	case len(profiles) == 1:
		return " (profile " + strings.Join(some(profiles), ", ") + ")"
	}
	return " (profiles " + strings.Join(some(profiles), ", ") + ")"
}

// missingSecrets is what to say about the slots, by profile and file.
func (s *Summary) missingSecrets() map[[2]string][]string {
	texts := map[[2]string][]string{}
	for _, slot := range s.Slots {
		at := [2]string{slot.Profile, slot.File}
		texts[at] = append(texts[at], slot.Variable+" must be set where the runtime starts: it is "+slot.Path)
	}
	return texts
}

func exposure(p *RuntimeProfile) []string {
	if !p.HTTP.Exposed {
		return nil
	}
	return []string{"other machines can reach HTTP: it is bound to " + p.HTTP.Bind}
}

func origins(p *RuntimeProfile) []string {
	switch {
	case !p.HTTP.AnyOrigin:
		return nil
	case len(p.HTTP.CORSOrigins) == 0:
		return []string{"web pages of every origin may use HTTP: no CORS origins are listed"}
	}
	return []string{"web pages of every origin may use HTTP: CORS has *"}
}

func oldTelemetry(p *RuntimeProfile) []string {
	if !p.Telemetry.Enabled || !p.Telemetry.OldPlace {
		return nil
	}
	return []string{"the target of telemetry stands at its old place, telemetry.influx_url and so on"}
}

func restarts(p *RuntimeProfile) []string {
	var ids []string
	for _, process := range p.Providers {
		if process.Restart == nil || !process.Restart.Enabled {
			ids = append(ids, idOf(process.ID))
		}
	}
	switch len(ids) {
	case 0:
		return nil
	case 1:
		return []string{"provider " + strings.Join(some(ids), ", ") + " is not restarted when it ends by itself"}
	}
	return []string{"providers " + strings.Join(some(ids), ", ") + " are not restarted when they end by themselves"}
}
