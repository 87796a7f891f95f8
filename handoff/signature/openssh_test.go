package signature_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/anolishq/anolis-handoff/handoff/signature"
)

// openSSH returns the path of ssh-keygen. Without it TestCommitted stands in, with
// what it made.
func openSSH(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("needs ssh-keygen (openssh-client)")
	}
	return path
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs ssh-keygen in the time zone UTC on a standard input.
func run(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), openSSH(t), args...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, errs.String())
	}
	return out.String(), nil
}

// TestOpenSSHVerifies has ssh-keygen check what Sign makes.
func TestOpenSSHVerifies(t *testing.T) {
	openSSH(t)
	for _, kind := range kinds {
		dir := t.TempDir()
		key := keys()[kind]
		sig := write(t, dir, "sig", sign(t, key, signature.Namespace, message))
		allowed := write(t, dir, "allowed", []byte(line("alice@*", `namespaces="anolis-*"`, key.PublicKey())))
		args := []string{"-Y", "verify", "-n", signature.Namespace, "-I", "alice@example.org", "-f", allowed, "-s", sig}
		if _, err := run(t, message, args...); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := run(t, message+"x", args...); err == nil {
			t.Errorf("%s: ssh-keygen accepts another package", kind)
		}
	}
}

// TestOpenSSHSigns checks what ssh-keygen makes, and compares it with what Sign makes.
func TestOpenSSHSigns(t *testing.T) {
	openSSH(t)
	for _, args := range [][]string{
		{"-t", "ed25519"}, {"-t", "ecdsa", "-b", "256"}, {"-t", "ecdsa", "-b", "384"}, {"-t", "ecdsa", "-b", "521"}, {"-t", "rsa", "-b", "2048"},
	} {
		dir := t.TempDir()
		name := filepath.Join(dir, "key")
		if _, err := run(t, "", append(args, "-q", "-N", "", "-C", "a comment", "-f", name)...); err != nil {
			t.Fatal(err)
		}
		private, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		public, err := os.ReadFile(name + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		key, err := signature.ParseKey(private)
		if err != nil {
			t.Fatal(err)
		}
		v := verifier(t, "me "+string(public), "me")
		theirs, err := run(t, message, "-q", "-Y", "sign", "-n", signature.Namespace, "-f", name)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := key.Sign(t.Context(), strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		for who, sig := range map[string]string{"ssh-keygen": theirs, "Sign": string(ours)} {
			signer, err := v.Check(t.Context(), strings.NewReader(message), []byte(sig))
			if err != nil || signer.Principal != "me" {
				t.Errorf("%v: %s: %v, %v", args, who, signer, err)
				continue
			}
			listed, err := run(t, "", "-l", "-f", name+".pub")
			if err != nil || !strings.Contains(listed, signer.Fingerprint) {
				t.Errorf("%s is not in %s, %v", signer.Fingerprint, listed, err)
			}
		}
		// Those with ECDSA are made with random numbers.
		if args[1] != "ecdsa" && theirs != string(ours) {
			t.Errorf("%v: ssh-keygen makes\n%s and Sign\n%s", args, theirs, ours)
		}
	}
}

// TestOpenSSHAgrees tries many lists of allowed signers on both.
func TestOpenSSHAgrees(t *testing.T) {
	openSSH(t)
	dir := t.TempDir()
	key, other := keys()["ed25519"].PublicKey(), newKey(t, "ed25519").PublicKey()
	sig := write(t, dir, "sig", sign(t, keys()["ed25519"], signature.Namespace, message))
	public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	foreign := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(other)))
	at := now.Format("20060102150405") + "Z"
	accepted := 0
	for _, text := range []string{
		// Principals.
		"alice KEY", "bob KEY", "Alice KEY", "alice,bob KEY", "bob,alice KEY", "al* KEY", "*ce KEY", "a*i*e KEY", "????? KEY", "???? KEY", "* KEY",
		"*,!alice KEY", "!alice,* KEY", "!bob,* KEY", "!bob KEY", "alice,!al* KEY", "a**e KEY", "**** KEY", "\"alice\" KEY", "\"bob\" KEY", "al[i]ce KEY", ",alice KEY",
		// White space, comments and other lines.
		"  alice KEY", "alice\tKEY", "alice   KEY   a comment", "alice KEY\r", "# alice KEY\nalice KEY", "\n\n  \nalice KEY\n", "#alice KEY",
		"alice OTHER\nalice KEY", "alice KEY\nalice OTHER", "alice OTHER", "bob KEY\nalice KEY", "alice KEY\nnonsense", "nonsense\nalice KEY", "alice\nalice KEY",
		// Options.
		"alice namespaces=\"anolis-handoff\" KEY", "alice namespaces=\"file\" KEY", "alice namespaces=\"file,anolis-handoff\" KEY", "alice namespaces=\"*\" KEY",
		"alice namespaces=\"*,!anolis-handoff\" KEY", "alice NameSpaces=\"anolis-*\" KEY", "alice namespaces=anolis-handoff KEY", "alice namespaces KEY",
		"alice namespaces=\"a\",namespaces=\"anolis-handoff\" KEY", "alice namespaces=\"file\" KEY\nalice namespaces=\"anolis-handoff\" KEY",
		"alice unknown KEY", "alice unknown=\"x\" KEY", "alice namespaces=\"*\", KEY", "alice namespaces=\"*\"x KEY", "alice namespaces=\"* KEY", "alice namespaces=\"a b,anolis-handoff\" KEY",
		// Times.
		"alice valid-after=\"20260403120000Z\" KEY", "alice valid-after=\"20260403120001Z\" KEY", "alice valid-before=\"20260403120000Z\" KEY", "alice valid-before=\"20260403115959Z\" KEY",
		"alice valid-after=\"202604031200\" KEY", "alice valid-after=\"202604031201\" KEY", "alice valid-after=\"20260403\" KEY", "alice valid-after=\"20260404\" KEY", "alice valid-before=\"20260403z\" KEY",
		"alice valid-after=\"20260101Z\",valid-before=\"20261231Z\" KEY", "alice valid-before=\"20261231Z\",valid-after=\"20260101Z\",namespaces=\"anolis-handoff\" KEY",
		"alice valid-after=\"20261231Z\",valid-before=\"20260101Z\" KEY", "alice valid-after=\"20260403Z\",valid-before=\"20260403Z\" KEY",
		"alice valid-after=\"20260403120000Z\",valid-before=\"20260403120000Z\" KEY",
		"alice valid-after=\"\" KEY", "alice valid-after=\"tomorrow\" KEY", "alice valid-after=\"20261345Z\" KEY", "alice valid-after=\"2026040312Z\" KEY", "alice valid-after=20260403Z KEY",
		"alice valid-after=\"20260101Z\",valid-after=\"20260102Z\" KEY",
		// Keys.
		"alice", "alice ssh-ed25519", "alice ssh-ed25519 AAAA", "alice ssh-rsa " + strings.Fields(public)[1], "alice " + strings.Fields(public)[1], "alice ssh-ed25519 " + strings.Fields(public)[1] + "AAAA", "",
	} {
		list := strings.NewReplacer("KEY", public, "OTHER", foreign).Replace(text)
		allowed := write(t, dir, "allowed", []byte(list+"\n"))
		_, theirs := run(t, message, "-Y", "verify", "-n", signature.Namespace, "-I", "alice", "-f", allowed, "-s", sig, "-O", "verify-time="+at)
		v, ours := signature.NewSSH([]byte(list+"\n"), signature.SSHOptions{Time: now, Principal: "alice"})
		if ours == nil {
			_, ours = v.Check(t.Context(), strings.NewReader(message), mustRead(t, sig))
		}
		if theirs == nil {
			accepted++
		}
		var bad *signature.AllowedSignersError
		switch {
		case (theirs == nil) == (ours == nil):
		case theirs == nil && errors.As(ours, &bad) && strings.Contains(text, "\nalice"), theirs == nil && errors.As(ours, &bad) && bad.Line == 2:
			// ssh-keygen passes over lines that it cannot use; to us they are mistakes.
		default:
			t.Errorf("%q:\nssh-keygen: %v\nwe: %v", text, theirs, ours)
		}
	}
	if accepted < 30 {
		t.Errorf("ssh-keygen accepted %d lists only", accepted)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestZone has times without a Z in the time zone of the caller.
func TestZone(t *testing.T) {
	key := keys()["ed25519"]
	sig := sign(t, key, signature.Namespace, message)
	allowed := line("*", `valid-after="202604031300"`, key.PublicKey())
	for zone, want := range map[*time.Location]error{nil: signature.ErrNotYetValid, time.FixedZone("", 3600): nil, time.FixedZone("", -3600): signature.ErrNotYetValid} {
		v, err := signature.NewSSH([]byte(allowed), signature.SSHOptions{Time: now, Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Check(t.Context(), strings.NewReader(message), sig); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%v: %v, want %v", zone, err, want)
		}
	}
}
