package redact

import "github.com/anolishq/anolis-handoff/internal/anchors"

// Default is the policy of the package format: a fresh value each time, so that
// a caller may change it. The documentation of the package lists its rules.
func Default() Policy {
	return Policy{
		Removals: []string{"telemetry.influx_token", "telemetry.influxdb.token"},
		Keys:     defaultKeys(),
		Shapes:   defaultShapes(),
	}
}

func defaultKeys() []KeyRule {
	suspicious := func(id, description string, words ...string) KeyRule {
		return KeyRule{id, description, Warning, Warning, Warning, words}
	}
	return []KeyRule{
		{"token-key", "a string under a key that contains \"token\"", Error, Warning, Warning, []string{"token"}},
		suspicious("password-key", "a string under a key that names a password", "password", "passwd", "passphrase"),
		suspicious("secret-key", "a string under a key that contains \"secret\"", "secret"),
		suspicious("api-key", "a string under a key that names an API key", "api_key", "apikey", "api-key"),
		suspicious("private-key", "a string under a key that names a private key", "private_key", "privatekey", "private-key"),
		suspicious("access-key", "a string under a key that names an access key", "access_key", "accesskey", "access-key"),
		suspicious("credential-key", "a string under a key that contains \"credential\"", "credential"),
	}
}

func defaultShapes() []ShapeRule {
	return []ShapeRule{
		shape("pem-private-key", "a private key in PEM",
			at("PRIVATE KEY-----", matchPEM), at("PRIVATE KEY BLOCK-----", matchPEM),
			at("LS0tLS1CRUdJTi", matchEncodedPEM), at("PuTTY-User-Key-File-", matchPuTTY)),
		shape("influxdb-v2-token", "an InfluxDB 2 token", option{anchors.Text("==").Before(*base64URL), matchInfluxV2}),
		shape("influxdb-v3-token", "an InfluxDB 3 token", vendor("apiv3_", base64URL, 60, 120)),
		shape("jwt", "a JSON Web Token", at(".eyJ", matchJWT)),
		shape("url-password", "a password in a URL", option{anchors.Text("://").Before(*scheme), matchURLPassword}),
		shape("authorization-header", "the value of an HTTP Authorization header", option{anchors.Fold("authorization"), matchAuthorization}),
		shape("aws-access-key-id", "an AWS access key ID", vendor("AKIA", upperNum, 16, 16), vendor("ASIA", upperNum, 16, 16)),
		shape("azure-storage-key", "an Azure storage key", vendor("AccountKey=", base64Std, 86, 86)),
		shape("github-token", "a GitHub token",
			vendor("ghp_", alnum, 36, 255), vendor("gho_", alnum, 36, 255), vendor("ghu_", alnum, 36, 255),
			vendor("ghs_", alnum, 36, 255), vendor("ghr_", alnum, 36, 255), vendor("github_pat_", word, 40, 255)),
		shape("gitlab-token", "a GitLab token",
			vendor("glpat-", base64URL, 20, 0), vendor("gldt-", base64URL, 20, 0), vendor("glrt-", base64URL, 20, 0),
			vendor("glptt-", base64URL, 20, 0), vendor("glsoat-", base64URL, 20, 0)),
		shape("slack-token", "a Slack token",
			vendor("xoxb-", alnumDash, 24, 0), vendor("xoxp-", alnumDash, 24, 0), vendor("xoxa-", alnumDash, 24, 0),
			vendor("xoxr-", alnumDash, 24, 0), vendor("xoxs-", alnumDash, 24, 0), vendor("xoxe-", alnumDash, 24, 0),
			vendor("xapp-", alnumDash, 24, 0)),
		shape("slack-webhook", "a Slack webhook", at("hooks.slack.com/services/", matchSlackHook)),
		shape("stripe-key", "a Stripe key",
			vendor("sk_live_", alnum, 16, 0), vendor("rk_live_", alnum, 16, 0), vendor("sk_test_", alnum, 16, 0),
			vendor("rk_test_", alnum, 16, 0), vendor("whsec_", base64Std, 32, 0)),
		shape("google-api-key", "a Google API key", vendor("AIza", base64URL, 35, 35)),
		shape("google-oauth-secret", "a Google OAuth secret", vendor("GOCSPX-", base64URL, 28, 28), vendor("ya29.", base64URL, 40, 0)),
		shape("npm-token", "an npm token", vendor("npm_", alnum, 36, 36)),
		shape("pypi-token", "a PyPI token", vendor("pypi-AgE", base64URL, 50, 0)),
		shape("sendgrid-key", "a SendGrid key", at("SG.", matchSendGrid)),
		shape("anthropic-key", "an Anthropic key", vendor("sk-ant-", base64URL, 24, 0)),
		shape("openai-key", "an OpenAI key",
			vendor("sk-proj-", base64URL, 24, 0), vendor("sk-svcacct-", base64URL, 24, 0),
			vendor("sk-admin-", base64URL, 24, 0), at("T3BlbkFJ", matchOpenAI)),
		shape("huggingface-token", "a Hugging Face token", vendor("hf_", alnum, 34, 40)),
		shape("vault-token", "a HashiCorp Vault token", vendor("hvs.", base64URL, 24, 0), vendor("hvb.", base64URL, 24, 0)),
		shape("docker-token", "a Docker Hub token", vendor("dckr_pat_", base64URL, 27, 0)),
		shape("digitalocean-token", "a DigitalOcean token", vendor("dop_v1_", hexLower, 64, 64), vendor("doo_v1_", hexLower, 64, 64)),
		shape("grafana-token", "a Grafana token", vendor("glsa_", word, 36, 0), vendor("glc_eyJ", base64Any, 32, 0)),
		shape("tailscale-key", "a Tailscale key", vendor("tskey-", alnumDash, 20, 0)),
		shape("telegram-bot-token", "a Telegram bot token", option{anchors.Text(":AA").Before(*digits), matchTelegram}),
		shape("age-secret-key", "an age secret key", vendor("AGE-SECRET-KEY-1", upperNum, 58, 58)),
	}
}

// option is one way in which a secret of a rule can look.
type option struct {
	anchor anchors.Pattern
	match  matcher
}

func at(anchor string, match matcher) option {
	return option{anchors.Text(anchor), match}
}

func vendor(prefix string, chars *anchors.Set, min, max int) option {
	return at(prefix, prefixed(len(prefix), chars, min, max))
}

// shape makes a rule of which every option has its own anchor.
func shape(id, description string, options ...option) ShapeRule {
	r := ShapeRule{ID: id, Description: description, Severity: Error}
	for _, o := range options {
		r.patterns = append(r.patterns, o.anchor)
		r.matchers = append(r.matchers, o.match)
	}
	return r
}
