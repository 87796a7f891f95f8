package secretscan

import (
	"bytes"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

const (
	maxKey   = 128 // bytes of a key to each side of the word in it
	maxValue = 256 // bytes of a value that are looked at
)

// assignment is a key and its value in a window of text.
type assignment struct {
	keyStart, keyEnd     int
	valueStart, valueEnd int
	style                style
	arguments            bool // on a command line
	connection           bool // in a connection string: key=value;key=value
}

// style is how sure it is that the value is one, not the next word of a
// sentence.
type style uint8

const (
	quoted  style = iota // key="value", key: 'value'
	tight                // key=value, <key>value</key>
	loose                // key: value, key = value
	option               // --key value
	ini                  // key = value, alone on its line
	literal              // in a document that could not be read: anything at all
)

// keyAround is the key that contains the n bytes at at.
func keyAround(win []byte, at, n int) (start, end int) {
	left := max(0, at-maxKey)
	start = left + runStart(win[left:], at-left, keyChar)
	end = runEnd(win[:min(len(win), at+n+maxKey)], at+n, keyChar)
	for end > at+n && win[end-1] == '.' { // the end of a sentence
		end--
	}
	return start, end
}

// assigned finds the value of the key that stands at keyStart to keyEnd, if
// something is assigned to it. With lenient every value counts.
func assigned(win []byte, keyStart, keyEnd int, lenient bool) (assignment, bool) {
	a := assignment{keyStart: keyStart, keyEnd: keyEnd}
	if a.element(win) || a.attribute(win) {
		return a, true
	}
	i := keyEnd
	for i < len(win) && i < keyEnd+2 && in(win, i, quotes) { // a quoted key, an escaped quote
		i++
	}
	spaceBefore := runEnd(win, i, spaces)
	switch {
	case in(win, spaceBefore, separators) && win[spaceBefore] != ',':
		i = spaceBefore + 1
		if win[i-1] == ':' && in(win, i, assigns) || win[i-1] == '=' && in(win, i, greater) {
			i++ // := and =>
		} else if win[i-1] == '=' && in(win, i, assigns) || win[i-1] == ':' && in(win, i, colon) {
			return a, false // == and ::
		}
	case spaceBefore > i && bytes.HasPrefix(win[keyStart:], []byte("--")):
		if in(win, spaceBefore, flagEnd) {
			return a, false
		}
		i = spaceBefore // --key value
		a.style = option
	default:
		return a, false
	}
	separator := win[i-1]
	a.valueStart = runEnd(win, i, spaces)
	if a.style != option {
		a.style = loose
	}
	a.connection = separator == '=' && connectionString(win, keyStart)
	switch {
	case a.valueStart < len(win) && (in(win, a.valueStart, quotes) && win[a.valueStart] != '\\' || bytes.HasPrefix(win[a.valueStart:], []byte(`\"`))):
		a.quote(win)
	case lenient:
		a.bare(win)
	case a.valueStart == i && spaceBefore == keyEnd && separator == '=':
		a.style = tight
		a.bare(win)
	case a.style == option:
		a.bare(win)
	default:
		a.bare(win)
		if separator == '=' && onlyBefore(win, keyStart) && runEnd(win, a.valueEnd, spaces) == len(win) {
			a.style = ini
		}
	}
	if lenient {
		a.style = literal
	}
	return a, true
}

// quote takes the value up to the quote that ends it. A quote behind a backslash
// ends only what such a quote began.
func (a *assignment) quote(win []byte) {
	escaped := win[a.valueStart] == '\\'
	if escaped {
		a.valueStart++
	}
	mark := win[a.valueStart]
	a.valueStart++
	a.valueEnd = a.valueStart
	for a.valueEnd < len(win) && a.valueEnd < a.valueStart+maxValue && win[a.valueEnd] != mark {
		if win[a.valueEnd] == '\\' && in(win, a.valueEnd+1, quotes) {
			if escaped {
				break
			}
			a.valueEnd++
		}
		a.valueEnd++
	}
	a.valueEnd = min(a.valueEnd, len(win))
	a.style = quoted
}

// bare takes the value up to what ends a word in most notations.
func (a *assignment) bare(win []byte) {
	a.valueEnd = a.valueStart
	for a.valueEnd < len(win) && a.valueEnd < a.valueStart+maxValue && !bareEnd[win[a.valueEnd]] {
		a.valueEnd++
	}
	if a.connection && a.valueEnd == a.valueStart && in(win, a.valueEnd, braces) {
		if i := bytes.IndexByte(win[a.valueEnd:min(len(win), a.valueEnd+maxValue)], '}'); i > 1 {
			a.valueStart, a.valueEnd = a.valueStart+1, a.valueEnd+i
			a.style = quoted
			return
		}
	}
	// A reference keeps its brackets: ${NAME}, {port}, $(command), <word>.
	if opening := in(win, a.valueEnd, brackets); opening && (a.valueEnd == a.valueStart || win[a.valueEnd-1] == '$') {
		end := min(len(win), a.valueStart+maxValue)
		for _, pair := range [...]string{"()", "{}"} {
			if win[a.valueEnd] != pair[0] {
				continue
			}
			if i := bytes.IndexByte(win[a.valueEnd:end], pair[1]); i >= 0 {
				a.valueEnd += i + 1
				for a.valueEnd < end && !bareEnd[win[a.valueEnd]] {
					a.valueEnd++
				}
				return
			}
		}
		for a.valueEnd < end && !spaces[win[a.valueEnd]] {
			a.valueEnd++
		}
	}
}

// element recognizes <key>value</key>.
func (a *assignment) element(win []byte) bool {
	open := runStart(win[:a.keyStart], a.keyStart, nameSpace)
	if !in(win, open-1, less) || !in(win, a.keyEnd, greater) {
		return false
	}
	return a.content(win, a.keyEnd+1, win[open:a.keyEnd])
}

// content takes the text of an element up to its end tag.
func (a *assignment) content(win []byte, from int, name []byte) bool {
	i := bytes.IndexByte(win[from:min(len(win), from+maxValue)], '<')
	if i <= 0 || !bytes.HasPrefix(win[from+i:], append([]byte("</"), name...)) {
		return false
	}
	a.valueStart, a.valueEnd = from, from+i
	a.style = quoted
	return true
}

// attribute recognizes a tag that has the key as one attribute and its value as
// another, or as its text: <SetBlackboard output_key="password" value="..."/>,
// <param name="password">...</param>.
func (a *assignment) attribute(win []byte) bool {
	if !in(win, a.keyStart-1, quotes) || !in(win, a.keyStart-2, assigns) || !in(win, a.keyEnd, quotes) {
		return false
	}
	name := runStart(win[:a.keyStart-2], a.keyStart-2, keyChar)
	switch string(bytes.ToLower(win[name : a.keyStart-2])) {
	case "name", "key", "id", "output_key", "port", "param", "parameter", "field", "property", "variable":
	default:
		return false
	}
	from := max(0, a.keyStart-maxValue)
	from += bytes.LastIndexByte(win[from:a.keyStart], '<') + 1
	to := min(len(win), a.keyEnd+maxValue)
	for _, attribute := range [...]string{" value=", " default=", " defaultValue="} {
		i := bytes.Index(win[from:to], []byte(attribute))
		if i < 0 || bytes.IndexByte(win[min(a.keyEnd, from+i):from+i], '>') >= 0 {
			continue
		}
		a.valueStart = from + i + len(attribute)
		if in(win, a.valueStart, quotes) {
			a.quote(win)
			return true
		}
	}
	end := bytes.IndexByte(win[a.keyEnd:to], '>')
	if end < 1 || win[a.keyEnd+end-1] == '/' || !in(win, from-1, less) {
		return false
	}
	return a.content(win, a.keyEnd+end+1, win[from:runEnd(win, from, nameSpace)])
}

// trim drops the blanks around the value.
func (a *assignment) trim(win []byte) {
	for a.valueStart < a.valueEnd && win[a.valueStart] <= ' ' {
		a.valueStart++
	}
	for a.valueEnd > a.valueStart && win[a.valueEnd-1] <= ' ' {
		a.valueEnd--
	}
}

// connectionString reports whether a key stands among the parts of a connection
// string: Server=db;Uid=w;Pwd=...
func connectionString(win []byte, keyStart int) bool {
	i := runStart(win[:keyStart], keyStart, spaces)
	if in(win, i-1, semicolon) {
		return true
	}
	rest := win[keyStart:min(len(win), keyStart+maxValue)]
	return bytes.IndexByte(rest, ';') > 0 && (bytes.Contains(rest, []byte("erver=")) || bytes.Contains(rest, []byte("ource=")) || bytes.Contains(rest, []byte("ost=")))
}

// onlyBefore reports whether nothing but spaces and a comment sign stands
// before the key.
func onlyBefore(win []byte, keyStart int) bool {
	return only(win[:keyStart], lineLead)
}

var (
	quotes    = set("\"'\\`")
	assigns   = set("=")
	colon     = set(":")
	braces    = set("{")
	semicolon = set(";")
	greater   = set(">")
	less      = set("<")
	brackets  = set("({[<")
	flagEnd   = set("-<[|>\\")
	nameSpace = set("A-Za-z0-9_:")
	lineLead  = set(" \t#;/")
	bareEnd   = bareEnds()
)

func bareEnds() *anchors.Set {
	s := set(" \t\r,;&<>()[]{}|\"'`")
	s[0] = true
	return s
}

// judge decides whether what is assigned to a key in text looks like a secret.
// Only a person can be sure: this errs on the side of silence for words of a
// sentence, and on the side of a finding for everything that is quoted.
func judge(win []byte, a assignment, key keyMatch) bool {
	name, value := win[a.keyStart:a.keyEnd], bytes.TrimSpace(win[a.valueStart:a.valueEnd])
	if a.style == literal {
		return !literalInnocent(value)
	}
	if !key.wants(string(name), value) || code(value) || bytes.EqualFold(name, value) {
		return false
	}
	called := in(win, a.valueEnd, brackets) && a.style != quoted // f(x), list[0]
	switch a.style {
	case quoted:
		return !sentence(value) || a.connection
	case tight:
		return !called && (len(value) >= 4 || a.connection)
	case option:
		if a.arguments {
			return !called && len(value) >= 4 && value[0] != '-'
		}
		return !called && value[0] != '-' && (generated(value) || mixed(value))
	case ini:
		if !called && len(value) >= 6 && (only(value, letters) || only(value, digits)) {
			return true
		}
	}
	return !called && generated(value)
}

// wants reports whether a value can be a secret under a key: it is not a reference,
// no placeholder, no word about a secret, and no number or path where a key has
// such values.
func (k keyMatch) wants(key string, value []byte) bool {
	switch {
	case aboutSecret(key), reference(value), placeholder(value), plainWord(value):
		return false
	case numeric(value):
		return only(value, digits) && len(value) >= 4 && k.numbers && !k.plain
	}
	return !isPath(value) || !k.ending && !isLocation(value)
}

// mixed reports whether a word has small and capital letters as no word of a
// sentence has them.
func mixed(v []byte) bool {
	return len(v) >= 7 && contains(v, smalls) && contains(v[1:], upper) && !contains(v, keyBreaks)
}

var (
	smalls    = set("a-z")
	keyBreaks = set("_/.:-")
)

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

// isLocation reports whether v is the place of something, also where a secret
// could begin like a path.
func isLocation(v []byte) bool {
	return len(v) < 2 || v[0] == '/' && (v[1] == '/' || bytes.IndexByte(v[1:], '/') >= 0) || v[0] != '/'
}

// isPath reports whether v is a path or a URL.
func isPath(v []byte) bool {
	if len(v) == 44 && v[43] == '=' { // 32 bytes in base64
		return false
	}
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
func aboutSecret(key string) bool {
	words := keyWords(key)
	if n := len(words); n > 1 {
		last := words[n-1]
		if last == "id" && (strings.HasSuffix(words[n-2], "secret") || words[n-2] == "key") {
			return false // access_key_id, secret_id
		}
		if aboutLast[last] || aboutFirst[words[0]] {
			return true
		}
	}
	low := strings.ToLower(key)
	return strings.Contains(low, "tokeniz") || strings.Contains(low, "tokenis") || strings.Contains(low, "secretar")
}

// aboutLast and aboutFirst are the words at the end and at the begin of a key that
// say something about a secret.
var (
	aboutLast = wordSet("count limit length len size type ttl name url uri path file filename dir directory folder env var variable " +
		"removed expiry expires expiration timeout id required enabled disabled policy hint ref reference endpoint mode state status " +
		"interval period max min bits bytes format header field prefix suffix index label title prompt strength age lifetime " +
		"algorithm alg version source store provider manager location kind style visible rotation scope scopes issuer audience " +
		"stdin bucket buckets ring usage budget window rate lock locked valid needed set allowed changed reset retries attempts")
	aboutFirst = wordSet("max min num has is use allow require requires count enable disable no show hide forgot reset change needs total")
)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// reference reports whether a value as a whole only names where the real one
// comes from: ${NAME}, $NAME, $(command), {port}, {{ template }}, %NAME%, @NAME@,
// <fill this in>. ${NAME:-value} has a value.
func reference(v []byte) bool {
	if len(v) < 2 {
		return false
	}
	last := v[len(v)-1]
	switch v[0] {
	case '$':
		switch {
		case v[1] == '{' && last == '}':
			name := bytes.TrimSpace(bytes.Trim(v[2:len(v)-1], "{}"))
			if i := bytes.Index(name, []byte(":-")); i >= 0 && i+2 == len(name) {
				name = name[:i]
			}
			if i := bytes.Index(name, []byte(":?")); i > 0 {
				name = name[:i]
			}
			return variable(name)
		case v[1] == '(':
			return last == ')'
		case v[1] == '{':
			return false
		}
		return shellName(v[1:])
	case '{':
		return last == '}'
	case '%':
		return len(v) > 2 && last == '%' && only(v[1:len(v)-1], word)
	case '<', '[', '(':
		return true
	case '@':
		return last == '@' && only(v[1:len(v)-1], word)
	}
	return false
}

// variable reports whether v is the name of a variable, also with the place that
// it is kept in: NAME, env:NAME, secrets.NAME.
func variable(v []byte) bool {
	return len(v) > 0 && !digits[v[0]] && only(v, variableChars)
}

var variableChars = set("A-Za-z0-9_.:/ ")

// shellName reports whether v is a name behind a dollar sign, not the rest of a
// password that begins with one: in capitals, or in small letters with a word
// that variables of this kind have.
func shellName(v []byte) bool {
	if digits[v[0]] || !only(v, word) {
		return false
	}
	if !contains(v, smalls) {
		return contains(v, upper)
	}
	low := string(bytes.ToLower(v))
	for _, w := range [...]string{"pass", "pwd", "token", "secret", "key", "psk", "user", "login", "cred", "auth", "host", "var", "env", "value"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// placeholder reports whether a value is one that a person is meant to replace,
// or that already was made unreadable, also in an encoded form.
func placeholder(v []byte) bool {
	if masked(v) {
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

// masked reports whether nothing but signs that stand for something else is left
// of a value: ***, xxx, %2A%2A%2A, \u002a.
func masked(v []byte) bool {
	if only(v, fillers) {
		return len(v) != 1 || v[0] == '*'
	}
	if !contains(v, codeSigns) || len(v) > 256 {
		return false
	}
	low := bytes.ToLower(v)
	for _, star := range [...]string{"%2a", "&#42;", "&#x2a;", "\\u002a", "\\x2a", "%e2%80%a2", "%2e"} {
		low = bytes.ReplaceAll(low, []byte(star), []byte("*"))
	}
	return only(low, fillers)
}

var codeSigns = set("%&\\")

var fillers = set("*.xX_ -")

// plainWord reports whether a value is a word that says something about a
// secret, or no string at all.
func plainWord(v []byte) bool {
	switch string(bytes.ToLower(v)) {
	case "", "true", "false", "null", "none", "nil", "~", "yes", "no", "on", "off", "y", "n",
		"required", "optional", "string", "str", "int", "integer", "bool", "boolean", "bytes", "any", "number",
		"unset", "unused", "empty", "default", "undefined", "unknown", "env", "environment", "removed", "missing",
		"enabled", "disabled", "ok", "pass", "passed", "fail", "failed", "secret", "token", "password", "passwd", "credential", "credentials", "value", "text", "hidden":
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
