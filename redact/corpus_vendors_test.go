package redact_test

import (
	"fmt"
	"strings"
)

const (
	nums   = "0123456789"
	lowers = "abcdefghijklmnopqrstuvwxyz0123456789"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// vendorSecret is an invented token of a family. The parts are joined here, so
// that nobody's scanner takes this file for a leak.
type vendorSecret struct{ rule, secret string }

func join(parts ...string) string { return strings.Join(parts, "") }

// uuid looks like one.
func uuid(seed uint64) string {
	h := noise(lowerHex, 32, seed)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:]
}

var vendorSecrets = []vendorSecret{
	{"adafruit-key", join("ai", "o_", noise(alnums, 28, 101))},
	{"ubidots-token", join("BB", "FF-", noise(alnums, 30, 102))},
	{"ubidots-token", join("BB", "US-", noise(alnums, 34, 103))},
	{"things-network-key", join("NNS", "XS.", noise(uppers, 39, 104), ".", noise(uppers, 52, 105))},
	{"azure-iot-key", join("HostName=hub.example.net;DeviceId=rig;Shared", "AccessKey=", noise(stdChars, 43, 106), "=")},
	{"sas-signature", join("https://plant.blob.example.net/c?sv=2024-01-01&se=2026-01-01&sr=c&si", "g=", noise(alnums, 40, 107), "%3D")},
	{"sas-signature", join("SharedAccessSignature sr=hub.example.net&si", "g=", noise(alnums, 42, 108), "%3D&se=1790000000")},
	{"sas-signature", join("https://b.example.net/k?X-Amz-Credential=a&X-Amz", "-Signature=", noise(lowerHex, 64, 109))},
	{"sas-signature", join("https://b.example.net/k?X-Goog", "-Signature=", noise(lowerHex, 128, 110))},
	{"grafana-token", join("gl", "c_", "eyJ", noise(stdChars, 60, 111))},
	{"grafana-token", join("eyJ", "rIjoi", noise(alnums, 90, 112))},
	{"aws-access-key-id", join("AB", "IA", noise(upperNums, 16, 113))},
	{"aws-access-key-id", join("AC", "CA", noise(upperNums, 16, 114))},
	{"aws-bedrock-key", join("AB", "SK", noise(alnums, 120, 115))},
	{"azure-client-secret", join("q8", "Z8", "Q~", noise(alnums, 34, 116))},
	{"google-oauth-secret", join("ya", "29.", noise(urlSafe, 80, 117))},
	{"google-oauth-secret", join("1/", "/0", noise(urlSafe, 60, 118))},
	{"digitalocean-token", join("do", "r_v1_", noise(lowerHex, 64, 119))},
	{"digitalocean-token", join("do", "o_v1_", noise(lowerHex, 64, 120))},
	{"alibaba-key", join("LT", "AI", noise(alnums, 20, 121))},
	{"yandex-key", join("AQ", "VN", noise(urlSafe, 36, 122))},
	{"heroku-key", join("HR", "KU-AA", noise(urlSafe, 58, 123))},
	{"heroku-key", join("HR", "KU-", uuid(124))},
	{"fly-token", join("fm", "2_", noise(stdChars, 120, 125))},
	{"fly-token", join("fo", "1_", noise(urlSafe, 43, 126))},
	{"scaleway-key", join("SC", "W", noise(uppers, 17, 127))},
	{"cloudflare-key", join("v1", ".0-", noise(lowerHex, 24, 128), "-", noise(lowerHex, 146, 129))},
	{"netlify-token", join("nf", "p_", noise(alnums, 36, 130))},
	{"supabase-key", join("sb", "p_", noise(lowerHex, 40, 131))},
	{"supabase-key", join("sb_", "secret_", noise(alnums, 31, 132))},
	{"planetscale-secret", join("psc", "ale_pw_", noise(alnums, 43, 133))},
	{"planetscale-secret", join("psc", "ale_tkn_", noise(alnums, 43, 134))},
	{"databricks-token", join("da", "pi", noise(lowerHex, 32, 135))},
	{"mongodb-secret", join("mdb", "_sa_sk_", noise(urlSafe, 40, 136))},
	{"openshift-token", join("sha", "256~", noise(urlSafe, 43, 137))},
	{"github-token", join("gh", "o_", noise(alnums, 36, 138))},
	{"github-token", join("gh", "u_", noise(alnums, 36, 139))},
	{"github-token", join("gh", "s_", noise(alnums, 36, 140))},
	{"github-token", join("gh", "r_", noise(alnums, 76, 141))},
	{"gitlab-token", join("gl", "dt-", noise(urlSafe, 20, 142))},
	{"gitlab-token", join("gl", "rt-", noise(urlSafe, 20, 143))},
	{"gitlab-token", join("gl", "ptt-", noise(lowerHex, 40, 144))},
	{"gitlab-token", join("gl", "cbt-", noise(alnums, 4, 145), "_", noise(alnums, 20, 146))},
	{"gitlab-token", join("gl", "ft-", noise(alnums, 20, 147))},
	{"gitlab-token", join("gl", "imt-", noise(alnums, 25, 148))},
	{"gitlab-token", join("gl", "agent-", noise(alnums, 50, 149))},
	{"gitlab-token", join("gl", "oas-", noise(lowerHex, 64, 150))},
	{"gitlab-token", join("GR13", "48941", noise(alnums, 20, 151))},
	{"bitbucket-token", join("AT", "BB", noise(alnums, 32, 152))},
	{"bitbucket-token", join("AT", "ATT3", noise(alnums, 186, 153))},
	{"bitbucket-token", join("AT", "CTT3", noise(alnums, 180, 154))},
	{"npm-token", join("//registry.example.net/:_au", "th=", noise(alnums, 28, 155))},
	{"npm-token", join("//registry.example.net/:_auth", "Token=", uuid(156))},
	{"rubygems-key", join("ruby", "gems_", noise(lowerHex, 48, 157))},
	{"crates-token", join("ci", "o", noise(alnums, 32, 158))},
	{"nuget-key", join("oy", "2", noise(lowers, 43, 159))},
	{"clojars-token", join("CLO", "JARS_", noise(lowers, 60, 160))},
	{"artifactory-token", join("AK", "Cp", noise(alnums, 69, 161))},
	{"artifactory-token", join("cmVm", "dGtu", noise(alnums, 56, 162))},
	{"docker-token", join("dckr", "_oat_", noise(urlSafe, 32, 163))},
	{"postman-key", join("PM", "AK-", noise(lowerHex, 24, 164), "-", noise(lowerHex, 34, 165))},
	{"sonar-token", join("sq", "u_", noise(lowerHex, 40, 166))},
	{"sonar-token", join("sq", "p_", noise(lowerHex, 40, 167))},
	{"sourcegraph-token", join("sg", "p_", noise(lowerHex, 40, 168))},
	{"sourcegraph-token", join("sg", "p_", noise(lowerHex, 16, 169), "_", noise(lowerHex, 40, 170))},
	{"circleci-token", join("CCI", "PAT_", noise(alnums, 22, 171), "_", noise(lowerHex, 40, 172))},
	{"buildkite-token", join("bk", "ua_", noise(lowerHex, 40, 173))},
	{"vault-token", join("hv", "b.", noise(urlSafe, 140, 174))},
	{"vault-token", join("hv", "r.", noise(urlSafe, 90, 175))},
	{"terraform-token", join(noise(alnums, 14, 176), ".atlas", "v1.", noise(urlSafe, 67, 177))},
	{"pulumi-token", join("pu", "l-", noise(lowerHex, 40, 178))},
	{"doppler-token", join("dp", ".pt.", noise(alnums, 43, 179))},
	{"doppler-token", join("dp", ".st.prd.", noise(alnums, 43, 180))},
	{"doppler-token", join("dp", ".sa.", noise(alnums, 43, 181))},
	{"onepassword-token", join("op", "s_eyJ", noise(alnums, 260, 182))},
	{"onepassword-token", join("A", "3-", noise(uppers, 6, 183), "-", noise(uppers, 6, 184), "-", noise(uppers, 5, 185), "-", noise(uppers, 5, 186), "-", noise(uppers, 5, 187), "-", noise(uppers, 5, 188))},
	{"netbird-token", join("nb", "p_", noise(alnums, 36, 189))},
	{"sentry-token", join("sn", "tryu_", noise(lowerHex, 64, 190))},
	{"sentry-token", join("sn", "trys_eyJ", noise(alnums, 120, 191), "_", noise(alnums, 43, 192))},
	{"newrelic-key", join("NR", "AK-", noise(uppers, 27, 193))},
	{"newrelic-key", join("NR", "II-", noise(urlSafe, 32, 194))},
	{"dynatrace-token", join("dt0", "c01.", noise(uppers, 24, 195), ".", noise(uppers, 64, 196))},
	{"dynatrace-token", join("dt0", "s16.", noise(uppers, 8, 197), ".", noise(uppers, 64, 198))},
	{"launchdarkly-key", join("launchdarkly sd", "k-", uuid(199))},
	{"octopus-key", join("octopus AP", "I-", noise(uppers, 26, 200))},
	{"prefect-token", join("pn", "u_", noise(alnums, 36, 201))},
	{"infracost-token", join("ic", "o-", noise(alnums, 32, 202))},
	{"slack-token", join("xo", "xp-", noise(nums, 11, 203), "-", noise(nums, 11, 204), "-", noise(lowerHex, 32, 205))},
	{"slack-token", join("xo", "xc-", noise(nums, 11, 206), "-", noise(nums, 11, 207), "-", noise(lowerHex, 32, 208))},
	{"slack-token", join("xo", "xe.xo", "xp-1-", noise(alnums, 100, 209))},
	{"slack-token", join("xa", "pp-1-", noise(uppers, 11, 210), "-", noise(nums, 13, 211), "-", noise(lowerHex, 64, 212))},
	{"slack-token", join("xo", "xo-", noise(nums, 11, 213), "-", noise(lowerHex, 32, 214))},
	{"slack-webhook", join("https://hooks.slack", ".com/workflows/T", noise(uppers, 9, 215), "/A", noise(uppers, 9, 216), "/", noise(nums, 18, 217), "/", noise(alnums, 24, 218))},
	{"slack-webhook", join("https://hooks.slack", ".com/triggers/T", noise(uppers, 9, 219), "/", noise(nums, 13, 220), "/", noise(lowerHex, 32, 221))},
	{"discord-webhook", join("https://discord", ".com/api/webhooks/", noise(nums, 18, 222), "/", noise(urlSafe, 68, 223))},
	{"discord-webhook", join("https://canary.discordapp", ".com/api/webhooks/", noise(nums, 19, 224), "/", noise(urlSafe, 68, 225))},
	{"teams-webhook", join("https://plant.webhook.office", ".com/webhookb2/", uuid(226), "@", uuid(227), "/IncomingWebhook/", noise(lowerHex, 32, 228), "/", uuid(229))},
	{"google-chat-webhook", join("https://chat.googleapis", ".com/v1/spaces/AAAA", noise(alnums, 7, 230), "/messages?key=", noise(urlSafe, 39, 231), "&token=", noise(urlSafe, 43, 232), "%3D")},
	{"chat-webhook", join("https://hooks.zapier", ".com/hooks/catch/", noise(nums, 7, 233), "/", noise(lowers, 7, 234))},
	{"chat-webhook", join("https://maker.ifttt", ".com/trigger/alarm/with/key/", noise(urlSafe, 22, 235))},
	{"chat-webhook", join("https://hooks.nabu", ".casa/", noise(urlSafe, 120, 236))},
	{"discord-bot-token", join("discord: MTIy", "MzQ1Njc4OTAxMjM0NTY3OA", ".", noise(alnums, 6, 237), ".", noise(urlSafe, 38, 238))},
	{"mailgun-key", join("mailgun: ke", "y-", noise(lowerHex, 32, 239))},
	{"brevo-key", join("xke", "ysib-", noise(lowerHex, 64, 240), "-", noise(alnums, 16, 241))},
	{"twilio-key", join("twilio S", "K", noise(lowerHex, 32, 242))},
	{"linear-key", join("li", "n_api_", noise(alnums, 40, 243))},
	{"notion-token", join("nt", "n_", noise(nums, 11, 244), noise(alnums, 35, 245))},
	{"figma-token", join("fi", "gd_", noise(urlSafe, 43, 246))},
	{"airtable-token", join("pa", "t", noise(alnums, 14, 247), ".", noise(lowerHex, 64, 248))},
	{"shopify-token", join("sh", "pat_", noise(lowerHex, 32, 249))},
	{"shopify-token", join("sh", "pss_", noise(lowerHex, 32, 250))},
	{"stripe-key", join("rk", "_live_", noise(alnums, 24, 251))},
	{"stripe-key", join("sk", "_test_", noise(alnums, 24, 252))},
	{"stripe-key", join("wh", "sec_", noise(alnums, 32, 253))},
	{"square-token", join("sq", "0atp-", noise(urlSafe, 22, 254))},
	{"square-token", join("sq", "0csp-", noise(urlSafe, 43, 255))},
	{"mapbox-token", join("sk", ".eyJ", noise(alnums, 60, 256), ".", noise(urlSafe, 22, 257))},
	{"anthropic-key", join("sk", "-ant-admin01-", noise(urlSafe, 93, 258), "AA")},
	{"openai-key", join("sk", "-svcacct-", noise(urlSafe, 60, 259))},
	{"openai-key", join("sk", "-admin-", noise(urlSafe, 60, 260))},
	{"openrouter-key", join("sk", "-or-v1-", noise(lowerHex, 64, 261))},
	{"deepseek-key", join("sk", "-", noise(lowerHex, 32, 262))},
	{"huggingface-token", join("api", "_org_", noise(alnums, 34, 263))},
	{"groq-key", join("gs", "k_", noise(alnums, 52, 264))},
	{"xai-key", join("xa", "i-", noise(alnums, 80, 265))},
	{"perplexity-key", join("pp", "lx-", noise(alnums, 48, 266))},
	{"replicate-token", join("r", "8_", noise(alnums, 37, 267))},
	{"nvidia-key", join("nv", "api-", noise(urlSafe, 64, 268))},
	{"langsmith-key", join("ls", "v2_pt_", noise(lowerHex, 32, 269), "_", noise(lowerHex, 10, 270))},
	{"pinecone-key", join("pc", "sk_", noise(alnums, 60, 271))},
	{"tavily-key", join("tv", "ly-", noise(alnums, 32, 272))},
	{"jina-key", join("ji", "na_", noise(alnums, 60, 273))},
	{"age-secret-key", join("AGE-SECRET", "-KEY-PQ-1", noise(uppers, 60, 274))},
	{"netrc-password", join("machine db.local login rig pass", "word ", noise(alnums, 14, 275))},
	{"jwt", join(b64(`{"alg":"RSA-OAEP","enc":"A256GCM"}`), ".", noise(urlSafe, 80, 276), ".", noise(urlSafe, 22, 277), ".", noise(urlSafe, 40, 278), ".", noise(urlSafe, 22, 279))},
}

