package spec

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"

	"attributed/contract/report"
)

// ProblemsOf holds an answer against what the spec says of the operation. It returns
// the decoded body too, nil if it is not JSON.
func (op *Operation) ProblemsOf(status int, header http.Header, body []byte) (value any, found []Problem) {
	p := op.Promised(status)
	if p == nil || !p.Documented && status < 400 {
		found = append(found, op.undocumented(status, body))
		if status < 200 || status > 299 {
			return nil, found
		}
		if p = op.success(); p == nil {
			return nil, found
		}
	} else if p.Documented {
		found = append(found, headerProblems(p, header)...)
	}
	noBody := status == http.StatusNoContent || status == http.StatusNotModified // none can be sent, whatever the spec has (RFC 9110, 15.3.5)
	if len(p.response.Content) == 0 || op.Method() == http.MethodHead || noBody {
		return nil, found
	}
	value, more := bodyProblems(p, status, header, body)
	return value, append(found, more...)
}

func (op *Operation) undocumented(status int, body []byte) Problem {
	return Problem{
		Class:    report.UndocumentedStatus,
		Key:      fmt.Sprint(status),
		Fault:    fmt.Sprintf("answers %d, which the spec does not list", status),
		Expected: op.Documented(),
		Got:      StatusText(status) + ExcerptAfter(body),
		Place:    op.Place + "/responses",
	}
}

// bodyProblems checks content type, form and schema of a body. For each body it
// finds what lies deepest: a text that is no JSON has no schema to break.
func bodyProblems(p *Promise, status int, header http.Header, body []byte) (any, []Problem) {
	var found []Problem
	media, wrong := mediaOf(p.response.Content, header)
	if given, _ := parseMediaType(header.Get("Content-Type")); media != nil && !given.IsJSON() {
		return nil, nil // which is counted: see unjudged
	}
	_, inJSON := jsonOf(p.response.Content)
	value, err := DecodeJSON(body)
	class := report.Schema
	if status >= 400 {
		class = report.ErrorShape
	}
	if err != nil {
		broken := Problem{report.BrokenBody, "json", "answers a body that is not JSON", "JSON", err.Error() + ExcerptAfter(body), p.place}
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			broken.Key, broken.Fault = "truncated", "answers a body that ends before its JSON does"
		case wrong != "" && class == report.ErrorShape:
			broken = Problem{report.ErrorShape, "text", "answers an error as plain text instead of the spec's error body", p.expectedBody(), wrong + ExcerptAfter(body), p.place}
		case wrong != "":
			broken.Class, broken.Key = report.ContentType, "media"
			broken.Fault, broken.Got = "answers another content than the spec lists", wrong+ExcerptAfter(body)
		}
		return nil, append(found, broken)
	}
	if wrong != "" {
		all := strings.Join(slices.Sorted(maps.Keys(p.response.Content)), " or ")
		found = append(found, Problem{report.ContentType, "media", "answers with another Content-Type than the spec lists", all, wrong, p.place + "/content"})
		media = inJSON
	}
	if media == nil || media.Schema == nil {
		return value, found
	}
	place := p.place + "/content/" + escape(keyOfMedia(p.response.Content, media)) + "/schema"
	found = append(found, schemaProblems(class, media.Schema, value, place)...)
	if class == report.ErrorShape {
		found = append(found, statusCodeProblem(media.Schema, value, status, place)...)
	}
	return value, found
}

func (p *Promise) expectedBody() string {
	key, _ := jsonOf(p.response.Content)
	media := cmp.Or(key, PlainJSON)
	if schema := p.SchemaOf(); schema != nil && schema.Ref != "" {
		return media + " as in " + schema.Ref
	}
	return media
}

// mediaOf is what the spec says of the answer's content type; if nothing, wrong
// tells what is there.
func mediaOf(content openapi3.Content, header http.Header) (media *openapi3.MediaType, wrong string) {
	values := header.Values("Content-Type")
	if len(values) != 1 || values[0] == "" {
		return nil, map[bool]string{true: "no Content-Type", false: fmt.Sprintf("Content-Type %q", values)}[len(values) < 2]
	}
	media, given := Listed(content, values[0])
	charset, told := given.parameters["charset"]
	if media == nil || given.IsJSON() && told && !strings.EqualFold(charset, "utf-8") {
		return nil, "Content-Type " + values[0]
	}
	return media, ""
}

