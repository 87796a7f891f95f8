package secretscan

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

// Family is a kind of secret that is known by its look.
type Family struct {
	ID, Description string
	Severity        Severity
	Source          string // where its look is documented
	forms           []form
}

// Looks describes every form of the family, for people.
func (f *Family) Looks() []string {
	var list []string
	for _, x := range f.forms {
		if len(list) == 0 || list[len(list)-1] != x.look {
			list = append(list, x.look)
		}
	}
	return list
}

// form is one way in which a secret of a family can look.
type form struct {
	look   string
	anchor anchors.Pattern
	match  matcher
	// hint, if there is one, must be near the match or in the key above it;
	// without one the finding is a warning.
	hint []string
}

// matcher decides whether a secret is at an anchor. win is the part of the line
// around the anchor, up to lookaround bytes on either side, and at the offset of
// the anchor in it. A matcher sees the same window however the text arrives.
type matcher func(win []byte, at int) (start, end int, ok bool)

// Where the look of a family is documented.
const (
	gitleaks = "gitleaks rules"
	github   = "GitHub secret scanning"
	vendor   = "vendor documentation"
	rfc      = "RFC"
)

// Families are the families that this package knows, in the order of the default
// policy.
func Families() []*Family { return familyList() }

var familyList = sync.OnceValue(func() []*Family {
	return []*Family{
		// Keys and tokens of no single vendor.
		custom("pem-private-key", "a private key in PEM", rfc+" 7468",
			at("the first line of a private key in PEM: PKCS #1, #8, EC, OpenSSH, PGP", "PRIVATE KEY-----", matchPEM),
			at("the first line of a private key in PEM: PKCS #1, #8, EC, OpenSSH, PGP", "PRIVATE KEY BLOCK-----", matchPEM),
			at("such a line in base64", "LS0tLS1CRUdJTi", matchEncodedPEM),
			at("a PuTTY key file", "PuTTY-User-Key-File-", matchPuTTY)),
		custom("jwt", "a JSON Web Token", rfc+" 7519",
			at("three parts of base64url, the first two of them JSON objects", ".eyJ", matchJWT),
			at("a header with alg, typ or kid first, and two more parts", "eyJhbGciOi", matchJWTHeader),
			at("a header with alg, typ or kid first, and two more parts", "eyJ0eXAiOi", matchJWTHeader),
			at("a header with alg, typ or kid first, and two more parts", "eyJraWQiOi", matchJWTHeader)),
		custom("url-password", "a password in a URL", rfc+" 3986",
			form{look: "user:password@host behind ://, as people write it", anchor: anchors.Text("://").Before(schemeChars), match: matchURLPassword}),
		custom("authorization-header", "the value of an HTTP Authorization header", rfc+" 9110",
			form{look: "Authorization: Bearer, Basic or Token", anchor: anchors.Fold("authorization"), match: matchAuthorization}),
		custom("netrc-password", "a password in the form of a .netrc file", vendor,
			form{look: "machine, login and password", anchor: anchors.Fold("machine "), match: matchNetrc}),
		prefixes("age-secret-key", "an age secret key", vendor, "AGE-SECRET-KEY-1<upper 58>", "AGE-SECRET-KEY-PQ-1<upper 58+>", "AGE-PLUGIN-<upperdash 40+>"),

		// Data of machines.
		custom("influxdb-v2-token", "an InfluxDB 2 token", vendor,
			form{look: "86 characters of base64url and ==", anchor: anchors.Text("==").Before(base64URL), match: matchInfluxV2}.
				near("influx", "token", "telemetry", "8086")),
		prefixes("influxdb-v3-token", "an InfluxDB 3 token", vendor, "apiv3_<url 60-120>"),
		prefixes("adafruit-key", "an Adafruit IO key", github, "aio_<word 28>"),
		prefixes("ubidots-token", "a Ubidots token", vendor, "BBFF-<alnum 30-36>", "BBUS-<alnum 30-36>"),
		prefixes("things-network-key", "a key of The Things Stack", vendor, "NNSXS.<upper 20+>.<upper 40+>"),
		prefixes("azure-iot-key", "a shared access key of Azure", github, "SharedAccessKey=<b64 43>"),
		prefixes("azure-storage-key", "an Azure storage key", github, "AccountKey=<b64 86>"),
		custom("sas-signature", "a shared access signature or a signed URL", vendor,
			at("sig= with sv=, se=, sr= or sp= around it", "sig=", matchSAS),
			at("X-Amz-Signature=", "X-Amz-Signature=", matchSigned),
			at("X-Goog-Signature=", "X-Goog-Signature=", matchSigned)),
		prefixes("grafana-token", "a Grafana token", gitleaks, "glsa_<word 36+>", "glc_eyJ<b64any 32+>", "eyJrIjoi<b64any 70+>"),

		// Clouds.
		prefixes("aws-access-key-id", "an AWS access key ID", gitleaks, "AKIA<upper 16>", "ASIA<upper 16>", "ABIA<upper 16>", "ACCA<upper 16>"),
		prefixes("aws-bedrock-key", "an Amazon Bedrock key", gitleaks, "ABSK<b64any 109+>", "bedrock-api-key-<b64any 24+>"),
		custom("azure-client-secret", "a client secret of Microsoft Entra", gitleaks,
			form{look: "3 characters, a digit, Q~ and 31 to 34 characters", anchor: anchors.Text("Q~").Before(digits).Then(entraChar), match: matchEntra}),
		prefixes("google-api-key", "a Google API key", gitleaks, "AIza<url 35>"),
		prefixes("google-oauth-secret", "a Google OAuth secret", github, "GOCSPX-<url 28>", "ya29.<url 40+>", "1//0<url 40+>"),
		prefixes("digitalocean-token", "a DigitalOcean token", gitleaks, "dop_v1_<hex 64>", "doo_v1_<hex 64>", "dor_v1_<hex 64>"),
		prefixes("alibaba-key", "an Alibaba Cloud access key ID", gitleaks, "LTAI<alnum 16-20>"),
		prefixes("yandex-key", "a Yandex Cloud key", gitleaks, "AQVN<url 35-38>", "YCA<url 38>", "y0_<url 50+>"),
		prefixes("heroku-key", "a Heroku key", gitleaks, "HRKU-AA<url 58>", "HRKU-<uuid>"),
		prefixes("fly-token", "a Fly.io token", gitleaks, "fm2_<b64any 100+>", "fm1r_<b64any 100+>", "fm1a_<b64any 100+>", "fo1_<url 43>"),
		prefixes("scaleway-key", "a Scaleway access key", github, "SCW<upper 17>"),
		prefixes("cloudflare-key", "a Cloudflare origin key", gitleaks, "v1.0-<hex 24>-<hex 146>"),
		prefixes("netlify-token", "a Netlify token", github, "nfp_<alnum 36-40>"),
		prefixes("supabase-key", "a Supabase key", github, "sbp_<hex 40>", "sb_secret_<word 20+>"),
		prefixes("planetscale-secret", "a PlanetScale password or token", gitleaks, "pscale_tkn_<token 32-64>", "pscale_pw_<token 32-64>", "pscale_oauth_<token 32-64>"),
		prefixes("databricks-token", "a Databricks token", gitleaks, "dapi<hex 32>", "dkea<hex 32>", "dose<hex 32>"),
		prefixes("mongodb-secret", "a MongoDB Atlas secret", vendor, "mdb_sa_sk_<url 20+>"),
		prefixes("openshift-token", "an OpenShift token", gitleaks, "sha256~<url 43>"),

		// Source code and packages.
		prefixes("github-token", "a GitHub token", gitleaks,
			"ghp_<alnum 36-255>", "gho_<alnum 36-255>", "ghu_<alnum 36-255>", "ghs_<alnum 36-255>", "ghr_<alnum 36-255>", "github_pat_<word 40-255>"),
		prefixes("gitlab-token", "a GitLab token", gitleaks,
			"glpat-<url 20+>", "gldt-<url 20+>", "glrt-<url 20+>", "glrtr-<url 20+>", "glptt-<url 20+>", "glsoat-<url 20+>", "glcbt-<url 20+>",
			"glffct-<url 20+>", "glft-<url 20+>", "glimt-<url 20+>", "glagent-<url 40+>", "gloas-<url 40+>", "glwt-<url 20+>", "GR1348941<url 20+>"),
		prefixes("bitbucket-token", "a token of Bitbucket or Atlassian", github, "ATBB<alnum 32>", "ATCTT3<b64any 60+>", "ATATT3<b64any 60+>"),
		prefixes("npm-token", "an npm token", gitleaks, "npm_<alnum 36>", ":_auth=<b64any 12+>", ":_authToken=<url 20+>"),
		prefixes("pypi-token", "a PyPI token", gitleaks, "pypi-AgE<url 50+>"),
		prefixes("rubygems-key", "a RubyGems key", gitleaks, "rubygems_<hex 48>"),
		prefixes("crates-token", "a crates.io token", github, "cio<alnum 32>"),
		prefixes("nuget-key", "a NuGet key", github, "oy2<lower 43>"),
		prefixes("clojars-token", "a Clojars token", gitleaks, "CLOJARS_<lower 60>"),
		prefixes("artifactory-token", "an Artifactory key or token", gitleaks, "AKCp<alnum 60+>", "cmVmdGtu<alnum 50+>"),
		prefixes("docker-token", "a Docker Hub token", github, "dckr_pat_<url 27+>", "dckr_oat_<url 27+>"),
		prefixes("postman-key", "a Postman key", gitleaks, "PMAK-<hex 24>-<hex 34>"),
		prefixes("sonar-token", "a SonarQube token", gitleaks, "squ_<hex 40>", "sqp_<hex 40>", "sqa_<hex 40>"),
		prefixes("sourcegraph-token", "a Sourcegraph token", gitleaks, "sgp_<hex 40>", "sgp_<hex 16>_<hex 40>", "sgp_local_<hex 40>"),
		prefixes("circleci-token", "a CircleCI token", github, "CCIPAT_<alnum 22>_<hex 40>", "CCIPRJ_<alnum 22>_<hex 40>"),
		prefixes("buildkite-token", "a Buildkite token", github, "bkua_<hex 40>", "bkct_<alnum 30+>"),

		// Operations.
		prefixes("vault-token", "a HashiCorp Vault token", gitleaks, "hvs.<url 24+>", "hvb.<url 24+>", "hvr.<url 24+>"),
		custom("terraform-token", "a Terraform Cloud token", gitleaks, at("14 characters, .atlasv1. and 60 to 70 characters", ".atlasv1.", matchTerraform)),
		prefixes("pulumi-token", "a Pulumi token", gitleaks, "pul-<hex 40>"),
		prefixes("doppler-token", "a Doppler token", gitleaks,
			"dp.pt.<alnum 40-44>", "dp.st.<token 40+>", "dp.ct.<alnum 40-44>", "dp.sa.<alnum 40-44>", "dp.scim.<alnum 40-44>", "dp.audit.<alnum 40-44>"),
		prefixes("onepassword-token", "a 1Password service account token or secret key", gitleaks, "ops_eyJ<b64any 100+>", "A3-<upper 6>-<upper 6>-<upper 5>-<upper 5>-<upper 5>-<upper 5>"),
		prefixes("tailscale-key", "a Tailscale key", github, "tskey-<dash 20+>"),
		prefixes("netbird-token", "a NetBird token", vendor, "nbp_<alnum 36>"),
		prefixes("sentry-token", "a Sentry token", gitleaks, "sntrys_eyJ<b64anyword 60+>", "sntryu_<hex 64>"),
		prefixes("newrelic-key", "a New Relic key", gitleaks, "NRAK-<upper 27>", "NRII-<url 32>", "NRJS-<hex 19>", "NRRA-<hex 42>"),
		prefixes("dynatrace-token", "a Dynatrace token", gitleaks, "dt0c01.<upper 24>.<upper 64>", "dt0s01.<upper 8-24>.<upper 64>", "dt0s02.<upper 8-24>.<upper 64>", "dt0s16.<upper 8-24>.<upper 64>"),
		custom("launchdarkly-key", "a LaunchDarkly key", github, template("sdk-<uuid>").near("launchdarkly"), template("api-<uuid>").near("launchdarkly")),
		custom("octopus-key", "an Octopus Deploy key", gitleaks, template("API-<upper 26>").near("octopus")),
		prefixes("prefect-token", "a Prefect token", gitleaks, "pnu_<alnum 36>", "pnb_<alnum 36>"),
		prefixes("infracost-token", "an Infracost token", gitleaks, "ico-<alnum 32>"),

		// Chat, mail and work.
		prefixes("slack-token", "a Slack token", gitleaks,
			"xoxb-<dash 24+>", "xoxp-<dash 24+>", "xoxa-<dash 24+>", "xoxr-<dash 24+>", "xoxs-<dash 24+>", "xoxo-<dash 24+>", "xoxc-<dash 24+>",
			"xoxd-<tokenpct 24+>", "xoxe-<dash 24+>", "xoxe.xoxb-<dash 24+>", "xoxe.xoxp-<dash 24+>", "xapp-<dash 24+>", "xwfp-<dash 24+>"),
		custom("slack-webhook", "a Slack webhook", gitleaks,
			at("hooks.slack.com/services/ and three parts", "hooks.slack.com/services/", matchSlackHook),
			template("hooks.slack.com/workflows/<path 30+>"), template("hooks.slack.com/triggers/<path 30+>")),
		prefixes("discord-webhook", "a Discord webhook", github,
			"discord.com/api/webhooks/<digit 17-20>/<url 60+>", "discordapp.com/api/webhooks/<digit 17-20>/<url 60+>"),
		prefixes("teams-webhook", "a Microsoft Teams webhook", gitleaks, "webhook.office.com/webhookb2/<uuid>@<uuid>/IncomingWebhook/<hex 32>/<uuid>"),
		prefixes("google-chat-webhook", "a Google Chat webhook", vendor, "chat.googleapis.com/v1/spaces/<url 6+>/messages?key=<url 20+>&token=<tokenpct 20+>"),
		prefixes("chat-webhook", "a webhook of Zapier, IFTTT, Make or Home Assistant", vendor,
			"hooks.zapier.com/hooks/catch/<digit 4-12>/<alnum 5+>", "maker.ifttt.com/trigger/<word 1-64>/with/key/<url 20+>",
			"maker.ifttt.com/trigger/<word 1-64>/json/with/key/<url 20+>", "hooks.nabu.casa/<url 40+>"),
		custom("telegram-bot-token", "a Telegram bot token", gitleaks,
			form{look: "the number of a bot, a colon and 35 characters", anchor: anchors.Text(":AA").Before(digits), match: matchTelegram}),
		custom("discord-bot-token", "a Discord bot token", github,
			form{look: "a number in base64 and parts of 6 and 27 to 40 characters", anchor: discordAnchor(), match: matchDiscordBot}.near("discord", "bot")),
		prefixes("sendgrid-key", "a SendGrid key", gitleaks, "SG.<url 22>.<url 43>"),
		custom("mailgun-key", "a Mailgun key", gitleaks, template("key-<hex 32>").near("mailgun")),
		prefixes("brevo-key", "a Brevo key", gitleaks, "xkeysib-<hex 64>-<alnum 16>", "xsmtpsib-<hex 64>-<alnum 16>"),
		custom("twilio-key", "a Twilio key", gitleaks, template("SK<hex 32>").near("twilio")),
		prefixes("linear-key", "a Linear key", gitleaks, "lin_api_<alnum 40>", "lin_oauth_<alnum 40+>"),
		prefixes("notion-token", "a Notion token", gitleaks, "ntn_<alnum 46>"),
		prefixes("figma-token", "a Figma token", github, "figd_<url 40+>"),
		prefixes("airtable-token", "an Airtable token", gitleaks, "pat<alnum 14>.<hex 64>"),
		prefixes("shopify-token", "a Shopify token", gitleaks, "shpat_<hexany 32>", "shpca_<hexany 32>", "shppa_<hexany 32>", "shpss_<hexany 32>"),
		prefixes("stripe-key", "a Stripe key", gitleaks,
			"sk_live_<alnum 16+>", "rk_live_<alnum 16+>", "sk_test_<alnum 16+>", "rk_test_<alnum 16+>", "sk_prod_<alnum 16+>", "rk_prod_<alnum 16+>",
			"sk_org_<word 16+>", "whsec_<b64 32+>"),
		prefixes("square-token", "a Square token", gitleaks, "sq0atp-<url 22>", "sq0csp-<url 43>", "EAAA<url 60>"),
		prefixes("mapbox-token", "a secret Mapbox token", github, "sk.eyJ<url 40+>.<url 20+>", "tk.eyJ<url 40+>.<url 20+>"),

		// AI services.
		prefixes("anthropic-key", "an Anthropic key", gitleaks, "sk-ant-<url 24+>"),
		custom("openai-key", "an OpenAI key", gitleaks,
			template("sk-proj-<url 24+>"), template("sk-svcacct-<url 24+>"), template("sk-admin-<url 24+>"), template("sk-None-<url 24+>"),
			at("sk- around T3BlbkFJ", "T3BlbkFJ", matchOpenAI)),
		prefixes("openrouter-key", "an OpenRouter key", github, "sk-or-v1-<hex 64>"),
		prefixes("deepseek-key", "a key of DeepSeek or another service with keys of that form", vendor, "sk-<hex 32>"),
		prefixes("huggingface-token", "a Hugging Face token", gitleaks, "hf_<alnum 34-40>", "api_org_<alnum 34-40>"),
		prefixes("groq-key", "a Groq key", github, "gsk_<alnum 48-60>"),
		prefixes("xai-key", "an xAI key", github, "xai-<alnum 70+>"),
		prefixes("perplexity-key", "a Perplexity key", gitleaks, "pplx-<alnum 40-60>"),
		prefixes("replicate-token", "a Replicate token", github, "r8_<alnum 37>"),
		prefixes("nvidia-key", "an NVIDIA key", vendor, "nvapi-<url 60+>"),
		prefixes("langsmith-key", "a LangSmith key", github, "lsv2_pt_<word 32+>", "lsv2_sk_<word 32+>"),
		prefixes("pinecone-key", "a Pinecone key", github, "pcsk_<word 40+>"),
		prefixes("tavily-key", "a Tavily key", vendor, "tvly-<url 30+>"),
		prefixes("jina-key", "a Jina key", vendor, "jina_<url 40+>"),
	}
})

