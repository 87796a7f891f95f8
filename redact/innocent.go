package redact

import "bytes"

// reference reports whether a value only names where the real one comes from:
// ${NAME}, $NAME, $(command), {port}, {{ template }}, %NAME%, <fill this in>.
func reference(v []byte) bool {
	if len(v) == 0 {
		return false
	}
	last := v[len(v)-1]
	switch v[0] {
	case '$':
		return len(v) > 1 && (v[1] == '{' || v[1] == '(' || only(v[1:], word))
	case '{':
		return last == '}'
	case '%':
		return len(v) > 2 && last == '%'
	case '<', '[', '(':
		return true
	case '@':
		return last == '@'
	}
	return false
}

// placeholder reports whether a value is one that a person is meant to replace,
// or that already was made unreadable.
func placeholder(v []byte) bool {
	if only(v, fillers) {
		return true
	}
	low := bytes.ToLower(v)
	for _, w := range [...]string{
		"...", "\u2026", "xxxx", "****", "example", "placeholder", "changeme", "change-me", "change_me",
		"redacted", "your-", "your_", "my-token", "dummy", "insert-", "insert_", "replace-", "replace_", "not-set", "notset",
	} {
		if bytes.Contains(low, []byte(w)) {
			return true
		}
	}
	return false
}

var fillers = set("*.xX_ -")

// plainWord reports whether a value is a word that says something about a
// secret, or no string at all.
func plainWord(v []byte) bool {
	switch string(bytes.ToLower(v)) {
	case "", "true", "false", "null", "none", "nil", "~", "yes", "no", "on", "off", "y", "n",
		"required", "optional", "string", "str", "int", "integer", "bool", "boolean", "bytes", "any", "number",
		"unset", "unused", "empty", "default", "undefined", "unknown", "env", "environment", "removed", "missing",
		"enabled", "disabled", "secret", "token", "password", "passwd", "credential", "credentials", "value", "text", "hidden":
		return true
	}
	return false
}

// numeric reports whether v is written with digits and the signs of numbers,
// dates and addresses only.
func numeric(v []byte) bool {
	return contains(v, digits) && only(v, numberChars)
}

var numberChars = set("0-9.,:_+-")

// algorithm reports whether v names a way of hashing, signing or encoding.
func algorithm(v []byte) bool {
	low := bytes.ToLower(v)
	for _, w := range [...]string{
		"sha1", "sha2", "sha3", "sha5", "sha-", "md5", "argon2", "bcrypt", "scrypt", "pbkdf2", "ed25519", "x25519", "ecdsa",
		"rsa", "aes", "base64", "base32", "utf", "hmac", "chacha20", "hs256", "rs256", "es256", "oauth", "x509", "pkcs", "tls", "http",
	} {
		if bytes.HasPrefix(low, []byte(w)) && len(v) <= len(w)+12 {
			return true
		}
	}
	return false
}

// code reports whether v is an expression of names: self.token, os.environ.
func code(v []byte) bool {
	return bytes.IndexByte(v, '.') > 0 && only(v, codeChars) && !contains(v, digits)
}

var codeChars = set("A-Za-z_.")
