package display

import (
	"regexp"
	"slices"
	"strings"
)

// isOption reports whether a text is an option whose value is a secret, and not
// the place of one, as behind --token-file.
func (h *Hider) isOption(text string) bool {
	return strings.HasPrefix(text, "-") && !strings.Contains(text, "=") && h.isSecretName(text)
}

func (h *Hider) isSecretName(name string) bool {
	if !h.isKey(name) {
		return false
	}
	last := name[strings.LastIndexAny(name, "-_")+1:]
	return !slices.Contains([]string{"file", "path", "dir", "env", "var", "name", "url"}, strings.ToLower(last))
}

// hasSecret reports whether a text has a secret in it for what stands before it.
func (h *Hider) hasSecret(text string) bool {
	return h.hasOption(text) || h.hasAssignment(text) || hasUserinfo(text)
}

// hasOption reports whether a text has an option with a secret behind it: --token
// value.
func (h *Hider) hasOption(text string) bool {
	fields := words(text)
	for i, field := range fields {
		if i > 0 && h.isOption(fields[i-1]) && !isOtherOption(field) {
			return true
		}
	}
	return false
}

// hasAssignment reports whether a text has an assignment with a secret in it:
// --token=value, url?token=value.
func (h *Hider) hasAssignment(text string) bool {
	for _, field := range words(text) {
		name, value, ok := strings.Cut(field, "=")
		if ok && value != Hidden && (value != "" || !strings.HasSuffix(text, field)) && h.isSecretName(name) {
			return true
		}
	}
	return false
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n&?;,|\"'`(){}[]<>", r) })
}

// isOtherOption reports whether an argument is the next option, not the value of
// the one before it.
func isOtherOption(text string) bool {
	return strings.HasPrefix(text, "--") || len(text) == 2 && text[0] == '-'
}

// hasUserinfo reports whether a text has a URL with a user in it, who could be a
// token. A password with a slash in it does not belong there, and is there all the
// same.
func hasUserinfo(text string) bool {
	return strings.Contains(text, "://") && userinfo.MatchString(text)
}

var userinfo = regexp.MustCompile(`://[^/?#\s]*@|://\S*:\S*@`)