// families are the families by ID.
var families = sync.OnceValue(func() map[string]*Family {
	byID := map[string]*Family{}
	for _, f := range familyList() {
		byID[f.ID] = f
	}
	return byID
})

// DefaultShapes are the shape rules of the package format.
func DefaultShapes() []ShapeRule {
	var rules []ShapeRule
	for _, f := range familyList() {
		rules = append(rules, ShapeRule{ID: f.ID, Description: f.Description, Severity: f.Severity})
	}
	return rules
}

func custom(id, description, source string, forms ...form) *Family {
	return &Family{id, description, Error, source, forms}
}

func prefixes(id, description, source string, templates ...string) *Family {
	f := custom(id, description, source)
	for _, t := range templates {
		f.forms = append(f.forms, template(t))
	}
	return f
}

func at(look, anchor string, match matcher) form {
	return form{look: look, anchor: anchors.Text(anchor), match: match}
}

// classes are sets of characters by the names that templates use.
var classes = map[string]*anchors.Set{
	"digit": digits, "hex": hexLower, "hexany": hexAny, "lower": lowerNum, "upper": upperNum, "upperdash": upperDash,
	"alnum": alnum, "dash": alnumDash, "word": word, "url": base64URL, "b64": base64Std, "b64any": base64Any,
	"b64anyword": base64Any, "token": tokenChar, "tokenpct": tokenPct, "path": pathChar,
}

