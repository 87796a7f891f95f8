package main

import "testing"

// TestQueue has packages end in another order than they began.
func TestQueue(t *testing.T) {
	p := new(progress)
	q := newQueue(p, []string{"a", "-", "c"})
	for _, step := range []struct {
		i     int
		doing string // "" if it is done
		want  string
	}{
		{0, "reading", "1 of 3, a: reading"},
		{2, "reading", "1 of 3, a: reading"},
		{0, "secrets", "1 of 3, a: secrets"},
		{2, "secrets", "1 of 3, a: secrets"},
		{2, "", "1 of 3, a: secrets"},
		{1, "reading", "1 of 3, a: secrets"},
		{0, "", "2 of 3, standard input: reading"},
		{1, "secrets", "2 of 3, standard input: secrets"},
		{1, "", "2 of 3, standard input: secrets"}, // the end comes at once
	} {
		if step.doing == "" {
			q.finish(step.i)
		} else {
			q.set(step.i, step.doing)
		}
		if p.text != step.want {
			t.Errorf("%+v: %q", step, p.text)
		}
	}
	q = newQueue(p, []string{"a"})
	q.set(0, "reading")
	if p.text != "a: reading" {
		t.Errorf("alone: %q", p.text)
	}
}
