package validator

// check is one unit of validation. Adding one means adding it to allChecks.
type check struct {
	name string
	// run reports problems to v. It returns why it could not look at everything,
	// or "" when it did.
	run func(v *validation) (skipped string)
}

// allChecks in the order in which they run. Later ones rest on what earlier
// ones found and read.
func allChecks() []check {
	return []check{
		{"structure", checkStructure},
		{"checksums", checkChecksums},
		{"documents", checkDocuments},
		{"secrets", checkSecrets},
		{"profile-schema", checkProfileSchema},
		{"profile-references", checkProfileReferences},
		{"runtime-schema", checkRuntimeSchema},
		{"runtime-rules", checkRuntimeRules},
		{"runtime-references", checkRuntimeReferences},
		{"providers", checkProviders},
		{"behaviors", checkBehaviors},
		{"provenance", checkProvenance},
		{"unreferenced", checkUnreferenced},
		{"reader-dependent", checkReaders},
		{"replay", checkReplay},
	}
}

// archiveCheck is the name of the check of the zip file itself.
const archiveCheck = "archive"

// runChecks fills the report.
func (v *validation) runChecks() error {
	for _, c := range allChecks() {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		v.begin(c.name)
		skipped := c.run(v)
		if v.err != nil {
			return v.err
		}
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if skipped != "" {
			v.report.Skipped = append(v.report.Skipped, Skipped{c.name, skipped})
		} else {
			v.report.Checks = append(v.report.Checks, c.name)
		}
	}
	v.finish()
	return nil
}

// begin tells the caller what comes next.
func (v *validation) begin(check string) {
	if v.opts.Progress != nil {
		v.opts.Progress(check)
	}
}

// skipAll lists every check as skipped.
func (v *validation) skipAll(reason string) {
	for _, c := range allChecks() {
		v.report.Skipped = append(v.report.Skipped, Skipped{c.name, reason})
	}
	v.finish()
}

// finish ends the validation: nothing is added to the report any more.
//
// A check may be left out behind an error, or because nobody asked for it. Anything
// else is an error of its own, so that no package passes on what was not looked at.
func (v *validation) finish() {
	if v.countErrors() == 0 && v.machine != nil {
		for _, g := range v.machine.Gaps {
			v.at(CodeUnchecked, g.In, g.Path, g.Pos(), "must be "+g.Want+"; otherwise nobody knows which files the machine reads")
		}
	}
	if v.countErrors() == 0 {
		for _, s := range v.report.Skipped {
			if asked := s.Check != archiveCheck && (s.Check != "replay" || v.opts.Runtime.Binary != ""); asked {
				v.problem(CodeUnchecked, "", "the check "+s.Check+" could not run: "+s.Reason)
			}
		}
	}
	v.addSurplus()
	v.hideSecrets()
	v.report.finish()
}