// part is a piece of a template: a literal, or a run of a class.
type part struct {
	literal  string
	set      *anchors.Set
	min, max int // max 0: no limit
}

// template makes a form of a text with runs in it: ghp_<alnum 36-255>. A run is
// the name of a class and how many of it: 36, 36-255 or 36+; <uuid> is a UUID.
// The text before the first run is the anchor.
func template(text string) form {
	var parts []part
	for rest := text; rest != ""; {
		open := strings.IndexByte(rest, '<')
		if open < 0 {
			parts = append(parts, part{literal: rest})
			break
		}
		if open > 0 {
			parts = append(parts, part{literal: rest[:open]})
		}
		end := strings.IndexByte(rest, '>')
		parts = append(parts, run(rest[open+1:end])...)
		rest = rest[end+1:]
	}
	anchor := anchors.Text(parts[0].literal)
	for len(anchor) < 5 { // a short anchor is everywhere
		anchor = anchor.Then(parts[1].set)
	}
	return form{look: strings.ReplaceAll(strings.ReplaceAll(text, "<", " "), ">", " "), anchor: anchor, match: func(win []byte, at int) (int, int, bool) {
		return matchParts(win, at, parts)
	}}
}

// near makes what has none of the words near it a warning.
func (f form) near(words ...string) form {
	f.look += "; a warning unless " + strings.Join(words, " or ") + " is near"
	f.hint = words
	return f
}

