package main

import (
	"fmt"
	"io"

	"github.com/anolishq/anolis-handoff/exporter"
)

// sentPackage is standard output when a package goes there.
type sentPackage struct {
	w    io.Writer
	size int64
	err  error
}

func (s *sentPackage) Write(data []byte) (int, error) {
	n, err := s.w.Write(data)
	s.size += int64(n)
	if err != nil {
		s.err = err
	}
	return n, err
}

// showIn has the progress show how far the export is.
func (v *exportVerb) showIn(p *progress) {
	if p == nil {
		return
	}
	v.opts.Progress = func(now exporter.Progress) { p.set(exportState(now)) }
	v.opts.Validation.Progress = func(check string) { p.set("checking the package: " + check) }
}

func exportState(now exporter.Progress) string {
	state := "reading " + byteSize(now.Done)
	if now.Stage == exporter.StageWrite {
		state = fmt.Sprintf("writing %d%% of %s", now.Done*100/max(now.Total, 1), byteSize(now.Total))
	}
	if now.File != "" {
		state += ": " + now.File
	}
	return state
}
