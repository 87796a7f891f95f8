package secretscan

import (
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

// DefaultKeys are the key rules of the package format.
func DefaultKeys() []KeyRule {
	suspicious := func(id, description string, numbers bool, words, endings []string) KeyRule {
		return KeyRule{id, description, Warning, Warning, Warning, words, endings, numbers}
	}
	list := func(s string) []string { return strings.Fields(s) }
	return []KeyRule{
		{"token-key", "a string under a key that contains \"token\"", Error, Warning, Warning, list("token"), nil, false},
		suspicious("password-key", "a string under a key that names a password", true,
			list("password passwd passphrase passcode passwort kennwort"), list("pass pwd")),
		suspicious("shared-key", "a string under a key that names a shared key", true,
			nil, list("psk preshared_key pre_shared_key shared_key wep_key wpa_key sae_key network_key")),
		suspicious("secret-key", "a string under a key that contains \"secret\"", false, list("secret"), nil),
		suspicious("api-key", "a string under a key that names an API key", false,
			list("api_key apikey api-key"), list("api_key app_key application_key")),
		suspicious("private-key", "a string under a key that names a private key", false, list("private_key privatekey private-key"), list("private_key")),
		suspicious("access-key", "a string under a key that names an access key", false, list("access_key accesskey access-key"), list("access_key")),
		suspicious("crypto-key", "a string under a key that names a key to sign, log in or encrypt with", false,
			nil, list("auth_key encryption_key hmac_key signing_key signature_key master_key session_key cipher_key crypt_key aes_key symmetric_key account_key storage_key")),
		suspicious("credential-key", "a string under a key that contains \"credential\"", false, list("credential"), nil),
	}
}

// keyWords splits a key into its words, in lower case: at everything that is
// neither letter nor digit, before a capital behind a small letter, and before
// the last capital of a row that small letters follow. Digits at the end of a
// word do not count: WEPKey0 is wep, key.
func keyWords(key string) []string {
	var words []string
	start := -1
	runes := []rune(key)
	end := func(i int) {
		if start >= 0 {
			w := strings.TrimRight(strings.ToLower(string(runes[start:i])), "0123456789")
			if w != "" {
				words = append(words, w)
			}
			start = -1
		}
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end(i)
			continue
		case i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])),
			i > 0 && i+1 < len(runes) && unicode.IsUpper(r) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			end(i)
		}
		if start < 0 {
			start = i
		}
	}
	end(len(runes))
	return words
}

// fillerWords say in which form a secret is written; they end no key.
var fillerWords = map[string]bool{
	"value": true, "plain": true, "plaintext": true, "clear": true, "cleartext": true, "raw": true, "hex": true,
	"text": true, "str": true, "string": true, "b": true, "base": true,
}

// keyEnd are the words of a key without those that end none.
func keyEnd(words []string) (before []string, last string) {
	for len(words) > 1 && fillerWords[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return nil, ""
	}
	last = words[len(words)-1]
	if strings.HasSuffix(last, "keys") {
		last = strings.TrimSuffix(last, "s")
	}
	return words[:len(words)-1], last
}

// isJoined reports whether word is the words of ending without what joins them.
func isJoined(word, ending string) bool {
	for part := range strings.SplitSeq(ending, "_") {
		var ok bool
		if word, ok = strings.CutPrefix(word, part); !ok {
			return false
		}
	}
	return word == ""
}

// endsIn reports whether a key with a keyEnd ends in the words of ending, which are
// joined by _ there. In the key, the words may be written as one: authkey.
func endsIn(before []string, last, ending string) bool {
	if last == "" || last[len(last)-1] != ending[len(ending)-1] {
		return false
	}
	if !strings.Contains(ending, "_") {
		return last == ending && (len(before) == 0 || !otherPass[before[len(before)-1]])
	}
	if isJoined(last, ending) {
		return true
	}
	for i := strings.LastIndexByte(ending, '_'); ; i = strings.LastIndexByte(ending, '_') {
		if i < 0 {
			return last == ending
		}
		if last != ending[i+1:] || len(before) == 0 {
			return false
		}
		ending, last, before = ending[:i], before[len(before)-1], before[:len(before)-1]
	}
}

// otherPass are the words before "pass" that make it a filter, a gate or a run.
var otherPass = map[string]bool{
	"high": true, "low": true, "band": true, "all": true, "by": true, "over": true, "under": true, "first": true,
	"second": true, "third": true, "last": true, "next": true, "single": true, "multi": true, "one": true, "two": true,
	"final": true, "dry": true, "test": true, "boarding": true, "can": true, "did": true, "will": true, "must": true,
	"should": true, "wet": true, "return": true, "render": true, "compiler": true, "max": true, "min": true, "is": true,
}

// endingPatterns are what stands in a text where a key has an ending.
func endingPatterns(ending string) []anchors.Pattern {
	words := strings.Split(ending, "_")
	compact := anchors.Fold(strings.Join(words, ""))
	if len(words) == 1 {
		return []anchors.Pattern{compact}
	}
	var apart anchors.Pattern
	for i, w := range words {
		if i > 0 {
			apart = apart.Then(keySeparators)
		}
		apart = append(apart, anchors.Fold(w)...)
	}
	return []anchors.Pattern{compact, apart}
}

var keySeparators = set("_.-")

// keyMatch is what the policy says about a key.
type keyMatch struct {
	rule    int  // the most severe one, of those the first; or -1
	ending  bool // matched by an ending, not by a word that stands anywhere
	numbers bool
	plain   bool // the key is the ending and nothing else
}

// match looks for the rule of a key.
func (e *Engine) match(key string) keyMatch {
	// ToLower does what Python's str.lower does as far as ASCII letters come
	// out of it: the Kelvin sign is a k.
	low := strings.ToLower(key)
	var words, before []string
	var last string
	found := keyMatch{rule: -1}
	for i, r := range e.keys {
		if found.rule >= 0 && r.Severity != Error {
			continue
		}
		hit, ending := false, false
		for _, w := range r.Words {
			if hit = strings.Contains(low, w); hit {
				break
			}
		}
		if !hit && len(r.Endings) > 0 && len(key) <= 2*maxKey {
			if words == nil {
				words = keyWords(key)
				before, last = keyEnd(words)
			}
			for _, w := range r.Endings {
				if ending = endsIn(before, last, w); ending {
					break
				}
			}
		}
		if hit || ending {
			found = keyMatch{rule: len(e.shapes) + i, ending: ending, numbers: r.Numbers, plain: ending && len(words) == 1}
			if r.Severity == Error {
				break
			}
		}
	}
	return found
}

// NamesSecret reports whether the policy has a rule about a key.
func (e *Engine) NamesSecret(key string) bool { return e.match(key).rule >= 0 }
