// Package sshsig reads, checks and makes the signatures of OpenSSH's
// "ssh-keygen -Y sign" (PROTOCOL.sshsig), and reads its lists of allowed signers.
//
// A signature is accepted in one form only: what is parsed and written again gives the
// same bytes, so no byte of it can be changed unnoticed.
package sshsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"strings"

	"golang.org/x/crypto/ssh"
)

// MaxSize is the length in bytes of the longest signature that is read. One of the
// largest RSA key is half as long.
const MaxSize = 16 << 10

// minRSA is the size in bits of the smallest RSA key. OpenSSH still takes 1024.
const minRSA = 2048

// ErrFormat reports that a text is not an SSH signature in its canonical form.
var ErrFormat = errors.New("not an SSH signature")

// ErrUnsupported reports that a signature is sound and of a sort that is refused.
var ErrUnsupported = errors.New("unsupported SSH signature")

const (
	begin = "-----BEGIN SSH SIGNATURE-----\n"
	end   = "-----END SSH SIGNATURE-----\n"
	magic = "SSHSIG"

	// Columns of the armor: OpenSSH's, and those of PEM, which other tools use.
	sshColumns = 70
	pemColumns = 64
)

// Hash algorithms of the signed message.
const (
	SHA256 = "sha256"
	SHA512 = "sha512"
)

// Signature is a signature of a message.
type Signature struct {
	// Key is the key that the signature says it was made with.
	Key ssh.PublicKey
	// Namespace is what the signature is for.
	Namespace string
	// Hash is the hash of the message, SHA256 or SHA512.
	Hash string

	signature ssh.Signature
}

// envelope is the outer form, behind the magic.
type envelope struct {
	Version   uint32
	Key       []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what is signed, behind the magic.
type signed struct {
	Namespace string
	Reserved  string
	Hash      string
	Digest    []byte
}

// Parse reads an armored signature. It does not check it: see Verify. The error is
// ErrFormat or ErrUnsupported.
func Parse(armored []byte) (*Signature, error) {
	blob, err := dearmor(armored)
	if err != nil {
		return nil, err
	}
	inner, ok := bytes.CutPrefix(blob, []byte(magic))
	var e envelope
	if !ok || ssh.Unmarshal(inner, &e) != nil || !bytes.Equal(ssh.Marshal(e), inner) {
		return nil, fmt.Errorf("%w: damaged", ErrFormat)
	}
	switch {
	case e.Version != 1:
		return nil, fmt.Errorf("%w: version %d", ErrUnsupported, e.Version)
	case e.Namespace == "":
		return nil, fmt.Errorf("%w: no namespace", ErrFormat)
	case e.Reserved != "":
		return nil, fmt.Errorf("%w: has reserved data", ErrFormat)
	case e.Hash != SHA256 && e.Hash != SHA512:
		return nil, fmt.Errorf("%w: hash algorithm %.32q", ErrUnsupported, e.Hash)
	}
	s := &Signature{Namespace: e.Namespace, Hash: e.Hash}
	if s.Key, err = ParseKey(e.Key); err != nil {
		return nil, err
	}
	if ssh.Unmarshal(e.Signature, &s.signature) != nil || !bytes.Equal(ssh.Marshal(s.signature), e.Signature) {
		return nil, fmt.Errorf("%w: damaged", ErrFormat)
	}
	return s, s.checkForm()
}

// checkForm holds the inner signature against the key: its algorithm, and that there
// is one way to write it.
func (s *Signature) checkForm() error {
	format, isKey := s.signature.Format, s.signature.Format == s.Key.Type()
	if s.Key.Type() == ssh.KeyAlgoRSA {
		isKey = format == ssh.KeyAlgoRSASHA256 || format == ssh.KeyAlgoRSASHA512
	}
	if !isKey {
		return fmt.Errorf("%w: algorithm %.32q with a key of type %s", ErrUnsupported, format, s.Key.Type())
	}
	rest := 0
	switch s.Key.Type() {
	case ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		rest = 5 // flags and a counter
	}
	if len(s.signature.Rest) != rest {
		return fmt.Errorf("%w: damaged", ErrFormat)
	}
	if rest > 0 && s.signature.Rest[0]&1 == 0 {
		return fmt.Errorf("%w: made without a touch of the security key", ErrUnsupported)
	}
	if strings.HasPrefix(s.Key.Type(), "ecdsa-") || s.Key.Type() == ssh.KeyAlgoSKECDSA256 {
		var numbers struct{ R, S *big.Int }
		if ssh.Unmarshal(s.signature.Blob, &numbers) != nil || !bytes.Equal(ssh.Marshal(numbers), s.signature.Blob) {
			return fmt.Errorf("%w: damaged", ErrFormat)
		}
	}
	return nil
}

// ParseKey reads a public key in its wire form. Refused, with ErrUnsupported, are
// certificates, short RSA keys, and types that are outdated or unknown.
func ParseKey(wire []byte) (ssh.PublicKey, error) {
	key, err := ssh.ParsePublicKey(wire)
	if err != nil {
		return nil, fmt.Errorf("%w: damaged key", ErrFormat)
	}
	if _, ok := key.(*ssh.Certificate); ok {
		return nil, fmt.Errorf("%w: certificates are not supported", ErrUnsupported)
	}
	if !bytes.Equal(key.Marshal(), wire) {
		return nil, fmt.Errorf("%w: damaged key", ErrFormat)
	}
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256:
		return key, nil
	case ssh.KeyAlgoRSA:
		if of, ok := key.(ssh.CryptoPublicKey); ok {
			if k, ok := of.CryptoPublicKey().(*rsa.PublicKey); ok && k.N.BitLen() >= minRSA {
				return key, nil
			}
		}
		return nil, fmt.Errorf("%w: an RSA key of fewer than %d bits", ErrUnsupported, minRSA)
	}
	return nil, fmt.Errorf("%w: keys of type %.32q are not supported", ErrUnsupported, key.Type())
}

