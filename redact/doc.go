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
//     an error: nobody can say that it holds no secret.
//   - The name of a file is searched like text.
//
// Nothing is decompressed, decrypted or run. Of base64, only !!binary values and
// PEM files that went through it are decoded.
//
// # Key rules
//
// A key matches a rule when its text, in lower case, contains one of the rule's
// words. The letters are compared as Python's str.lower makes them, so that a
// Kelvin sign is a k. The value is then reported
//
//   - with the rule's Severity, if it is a string that Python's str.strip does
//     not leave empty, or such a string in a list, or in a list in that list;
//   - with the rule's Inside, if it is such a string inside a mapping below the
//     key, unless a key in between matches a rule of its own.
//
// Numbers, booleans, nulls, timestamps and binary data are no strings. Keys are
// no values, and so are the members of a set. A reference such as
// ${INFLUXDB_TOKEN} is a string like any other in a document.
//
// In text, a rule looks for assignments, reported with the rule's Text:
// key=value, key="value", key: value, key := value, --key value, <key>value</key>
// and a tag such as <SetBlackboard output_key="key" value="value"/>. There a
// value is innocent when it is blank, a reference (${NAME}, $NAME, {port},
// <fill in>, %NAME%), a placeholder (***, changeme, example), a plain word such
// as true or optional, an unquoted number or path, an expression such as
// self.token, or the next word of a sentence. Keys that end in _file, _name,
// _url and the like are about a secret and hold none.
//
// The default key rules are:
//
//	rule            severity  words
//	token-key       error     token (warning inside a mapping, and in text)
//	password-key    warning   password, passwd, passphrase
//	secret-key      warning   secret
//	api-key         warning   api_key, apikey, api-key
//	private-key     warning   private_key, privatekey, private-key
//	access-key      warning   access_key, accesskey, access-key
//	credential-key  warning   credential
//
// token-key is the rule of the reference validator, to the letter; everything
// else goes beyond it.
//
// # Shape rules
//
// The default shape rules are errors. They match only what hardly anything but
// a secret looks like; rows of x and the EXAMPLE keys of manuals do not match.
//
//	rule                  what it matches
//	pem-private-key       the first line of a private key in PEM (PKCS #1, #8, EC, OpenSSH, PGP), also in base64; PuTTY key files
//	influxdb-v2-token     86 characters of base64url and ==
//	influxdb-v3-token     apiv3_ and 60 to 120 characters
//	jwt                   three parts of base64url, the first two of them JSON objects
//	url-password          user:password@host behind ://, unless the password is a reference or a placeholder
//	authorization-header  Authorization: Bearer, Basic or Token, with at least 16 characters
//	aws-access-key-id     AKIA or ASIA and 16 characters
//	azure-storage-key     AccountKey= and 86 characters
//	github-token          ghp_, gho_, ghu_, ghs_, ghr_, github_pat_
//	gitlab-token          glpat-, gldt-, glrt-, glptt-, glsoat-
//	slack-token           xoxb-, xoxp-, xoxa-, xoxr-, xoxs-, xoxe-, xapp-
//	slack-webhook         hooks.slack.com/services/ and three parts
//	stripe-key            sk_live_, rk_live_, sk_test_, rk_test_, whsec_
//	google-api-key        AIza and 35 characters
//	google-oauth-secret   GOCSPX-, ya29.
//	npm-token             npm_ and 36 characters
//	pypi-token            pypi-AgE
//	sendgrid-key          SG. and parts of 22 and 43 characters
//	anthropic-key         sk-ant-
//	openai-key            sk-proj-, sk-svcacct-, sk-admin-, and sk- around T3BlbkFJ
//	huggingface-token     hf_ and 34 to 40 characters
//	vault-token           hvs., hvb.
//	docker-token          dckr_pat_
//	digitalocean-token    dop_v1_, doo_v1_ and 64 hexadecimal digits
//	grafana-token         glsa_, glc_
//	tailscale-key         tskey-
//	telegram-bot-token    the number of a bot, a colon and 35 characters
//	age-secret-key        AGE-SECRET-KEY-1 and 58 characters
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
// Apply and Redact take keys out, whatever their values:
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
