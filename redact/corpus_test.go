package redact_test

import (
	"encoding/base64"
	"slices"
	"strings"
)

// Secrets of the right shape that open nothing. They are put together here, so
// that nobody's scanner takes this file for a leak.

// noise is n characters of an alphabet in an order that looks random.
func noise(alphabet string, n int, seed uint64) string {
	out := make([]byte, n)
	for i := range out {
		seed = seed*6364136223846793005 + 1442695040888963407
		out[i] = alphabet[seed>>33%uint64(len(alphabet))]
	}
	return string(out)
}

const (
	lowerHex  = "0123456789abcdef"
	upperNums = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	alnums    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	urlSafe   = alnums + "-_"
	stdChars  = alnums + "+/"
)

// b64 is a text in base64url without padding.
func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

var (
	influx2  = noise(urlSafe, 86, 1) + "=" + "="
	influx3  = "apiv" + "3_" + noise(alnums, 86, 2)
	jwt      = b64(`{"alg":"HS256","typ":"JWT"}`) + "." + b64(`{"sub":"rig-7","iat":1712000000}`) + "." + noise(urlSafe, 43, 3)
	awsID    = "AK" + "IA" + noise(upperNums, 16, 4)
	awsTemp  = "AS" + "IA" + noise(upperNums, 16, 5)
	github   = "gh" + "p_" + noise(alnums, 36, 6)
	githubFG = "github" + "_pat_" + noise(alnums, 22, 7) + "_" + noise(alnums, 59, 8)
	gitlab   = "gl" + "pat-" + noise(urlSafe, 20, 9)
	slack    = "xo" + "xb-" + noise("0123456789", 12, 10) + "-" + noise(alnums, 24, 11)
	hook     = "hooks.slack" + ".com/services/T" + noise(upperNums, 9, 12) + "/B" + noise(upperNums, 9, 13) + "/" + noise(alnums, 24, 14)
	stripe   = "sk" + "_live_" + noise(alnums, 24, 15)
	google   = "AI" + "za" + noise(urlSafe, 35, 16)
	oauth    = "GOC" + "SPX-" + noise(urlSafe, 28, 17)
	npm      = "np" + "m_" + noise(alnums, 36, 18)
	pypi     = "py" + "pi-AgEIcHlwaS5vcmc" + noise(urlSafe, 60, 19)
	sendgrid = "S" + "G." + noise(urlSafe, 22, 20) + "." + noise(urlSafe, 43, 21)
	claude   = "sk" + "-ant-api03-" + noise(urlSafe, 80, 22)
	openai   = "sk" + "-" + noise(alnums, 20, 23) + "T3Blbk" + "FJ" + noise(alnums, 20, 24)
	openaiPr = "sk" + "-proj-" + noise(urlSafe, 60, 25)
	hugging  = "h" + "f_" + noise(alnums, 34, 26)
	vault    = "hv" + "s." + noise(urlSafe, 90, 27)
	docker   = "dckr" + "_pat_" + noise(urlSafe, 27, 28)
	ocean    = "dop" + "_v1_" + noise(lowerHex, 64, 29)
	grafana  = "gl" + "sa_" + noise(alnums, 32, 30) + "_" + noise(lowerHex, 8, 31)
	tails    = "ts" + "key-auth-" + noise(alnums, 12, 32) + "-" + noise(alnums, 32, 33)
	telegram = noise("123456789", 10, 34) + ":A" + "A" + noise(urlSafe, 33, 35)
	ageKey   = "AGE-SECRET" + "-KEY-1" + noise(upperNums, 58, 36)
	azure    = "AccountKey" + "=" + noise(stdChars, 86, 37) + "=" + "="
	password = "hunter2" + "-" + noise(alnums, 12, 38)
	passEnd  = noise(alnums, 20, 39)
	pemBody  = noise(stdChars, 64, 40)
	pemHead  = "-----BEGIN RSA PRIVATE" + " KEY-----"
	pemTail  = "-----END RSA PRIVATE" + " KEY-----"
	pem      = pemHead + "\n" + pemBody + "\n" + pemTail + "\n"
	pemPlain = "-----BEGIN PRIVATE" + " KEY-----"
	pemSSH   = "-----BEGIN OPENSSH PRIVATE" + " KEY-----"
	pemPGP   = "-----BEGIN PGP PRIVATE" + " KEY BLOCK-----"
	putty    = "PuTTY-User" + "-Key-File-3: ssh-ed25519"
)

// planted is a text with a secret in it, and the rule that must find it.
type planted struct {
	file, text, secret, rule string
}

