package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/exporter"
)

// maxOptions is the size of the JSON body of an export.
const maxOptions = 64 << 10

// exportOptions are what a client may choose.
type exportOptions struct {
	variants exporter.Variants
	pins     map[string]string
}

// readExportOptions reads the body of an export: nothing, or a JSON object.
func readExportOptions(r *http.Request) (opts exportOptions, err error) {
	body, err := readBody(r, maxOptions)
	if err != nil || len(body) == 0 {
		return opts, err
	}
	if err := checkType(r, typeJSON); err != nil {
		return opts, err
	}
	if err := opts.parse(body); err != nil {
		return opts, &failure{status: http.StatusBadRequest, problems: []problem{}, err: fmt.Errorf("the body of the request: %w", err)}
	}
	return opts, nil
}

func (o *exportOptions) parse(body []byte) error {
	if !utf8.Valid(body) {
		return errors.New("is not UTF-8 text")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a number is wrong for what it is, however large
	err := eachField(d, func(key string) error {
		switch key {
		case "variants":
			return o.parseVariants(d)
		case "pins":
			return o.parsePins(d)
		}
		return errors.New("has an unknown option; there are variants and pins")
	})
	if err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("has something behind the JSON object")
	}
	return nil
}

func (o *exportOptions) parseVariants(d *json.Decoder) error {
	wrong := errors.New(`variants: want "all", "manual" or a list of names`)
	var value any
	if err := d.Decode(&value); err != nil {
		return jsonError(err)
	}
	switch value := value.(type) {
	case string:
		if value != "all" && value != "manual" {
			return wrong
		}
		o.variants, _ = exporter.ParseVariants(value)
	case []any:
		names := make([]string, len(value))
		for i, v := range value {
			name, ok := v.(string)
			if !ok || name == "" {
				return wrong
			}
			names[i] = name
		}
		o.variants = exporter.SomeVariants(names...)
	default:
		return wrong
	}
	return nil
}

func (o *exportOptions) parsePins(d *json.Decoder) error {
	o.pins = map[string]string{}
	err := eachField(d, func(component string) error {
		token, err := d.Token()
		if err != nil {
			return jsonError(err)
		}
		version, ok := token.(string)
		if !ok {
			return errors.New("want a version, as a string, for each component")
		}
		o.pins[component] = version
		return nil
	})
	if err != nil {
		return fmt.Errorf("pins: %w", err)
	}
	return nil
}

// eachField reads a JSON object more strictly than json.Unmarshal, which would
// take VARIANTS for variants, and the last one of two.
func eachField(d *json.Decoder, field func(key string) error) error {
	if token, err := d.Token(); err != nil {
		return jsonError(err)
	} else if token != json.Delim('{') {
		return errors.New("want a JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return jsonError(err)
		}
		key, _ := token.(string) // the decoder allows nothing else here
		if seen[key] {
			return errors.New("has one key twice")
		}
		seen[key] = true
		if err := field(key); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return jsonError(err)
	}
	return nil
}

// jsonError says where the JSON is broken, and does not quote it.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("is not valid JSON, at byte %d", syntax.Offset)
	}
	return errors.New("is not valid JSON: it ends too early")
}
