package redact_test

import "strings"

// keyCases are secrets for what stands above, before or beside them.
func keyCases() []planted {
	const file = "providers/a.yaml"
	var list []planted
	add := func(rule, file, text string) {
		list = append(list, planted{file, strings.ReplaceAll(text, "SECRET", password), password, rule})
	}
	// Keys of machine configs.
	for key, rule := range map[string]string{
		"psk": "shared-key", "wifi_psk": "shared-key", "PSK": "shared-key", "psk2": "shared-key",
		"PresharedKey": "shared-key", "preshared_key": "shared-key", "pre-shared-key": "shared-key", "presharedkey": "shared-key",
		"shared_key": "shared-key", "sharedKey": "shared-key", "wep_key0": "shared-key",
		"passphrase": "password-key", "wpa_passphrase": "password-key", "pass": "password-key", "mqtt_pass": "password-key",
		"mqttPass": "password-key", "PASS": "password-key", "ftp-pass": "password-key", "pwd": "password-key", "db_pwd": "password-key",
		"Pwd": "password-key", "passcode": "password-key", "door_passcode": "password-key", "passwd": "password-key",
		"auth_key": "crypto-key", "authKey": "crypto-key", "AuthKey": "crypto-key", "authkey": "crypto-key",
		"encryption_key": "crypto-key", "encryptionKey": "crypto-key", "hmac_key": "crypto-key", "HMACKey": "crypto-key",
		"signing_key": "crypto-key", "master_key": "crypto-key", "aes_key": "crypto-key", "auth_key_hex": "crypto-key",
		"app_key": "api-key", "appKey": "api-key", "APP_KEY": "api-key", "application_key": "api-key",
		"secret_key": "secret-key", "secretKey": "secret-key", "client_secret": "secret-key", "privateKey": "private-key",
		"API key": "api-key", "Private key": "private-key", "access key": "access-key", "auth key": "crypto-key",
		"wifi password": "password-key", "WLAN-Passwort": "password-key", "kennwort": "password-key",
	} {
		add(rule, file, "a: {"+key+": SECRET}\n")
	}
	for _, x := range [][2]string{
		// Options and their values.
		{"token-key", "args: [--api-token, SECRET]\n"},
		{"token-key", "args: [--config, a.yaml, --api-token, SECRET]\n"},
		{"token-key", "args: ['--api-token=SECRET']\n"},
		{"password-key", "args: [--password, SECRET, --verbose]\n"},
		{"password-key", "args:\n- -password\n- SECRET\n"},
		{"password-key", "args: ['--password=SECRET']\n"},
		{"password-key", "args: [--mqtt-pass, SECRET]\n"},
		{"shared-key", "args: [--psk, SECRET]\n"},
		{"api-key", "args: [--api-key, SECRET]\n"},
		{"crypto-key", "args: [--auth-key, SECRET]\n"},
		{"password-key", "command: run --password SECRET --now\n"},
		{"token-key", "command: \"sh -c 'run --token SECRET'\"\n"},
		{"api-key", "exec: run --api-key=SECRET\n"},
		// A name beside the value.
		{"password-key", "env:\n- name: MQTT_PASSWORD\n  value: SECRET\n"},
		{"password-key", "env:\n- value: SECRET\n  name: MQTT_PASSWORD\n"},
		{"token-key", "parameters: [{name: api_token, type: string, default: SECRET}]\n"},
		{"shared-key", "settings: [{key: wifi.psk, value: SECRET}]\n"},
		{"secret-key", "settings: [{id: client-secret, value: SECRET}]\n"},
		{"password-key", "settings: [{Name: Password, Value: SECRET}]\n"},
		// Environment lists and files.
		{"password-key", "environment: [MQTT_PASSWORD=SECRET]\n"},
		{"token-key", "environment: [INFLUXDB_TOKEN=SECRET, A=b]\n"},
		{"shared-key", "environment: ['WIFI_PSK=SECRET']\n"},
		{"crypto-key", "environment: ['AUTH_KEY=SECRET']\n"},
		// Texts of other programs in a scalar.
		{"shared-key", "wpa: |\n  network={\n    ssid=\"plant\"\n    psk=\"SECRET\"\n  }\n"},
		{"password-key", "wpa: |\n  network={\n    identity=\"rig\"\n    password=\"SECRET\"\n  }\n"},
		{"shared-key", "nm: |\n  [wifi-security]\n  key-mgmt=wpa-psk\n  psk=SECRET\n"},
		{"shared-key", "nm: |\n  [wifi-security]\n  wep-key0=SECRET\n"},
		{"password-key", "nm: |\n  [vpn-secrets]\n  password=SECRET\n"},
		{"shared-key", "wg: |\n  [Peer]\n  PresharedKey = SECRET\n"},
		{"private-key", "wg: |\n  [Interface]\n  PrivateKey = SECRET\n"},
		{"password-key", "dsn: \"Server=db.lan;Uid=w;Pwd=SECRET;\"\n"},
		{"password-key", "dsn: \"Data Source=db;User ID=w;Password=SECRET\"\n"},
		{"password-key", "dsn: \"Driver={ODBC};Server=db;Pwd={SECRET};\"\n"},
		{"password-key", "dsn: \"host=db user=w password=SECRET dbname=x\"\n"},
		// URLs as people write them.
		{"url-password", "url: mqtt://rig:SECRET/x@broker.local\n"},
		{"url-password", "url: 'mqtt://rig:a#SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:a?SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:a b SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:a\"SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:a@SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:$SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:${X}SECRET@broker.local'\n"},
		{"url-password", "url: 'mqtt://rig:${X:-SECRET}@broker.local'\n"},
		{"url-password", "url: 'redis://:SECRET@cache:6379/0'\n"},
		{"url-password", "url: 'mqtt://rig:SECRET@${BROKER}:1883'\n"},
	} {
		add(x[0], file, x[1])
	}
	for _, x := range [][3]string{
		{"password-key", "a.xml", "<param name=\"password\">SECRET</param>\n"},
		{"password-key", "a.xml", "<param name=\"password\">\n  SECRET\n</param>\n"},
		{"password-key", "a.xml", "<param\n  name=\"password\"\n  value=\"SECRET\"\n/>\n"},
		{"password-key", "a.xml", "<param name=\"password\"><![CDATA[SECRET]]></param>\n"},
		{"password-key", "a.xml", "<password><![CDATA[SECRET]]></password>\n"},
		{"password-key", "a.xml", "<password>\n    SECRET\n</password>\n"},
		{"password-key", "a.xml", "<A pass&#119;ord=\"x\" p=\"y\"/><B password=\"&#104;&#x75;&#x6E;" + password[3:] + "\"/>\n"},
		{"shared-key", "a.xml", "<Wifi ssid=\"plant\" psk=\"SECRET\"/>\n"},
		{"token-key", "a.xml", "<Action name=\"Call\"\n        token=\"SECRET\"/>\n"},
		{"token-key", "a.xml", "<input_port name=\"token\" default=\"SECRET\"/>\n"},
		{"github-token", "a.xml", "<A v=\"gh&#112;_" + github[4:] + "\"/><!-- SECRET -->\n"},
		{"pem-private-key", "a.xml", "<A v=\"" + pemPlain + "&#x0A;" + pemBody + "\"/><!-- SECRET -->\n"},
		{"jwt", "a.txt", "tokenIs" + jwt + " SECRET\n"},
		{"jwt", "a.txt", "JWT_" + jwt + " SECRET\n"},
		{"shared-key", "wpa.conf", "network={\n  psk=\"SECRET\"\n}\n"},
		{"shared-key", "wg0.conf", "[Peer]\nPresharedKey = SECRET\n"},
		{"password-key", "odbc.ini", "Pwd=SECRET\n"},
		{"password-key", "a.yaml", "a: 1\n# mqtt_pass: SECRET\n"},
	} {
		add(x[0], x[1], x[2])
	}
	return append(list, []planted{
		{"a.yaml", "cam: rtsp://admin:12345@10.0.0.9/stream\n", "", "url-password"},
		{"a.txt", "rtsp://admin:123456@10.0.0.9/stream\n", "", "url-password"},
		{"a.yaml", "password: 83920174\n", "83920174", "password-key"},
		{"a.yaml", "args: [--password, 83920174]\n", "83920174", "password-key"},
		{"a.yaml", "args: [--token, 83920174]\n", "83920174", "token-key"},
		{"a.yaml", "wifi_psk: 12345678\n", "12345678", "shared-key"},
	}...)
}

