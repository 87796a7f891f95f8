package validator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/replay"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// checkReplay has the runtime itself look at every runtime profile.
func checkReplay(v *validation) string {
	if v.opts.Runtime.Binary == "" {
		return "no runtime was given"
	}
	if n := v.countErrors(); n > 0 {
		return "the package has " + show.Count(n, "error") + "; it is not unpacked"
	}
	if v.gap != "" || len(v.machine.Profiles) == 0 {
		return cmp.Or(v.gap, "there is no runtime profile to ask about")
	}
	mask, err := newMask(v.search.policy)
	if err != nil {
		v.err = err // cannot be: the policy was checked
		return ""
	}
	configs := make([]string, len(v.machine.Profiles))
	var placeholders []string
	for i, p := range v.machine.Profiles {
		configs[i] = p.File
		for _, slot := range p.Slots() {
			if value := slot.Variable + "=placeholder"; !slices.Contains(placeholders, value) {
				placeholders = append(placeholders, value)
			}
		}
	}
	runs, err := replay.Check(v.ctx, v.files, configs, replay.Options{
		Binary: v.opts.Runtime.Binary, Timeout: v.opts.Runtime.Timeout, TempDir: v.opts.Runtime.TempDir,
		MaxExtract: v.limits.Total, Mask: mask, Env: placeholders,
	})
	if err != nil {
		v.err = err
		return ""
	}
	for i, run := range runs {
		r := v.machine.Profiles[i]
		v.report.Replay = append(v.report.Replay, Replay{
			Profile: r.Name, Config: r.File, Outcome: string(run.Outcome), ExitCode: run.ExitCode, Signal: run.Signal,
			Stdout: run.Stdout, Stderr: run.Stderr, Truncated: run.Truncated,
		})
		if code, msg := replayProblem(run); code != "" {
			v.at(code, r.File, nil, doc.Pos{}, "runtime profile "+quote(r.Name)+": "+msg)
		}
	}
	return ""
}

func (v *validation) countErrors() int { return v.report.Count(Error) }

// replayProblem is what a run means for the verdict; "" is nothing.
func replayProblem(run replay.Run) (Code, string) {
	switch run.Outcome {
	case replay.Accepted:
		return "", ""
	case replay.Refused:
		return CodeReplayRefused, cmp.Or(run.Message, "the runtime refuses it")
	case replay.TimedOut:
		return CodeReplayTimeout, run.Err
	case replay.Crashed:
		return CodeReplayCrashed, run.Err
	}
	return CodeReplayFailed, run.Err
}

// newMask returns a function that replaces every line of a program's output in
// which the policy sees a secret, however many there are.
func newMask(policy secretscan.Config) (func(string) string, error) {
	policy.Allow = nil // that is about files of the package
	policy.Limits.Findings = secretscan.All
	search, err := secretscan.New(policy)
	if err != nil {
		return nil, err
	}
	return func(text string) string {
		scanner := search.NewScanner("output")
		scanner.Write([]byte(text))
		lines := strings.Split(text, "\n")
		for _, f := range scanner.Findings() {
			maskLines(lines, f)
		}
		return strings.Join(lines, "\n")
	}, nil
}

// maskLines hides the line of a finding, and of a private key all lines of it.
func maskLines(lines []string, f secretscan.Finding) {
	key := f.Rule == "pem-private-key"
	for i := f.Line - 1; i >= 0 && i < len(lines); i++ {
		end := strings.Contains(lines[i], "-----END")
		lines[i] = "*** (a line that may hold a secret)"
		if !key || end {
			return
		}
	}
}