var plantedCases = slices.Concat(plainCases, vendorCases(), keyCases())

var plainCases = []planted{
	// YAML values.
	{"a.yaml", "telemetry:\n  influxdb:\n    token: " + password + "\n", password, "token-key"},
	{"a.yaml", "auth:\n  api_token: '" + password + "'\n", password, "token-key"},
	{"a.yaml", "auth:\n  tokens:\n  - " + password + "\n", password, "token-key"},
	{"a.yaml", "auth:\n- myToken: " + password + "\n", password, "token-key"},
	{"a.yaml", "note: |\n  first\n  " + influx2 + "\n", influx2, "influxdb-v2-token"},
	{"a.yaml", "note: " + influx2 + "\n", influx2, "influxdb-v2-token"},
	{"a.yaml", "note: " + influx3 + "\n", influx3, "influxdb-v3-token"},
	{"a.yaml", "header: Bearer\nbearer: " + jwt + "\n", jwt, "jwt"},
	{"a.yaml", "args: [--jwt, " + jwt + "]\n", jwt, "jwt"},
	{"a.yaml", "id: " + awsID + "\n", awsID, "aws-access-key-id"},
	{"a.yaml", "? " + github + "\n: 1\n", github, "github-token"},
	{"a.yaml", "\"" + github + "\": {deep: [x]}\n", github, "github-token"},
	{"a.yaml", "key: |\n  " + strings.ReplaceAll(pem, "\n", "\n  ") + "\n", pemBody, "pem-private-key"},
	{"a.yaml", "key: \"" + pemPlain + "\\n" + pemBody + "\\n\"\n", pemBody, "pem-private-key"},
	{"a.yaml", "blob: !!binary " + base64.StdEncoding.EncodeToString([]byte("x "+gitlab+" y")) + "\n", gitlab, "gitlab-token"},
	{"a.yaml", "split: \"" + stripe[:12] + "\\\n  " + stripe[12:] + "\"\n", stripe, "stripe-key"},
	{"a.yaml", "escaped: \"\\x73" + stripe[1:] + "\"\n", stripe, "stripe-key"},
	{"a.yml", "mqtt:\n  password: " + password + "\n", password, "password-key"},
	{"a.yml", "client_secret: " + password + "\n", password, "secret-key"},
	{"a.yml", "API_KEY: " + password + "\n", password, "api-key"},
	{"a.yml", "private_key: " + password + "\n", password, "private-key"},
	{"a.yml", "aws_access_key: " + password + "\n", password, "access-key"},
	{"a.yml", "credentials: {user: bob, pass: " + password + "}\n", password, "credential-key"},
	{"a.yml", "tokens:\n  " + password + ": {deep: yes please}\n", password, "token-key"},
	{"a.yaml", "uri: mqtt://rig:" + password + "@broker.local:1883\n", password, "url-password"},
	{"a.yaml", "args:\n- --password=" + password + "\n", password, "password-key"},
	{"a.yaml", "command: 'run --token " + password + " now'\n", password, "token-key"},
	// YAML comments.
	{"a.yaml", "a: 1\n# token: " + password + "\nb: 2\n", password, "token-key"},
	{"a.yaml", "a: 1 # old " + slack + "\n", slack, "slack-token"},
	{"a.yaml", "# INFLUXDB_TOKEN=" + password + "\na: 1\n", password, "token-key"},
	{"a.yaml", "a: 1\n#" + pemHead + "\n#" + pemBody + "\n", pemBody, "pem-private-key"},
	{"a.yaml", "#   password: \"" + password + "\"\na: 1\n", password, "password-key"},
	// YAML that cannot be read.
	{"broken.yaml", "a: [1\ntoken: " + passEnd + "\n", passEnd, "token-key"},
	{"twice.yaml", "a: 1\na: 2\nmy_token: abc\n", "", "token-key"},
	{"broken.yaml", "a: {\n  x: " + npm + "\n", npm, "npm-token"},
	// JSON.
	{"a.json", `{"session_token": "` + password + `"}`, password, "token-key"},
	{"a.json", `{"a": {"b": ["` + google + `"]}}`, google, "google-api-key"},
	{"a.json", `{"a": "\u0067hp_` + github[4:] + `"}`, github, "github-token"},
	{"a.json", `{"pem": "` + pemPlain + `\n` + pemBody + `\n"}`, pemBody, "pem-private-key"},
	{"a.json", `{"` + sendgrid + `": true}`, sendgrid, "sendgrid-key"},
	{"a.json", `{"password": "` + password + `"`, password, "password-key"},
	// XML.
	{"a.xml", `<Action ID="Call" token="` + password + `"/>`, password, "token-key"},
	{"a.xml", `<Action password='` + password + `'/>`, password, "password-key"},
	{"a.xml", `<!-- token: ` + password + ` -->`, password, "token-key"},
	{"a.xml", `<!-- ` + vault + ` -->`, vault, "vault-token"},
	{"a.xml", `<Script code="x := '` + openai + `'"/>`, openai, "openai-key"},
	{"a.xml", `<password>` + password + `</password>`, password, "password-key"},
	{"a.xml", `<m:apiKey kind="x"><![CDATA[` + claude + `]]></m:apiKey>`, claude, "anthropic-key"},
	{"a.xml", `<SetBlackboard output_key="password" value="` + password + `"/>`, password, "password-key"},
	{"a.xml", `<SetBlackboard value="` + password + `" output_key="api_token"/>`, password, "token-key"},
	{"a.xml", `<Http url="https://ops:` + password + `@plant.example.org/api"/>`, password, "url-password"},
	{"a.xml", "<Key>\n" + pem + "</Key>", pemBody, "pem-private-key"},
	{"a.xml", `<Key v="` + pemPlain + `&#10;` + pemBody + `"/>`, pemBody, "pem-private-key"},
	// Environment files, scripts, settings.
	{".env", "INFLUXDB_TOKEN=" + password + "\n", password, "token-key"},
	{".env", "export AWS_SECRET_ACCESS_KEY=" + noise(stdChars, 40, 41) + "\n", noise(stdChars, 40, 41), "secret-key"},
	{"run.sh", "curl -H 'Authorization: Token " + passEnd + "' http://db/\n", passEnd, "authorization-header"},
	{"run.sh", "influx --token " + passEnd + " ping\n", passEnd, "token-key"},
	{"site.ini", "[db]\npassword = correcthorsebattery\n", "correcthorsebattery", "password-key"},
	{"site.toml", "secret = \"" + password + "\"\n", password, "secret-key"},
	{"get.txt", "http://db/query?token=" + passEnd + "&q=1\n", passEnd, "token-key"},
	{"conn.txt", "DefaultEndpointsProtocol=https;" + azure + "\n", azure, "azure-storage-key"},
	{"win.env", utf16le("INFLUXDB_TOKEN=" + password + "\r\n"), password, "token-key"},
	{"id_rsa", pem, pemBody, "pem-private-key"},
	{"id_rsa", pemSSH + "\r\n" + pemBody + "\r\n", pemBody, "pem-private-key"},
	{"key.asc", pemPGP + "\n\n" + pemBody + "\n", pemBody, "pem-private-key"},
	{"key.ppk", putty + "\n", "", "pem-private-key"},
	{"tls.txt", "tls.key: " + base64.StdEncoding.EncodeToString([]byte(pem)) + "\n", base64.StdEncoding.EncodeToString([]byte(pem))[:40], "pem-private-key"},
	// Prose.
	{"NOTES.md", "The password: `" + password + "`.\n", password, "password-key"},
	{"NOTES.md", "Log in with token " + gitlab + ".\n", gitlab, "gitlab-token"},
	{"NOTES.md", "See https://" + hook + " for alarms.\n", hook, "slack-webhook"},
	{"NOTES.md", "postgres://rig:" + passEnd + "@db/plant\n", passEnd, "url-password"},
	{"NOTES.md", "- api_key: " + passEnd + "\n", passEnd, "api-key"},
	// Unknown and binary files.
	{"blob", "\x00\x01\xff" + awsTemp + "\x00", awsTemp, "aws-access-key-id"},
	{"blob.bin", "\x00\x00" + githubFG + "\xfe\xfd", githubFG, "github-token"},
	{"blob.bin", oauth, oauth, "google-oauth-secret"},
	{"blob.bin", "\n\n" + pypi + "\n", pypi, "pypi-token"},
	{"blob.bin", "x=" + openaiPr, openaiPr, "openai-key"},
	{"blob.bin", "x=" + hugging, hugging, "huggingface-token"},
	{"blob.bin", "x=" + docker, docker, "docker-token"},
	{"blob.bin", "x=" + ocean, ocean, "digitalocean-token"},
	{"blob.bin", "x=" + grafana, grafana, "grafana-token"},
	{"blob.bin", "x=" + tails, tails, "tailscale-key"},
	{"blob.bin", "bot" + telegram, telegram, "telegram-bot-token"},
	{"blob.bin", "x=" + telegram, telegram, "telegram-bot-token"},
	{"blob.bin", ageKey, ageKey, "age-secret-key"},
	// The name of a file.
	{"dump-" + github + ".bin", "", github, "github-token"},
}