// keyInnocents look like the cases above: at least two for each word.
func keyInnocents() []innocent {
	texts := []string{
		// pass, pwd, passcode, passphrase
		"pass_through: enabled-1x\n", "bypass: valve7-open\n", "passive: sensor-a1b2c3\n", "high_pass: butterworth2\n", "low_pass: chebyshev1\n",
		"pass: 3\n", "pass: true\n", "pass: 1200\n", "pass_count: 1200\n", "passes: 12000\n", "compass: north-1a\n", "passage: hall-3b7\n",
		"first_pass: coarse-2x\n", "pwd: /var/lib/rig\n", "pwd_policy: strict-1\n", "cwd_pwd_mode: a1b2c3d\n", "OLDPWD: /home/a/b\n",
		"passcode_required: true\n", "passcode_length: 4000\n", "passphrase_hint: ask-maria1\n", "passphrase_file: /run/secrets/a1\n",
		"password_file: /run/secrets/a1\n", "password_policy: strict-12\n", "password_min_length: 1200\n", "max_password_age: 86400\n",
		"passed: step-12a\n", "passenger: seat-12a\n", "mqtt_pass: ${MQTT_PASS}\n", "mqtt_pass: '***'\n", "mqtt_pass: $MQTT_PASS\n",
		// psk, shared keys
		"modulation: psk\n", "psk_order: '8192a'\n", "key_mgmt: WPA-PSK\n", "bpsk: rate-12a\n", "qpsk_mode: fast-12a\n",
		"preshared_key_file: /etc/wg/a.psk\n", "preshared_keys_enabled: yes-1\n", "shared_key_id: k1-2026\n", "shared_keyboard: de-nodead1\n",
		"psk: ${WIFI_PSK}\n", "psk: <ask the operator>\n", "psk: true\n",
		// auth, encryption, hmac, app and secret keys
		"auth_key_algorithm: ed25519x1\n", "auth_keyring: /etc/a1\n", "auth_key_bits: 4096\n", "auth_keys_path: /etc/a1\n",
		"encryption_key_bits: 256\n", "encryption_key_id: k1-2026\n", "encryption: aes256-gcm\n", "hmac_key_length: 6400\n", "hmac: sha256x12\n",
		"hmac_key_ref: vault/a1\n", "app_keyboard_layout: de-105key1\n", "app_keys_path: /etc/a1\n", "app_key: ${APP_KEY}\n",
		"secret_key_path: /etc/a1\n", "secret_key_env: APP_SECRET1\n", "secret_name: rig-secret-1\n", "master_key_file: /etc/a1\n",
		"keyboard: de-nodead1\n", "key: a1b2c3d4\n", "sort_key: temp-a1b2\n", "primary_key: id-a1b2\n", "foreign_key: id-a1b2c3\n",
		"public_key: ssh-ed25519-a1b2c3\n", "host_key_alias: rig-a1b2\n", "signing_key_id: k1-2026\n", "session_keys_count: 12000\n",
		// Numbers, booleans, counts.
		"password: 5\n", "password: true\n", "secret: 12345\n", "api_key: 5\n", "tokens: 128000\n", "max_tokens: 128000\n", "password_count: 12345\n",
		// References and masks.
		"password: ${MQTT_PASSWORD}\n", "password: $MQTT_PASSWORD\n", "password: '{{ mqtt_password }}'\n", "password: '***'\n", "password: <redacted>\n",
		"password: '%MQTT_PASSWORD%'\n", "secret: ${SECRET:?missing}\n", "secret: '${env:SECRET}'\n",
		// Options.
		"args: [--config, providers/a.yaml]\n", "args: [--token, --config, providers/a.yaml]\n", "args: [--password, -v, x1y2z3a]\n",
		"args: [--token-file, /run/influx1]\n", "args: ['--password-file=/run/influx1']\n", "args: [--token-env, INFLUXDB_TOKEN]\n",
		"args: [--token, '${INFLUXDB_TOKEN}']\n", "args: [token, ring]\n", "args: [--max-tokens, 128000]\n", "args: [--bypass, valve7a]\n",
		"args: [--pass-through, serial0a]\n", "args: [--psk-order, '8192a']\n", "args: ['a=b', '--x=']\n", "args: ['--max-tokens=128000']\n",
		"args: [--password-stdin, run1a2b3]\n", "args: [--no-password, rig1a2b3]\n",
		// A name beside the value.
		"env: [{name: MQTT_HOST, value: broker1.local}]\n", "env: [{name: PASSWORD_FILE, value: /run/secrets/a1}]\n",
		"env: [{name: MQTT_PASSWORD, value: '${MQTT_PASSWORD}'}]\n", "env: [{name: MQTT_PASSWORD, valueFrom: secret1}]\n",
		"parameters: [{name: token, type: string, default: ''}]\n", "parameters: [{name: max_tokens, type: int64, default: 128000}]\n",
		"parameters: [{name: pass_through, default: lane7a}]\n", "parameters: [{name: password_prompt, default: Please1}]\n",
		"list: [{name: password, type: string, label: Password1}]\n", "list: [{id: bypass, value: valve7a}]\n",
		// Environment lists.
		"environment: [MQTT_HOST=broker1, PWD=/root/a1]\n", "environment: ['MQTT_PASSWORD=${MQTT_PASSWORD}', PASSES=12000]\n",
		"environment: [PASSWORD_FILE=/run/a1, PSK_ORDER=8192]\n", "environment: [BYPASS=valve7a, COMPASS=north1a]\n",
		// Texts of other programs.
		"wpa: |\n  network={\n    ssid=\"plant\"\n    key_mgmt=WPA-PSK\n  }\n", "nm: |\n  [wifi-security]\n  key-mgmt=wpa-psk\n  psk-flags=1\n",
		"wg: |\n  [Peer]\n  PublicKey = " + noise(stdChars, 43, 401) + "=\n", "dsn: \"Server=db.lan;Uid=w;Pwd=${DB_PWD};\"\n",
		"dsn: \"Server=db.lan;Trusted_Connection=yes;\"\n", "note: pass the plug through the hole; by pass we mean two turns\n",
		"note: 'use --password to log in, --token when asked'\n",
		// URLs.
		"url: 'mqtt://rig:${MQTT_PASSWORD}@broker.local'\n", "url: 'mqtt://rig:$MQTT_PASSWORD@broker.local'\n", "url: mqtt://rig:***@broker.local\n",
		"url: mqtt://rig:%2A%2A%2A@broker.local\n", "url: http://broker.local:8080/a?mail=ops@example.org\n", "url: http://broker.local:8080\n",
		"url: 'http://[fe80::1]:8080/a@b'\n", "url: http://a.local/x:y@z\n", "note: see http://a.local:80 or write to ops@example.org\n",
		"url: 'https://{user}:{password}@broker.local'\n", "url: modbus://bus0:19200@slave7\n", "url: https://user:password@host/\n",
	}
	var list []innocent
	for _, text := range texts {
		list = append(list, innocent{"providers/a.yaml", text})
	}
	return append(list, []innocent{
		{"a.xml", "<Action pass_through=\"lane7a\" bypass=\"valve7a\"/>\n"},
		{"a.xml", "<param name=\"password\"/><param name=\"speed\">fast1a2b</param>\n"},
		{"a.xml", "<param name=\"password\"></param>\n"},
		{"a.xml", "<param name=\"token\">{token}</param>\n"},
		{"a.xml", "<param name=\"password_file\">/run/secrets/a1</param>\n"},
		{"a.xml", "<A v=\"&#42;&#42;&#42;\" password=\"&#42;&#42;&#42;\"/>\n"},
		{"a.xml", "<!-- pass: the ball, psk: a modulation -->\n"},
		{"a.xml", "<Filter high_pass=\"butterworth2\" low_pass=\"chebyshev1\"/>\n"},
		{"a.xml", "<A url=\"rtsp://admin:&#42;&#42;&#42;@10.0.0.9\"/>\n"},
		{"run.log", "12 tests: pass=1200 fail=3 skip=7\n"},
		{"run.sh", "cd \"$PWD\" && PWD=/root/a1 make pass\n"},
		{"NOTES.md", "The auth key: see the vault. A psk: eight phases.\n"},
	}...)
}