// vendorCases puts each secret of a vendor where machines have such things, a
// different place each time.
func vendorCases() []planted {
	places := []struct{ file, text string }{
		{"a.yaml", "note: '%s'\n"},
		{"a.json", "{\"list\": [\"%s\"]}\n"},
		{"a.xml", "<Script code=\"x := '%s'\"/>\n"},
		{"a.yaml", "a: 1\n# was %s before\n"},
		{".env", "VALUE=\"%s\"\n"},
		{"NOTES.md", "Use `%s` here.\n"},
		{"a.xml", "<note>\n  <![CDATA[%s]]>\n</note>\n"},
		{"blob.bin", "\x00\x01 %s \x00"},
		{"a.yaml", "args: [--x, '%s']\n"},
		{"broken.yaml", "a: [1\nb: '%s'\n"},
	}
	var list []planted
	for i, v := range vendorSecrets {
		place := places[i%len(places)]
		text := v.secret
		if place.file == "a.xml" {
			text = strings.ReplaceAll(text, "&", "&amp;")
			if strings.Contains(place.text, "CDATA") {
				text = v.secret
			}
		}
		list = append(list, planted{place.file, fmt.Sprintf(place.text, text), secretPart(v.secret), v.rule})
	}
	return list
}

// secretPart is the end of a secret, which may not show: the begin of some is an
// address.
func secretPart(s string) string { return s[len(s)-12:] }

