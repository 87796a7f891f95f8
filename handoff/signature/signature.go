// Package signature signs packages and checks who signed one, with the SSH keys that
// people already have.
//
// A signature is a file beside the package, PACKAGE.sig by custom, as "ssh-keygen -Y
// sign -n anolis-handoff PACKAGE" writes it, and "ssh-keygen -Y verify" checks what
// Sign makes. Who may sign is said by a list of allowed signers, in the form of
// OpenSSH.
//
// A signature is about the bytes of an archive. It is checked before anything of the
// package is parsed, and the archive must not change between the check and its use:
// hash it while it is checked, and compare with the digest of what is opened then.
//
// Signatures of another sort fit in by the interface Verifier: the examples have one
// for minisign and one for cosign.
package signature

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/anolishq/anolis-handoff/internal/sshsig"
	"github.com/anolishq/anolis-handoff/internal/steady"
)

// Namespace is what signatures of packages are made for. One that was made for
// something else, such as a commit, is not one of a package.
const Namespace = "anolis-handoff"

// Suffix ends the name of the file with the signature of a package.
const Suffix = ".sig"

// MaxSize is the length in bytes of the longest signature, and of the longest private
// or public key. A caller need not read more than one byte beyond it.
const MaxSize = sshsig.MaxSize

// MaxAllowedSigners is the length in bytes of the longest list of allowed signers.
const MaxAllowedSigners = sshsig.MaxAllowed

// Verifier checks signatures of packages. It is safe for concurrent use.
type Verifier interface {
	// Verify checks that sig is a signature of what pkg holds, by somebody who may
	// sign, and returns who that is in words. It reads pkg to its end unless the
	// answer is clear before. No sig, or an empty one, is an error.
	Verify(ctx context.Context, pkg io.Reader, sig []byte) (signer string, err error)
}

// The kinds of an *Error.
var (
	// ErrMissing reports that there is no signature.
	ErrMissing = errors.New("not signed")
	// ErrFormat reports that a text is not a signature, or a damaged one.
	ErrFormat = errors.New("not an SSH signature")
	// ErrUnsupported reports a signature or key of a sort that is refused, such as a
	// certificate, an RSA key of fewer than 2048 bits, or a DSA key.
	ErrUnsupported = errors.New("unsupported signature or key")
	// ErrNamespace reports a signature that was made for something else than a
	// package, or a key that must not sign packages.
	ErrNamespace = errors.New("not for packages")
	// ErrKey reports a signature by a key that is not among the allowed signers.
	ErrKey = errors.New("not an allowed signer")
	// ErrPrincipal reports a signature by an allowed signer other than the one that
	// was asked for.
	ErrPrincipal = errors.New("another signer")
	// ErrNotYetValid and ErrExpired report a key that may not sign at the time of
	// the check.
	ErrNotYetValid = errors.New("key not valid yet")
	ErrExpired     = errors.New("key expired")
	// ErrChanged reports that the package is not the one that was signed.
	ErrChanged = errors.New("package or signature changed")
	// ErrEncrypted reports a private key with a passphrase.
	ErrEncrypted = errors.New("key has a passphrase")
	// ErrPrivateKey reports a file that is not an SSH private key.
	ErrPrivateKey = errors.New("not an SSH private key")
	// ErrSign reports that an SSH agent does not have a key, or that a key does not
	// sign.
	ErrSign = errors.New("cannot sign")
)

