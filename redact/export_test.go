package redact

// Scanners prepares a policy once for many scanners.
func Scanners(p Policy) func(name string) *Scanner {
	s, err := p.Searcher()
	if err != nil {
		panic(err)
	}
	return s.NewScanner
}
