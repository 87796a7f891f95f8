package main

import (
	"fmt"
	"strings"

	"github.com/anolishq/anolis-handoff/validator"
)

// tally counts verdicts.
type tally struct {
	valid, warned, invalid int
	unjudged               int // packages that could not be validated
}

func (t *tally) add(r *validator.Report) {
	switch {
	case !r.Valid:
		t.invalid++
	case r.Count(validator.Warning) > 0:
		t.warned++
	default:
		t.valid++
	}
}

// judged is the number of reports.
func (t tally) judged() int { return t.valid + t.warned + t.invalid }

// String is the tally on one line.
func (t tally) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{t.valid, "valid"}, {t.warned, "valid with warnings"}, {t.invalid, "INVALID"}, {t.unjudged, "not validated"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return count(t.judged()+t.unjudged, "package") + ": " + strings.Join(parts, ", ")
}
