package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
)

const (
	// tokenVariable holds the token. A flag would show it to every user of the
	// machine, in the list of processes.
	tokenVariable = "WORKBENCH_HTTP_TOKEN"
	minToken      = 32
	maxToken      = 1024
)

// tokenForm is what can follow "Bearer" in a header (RFC 6750, section 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// readToken takes the token from the file or the environment, not from both.
// No error has a part of it.
func readToken(file, variable string) (string, error) {
	token, from := variable, tokenVariable
	if file != "" {
		if variable != "" {
			return "", fmt.Errorf("the token is in %s and in -token-file: use one of them", tokenVariable)
		}
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("-token-file: %w", err)
		}
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, maxToken+2))
		if err != nil {
			return "", fmt.Errorf("-token-file: %w", err)
		}
		token, from = strings.TrimRight(string(data), "\r\n"), "-token-file"
	} else if variable == "" {
		return "", nil
	}
	switch {
	case len(token) < minToken:
		return "", fmt.Errorf("%s: the token must have at least %d characters; make one with: openssl rand -hex 32", from, minToken)
	case len(token) > maxToken || !tokenForm.MatchString(token):
		return "", fmt.Errorf("%s: the token must be on one line, of up to %d letters, digits and -._~+/", from, maxToken)
	}
	return token, nil
}

// authorize checks the bearer token of a request.
func (s *server) authorize(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.token == "" {
		return nil
	}
	challenge := `Bearer realm="workbench-http"`
	if values := r.Header.Values("Authorization"); len(values) > 0 {
		scheme, token, _ := strings.Cut(values[0], " ")
		// Digests have one length, so that the time tells nothing about it either.
		got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.cfg.token))
		if len(values) == 1 && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
			return nil
		}
		challenge += `, error="invalid_token"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	return &failure{status: http.StatusUnauthorized, err: errors.New("a valid bearer token is needed: send Authorization: Bearer TOKEN")}
}