// Error reports that a signature does not hold, or that one cannot be made.
type Error struct {
	// Kind is one of the errors of this package; errors.Is finds it.
	Kind error
	// Reason says what is wrong, and with what.
	Reason string
	// Fingerprint is the fingerprint of the key, as ssh-keygen shows it, or "".
	Fingerprint string
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

// AllowedSignersError reports a line of a list of allowed signers that cannot be used.
type AllowedSignersError struct {
	Line   int // counts from 1; 0 is the list as a whole
	Reason string
}

// Error returns the line and the reason.
func (e *AllowedSignersError) Error() string {
	if e.Line == 0 {
		return "allowed signers: " + e.Reason
	}
	return fmt.Sprintf("allowed signers: line %d: %s", e.Line, e.Reason)
}

// SSHOptions says which signatures an SSH verifier accepts.
type SSHOptions struct {
	// Time is when the package is judged: keys of the list may be valid for a while
	// only. It is required.
	Time time.Time
	// Principal is who must have signed, such as alice@example.org. Empty accepts
	// everybody in the list.
	Principal string
	// Zone is the time zone of times in the list that do not end in Z; nil is UTC.
	// OpenSSH takes that of the machine.
	Zone *time.Location
}

// SSH verifies SSH signatures. It implements Verifier.
type SSH struct {
	allowed *sshsig.Allowed
	opts    SSHOptions
}

// NewSSH returns a verifier for a list of allowed signers: the text of a file as
// ssh-keygen(1) describes it, with principals as patterns, namespaces, valid-after and
// valid-before. A line that cannot be used is an *AllowedSignersError, such as one
// with cert-authority; so is a list without any key.
func NewSSH(allowedSigners []byte, opts SSHOptions) (*SSH, error) {
	if opts.Time.IsZero() {
		return nil, errors.New("signature: SSHOptions.Time is required")
	}
	allowed, err := sshsig.ParseAllowed(allowedSigners, opts.Zone)
	if line := (*sshsig.LineError)(nil); errors.As(err, &line) {
		return nil, &AllowedSignersError{line.Line, line.Reason}
	}
	if err != nil {
		return nil, err
	}
	if allowed.Empty() {
		return nil, &AllowedSignersError{0, "lists no key"}
	}
	return &SSH{allowed, opts}, nil
}

// Signer is who signed a package.
type Signer struct {
	// Principal is SSHOptions.Principal, or without that the principals of the line
	// that allows the key.
	Principal string `json:"principal"`
	// Key names the sort of key, such as ED25519 or RSA 3072.
	Key string `json:"key"`
	// Fingerprint is the fingerprint of the key, as ssh-keygen shows it: SHA256:….
	Fingerprint string `json:"fingerprint"`
}

// String returns the signer in words.
func (s *Signer) String() string { return fmt.Sprintf("%s (%s %s)", s.Principal, s.Key, s.Fingerprint) }

// Verify implements Verifier with Check.
func (v *SSH) Verify(ctx context.Context, pkg io.Reader, sig []byte) (string, error) {
	signer, err := v.Check(ctx, pkg, sig)
	if err != nil {
		return "", err
	}
	return signer.String(), nil
}

// Check checks that sig is a signature of what pkg holds, and returns who signed. The
// signature, its namespace and its key are judged before a byte of pkg is read; then
// pkg is read once, to its end. The error is an *Error, that of reading, or that of
// ctx.
func (v *SSH) Check(ctx context.Context, pkg io.Reader, sig []byte) (*Signer, error) {
	if len(sig) == 0 {
		return nil, &Error{Kind: ErrMissing, Reason: "the package is not signed"}
	}
	s, err := sshsig.Parse(sig)
	if err != nil {
		return nil, formatError(err)
	}
	fail := func(kind error, format string, args ...any) error {
		return &Error{kind, fmt.Sprintf(format, args...), ssh.FingerprintSHA256(s.Key)}
	}
	key := sshsig.KeySize(s.Key) + " " + ssh.FingerprintSHA256(s.Key)
	if s.Namespace != Namespace {
		return nil, fail(ErrNamespace, "the signature was made for %.64q, not for %q", s.Namespace, Namespace)
	}
	principal, err := v.allowed.Check(s.Key, Namespace, v.opts.Principal, v.opts.Time)
	switch {
	case err == nil:
	case errors.Is(err, sshsig.ErrPrincipal):
		return nil, fail(ErrPrincipal, "signed with the key %s, which is not that of %q", key, v.opts.Principal)
	case errors.Is(err, sshsig.ErrNamespace):
		return nil, fail(ErrNamespace, "signed with the key %s, which may not sign for %q", key, Namespace)
	case errors.Is(err, sshsig.ErrNotYetValid):
		return nil, fail(ErrNotYetValid, "signed with the key %s, which is not valid yet", key)
	case errors.Is(err, sshsig.ErrExpired):
		return nil, fail(ErrExpired, "signed with the key %s, which has expired", key)
	default:
		return nil, fail(ErrKey, "signed with the key %s, which is not among the allowed signers", key)
	}
	digest, err := digest(ctx, s.NewHash(), pkg)
	if err != nil {
		return nil, err
	}
	if !s.Verify(digest) {
		return nil, fail(ErrChanged, "the package is not what was signed with the key %s, or the signature was changed", key)
	}
	if v.opts.Principal != "" {
		principal = v.opts.Principal
	}
	return &Signer{principal, sshsig.KeySize(s.Key), ssh.FingerprintSHA256(s.Key)}, nil
}

// formatError gives an error of package sshsig its kind here.
func formatError(err error) error {
	kind := ErrFormat
	if errors.Is(err, sshsig.ErrUnsupported) {
		kind = ErrUnsupported
	}
	return &Error{Kind: kind, Reason: err.Error()}
}

// digest hashes what r holds.
func digest(ctx context.Context, h hash.Hash, r io.Reader) ([]byte, error) {
	r = steady.Reader(r)
	buf := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := r.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return h.Sum(nil), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Key signs packages.
type Key struct{ signer ssh.Signer }

// ParseKey reads a private key: the text of a file as ssh-keygen writes it. The error
// is an *Error: ErrEncrypted for one with a passphrase, which an agent can use, and
// ErrUnsupported or ErrPrivateKey for a key that cannot sign. It shows nothing of
// the file.
func ParseKey(private []byte) (*Key, error) {
	if len(private) > MaxSize {
		return nil, &Error{Kind: ErrPrivateKey, Reason: fmt.Sprintf("not an SSH private key: longer than %d bytes", MaxSize)}
	}
	signer, err := ssh.ParsePrivateKey(private)
	if passphrase := (*ssh.PassphraseMissingError)(nil); errors.As(err, &passphrase) {
		return nil, &Error{Kind: ErrEncrypted, Reason: "the key has a passphrase: add it to an SSH agent with ssh-add, and name the file of its public key"}
	}
	if err != nil {
		return nil, &Error{Kind: ErrPrivateKey, Reason: "not an SSH private key that can sign by itself; for a security key use an SSH agent"}
	}
	return newKey(signer)
}

// AgentKey returns a key that an SSH agent holds. public is the text of the file of its
// public key. conn is a connection to the agent for this key alone; the caller closes
// it in the end, or before, to stop waiting for an agent that asks its user. The error
// is an *Error.
func AgentKey(conn io.ReadWriter, public []byte) (*Key, error) {
	if len(public) > MaxSize {
		return nil, &Error{Kind: ErrFormat, Reason: fmt.Sprintf("not an SSH public key: longer than %d bytes", MaxSize)}
	}
	want, _, _, _, err := ssh.ParseAuthorizedKey(public)
	if err != nil {
		return nil, &Error{Kind: ErrFormat, Reason: "not an SSH public key"}
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, &Error{Kind: ErrSign, Reason: "the SSH agent does not answer: " + err.Error()}
	}
	for _, signer := range signers {
		if string(signer.PublicKey().Marshal()) == string(want.Marshal()) {
			return newKey(signer)
		}
	}
	return nil, &Error{ErrSign, "the SSH agent does not have the key " + ssh.FingerprintSHA256(want) + "; add it with ssh-add", ssh.FingerprintSHA256(want)}
}

func newKey(signer ssh.Signer) (*Key, error) {
	if _, err := sshsig.ParseKey(signer.PublicKey().Marshal()); err != nil {
		return nil, formatError(err)
	}
	return &Key{signer}, nil
}

// IsPrivateKey reports whether a text looks like the file of a private key, and not
// like that of a public one.
func IsPrivateKey(text []byte) bool { return strings.HasPrefix(string(text), "-----BEGIN ") }

// Fingerprint returns that of the key, as ssh-keygen shows it.
func (k *Key) Fingerprint() string { return ssh.FingerprintSHA256(k.signer.PublicKey()) }

// Public returns the public key as a line of its file has it, without a comment: what
// stands behind the principals in a list of allowed signers.
func (k *Key) Public() string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k.signer.PublicKey())))
}

// Sign returns the signature of what pkg holds, which is read once, to its end: what
// "ssh-keygen -Y sign -n anolis-handoff" writes, and for an Ed25519 key the same bytes.
func (k *Key) Sign(ctx context.Context, pkg io.Reader) ([]byte, error) {
	sum, err := digest(ctx, sshsig.NewSignHash(), pkg)
	if err != nil {
		return nil, err
	}
	sig, err := sshsig.Sign(k.signer, Namespace, sum)
	if err != nil {
		return nil, &Error{ErrSign, "the key does not sign: " + err.Error(), k.Fingerprint()}
	}
	return sig, nil
}
