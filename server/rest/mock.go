package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/openapi/sample"
)

// Answer is an answer that was made up.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Mocked marks an answer that was made up.
const Mocked = "X-Attributed-Mock"

// Mock makes an answer to a request up from what the spec says of op: its success or what the header Prefer
// asks for, as examples have it or else from the schema. The same request gets the same answer with the same
// seed; a body is no part of that. Path has the parameters of the path. It returns an [*sample.Unmade]
// where there is no answer that the spec allows.
func (w *Whole) Mock(op Operation, r *http.Request, path map[string]string) (Answer, error) {
	wanted := preferred(r.Header.Values("Prefer"))
	status, described, err := chosen(op.Route.Operation.Responses, wanted.code)
	if err != nil {
		return Answer{}, err
	}
	made := Answer{Status: status, Header: http.Header{Mocked: {"true"}}}
	if applied := wanted.applied(); applied != "" {
		made.Header.Set("Preference-Applied", applied)
	}
	maker := sample.Maker{Rand: w.random(r), Given: given(r, path)}
	if status >= 400 {
		maker.Given["statusCode"] = strconv.Itoa(status)
	}
	for _, name := range slices.Sorted(maps.Keys(described.Headers)) {
		header := described.Headers[name].Value
		if header == nil || !header.Required || strings.EqualFold(name, "Content-Type") {
			continue
		}
		value, err := maker.Answer(header.Schema)
		if err != nil {
			return Answer{}, within(err, fmt.Sprintf("the header %s of answer %d", name, status))
		}
		made.Header.Set(name, strings.Trim(fmt.Sprint(value), " "))
	}
	if status == http.StatusNoContent || status == http.StatusNotModified || len(described.Content) == 0 {
		return made, nil
	}
	mediaType, media := mediaOf(described.Content)
	value, err := bodyOf(&maker, media, wanted.example)
	if err != nil {
		return Answer{}, within(err, fmt.Sprintf("answer %d", status))
	}
	made.Header.Set("Content-Type", mediaType)
	made.Body, err = written(mediaType, value)
	return made, err
}

// random is what a request's answer is made with.
func (w *Whole) random(r *http.Request) *rand.Rand {
	method := r.Method
	if method == http.MethodHead { // whose headers are those of GET
		method = http.MethodGet
	}
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s %s?%s\n%q", method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Values("Prefer"))
	return rand.New(rand.NewPCG(w.Seed, hash.Sum64()))
}

// given are the parameters of a request that its answer may have, too.
func given(r *http.Request, path map[string]string) map[string]string {
	all := map[string]string{}
	for name, values := range r.URL.Query() {
		if len(values) == 1 {
			all[name] = values[0]
		}
	}
	maps.Copy(all, path)
	return all
}

// chosen is the answer that is asked for by its status, or else the success that is documented: one with a
// body before one without.
func chosen(responses *openapi3.Responses, code int) (int, *openapi3.Response, error) {
	if code != 0 {
		text := strconv.Itoa(code)
		for _, key := range []string{text, text[:1] + "XX", text[:1] + "xx", "default"} {
			if response := responses.Value(key); response != nil && response.Value != nil {
				return code, response.Value, nil
			}
		}
		return 0, nil, &sample.Unmade{Why: fmt.Sprintf("it has no answer %d", code)}
	}
	best, found := 0, (*openapi3.Response)(nil)
	for _, key := range slices.Sorted(maps.Keys(responses.Map())) {
		status, err := strconv.Atoi(strings.NewReplacer("X", "0", "x", "0").Replace(key))
		response := responses.Value(key).Value
		if err != nil || status < 200 || status >= 400 || response == nil {
			continue
		}
		better := found == nil || status < 300 && len(found.Content) == 0 && len(response.Content) > 0
		if better {
			best, found = status, response
		}
	}
	if found == nil {
		return 0, nil, &sample.Unmade{Why: "it has no answer that is a success"}
	}
	return best, found, nil
}

// mediaOf is JSON where the content has it, else the first.
func mediaOf(content openapi3.Content) (string, *openapi3.MediaType) {
	keys := slices.Sorted(maps.Keys(content))
	for _, key := range keys {
		if isJSON(key) {
			return strings.ReplaceAll(strings.ReplaceAll(key, "*/*", "application/json"), "application/*", "application/json"), content[key]
		}
	}
	return strings.ReplaceAll(keys[0], "*", "plain"), content[keys[0]]
}

func isJSON(key string) bool {
	name, _, err := mime.ParseMediaType(key)
	return err == nil && (name == "application/json" || strings.HasSuffix(name, "+json") || name == "*/*" || name == "application/*")
}

// bodyOf is an example, the one that is named or the first, or else a value that is made up.
func bodyOf(maker *sample.Maker, media *openapi3.MediaType, named string) (any, error) {
	if media == nil {
		return map[string]any{}, nil
	}
	if named != "" {
		example := media.Examples[named]
		if example == nil || example.Value == nil {
			return nil, &sample.Unmade{Why: fmt.Sprintf("it has no example %q", named)}
		}
		return example.Value.Value, refusal(media.Schema, example.Value.Value)
	}
	examples := []any{media.Example}
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		if example := media.Examples[name]; example != nil && example.Value != nil {
			examples = append(examples, example.Value.Value)
		}
	}
	for _, example := range examples {
		if example == nil {
			continue
		}
		for _, value := range []any{maker.WithGiven(example), example} {
			if refusal(media.Schema, value) == nil {
				return value, nil
			}
		}
	}
	return maker.Answer(media.Schema)
}

func refusal(schema *openapi3.SchemaRef, value any) error {
	if schema == nil || schema.Value == nil {
		return nil
	}
	if refused := sample.Refusal(schema.Value, value); refused != nil {
		return refused
	}
	return nil
}

// written is a body in its media type: what is no JSON must be a text.
func written(mediaType string, value any) ([]byte, error) {
	if text, is := value.(string); is && !isJSON(mediaType) {
		return []byte(text), nil
	} else if !isJSON(mediaType) {
		return nil, &sample.Unmade{Why: "no body of " + mediaType + " can be made up"}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), err
}

// within says where what cannot be made is.
func within(err error, part string) error {
	if unmade, ok := errors.AsType[*sample.Unmade](err); ok {
		if unmade.Place != "" {
			part += ", " + unmade.Place
		}
		return &sample.Unmade{Place: part, Why: unmade.Why}
	}
	return err
}
