package redact

import "bytes"

// judge decides whether what is assigned to a key in text looks like a secret.
// Only a person can be sure: this errs on the side of silence for words of a
// sentence, and on the side of a finding for everything that is quoted.
func judge(win []byte, a assignment) bool {
	key, value := win[a.keyStart:a.keyEnd], bytes.TrimSpace(win[a.valueStart:a.valueEnd])
	if a.style == literal {
		return !literalInnocent(value)
	}
	if aboutSecret(key) || reference(value) || placeholder(value) || plainWord(value) || code(value) ||
		bytes.EqualFold(key, value) {
		return false
	}
	called := in(win, a.valueEnd, brackets) && a.style != quoted // f(x), list[0]
	switch a.style {
	case quoted:
		return !sentence(value)
	case tight:
		return !called && len(value) >= 4 && !numeric(value) && !isPath(value)
	case ini:
		if !called && len(value) >= 6 && only(value, letters) {
			return true
		}
	}
	return !called && generated(value)
}

// literalInnocent reports whether the text of a value in YAML or JSON is no
// string or a blank one.
func literalInnocent(v []byte) bool {
	switch string(bytes.ToLower(v)) {
	case "", "~", "null", "true", "false", "yes", "no", "on", "off":
		return true
	}
	return numeric(v)
}

// generated reports whether a word in a sentence looks like a secret: at least
// seven characters with letters and digits, and nothing else that has both.
func generated(v []byte) bool {
	v = bytes.TrimRight(v, ".!?:")
	return len(v) >= 7 && contains(v, letters) && contains(v, digits) &&
		!algorithm(v) && !isPath(v) && !constant(v) && !version(v)
}

// sentence reports whether v is several words without a digit.
func sentence(v []byte) bool {
	return bytes.Count(v, []byte(" ")) >= 2 && !contains(v, digits) && (contains(v, upper) || bytes.Count(v, []byte(" ")) >= 4)
}

// isPath reports whether v is a path or a URL.
func isPath(v []byte) bool {
	return v[0] == '/' || v[0] == '~' || bytes.HasPrefix(v, []byte("./")) || bytes.HasPrefix(v, []byte("../")) || bytes.Contains(v, []byte("://"))
}

// constant reports whether v is the name of a variable: INFLUXDB2_TOKEN.
func constant(v []byte) bool {
	return bytes.IndexByte(v, '_') > 0 && only(v, constantChars)
}

// version reports whether v is a version: v1.2.3-rc1.
func version(v []byte) bool {
	return len(v) <= 16 && bytes.Count(v, []byte(".")) >= 2 && (v[0] == 'v' || digits[v[0]])
}

var constantChars = set("A-Z0-9_")

// aboutSecret reports whether a key names not a secret but something about one.
func aboutSecret(key []byte) bool {
	low := bytes.ToLower(key)
	for _, s := range [...]string{
		"_count", "_limit", "_length", "_len", "_size", "_type", "_ttl", "_name", "_url", "_uri", "_path", "_file",
		"_env", "_var", "_removed", "_expiry", "_timeout", "_id", "_required", "_enabled", "_policy", "_hint", "_ref",
		"-file", "-path", "-name", "-type", "-env", "-url", "_endpoint",
	} {
		if bytes.HasSuffix(low, []byte(s)) && string(low) != "access_key_id" {
			return true
		}
	}
	return bytes.Contains(low, []byte("tokeniz")) || bytes.Contains(low, []byte("tokenis")) || bytes.Contains(low, []byte("secretar"))
}
