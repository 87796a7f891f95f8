package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

const typeZip = "application/zip"

// export answers with the package of a project. It goes to a temporary file
// first: the headers need its size and digest, the work is over before a slow
// client takes the first byte, and nothing can fail in the middle of the answer
// but the connection.
func (s *server) export(w *response, r *http.Request) error {
	name := r.PathValue("name")
	if err := checkName(name); err != nil {
		return err
	}
	opts, err := readExportOptions(r)
	if err != nil {
		return err
	}
	pkg, err := s.temp.file(s.cfg.maxPackage)
	if err != nil {
		return err
	}
	defer pkg.Close()
	var result *handoff.Result
	err = s.work(r.Context(), s.exports, func(ctx context.Context) error {
		result, err = s.exportTo(ctx, pkg, name, opts)
		return err
	})
	if err != nil {
		return s.exportFailure(err)
	}
	return sendPackage(w, pkg, name, result)
}

// checkProject answers with everything that an export and the validation of its
// package would say, at its places in the project, notes included.
func (s *server) checkProject(w *response, r *http.Request) error {
	name := r.PathValue("name")
	if err := checkName(name); err != nil {
		return err
	}
	opts, err := readExportOptions(r)
	if err != nil {
		return err
	}
	err = s.check(w, r, func(ctx context.Context) (result, error) {
		project, err := s.openProject(name)
		if err != nil {
			return nil, err
		}
		defer project.Close()
		report, err := handoff.Check(ctx, project.FS(), s.exportOptions(name, opts))
		if err != nil {
			return nil, err
		}
		return s.hideRuntime(report), nil
	})
	if err != nil {
		return s.exportFailure(err)
	}
	return nil
}

// exportTo writes the package of the project called name, by the same code as
// anpkg export does.
func (s *server) exportTo(ctx context.Context, to io.Writer, name string, opts exportOptions) (*handoff.Result, error) {
	project, err := s.openProject(name)
	if err != nil {
		return nil, err
	}
	defer project.Close()
	return handoff.Export(ctx, to, project.FS(), s.exportOptions(name, opts))
}

// exportOptions are those of an export for a client.
func (s *server) exportOptions(name string, opts exportOptions) handoff.ExportOptions {
	export := handoff.ExportOptions{
		Options:    exporter.Options{Name: name, Variants: opts.variants, Pins: opts.pins, Policy: s.validation.Policy},
		Validation: s.validation,
	}
	if s.dataRoot != nil {
		export.DataRoot = s.dataRoot.FS()
		export.ProjectPath = filepath.Base(s.projectsPath()) + "/" + name
	}
	return export
}

// exportFailure is the answer to each way in which an export fails.
func (s *server) exportFailure(err error) error {
	var (
		problems validator.ProblemList
		invalid  *handoff.InvalidError
		tooLarge *sizeError
	)
	var list validator.ProblemList
	again := ""
	switch {
	case errors.As(err, &invalid):
		list = s.hideRuntime(invalid.Report).Problems
	case errors.As(err, &problems):
		if list = problems; errors.Is(err, exporter.ErrChanged) {
			again = "; try again"
		}
	case errors.As(err, &tooLarge):
		list = validator.ProblemList{{Severity: validator.Error, Code: validator.CodeTooLarge,
			Message: fmt.Sprintf("the package would be larger than %d bytes, the limit of this server", tooLarge.max)}}
	default:
		return err
	}
	return &failure{status: http.StatusBadRequest, err: errors.New(firstReason(list) + again), problems: projectProblems(list)}
}

// firstReason is the first problem in words: what the workbench's own frontend shows of
// an answer is its error.
func firstReason(list validator.ProblemList) string {
	if len(list) == 0 {
		return "the project cannot be exported"
	}
	p, at := list[0], ""
	if p.File != "" {
		at = p.File
		if p.Line > 0 {
			at += ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
		}
		at += ": "
	}
	if p.Pointer != "" {
		at += p.Pointer + ": "
	}
	return at + p.Message
}

// sendPackage answers with a finished package.
func sendPackage(w *response, pkg *tempFile, name string, result *handoff.Result) error {
	sum, err := hex.DecodeString(result.SHA256)
	if err != nil {
		return err
	}
	digest := base64.StdEncoding.EncodeToString(sum)
	h := w.Header()
	// How much there is to know about the export, and where it stands.
	h.Set("Handoff-Notes", strconv.Itoa(len(result.Notes)+result.Report.Count(validator.Warning)))
	h.Set("Link", `<check>; rel="describedby"; type="application/json"`)
	h.Set("Content-Disposition", `attachment; filename="`+name+`.anpkg"`) // a name needs no escapes
	h.Set("ETag", `"`+result.SHA256+`"`)
	h.Set("Repr-Digest", "sha-256=:"+digest+":") // RFC 9530
	h.Set("Digest", "sha-256="+digest)           // RFC 3230, for older clients
	return sendFile(w, http.StatusOK, typeZip, pkg)
}

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

// problem is one reason why a project was not exported.
type problem struct {
	// Origin is where File is: always in the project.
	Origin   string `json:"origin"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	File     string `json:"file"`    // slash path; empty for the whole
	Pointer  string `json:"pointer"` // JSON Pointer; empty for the whole file
	Line     int    `json:"line"`    // from 1; 0 is unknown
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Hint     string `json:"hint"` // what to do; may be empty
}

func projectProblems(list []validator.Problem) []problem {
	problems := make([]problem, len(list))
	for i, p := range list {
		problems[i] = problem{
			Origin: "project", Severity: string(p.Severity), Code: string(p.Code),
			File: p.File, Pointer: p.Pointer, Line: p.Line, Column: p.Column, Message: p.Message, Hint: p.Hint,
		}
	}
	return problems
}

// problemCodes is what the log may know of problems: each code once.
func problemCodes(list []problem) []string {
	var codes []string
	for _, p := range list {
		codes = append(codes, p.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