// utf16le is a text as Windows programs save it.
func utf16le(s string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, c := range s {
		b.WriteByte(byte(c))
		b.WriteByte(byte(c >> 8))
	}
	return b.String()
}

// innocent is a text that only looks as if.
type innocent struct {
	file, text string
}

var innocentCases = slices.Concat(plainInnocents, vendorInnocents(), keyInnocents())

var plainInnocents = []innocent{
	// Documents: not strings, blank, references.
	{"a.yaml", "token: 5\n"},
	{"a.yaml", "api_token: ''\n"},
	{"a.yaml", "api_token: '  \t '\n"},
	{"a.yaml", "api_token: null\ntokens: ~\n"},
	{"a.yaml", "tokens: []\ntoken_map: {}\n"},
	{"a.yaml", "token: true\ntoken2: 1.5\ntoken3: 2026-04-16\n"},
	{"a.yaml", "token: !!binary aGVsbG8gd29ybGQ=\n"},
	{"a.yaml", "tokens: !!set {a, b}\n"},
	{"a.yaml", "http:\n  cors_allow_credentials: true\n"},
	{"a.yaml", "to_ken: abcdefgh1\nTOK EN: abcdefgh1\n"},
	{"a.yaml", "kind: token\nname: password\nlist: [secret, api_key]\n"},
	{"meta/provenance.json", `{"redaction_policy": {"deploy_time_env_var": "INFLUXDB_TOKEN", "telemetry_influxdb_token_removed": true}}`},
	{"meta/checksums.sha256", noise(lowerHex, 64, 50) + "  runtime/anolis-runtime.yaml\n" + noise(lowerHex, 64, 51) + "  providers/sim0.yaml\n"},
	{"a.yaml", "sha256: " + noise(lowerHex, 64, 52) + "\nmd5: " + noise(lowerHex, 32, 53) + "\n"},
	{"a.yaml", "uuid: " + noise(lowerHex, 8, 54) + "-1234-4abc-8def-" + noise(lowerHex, 12, 55) + "\n"},
	{"a.json", `{"integrity": "sha512-` + noise(stdChars, 86, 56) + `=="}`},
	{"a.json", `{"signature": "` + noise(stdChars, 40, 57) + "+/" + noise(stdChars, 44, 58) + `=="}`},
	{"a.json", `{"password": "", "secret": null, "api_key": 5, "credentials": false}`},
	{"a.json", `{"description": "The token is set with INFLUXDB_TOKEN at deploy time."}`},
	{"a.yaml", "address: tcp://192.168.1.5:502\nurl: http://localhost:8086\n"},
	{"a.yaml", "url: http://db:8086/api?x=a@b\n"},
	{"a.yaml", "repo: ssh://git@github.com/anolishq/anolis.git\n"},
	{"a.yaml", "bus: modbus://bus0:9600@slave3\n"},
	{"a.yaml", "mail: mailto:ops@example.org\n"},
	// YAML comments.
	{"a.yaml", "a: 1\n# Token via INFLUXDB_TOKEN env (/etc/anolis/runtime.env), not this file.\n"},
	{"a.yaml", "# Token comes from INFLUXDB_TOKEN in /etc/anolis/runtime.env (written by\n# the installer).\na: 1\n"},
	{"a.yaml", "# token: ${INFLUXDB_TOKEN}\na: 1\n"},
	{"a.yaml", "# token: set at deploy time\na: 1\n"},
	{"a.yaml", "# password: <ask the operator>\na: 1\n"},
	{"a.yaml", "# secret: see the vault\na: 1\n"},
	{"a.yaml", "# credentials: none\n# api_key: null\n# tokens: 4096\na: 1\n"},
	{"a.yaml", "a: 1 # token: optional\n"},
	{"a.yaml", "# token_file: /run/secrets/influx1\na: 1\n"},
	{"a.yaml", "# token: \"\"\n# password: '***'\na: 1\n"},
	{"a.yaml", "# hash of the password: argon2id\na: 1\n"},
	// Behavior XML.
	{"a.xml", `<Action ID="Call" token="{token}" password="{pw}"/>`},
	{"a.xml", `<input_port name="token" type="std::string">Token of the call</input_port>`},
	{"a.xml", `<SetBlackboard output_key="token" value="{handle}"/>`},
	{"a.xml", `<SetBlackboard output_key="token" value=""/>`},
	{"a.xml", `<!-- the secret of a good tree: small subtrees -->`},
	{"a.xml", `<!-- token: the handle that StartJob returned -->`},
	{"a.xml", `<Script code="token_count == 5 ; ready := true"/>`},
	{"a.xml", `<Precondition if="token==last_token" else="SUCCESS"><Sub/></Precondition>`},
	{"a.xml", `<root xmlns:xs="http://www.w3.org/2001/XMLSchema" BTCPP_format="4"/>`},
	{"a.xml", `<xs:element name="t" type="xs:token" default="a1b2c3d4"/>`},
	{"a.xml", `<SubTree ID="PasswordPrompt" name="AskPassword" _autoremap="true"/>`},
	{"a.xml", `<icon href="data:image/png;base64,` + noise(stdChars, 400, 60) + `=="/>`},
	{"a.xml", `<token>{token}</token><password></password>`},
	{"a.xml", `<Wait token_timeout="30000ms1" secret_name="rig-secret-1"/>`},
	// Environment files, scripts, settings.
	{".env", "INFLUXDB_TOKEN=\nPASSWORD=\n"},
	{".env", "INFLUXDB_TOKEN=$TOKEN\nPASSWORD=${DB_PASSWORD}\n"},
	{".env", "TOKEN=$(cat /run/secrets/token1)\n"},
	{".env", "INFLUXDB_TOKEN=<your token here>\nAPI_KEY=changeme\n"},
	{".env", "TOKEN_FILE=/run/secrets/token1\nMAX_TOKENS=128000\n"},
	{"run.bat", "set TOKEN=%INFLUXDB_TOKEN%\r\n"},
	{"run.sh", "influx --token \"$INFLUXDB_TOKEN\" ping\ninflux --token <token> ping\n"},
	{"run.sh", "if [ \"$token\" == \"\" ]; then echo 'no token'; fi\n"},
	{"run.sh", "curl -H \"Authorization: Token ${INFLUXDB_TOKEN}\" http://db/\n"},
	{"app.py", "token = self.token\npassword=get_password()\nsecret=os.environ['SECRET']\n"},
	{"app.py", "def login(token: str, password: str) -> bool:\n"},
	{"a.go", "token := lexer.next()\nsecret := config.secret\n"},
	{"site.ini", "[db]\npassword = ${DB_PASSWORD}\ntoken = none\n"},
	// Prose.
	{"NOTES.md", "Token: see `runtime.env`. Password: ask Maria. The secret: patience.\n"},
	{"NOTES.md", "`mqtt://user:password@host:1883` is the form of the URL.\n"},
	{"NOTES.md", "`https://${USER}:${PASSWORD}@host/` and `https://<user>:<password>@host/`\n"},
	{"NOTES.md", "A key begins with `-----BEGIN PRIVATE KEY-----` and is never packed.\n"},
	{"NOTES.md", "-----BEGIN CERTIFICATE-----\n" + noise(stdChars, 64, 61) + "\n-----END CERTIFICATE-----\n"},
	{"NOTES.md", "-----BEGIN PUBLIC KEY-----\n" + noise(stdChars, 64, 62) + "\n-----END PUBLIC KEY-----\n"},
	{"NOTES.md", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5" + noise(stdChars, 48, 63) + " ops@rig\n"},
	{"NOTES.md", "The documented key AKIA" + "IOSFODNN7EXAMPLE is a placeholder, as is ghp_" + strings.Repeat("x", 36) + ".\n"},
	{"NOTES.md", "token: INFLUXDB2_TOKEN\npassword: bcrypt\nsecret: sha256-hmac\n"},
	{"NOTES.md", "Version token: v1.22.333, credential: oauth2.\n"},
	{"NOTES.md", "The eyJ prefix marks a JWT: eyJhbGciOi... and .eyJ is its second part.\n"},
	{"NOTES.md", "tokenizer: cl100k_base1\nsecretary: Ann3Smith\n"},
	{"cert.txt", base64.StdEncoding.EncodeToString([]byte("-----BEGIN CERTIFICATE-----\n"+noise(stdChars, 64, 64))) + "\n"},
	{"blob.bin", noise("\x00\x01\x02\xfe\xff\x80=:/@.", 4096, 65)},
	{"image.b64", noise(stdChars, 20000, 66) + "=" + "="},
	{"ids.txt", "ThisIsAVeryLongIdentifierNameThatGoesOnAndOn_AndOn_UntilItIsEightySixCharactersLong_ok==1\n"},
	{"names.txt", "sk-learn-style-names npm_config_registry hf_transfer pypi-mirror AIzawa glpat- xoxb-\n"},
}