func run(spec string) []part {
	name, count, _ := strings.Cut(spec, " ")
	if name == "uuid" {
		var parts []part
		for i, n := range []int{8, 4, 4, 4, 12} {
			if i > 0 {
				parts = append(parts, part{literal: "-"})
			}
			parts = append(parts, part{set: hexAny, min: n, max: n})
		}
		return parts
	}
	p := part{set: classes[name]}
	low, high, isRange := strings.Cut(strings.TrimSuffix(count, "+"), "-")
	p.min, _ = strconv.Atoi(low)
	switch {
	case isRange:
		p.max, _ = strconv.Atoi(high)
	case !strings.HasSuffix(count, "+"):
		p.max = p.min
	}
	if p.set == nil || p.min == 0 {
		panic(fmt.Sprintf("secretscan: bad run %q", spec))
	}
	return []part{p}
}

// matchParts matches a template. What stands before it must not continue it, and
// what stands behind it neither.
func matchParts(win []byte, at int, parts []part) (int, int, bool) {
	if in(win, at, alnum) && in(win, at-1, alnum) {
		return 0, 0, false
	}
	i := at
	for _, p := range parts {
		if p.literal != "" {
			if !bytes.HasPrefix(win[i:], []byte(p.literal)) {
				return 0, 0, false
			}
			i += len(p.literal)
			continue
		}
		// A longer run than this decides nothing more.
		end := runEnd(win[:min(len(win), i+max(p.min, p.max)+maxRun)], i, p.set)
		if n := end - i; n < p.min || p.max > 0 && n > p.max {
			return 0, 0, false
		}
		i = end
	}
	if !random(win[at+len(parts[0].literal) : i]) {
		return 0, 0, false
	}
	if last := parts[len(parts)-1]; last.set != nil {
		i = runEnd(win, i, last.set)
	}
	return at, i, true
}

