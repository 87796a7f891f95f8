package hide

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/secretscan"
)

// Output replaces every line of what a program printed in which the policy sees a
// secret, however many there are.
func (h *Hider) Output(text string) string {
	scanner := h.policy.NewScanner("output")
	scanner.Write([]byte(text))
	lines := strings.Split(text, "\n")
	for _, f := range scanner.Findings() {
		hideLines(lines, f)
	}
	return strings.Join(lines, "\n")
}

// hideLines hides the line of a finding, and of a private key all lines of it.
func hideLines(lines []string, f secretscan.Finding) {
	key := f.Rule == "pem-private-key"
	for i := f.Line - 1; i >= 0 && i < len(lines); i++ {
		end := strings.Contains(lines[i], "-----END")
		lines[i] = Hidden + " (a line that may hold a secret)"
		if !key || end {
			return
		}
	}
}
