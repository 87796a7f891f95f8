package main

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/validator"
)

// apiDescription is written by hand; the tests hold every answer against it.
//
//go:embed openapi.json
var apiDescription []byte

// openAPI answers with the description of this API.
func (s *server) openAPI(w *response, r *http.Request) error {
	return writeBytes(w, http.StatusOK, typeJSON, apiDescription)
}

// schema answers with a JSON Schema of the library.
func (s *server) schema(w *response, r *http.Request) error {
	names := validator.SchemaNames()
	name := r.PathValue("name")
	if !slices.Contains(names, name) {
		return &failure{status: http.StatusNotFound, err: fmt.Errorf("there is no such schema; there are %s", strings.Join(names, ", "))}
	}
	text, err := validator.Schema(name)
	if err != nil {
		return err
	}
	return writeBytes(w, http.StatusOK, "application/schema+json", text)
}