// maxRun is how far a run without a limit is looked at before it is known that it
// belongs to a secret: many anchors can stand in one run.
const maxRun = 256

// random reports whether a run of characters could be generated: not a row of
// x, not the word EXAMPLE in a manual.
func random(run []byte) bool {
	return distinct(run) >= 6 && !bytes.Contains(run, []byte("EXAMPLE")) &&
		!bytes.Contains(run, []byte("xxxx")) && !bytes.Contains(run, []byte("XXXX"))
}

// hinted reports whether one of the words is in the text around a match, or in the
// context: the keys above a value.
func hinted(win []byte, start, end int, context string, words []string) bool {
	const around = 80
	text := string(bytes.ToLower(win[max(0, start-around):min(len(win), end+around)])) + " " + strings.ToLower(context)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// matchJWT matches three base64url parts of which the first two begin as JSON
// objects do. The anchor is the second begin: ".eyJ". Something may be glued to
// the first one.
func matchJWT(win []byte, at int) (int, int, bool) {
	start := runStart(win, at, base64URL)
	first := bytes.Index(win[start:at], []byte("eyJ"))
	payload := runEnd(win, at+1, base64URL)
	if start += first; first < 0 || at-start < 12 || payload-at < 12 {
		return 0, 0, false
	}
	if payload == len(win) {
		return start, payload, payload >= at+lookaround // a payload beyond the window
	}
	end := runEnd(win, payload+1, base64URL)
	return start, end, win[payload] == '.' && end-payload > 16
}

// matchJWTHeader matches a token by the beginning of its header, the anchor: the
// payload may be encrypted.
func matchJWTHeader(win []byte, at int) (int, int, bool) {
	i := runEnd(win, at, base64URL)
	if i-at < 16 {
		return 0, 0, false
	}
	for range 2 {
		if !in(win, i, dots) {
			return 0, 0, false
		}
		end := runEnd(win, i+1, base64URL)
		if end == len(win) && end >= at+lookaround {
			return at, end, true
		}
		if end-i < 12 {
			return 0, 0, false
		}
		i = end
	}
	return at, i, true
}

// matchInfluxV2 matches 64 bytes in base64url, which is what InfluxDB 2
// generates: 86 characters and "==". The anchor is the last of them and "==".
func matchInfluxV2(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at+1, base64URL), at+3
	if at+1-start != 86 || in(win, start-1, base64Any) || in(win, end, base64Any) {
		return 0, 0, false
	}
	run := win[start : at+1]
	// A digest of 64 bytes in hexadecimal is shorter on variety.
	return start, end, distinct(run) >= 20 && contains(run, digits)
}