// DecodeJSON reads one JSON value, strictly: UTF-8, no name twice, nothing after it.
// Numbers stay as they are written.
func DecodeJSON(body []byte) (any, error) {
	half := jsontext.AllowInvalidUTF8(true) // "\ud800" is JSON, whatever it means (RFC 8259, 8.2); bytes that are not UTF-8 are none (8.1)
	if !utf8.Valid(body) {
		half = jsontext.AllowInvalidUTF8(false)
	}
	if jsontext.Value(body).IsValid(half) {
		return DecodeValid(body)
	}
	_, err := jsontext.NewDecoder(bytes.NewReader(body), half).ReadValue()
	switch {
	case err == nil:
		return nil, errors.New("there is more after the JSON value")
	case errors.Is(err, io.EOF):
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}

// DecodeValid reads a JSON text that was looked at before, or is our own; numbers stay as they are.
func DecodeValid(body []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// maxProblems of one body are told: the rest of a large list is more of the same.
const maxProblems = 20

func schemaProblems(class report.Class, schema *openapi3.SchemaRef, value any, place string) []Problem {
	var all []schemaError
	if !Accepts(schema.Value, value, openapi3.VisitAsResponse()) {
		all = schemaErrors(schema.Value.VisitJSON(value, append(options, openapi3.VisitAsResponse(), openapi3.MultiErrors())...))
	}
	var found []Problem
	for _, e := range append(all, tooWide(schema, value, openapi3.VisitAsResponse())...) {
		if e.allowed() {
			continue
		}
		p := e.problem(class, "answers a body", schema, place)
		if !slices.ContainsFunc(found, func(other Problem) bool { return other.Key == p.Key }) {
			found = append(found, p)
		}
		if len(found) == maxProblems {
			break
		}
	}
	return found
}

// statusCodeProblem holds the status that an error's body tells against the real one,
// where the spec says that it is that.
func statusCodeProblem(schema *openapi3.SchemaRef, value any, status int, place string) []Problem {
	whole := Merged(schema)
	if whole == nil {
		return nil
	}
	parent, path := whole, []string{"statusCode"}
	if inner := Merged(whole.Properties["error"]); inner != nil {
		parent, path = inner, []string{"error", "statusCode"}
	}
	property := parent.Properties["statusCode"]
	if property == nil || !strings.Contains(strings.ToLower(property.Value.Description), "http status") {
		return nil
	}
	told, ok := Dig(value, path).(json.Number)
	if n, err := told.Float64(); !ok || err != nil || int(n) == status {
		return nil
	}
	return []Problem{{
		report.ErrorShape, "statusCode", "tells another status in the body than the answer has",
		strconv.Itoa(status), told.String(), PlaceIn(schema, place, path),
	}}
}

// entityTag is RFC 9110, section 8.8.3.
var entityTag = regexp.MustCompile(`^(W/)?"[\x21\x23-\x7e\x80-\xff]*"$`)

func headerProblems(p *Promise, header http.Header) []Problem {
	var found []Problem
	for _, name := range slices.Sorted(maps.Keys(p.response.Headers)) {
		described := p.response.Headers[name].Value
		values, place := header.Values(name), p.place+"/headers/"+escape(name)
		switch {
		case described == nil || strings.EqualFold(name, "Content-Type"):
		case len(values) == 0 && described.Required:
			found = append(found, Problem{report.Header, name + " missing", "answers without the header " + name, name, "none", place})
		case len(values) == 0:
		case len(values) > 1 && strings.EqualFold(name, "ETag"), strings.EqualFold(name, "ETag") && !entityTag.MatchString(values[0]):
			found = append(found, Problem{report.Header, name + " form", "answers with a header " + name + " that is no entity tag", `one tag in quotes (RFC 9110, 8.8.3)`, fmt.Sprintf("%q", values), place})
		case described.Schema != nil && !headerFits(described.Schema, values):
			found = append(found, Problem{report.Header, name + " schema", "answers with a header " + name + " that is not as its schema says", "as the schema says", fmt.Sprintf("%q", values), place})
		}
	}
	return found
}

// headerFits reports whether a header's text can be read as a value of its schema.
func headerFits(schema *openapi3.SchemaRef, values []string) bool {
	text := strings.Join(values, ",")
	if Accepts(schema.Value, text, openapi3.VisitAsResponse()) {
		return true
	}
	if IsArray(Merged(schema)) {
		return true // told in one of several notations
	}
	value, err := DecodeJSON([]byte(text))
	return err == nil && Accepts(schema.Value, value, openapi3.VisitAsResponse())
}

// Unjudged names the media type of an answer's body of which only the spec's content
// types, not its schema, can be held against it; "" where it is judged whole.
func (op *Operation) Unjudged(status int, contentType string, body []byte) string {
	p := op.Promised(status)
	if p == nil || len(body) == 0 {
		return ""
	}
	media, given := Listed(p.response.Content, contentType)
	if media == nil || media.Schema == nil || given.IsJSON() {
		return ""
	}
	return given.Name
}
