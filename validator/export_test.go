package validator

// Update says whether golden files are to be written again.
func Update() bool { return *update }

// Visiting returns options whose validations tell what they look at.
func (o Options) Visiting(visit func(stage, file string)) Options {
	o.visit = visit
	return o
}