// matchOpenAI matches sk- and a body around the marker T3BlbkFJ, the anchor.
func matchOpenAI(win []byte, at int) (int, int, bool) {
	low := max(0, at-maxRun)
	start, end := low+runStart(win[low:], at-low, base64URL), runEnd(win[:min(len(win), at+maxRun)], at, base64URL)
	i := bytes.Index(win[start:at], []byte("sk-"))
	return start + max(i, 0), end, i >= 0 && end-start-i >= 40
}

// matchTelegram matches the number of a bot and its 35 characters. The anchor
// is the last digit and ":AA".
func matchTelegram(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at+1, digits), runEnd(win, at+2, base64URL)
	number := at + 1 - start
	return start, end, number >= 8 && number <= 10 && end-at-2 == 35
}

// discordAnchor is how digits, the number of a bot, begin in base64.
func discordAnchor() anchors.Pattern {
	first := set("MNO")
	return anchors.Pattern{}.Then(first, set("TDjz"), set("AEIMQUYcgk"), set("wxyz0-5"), first)
}

// matchDiscordBot matches the number of a bot in base64 and two more parts.
func matchDiscordBot(win []byte, at int) (int, int, bool) {
	if in(win, at-1, base64URL) {
		return 0, 0, false
	}
	i := at
	for n, want := range [][2]int{{23, 28}, {6, 7}, {27, 40}} {
		end := runEnd(win, i, base64URL)
		if end-i < want[0] || end-i > want[1] || n < 2 && !in(win, end, dots) {
			return 0, 0, false
		}
		i = end + 1
	}
	return at, i - 1, random(win[at : i-1])
}

// matchTerraform matches .atlasv1. with what is before and behind it.
func matchTerraform(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at, alnum), runEnd(win, at+len(".atlasv1."), base64Any)
	return start, end, at-start == 14 && end-at >= 60
}

// matchEntra matches 3 characters, a digit, Q~ and 31 to 34 characters. The
// anchor begins with the digit.
func matchEntra(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at, entraChar), runEnd(win, at+3, entraChar)
	n := end - at - 3
	return start, end, at-start == 3 && n >= 31 && n <= 34
}

// matchSAS matches a signature that a query has with the other parameters of a
// shared access signature. The anchor is "sig=".
func matchSAS(win []byte, at int) (int, int, bool) {
	start := at + len("sig=")
	end := runEnd(win[:min(len(win), start+maxRun)], start, tokenPct)
	if in(win, at-1, word) || end-start < 20 || !random(win[start:end]) {
		return 0, 0, false
	}
	around := win[max(0, at-400):min(len(win), end+400)]
	for _, p := range [...]string{"sv=", "se=", "sr=", "sp=", "skn="} {
		for _, before := range [...]string{"?", "&", ";", " "} {
			if bytes.Contains(around, []byte(before+p)) {
				return start, end, true
			}
		}
	}
	return 0, 0, false
}

// matchSigned matches the signature of a signed URL behind the anchor.
func matchSigned(win []byte, at int) (int, int, bool) {
	start := at + bytes.IndexByte(win[at:], '=') + 1
	end := runEnd(win[:min(len(win), start+maxRun)], start, hexAny)
	return start, end, end-start >= 64 && random(win[start:end])
}

// matchSlackHook matches the path of an incoming webhook: T…/B…/… behind the
// anchor.
func matchSlackHook(win []byte, at int) (int, int, bool) {
	const anchor = "hooks.slack.com/services/"
	from := at + len(anchor)
	end := from
	for part := range 3 {
		stop := runEnd(win, end, alnum)
		if stop-end < 8 || part < 2 && (stop == len(win) || win[stop] != '/') {
			return 0, 0, false
		}
		end = stop
		if part < 2 {
			end++
		}
	}
	return at, end, random(win[from:end])
}

// matchNetrc matches "machine HOST login USER password PASSWORD". The anchor is
// the first word.
func matchNetrc(win []byte, at int) (int, int, bool) {
	if in(win, at-1, word) {
		return 0, 0, false
	}
	i := at
	for n := 0; n < 6; n++ {
		i = runEnd(win, i, spaces)
		end := i
		for end < len(win) && !spaces[win[end]] {
			end++
		}
		field := string(bytes.ToLower(win[i:end]))
		switch {
		case end == i, end-i > maxValue,
			n == 0 && field != "machine", n == 2 && field != "login" && field != "account", n == 4 && field != "password" && field != "passwd":
			return 0, 0, false
		case n == 5:
			return i, end, !reference(win[i:end]) && !placeholder(win[i:end])
		}
		i = end
	}
	return 0, 0, false
}

