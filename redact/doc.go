// Package redact says what must not leave a machine with a handoff package, and
// finds it: a policy as a value.
//
// A Policy has removals (keys that are taken out of runtime configs), key rules
// (a value is secret because of the name of its key), shape rules (a value is
// secret because of its look) and an allow-list. Default returns the policy of
// the package format; callers extend it, tighten it or allow findings by file,
// key path and rule. Nothing here reads a clock, the network or the environment.
//
// # What is searched
//
// Every file, whatever its kind:
//
//   - .yaml, .yml and .json files are read as documents (YAML 1.1 and strict
//     JSON). Key rules and shape rules apply to what the documents mean: escapes
//     decoded, lines joined, aliases followed, !!binary decoded. Shape rules also
//     apply to the raw text, and the key rules to assignments in YAML comments
//     and inside string values.
//   - Every other file is text, also XML and binary files: shape rules apply
//     everywhere, key rules to assignments. A file that begins with a byte order
//     mark of UTF-16 is decoded first.
//   - A YAML or JSON file that cannot be read, has duplicate keys or is larger
//     than Limits.Document is searched as text, in which every assignment counts
//     like a key with its value, and is reported under the rule unread-document,
//     an error, since it may hold a secret.
//   - The name of a file is searched like text.
//
// Nothing is decompressed, decrypted or run. Of base64, only !!binary values and
// PEM files that went through it are decoded.
//
// # Key rules
//
// A key matches a rule when its text, in lower case, contains one of the rule's
// words, or ends in one of its endings. The letters are compared as Python's
// str.lower makes them, so that a Kelvin sign is a k. The value is then reported
//
//   - with the rule's Severity, if it is a string that Python's str.strip does
//     not leave empty, or such a string in a list, or in a list in that list;
//   - with the rule's Inside, if it is such a string inside a mapping below the
//     key, unless a key in between matches a rule of its own;
//   - with the rule's Text, if the key is an option, or a name beside the value:
//     an item behind --api-token, or the value or default of a mapping whose
//     name, key or id is MQTT_PASSWORD.
//
// Keys are not values, nor are the members of a set. Booleans and nulls are not
// secrets; a number is one, as a warning, where the rule says so. A rule that is
// an error takes every string: token-key is the rule of the reference validator,
// to the letter. Rules that are warnings leave alone what only names where the
// real value comes from, such as ${MQTT_PASSWORD}, what is masked already (***),
// and keys that say something about a secret: password_file, secret_name,
// auth_key_bits.
//
// In text, a rule looks for assignments, reported with the rule's Text:
// key=value, key="value", key: value, key := value, --key value, <key>value</key>,
// <param name="key">value</param> and a tag such as
// <SetBlackboard output_key="key" value="value"/>. In XML, character references
// and CDATA are decoded first, and a tag or an element may span lines. There a
// value is innocent when it is blank, a reference (${NAME}, $NAME, {port},
// <fill in>, %NAME%), a placeholder (***, changeme, example), a plain word such
// as true or optional, an unquoted number or path, an expression such as
// self.token, or the next word of a sentence.
//
// The default key rules are:
//
//	rule            severity  words                             endings
//	token-key       error     token (a warning inside a mapping, beside a name and in text)
//	password-key    warning   password, passwd, passphrase, passcode     pass, pwd
//	shared-key      warning                                     psk, preshared_key, shared_key, wep_key, ...
//	secret-key      warning   secret
//	api-key         warning   api_key, apikey, api-key          app_key, application_key
//	private-key     warning   private_key, privatekey, private-key
//	access-key      warning   access_key, accesskey, access-key
//	crypto-key      warning                                     auth_key, encryption_key, hmac_key, signing_key, ...
//	credential-key  warning   credential
//
// # Shape rules
//
// The default shape rules know secrets by their look: private keys, JSON Web
// Tokens, passwords in URLs, headers, signed URLs, and the tokens of some eighty
// vendors. They match only what hardly anything but a secret looks like, and are
// errors; a few need a hint nearby and are warnings without one, such as the 64
// bytes of an InfluxDB 2 token where nothing speaks of influx or a token. Rows of
// x and the EXAMPLE keys of manuals do not match. docs/secrets.md lists every
// rule with every look, its severity and where the look is documented.
//
// # Findings
//
// A Finding names file, key path, line, column and rule, and never any eight
// characters of what was found: names that could give a part of it away appear
// as ***. That goes for keys that look like a secret, are longer than 128 bytes
// or stand below a key such as tokens, and for key paths and file names that
// share eight characters with a secret of the same file. Secrets of less than
// six characters cannot be told from the words of a key and are not looked for
// in names.
//
// Findings are ordered by file, line, column and rule. What a document and its
// raw text both show is one finding, at its place in the text. Of one rule, at
// most Limits.Findings are listed for a file, and one more that says so.
//
// # Removals
//
// Redact takes keys out, whatever their values:
// telemetry.influx_token and telemetry.influxdb.token by default.
//
// # Cost
//
// A search goes once over the bytes, at about half the speed of SHA-256 in
// hardware; a text made of near misses is some twenty times slower, and still
// linear. It needs a few hundred KiB of memory for a file of any size and with
// lines of any length; for a document also its text, which Limits.Document
// bounds, and its nodes.
package redact