// vendorInnocents are near misses of every family: too short, a row of x, the
// beginning of another word, and the word of a manual.
func vendorInnocents() []innocent {
	var list []innocent
	for i, v := range vendorSecrets {
		s := v.secret
		switch {
		case v.rule == "sas-signature", strings.HasSuffix(v.rule, "-webhook"), v.rule == "netrc-password", v.rule == "npm-token":
			continue // their own below
		case i%3 == 0:
			s = s[:min(len(s), 9)] + strings.Repeat("x", max(0, len(s)-9)) // a placeholder
		case i%3 == 1:
			s = s[:min(len(s), 9)] // nothing but a prefix
		default:
			s = s[:min(len(s), 12)] + " EXAMPLE"
		}
		list = append(list, innocent{"NOTES.md", "The form is `" + s + "` there.\n"})
	}
	return append(list, []innocent{
		{"NOTES.md", "Post to https://hooks.slack.com/services/T/B/X or https://discord.com/api/webhooks/ID/TOKEN there.\n"},
		{"NOTES.md", "https://plant.webhook.office.com/webhookb2/ is the address; sig=abc is the signature.\n"},
		{"a.xml", "<Script code=\"sig=7; se=2; sv=3\"/>\n"},
		{"NOTES.md", "machine a has login b; the password is ${DB_PASSWORD}\n"},
		{"NOTES.md", "machine db login rig password ${DB_PASSWORD}\n"},
		{".npmrc", "//registry.example.net/:_authToken=${NPM_TOKEN}\n"},
		{"a.json", "{\"sha512\": \"" + noise(lowerHex, 128, 301) + "\", \"md5\": \"" + noise(lowerHex, 32, 302) + "\"}\n"},
		{"a.yaml", "image: registry.example.net/rig@sha256:" + noise(lowerHex, 64, 303) + "\n"},
		{"a.yaml", "cache: key-" + "value\nstate: task-" + noise(lowerHex, 32, 304) + "\n"},
		{"a.yaml", "serial: DISK-" + noise(uppers, 12, 305) + "\nlot: A3-77-12\n"},
		{"a.txt", "api-version: 2024, sdk-manager, API-Gateway, ico-files, pat-test, xai-explain\n"},
		{"a.txt", "eyJ and .eyJ. are no tokens: eyJhbGciOi is how a header begins.\n"},
	}...)
}