// matchAuthorization matches the value of an HTTP Authorization header. The
// anchor is the word in any case.
func matchAuthorization(win []byte, at int) (int, int, bool) {
	i := at + len("authorization")
	i = runEnd(win, i, quoteSpace)
	if !in(win, i, separators) {
		return 0, 0, false
	}
	i = runEnd(win, i+1, quoteSpace)
	schemeEnd := runEnd(win, i, alnum)
	shortest := 16
	switch string(bytes.ToLower(win[i:schemeEnd])) {
	case "basic":
		shortest = 12
	case "bearer", "token", "apikey":
	default:
		return 0, 0, false
	}
	start := runEnd(win, schemeEnd, spaces)
	end := runEnd(win, start, tokenChar)
	value := win[start:end]
	return start, end, start > schemeEnd && len(value) >= shortest && random(value) &&
		contains(value, letters) && (contains(value, digits) || contains(value, upper)) && !placeholder(value)
}

const pemBegin = "-----BEGIN "

// matchPEM matches the first line of a private key in PEM. The anchor is the
// end of that line, "PRIVATE KEY-----" or "PRIVATE KEY BLOCK-----". Text that
// only speaks of such a line has something else behind it.
func matchPEM(win []byte, at int) (int, int, bool) {
	from := max(0, at-40)
	begin := bytes.LastIndex(win[from:at], []byte(pemBegin))
	if begin < 0 {
		return 0, 0, false
	}
	begin += from
	for _, c := range win[begin+len(pemBegin) : at] {
		if !upperNum[c] && c != ' ' {
			return 0, 0, false
		}
	}
	end := at + bytes.Index(win[at:], []byte("-----")) + 5
	rest := win[end:]
	for cut := true; cut; {
		cut = false
		for _, filler := range [...]string{" ", "\t", "\r", `\r`, `\n`, `\`, `"`, "'", "+", ",", ";", "%0A", "%0D", "&#"} {
			if bytes.HasPrefix(rest, []byte(filler)) {
				if rest, cut = rest[len(filler):], true; filler == "&#" {
					if i := bytes.IndexByte(rest[:min(len(rest), 8)], ';'); i > 0 {
						rest = rest[i+1:]
					}
				}
				break
			}
		}
	}
	key := runEnd(rest, 0, base64Std)
	return begin, end, len(rest) == 0 || key >= 16 || bytes.HasPrefix(rest, []byte("Proc-Type:"))
}

// matchEncodedPEM matches the first line of a private key in PEM that went
// through base64 once more. The anchor is the code of "-----BEGIN ".
func matchEncodedPEM(win []byte, at int) (int, int, bool) {
	end := runEnd(win[:min(len(win), at+64)], at, base64Std)
	end -= (end - at) % 4
	head := make([]byte, 48)
	n, err := base64.StdEncoding.Decode(head, win[at:end])
	return at, end, err == nil && !in(win, at-1, base64Std) && bytes.Contains(head[:n], []byte("PRIVATE KEY"))
}

// matchPuTTY matches the first line of a PuTTY key file, which holds a private
// key: "PuTTY-User-Key-File-", its version, a colon and the kind of the key.
func matchPuTTY(win []byte, at int) (int, int, bool) {
	i := at + len("PuTTY-User-Key-File-")
	end := runEnd(win, i, digits)
	if end == i || !bytes.HasPrefix(win[end:], []byte(": ")) {
		return 0, 0, false
	}
	kind := runEnd(win, end+2, alnumDash)
	return at, kind, kind > end+2
}

const maxUserinfo = 512

// matchURLPassword matches user:password@host in a URL as people write it: the
// password is all from the first colon behind the user to the last @ that a host
// follows, also with / # ? in it, and with spaces and quotes where something
// else says how far the URL goes: quotes around it, or the line that it is
// alone on. The anchor is the last character of the scheme and "://". A password
// that stands for another one, such as ${PASSWORD}, is none.
func matchURLPassword(win []byte, at int) (int, int, bool) {
	from := at + 4
	limit := min(len(win), from+maxUserinfo)
	colon := from
	for colon < limit && userChar[win[colon]] {
		colon++
	}
	if !in(win[:limit], colon, colons) || colon+1 == limit {
		return 0, 0, false
	}
	user, start := win[from:colon], colon+1
	// By the letter of RFC 3986, the first / # ? ends the authority.
	strict := start
	for strict < limit && !authorityEnd[win[strict]] {
		strict++
	}
	if i := lastHost(win, start, strict); i >= 0 {
		if innocentURLPassword(win, at, user, win[start:i]) {
			return 0, 0, false
		}
	} else if port(user, win[start:limit]) {
		return 0, 0, false
	}
	end := start
	for end < limit && !urlEnd[win[end]] {
		end++
	}
	i := lastHost(win, start, end)
	if i < 0 {
		// Not without spaces and quotes.
		end = writtenEnd(win, at, start, limit)
		i = lastHost(win, start, end)
	}
	if i < 0 || innocentURLPassword(win, at, user, win[start:i]) {
		return 0, 0, false
	}
	return start, i, true
}

