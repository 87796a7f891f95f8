package main

import (
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/validator"
)

// runtimeNames replaces the path of the machine runtime, which its output may
// well begin with. The library has masked the other paths that it knows.
func runtimeNames(binary string) *strings.Replacer {
	if binary == "" {
		return strings.NewReplacer()
	}
	names := []string{binary, "<runtime>"}
	if real, err := filepath.EvalSymlinks(binary); err == nil {
		names = append(names, real, "<runtime>")
	}
	return strings.NewReplacer(names...)
}

// hideRuntime takes the path of the runtime out of a report.
func (s *server) hideRuntime(r *validator.Report) *validator.Report {
	for i := range r.Problems {
		r.Problems[i].Message = s.runtime.Replace(r.Problems[i].Message)
	}
	for i := range r.Replay {
		r.Replay[i].Stdout = s.runtime.Replace(r.Replay[i].Stdout)
		r.Replay[i].Stderr = s.runtime.Replace(r.Replay[i].Stderr)
	}
	return r
}