// NewHash returns the hash to feed with the message.
func (s *Signature) NewHash() hash.Hash {
	if s.Hash == SHA256 {
		return sha256.New()
	}
	return sha512.New()
}

// Verify reports whether the key of the signature signed the message of a digest, for
// the namespace of the signature. It says nothing about whose key that is.
func (s *Signature) Verify(digest []byte) bool {
	return s.Key.Verify(toSign(s.Namespace, s.Hash, digest), &s.signature) == nil
}

func toSign(namespace, hash string, digest []byte) []byte {
	return append([]byte(magic), ssh.Marshal(signed{namespace, "", hash, digest})...)
}

// Sign signs the SHA-512 digest of a message for a namespace, as ssh-keygen does, and
// returns the armored signature. With an RSA key it uses rsa-sha2-512.
func Sign(signer ssh.Signer, namespace string, digest []byte) ([]byte, error) {
	key := signer.PublicKey()
	if _, err := ParseKey(key.Marshal()); err != nil {
		return nil, err
	}
	message := toSign(namespace, SHA512, digest)
	var made *ssh.Signature
	var err error
	if rsaSigner, ok := signer.(ssh.AlgorithmSigner); ok && key.Type() == ssh.KeyAlgoRSA {
		made, err = rsaSigner.SignWithAlgorithm(rand.Reader, message, ssh.KeyAlgoRSASHA512)
	} else {
		made, err = signer.Sign(rand.Reader, message)
	}
	if err != nil {
		return nil, err
	}
	armored := armor(append([]byte(magic), ssh.Marshal(envelope{1, key.Marshal(), namespace, "", SHA512, ssh.Marshal(made)})...), sshColumns)
	// What an agent returns is the agent's.
	if s, err := Parse(armored); err != nil {
		return nil, err
	} else if !s.Verify(digest) {
		return nil, errors.New("the signature that was made does not verify")
	}
	return armored, nil
}

// KeySize names the type and size of a key as ssh-keygen does, such as ED25519 or RSA
// 3072.
func KeySize(key ssh.PublicKey) string {
	switch key.Type() {
	case ssh.KeyAlgoED25519:
		return "ED25519"
	case ssh.KeyAlgoSKED25519:
		return "ED25519-SK"
	case ssh.KeyAlgoSKECDSA256:
		return "ECDSA-SK"
	}
	if of, ok := key.(ssh.CryptoPublicKey); ok {
		switch k := of.CryptoPublicKey().(type) {
		case *rsa.PublicKey:
			return fmt.Sprintf("RSA %d", k.N.BitLen())
		case *ecdsa.PublicKey:
			return fmt.Sprintf("ECDSA %d", k.Curve.Params().BitSize)
		}
	}
	return key.Type()
}

func armor(blob []byte, columns int) []byte {
	text := base64.StdEncoding.EncodeToString(blob)
	out := make([]byte, 0, len(begin)+len(text)+len(text)/columns+1+len(end))
	out = append(out, begin...)
	for len(text) > 0 {
		n := min(columns, len(text))
		out = append(append(out, text[:n]...), '\n')
		text = text[n:]
	}
	return append(out, end...)
}

func dearmor(armored []byte) ([]byte, error) {
	if len(armored) > MaxSize {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrFormat, MaxSize)
	}
	body, ok := bytes.CutPrefix(armored, []byte(begin))
	if !ok {
		return nil, fmt.Errorf("%w: must begin with %q", ErrFormat, strings.TrimSpace(begin))
	}
	body, ok = bytes.CutSuffix(body, []byte(end))
	if !ok {
		return nil, fmt.Errorf("%w: must end with %q and a line feed", ErrFormat, strings.TrimSpace(end))
	}
	blob, err := base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(body, []byte("\n"), nil)))
	if err != nil {
		return nil, fmt.Errorf("%w: damaged base64", ErrFormat)
	}
	if !bytes.Equal(armored, armor(blob, sshColumns)) && !bytes.Equal(armored, armor(blob, pemColumns)) {
		return nil, fmt.Errorf("%w: must be as ssh-keygen writes it, with nothing before, between or behind", ErrFormat)
	}
	return blob, nil
}

// NewSignHash returns the hash whose digest Sign takes.
func NewSignHash() hash.Hash { return sha512.New() }
