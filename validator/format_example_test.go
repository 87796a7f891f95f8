package validator_test

import (
	"os"

	"github.com/anolishq/anolis-handoff/validator"
)

func ExampleReport_WriteText() {
	report := &validator.Report{
		Version: validator.ReportVersion,
		Package: "rig.anpkg",
		Problems: []validator.Problem{{
			Severity: validator.Error, Code: validator.CodeProfileSchema,
			File: "machine-profile.yaml", Pointer: "/schema_version", Line: 2, Column: 17,
			Message: "must be 1, not 2", Hint: "Mend machine-profile.yaml in the project at the given place.",
		}},
		Skipped: []validator.Skipped{{Check: "replay", Reason: "no runtime was given"}},
	}
	report.WriteText(os.Stdout, false)
	// Output:
	// rig.anpkg: INVALID: 1 error
	// machine-profile.yaml:2:17: error: /schema_version: must be 1, not 2 [profile-schema]
	//     fix: Mend machine-profile.yaml in the project at the given place.
	// skipped: replay: no runtime was given
}

func ExampleReport_WriteJSON() {
	report := &validator.Report{Version: validator.ReportVersion, Package: "rig", Valid: true}
	report.WriteJSON(os.Stdout)
	// Output:
	// {"version":1,"package":"rig","valid":true,"canonical":false,"files":[],"problems":[],"checks":[],"skipped":[]}
}
