package validator

import (
	"flag"
	"fmt"
	"strings"
)

// update writes golden and generated files again.
var update = flag.Bool("update", false, "write golden and generated files")

const (
	sumA = "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8551"
	sumB = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

func problem(severity Severity, code Code, file, pointer string, line, column int, message, hint string) Problem {
	return Problem{severity, code, file, pointer, line, column, message, hint}
}

// sampleReports are reports of every kind, made anew by each call.
func sampleReports() map[string]*Report {
	files := []File{
		{"machine-profile.yaml", 1214, sumA}, {"meta/checksums.sha256", 512, sumB}, {"runtime/anolis-runtime.yaml", 980, sumA},
	}
	checks := []string{"archive", "structure", "checksums", "documents", "secrets", "profile-schema"}
	noReplay := []Skipped{{"replay", "no runtime was given"}}
	finished := func(r Report) *Report {
		r.Version = ReportVersion
		r.finish()
		return &r
	}
	const (
		fixSchema = "Mend machine-profile.yaml in the project at the given place."
		fixReader = "Quote it if it is meant as text."
		fixSum    = "Change the project instead of the package and export again."
	)
	odd := "providers/größe 100%#?[x](http://x.example).yaml"
	return map[string]*Report{
		"valid": finished(Report{
			Package: "out/rig.anpkg", Canonical: true, Size: 4817, SHA256: sumA, Files: files, Checks: checks, Skipped: noReplay,
		}),
		"directory": finished(Report{Package: "out/rig", Files: files, Checks: checks, Skipped: []Skipped{{"archive", "the package is no archive"}}}),
		"warnings": finished(Report{
			Package: "rig.anpkg", Size: 4817, SHA256: sumA, Files: files, Checks: checks, Skipped: noReplay,
			Problems: []Problem{
				problem(Warning, CodeReader, "runtime/anolis-runtime.yaml", "/http/enabled", 12, 12, "a word that is a boolean for some: other YAML readers may take it for another value", fixReader),
				problem(Warning, CodeReader, "runtime/anolis-runtime.yaml", "/polling/interval_ms", 15, 16, "a sexagesimal number: other YAML readers may take it for another value", fixReader),
			},
		}),
		"many": finished(Report{
			Package: "mischer/größe 2.anpkg", Canonical: true, Size: 1 << 33, SHA256: sumB, Files: files, Checks: checks[:3], Skipped: append(noReplay, Skipped{"runtime-rules", "runtime/anolis-runtime.yaml could not be read"}),
			Problems: []Problem{
				problem(Error, CodeProfileSchema, "machine-profile.yaml", "/schema_version", 2, 17, "must be 1, not 2", fixSchema),
				problem(Error, CodeProfileSchema, "machine-profile.yaml", "/providers/sïm~1a", 7, 3, "the key \"sïm/a\" does not match ^[A-Za-z0-9_-]+$", fixSchema),
				problem(Error, CodeChecksumsMismatch, odd, "", 0, 0, "has the SHA-256 "+sumA+", and meta/checksums.sha256 says "+sumB, fixSum),
				problem(Error, CodeChecksumsMismatch, "meta/provenance.json", "", 0, 0, "has the SHA-256 "+sumA+", and meta/checksums.sha256 says "+sumB, fixSum),
				problem(Error, CodeSecret, "runtime/anolis-runtime.yaml", "/telemetry/influxdb/token", 31, 12, "has a token", "Remove it from the project."),
				// Nothing the validator should ever say; the output must be safe all the same.
				problem(Error, "future-code", "a\x1b[31m\u202egpj.exe", "/a\nb", 0, 0, "bell \a, del \x7f, C1 \u009b, byte \xff, line\u2028end, <&>, tag \U000E0041 [a](b)", ""),
				problem(Warning, CodeUnreferenced, "notes/meeting.md", "", 0, 0, "nothing in the package refers to this file", "Remove it, or refer to it."),
			},
		}),
		"refused": finished(Report{
			Package: "/srv/in/../evil.anpkg", Size: 22, SHA256: sumB,
			Problems: []Problem{
				problem(Error, "zip-name-traversal", "../../etc/passwd", "", 0, 0, `name has an element ".."`, "extract what you trust and make the archive again"),
				problem(Error, "zip-two-end-records", "", "", 0, 0, "a second end record claims to end the archive (at byte 412)", "extract what you trust and make the archive again"),
			},
			Skipped: []Skipped{
				{"archive", "the archive cannot be read to its end"},
				{"structure", "the content of the archive cannot be trusted"},
				{"checksums", "the content of the archive cannot be trusted"},
				{"replay", "the content of the archive cannot be trusted"},
			},
		}),
		"replay": finished(Report{
			Package: "rig.anpkg", Canonical: true, Size: 4817, SHA256: sumA, Files: files, Checks: append(checks, "replay"),
			Problems: []Problem{
				problem(Error, CodeReplayRefused, "runtime/anolis-runtime.night.yaml", "", 0, 0, `runtime profile "night": the runtime refuses this config: Invalid polling.interval_ms`, "Read its output in the report and mend the config in the project."),
				problem(Error, CodeReplayCrashed, "runtime/anolis-runtime.crash.yaml", "", 0, 0, `runtime profile "crash": the runtime crashed`, "Report the config to the makers of the runtime."),
			},
			Replay: []Replay{
				{Profile: "manual", Config: "runtime/anolis-runtime.yaml", Outcome: "accepted", Stdout: "Config valid: rig, 2 provider(s), port 8080\n", Stderr: "[INFO] loading\tconfig\r\n[WARN] unknown key: pollling\n"},
				{Profile: "night", Config: "runtime/anolis-runtime.night.yaml", Outcome: "refused", ExitCode: 1, Stderr: "ERROR: Invalid polling.interval_ms\n"},
				{Profile: "crash", Config: "runtime/anolis-runtime.crash.yaml", Outcome: "crashed", ExitCode: -1, Signal: "segmentation fault", Truncated: true, Stderr: numbered(45)},
				{Profile: "slow", Config: "runtime/anolis-runtime.slow.yaml", Outcome: "timeout", ExitCode: -1},
			},
		}),
		"long":  finished(Report{Package: "long.anpkg", SHA256: sumB, Size: 1, Files: files[:1], Checks: checks, Problems: unlisted(30)}),
		"empty": finished(Report{}),
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[INFO] step %d\n", i+1)
	}
	return b.String()
}

func unlisted(n int) []Problem {
	var list []Problem
	for i := range n {
		list = append(list, problem(Error, CodeChecksumsUnlisted, fmt.Sprintf("extra/%03d.txt", i), "", 0, 0,
			"is not listed in meta/checksums.sha256", "Remove it, or add it to the project and export again."))
	}
	return list
}
