package redact

// Scanners prepares a policy once for many scanners.
func Scanners(p Policy) func(name string) *Scanner {
	e, err := newEngine(p)
	if err != nil {
		panic(err)
	}
	return e.scanner
}
