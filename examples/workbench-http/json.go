package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const typeJSON = "application/json"

// rawJSON is a value that the library has already written.
type rawJSON = json.RawMessage

func encodeJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return escapeUnprintable(b.Bytes()), err
}

// writeJSON answers with a JSON value.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := encodeJSON(value)
	if err != nil {
		return err
	}
	return writeBytes(w, status, typeJSON, body)
}

// writeBytes answers with a body that is complete already.
func writeBytes(w http.ResponseWriter, status int, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// sendFile answers with what is in a file.
func sendFile(w http.ResponseWriter, status int, contentType string, body *tempFile) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.FormatInt(body.size, 10))
	w.WriteHeader(status)
	_, err := io.Copy(w, body.reader())
	return err
}

// escapeUnprintable makes JSON safe to show on a terminal: names in a project
// may hold characters that clear the screen or turn the line around. In valid
// JSON, such a character can only be part of a string.
func escapeUnprintable(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '\n' || r >= ' ' && strconv.IsPrint(r):
			out = append(out, text[i:i+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
