package validator

//go:generate go test -run=^(TestReportSchemaIsCurrent|TestChecksDocIsCurrent)$ . -update

// skippedGroup is what was skipped for one reason.
type skippedGroup struct {
	reason string
	checks []string
}

// skippedGroups joins the checks that have the same reason, in the order of the
// first: a refused archive has one reason for all of them.
func (r *Report) skippedGroups() []skippedGroup {
	var groups []skippedGroup
	at := map[string]int{}
	for _, s := range r.Skipped {
		i, ok := at[s.Reason]
		if !ok {
			i = len(groups)
			at[s.Reason] = i
			groups = append(groups, skippedGroup{reason: s.Reason})
		}
		groups[i].checks = append(groups[i].checks, s.Check)
	}
	return groups
}

// name is the package's, also if the caller gave none.
func (r *Report) name() string {
	if r.Package == "" {
		return "package"
	}
	return r.Package
}

// located is the message after the place in the document that it speaks about.
func (p Problem) located() string {
	if p.Pointer == "" {
		return p.Message
	}
	return p.Pointer + ": " + p.Message
}