// writtenEnd is where a URL with spaces or quotes in it ends: at the quote that
// began it, or with the line that it began.
func writtenEnd(win []byte, at, start, limit int) int {
	begin := runStart(win, at+1, schemeRun)
	if in(win, begin-1, quoteChars) {
		if i := bytes.IndexByte(win[start:limit], win[begin-1]); i >= 0 {
			return start + i
		}
	}
	if begin == 0 || onlyBefore(win, begin) || in(win, start, quoteChars) || bytes.HasSuffix(win[:begin], []byte(": ")) || in(win, begin-1, assigns) {
		end := start
		for end < limit && win[end] >= ' ' && !angles[win[end]] {
			end++
		}
		return end
	}
	return start
}

// lastHost is the last @ in win[from:to] that a host follows, or -1.
func lastHost(win []byte, from, to int) int {
	for i := min(to, len(win)) - 1; i > from; i-- {
		if win[i] == '@' && in(win, i+1, hostStart) {
			return i
		}
	}
	return -1
}

// port reports whether what stands behind a host is the number of a port.
func port(user, rest []byte) bool {
	n := runEnd(rest, 0, digits)
	if n == 0 || n > 5 {
		return len(rest) == 0 || spaces[rest[0]]
	}
	switch string(bytes.ToLower(user)) {
	case "admin", "root", "user", "guest", "operator", "service", "administrator", "default":
		return n == len(rest) || rest[n] != '/' && rest[n] != '#' && rest[n] != '?'
	}
	return n == len(rest) || !userChar[rest[n]] || rest[n] == '\''
}

// innocentURLPassword knows what manuals write, and the rate of a serial line.
func innocentURLPassword(win []byte, at int, user, password []byte) bool {
	if len(password) == 0 || reference(password) || placeholder(password) {
		return true
	}
	low := string(bytes.ToLower(password))
	switch low {
	case "password", "pass", "passwd", "pwd", "secret", "token", "pw":
		switch string(bytes.ToLower(user)) {
		case "user", "username", "usr", "name", "login", "":
			return true
		}
	case "1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200":
		switch string(bytes.ToLower(win[runStart(win, at+1, schemeRun) : at+1])) {
		case "modbus", "modbus+rtu", "rtu", "serial", "uart", "tty":
			return true
		}
	}
	return false
}

// Sets that never change, made once: a matcher runs for every hit.
var (
	digits      = set("0-9")
	hexLower    = set("0-9a-f")
	hexAny      = set("0-9a-fA-F")
	lowerNum    = set("a-z0-9")
	upperNum    = set("A-Z0-9")
	upperDash   = set("A-Z0-9-")
	alnum       = set("A-Za-z0-9")
	alnumDash   = set("A-Za-z0-9-")
	word        = set("A-Za-z0-9_")
	base64URL   = set("A-Za-z0-9_-")
	base64Std   = set("A-Za-z0-9+/")
	base64Any   = set("A-Za-z0-9+/_=-")
	tokenChar   = set("A-Za-z0-9_.~+/=-")
	tokenPct    = set("A-Za-z0-9_.~+/=%-")
	entraChar   = set("A-Za-z0-9_.~-")
	pathChar    = set("A-Za-z0-9_/-")
	keyChar     = set("A-Za-z0-9_.-")
	schemeChars = set("A-Za-z0-9")
	schemeRun   = set("A-Za-z0-9+.-")
	spaces      = set(" \t\r")
	letters     = set("A-Za-z")
	upper       = set("A-Z")
	dots        = set(".")
	colons      = set(":")
	angles      = set("<>")
	quoteChars  = set("\"'`")
	separators  = set(":=,")
	quoteSpace  = set(" \t\"'\\")
	// The user of a URL, which may be a reference or a placeholder.
	userChar     = set("A-Za-z0-9_.~%+$!*{}<>'()&-")
	authorityEnd = set("\x00- /?#\"'<>\\`")
	urlEnd       = set("\x00- \"'<>\\`")
	hostStart    = set("A-Za-z0-9[_${<%")
)

// set makes a byte set of single characters and ranges such as "a-z"; a hyphen
// at the end is itself.
func set(spec string) *anchors.Set {
	var s anchors.Set
	for i := 0; i < len(spec); i++ {
		from, to := spec[i], spec[i]
		if i+2 < len(spec) && spec[i+1] == '-' {
			to = spec[i+2]
			i += 2
		}
		for c := int(from); c <= int(to); c++ {
			s[c] = true
		}
	}
	return &s
}

// runEnd is the offset behind the bytes of set that start at i.
func runEnd(text []byte, i int, set *anchors.Set) int {
	for i < len(text) && set[text[i]] {
		i++
	}
	return i
}

// runStart is the offset of the first of the bytes of set that end before i.
func runStart(text []byte, i int, set *anchors.Set) int {
	for i > 0 && set[text[i-1]] {
		i--
	}
	return i
}

// in reports whether text has a byte of set at i.
func in(text []byte, i int, set *anchors.Set) bool {
	return i >= 0 && i < len(text) && set[text[i]]
}

func contains(text []byte, set *anchors.Set) bool {
	for _, c := range text {
		if set[c] {
			return true
		}
	}
	return false
}

// only reports whether text is made of set; the empty text is.
func only(text []byte, set *anchors.Set) bool {
	return runEnd(text, 0, set) == len(text)
}

// distinct counts the different bytes of text.
func distinct(text []byte) int {
	var seen anchors.Set
	n := 0
	for _, c := range text {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}
