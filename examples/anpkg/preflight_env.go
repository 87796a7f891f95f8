package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/handoff/preflight"
)

// maxEnvFile is the most bytes that a file of variables may have.
const maxEnvFile = 64 << 10

// envFile is what a file for EnvironmentFile= of systemd sets.
type envFile struct {
	name   string
	values map[string]string // of the wanted variables only
	open   bool              // every user may read it
}

var errIrregular = errors.New("is not a regular file")

// readEnvFile reads the wanted variables. No error has a part of the text.
func readEnvFile(name string, wanted map[string]bool) (*envFile, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a device can do something to it
		return nil, errIrregular
	}
	f, err := os.OpenFile(name, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // it was a moment ago
		return nil, errIrregular
	}
	data, err := io.ReadAll(io.LimitReader(f, maxEnvFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxEnvFile {
		return nil, fmt.Errorf("has more than %d bytes, so it is no file of variables", maxEnvFile)
	}
	values, err := parseEnv(data, wanted)
	return &envFile{name, values, isOpenToAll(info)}, err
}

func (e *envFile) lookup(name string) (string, bool) {
	value, ok := e.values[name]
	return value, ok
}

// judge adds what only we know: who may read the secrets.
func (e *envFile) judge(r *preflight.Report) {
	secret := false
	for _, value := range e.values {
		secret = secret || strings.TrimSpace(value) != ""
	}
	if secret && e.open {
		r.Add(preflight.Item{
			Kind: "env-file", Status: preflight.Warning, Subject: e.name,
			Message: "has a secret, and every user of the machine may read it", Hint: "chmod 600 it; systemd reads it as root",
		})
	}
}

// parseEnv reads assignments as systemd.exec(5) has them under EnvironmentFile=.
// What systemd would pass over, and values that go on in the next line, are
// errors: the one could be a slip, and the other is never needed for a secret.
func parseEnv(data []byte, wanted map[string]bool) (map[string]string, error) {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("is no text in UTF-8")
	}
	values := map[string]string{}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		name, text, ok := strings.Cut(line, "=")
		name = strings.TrimRight(name, " \t")
		value, why := envValue(strings.TrimLeft(text, " \t"))
		switch {
		case !ok:
			why = "has no ="
		case strings.HasPrefix(name, "export "):
			why = "begins with export, which systemd does not know"
		case !isVariable(name):
			why = "has no name of a variable before its ="
		}
		if why != "" {
			return nil, fmt.Errorf("line %d %s", number, why)
		}
		if wanted[name] {
			values[name] = value
		}
	}
	return values, nil
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// envValue takes quotes and backslashes out of a value, or tells why it cannot.
func envValue(text string) (value, why string) {
	if text == "" {
		return "", ""
	}
	quote := text[0]
	if quote != '"' && quote != '\'' {
		quote = 0
	} else {
		text = text[1:]
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote: // a value has no byte 0
			if i+1 < len(text) {
				return "", "goes on after the closing quote"
			}
			return b.String(), ""
		case c != '\\' || quote == '\'':
		case i+1 == len(text):
			return "", "ends in a backslash; write the value on one line"
		case quote == 0 || strings.IndexByte("\"\\`$", text[i+1]) >= 0:
			i++
			c = text[i]
		}
		b.WriteByte(c)
	}
	if quote != 0 {
		return "", "has no closing quote; write the value on one line"
	}
	return b.String(), ""
}
