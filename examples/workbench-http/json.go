package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/anolishq/anolis-handoff/handoff"
)

const typeJSON = "application/json"

// rawJSON is a value that the library has already written.
type rawJSON = json.RawMessage

func encodeJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	err := handoff.WriteJSON(&b, value)
	return b.Bytes(), err
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
