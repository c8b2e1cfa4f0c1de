package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// copied is a body of which a copy is kept while it passes, up to a limit.
type copied struct {
	of    io.ReadCloser
	limit int64
	kept  bytes.Buffer
	over  bool  // there was more than the limit
	whole bool  // it was read to its end
	err   error // why it was not
	done  func()
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.of.Read(p)
	if room := c.limit - int64(c.kept.Len()); int64(n) > room {
		c.over = true
		c.kept.Write(p[:room])
	} else {
		c.kept.Write(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		c.whole = true
	case err != nil:
		c.err = err
	}
	return n, err
}

// Close is where a body has passed, whole or not.
func (c *copied) Close() error {
	if done := c.done; done != nil {
		c.done = nil
		done()
	}
	return c.of.Close()
}

// plain is a body as it can be checked. It is not ok if it has not wholly passed, or
// cannot be checked, which is counted.
func (p *Proxy) plain(c *copied, header http.Header) (body []byte, ok bool) {
	switch {
	case c == nil:
		return nil, true
	case c.over:
		p.unchecked.Add(1)
		return nil, false
	case !c.whole:
		return nil, false
	}
	switch strings.ToLower(header.Get("Content-Encoding")) {
	case "", "identity":
		return c.kept.Bytes(), true
	case "gzip":
		zipped, err := gzip.NewReader(bytes.NewReader(c.kept.Bytes()))
		if err != nil {
			return nil, true // no body at all is what it comes to
		}
		body, err = io.ReadAll(io.LimitReader(zipped, p.cfg.MaxBody+1))
		if err == nil && int64(len(body)) <= p.cfg.MaxBody {
			return body, true
		}
	}
	p.unchecked.Add(1)
	return nil, false
}

// requestBodyProblems holds the body of a client's request against the spec.
func requestBodyProblems(op *operation, header http.Header, body []byte) []problem {
	described := op.route.Operation.RequestBody
	if described == nil || described.Value == nil {
		return nil
	}
	place := op.place + "/requestBody"
	invalid := func(key, fault, expected, got, place string) []problem {
		return []problem{{RequestInvalid, key, fault, expected, got, place}}
	}
	if len(body) == 0 {
		if described.Value.Required {
			return invalid("none", "a request without a body", "a body", "none", place)
		}
		return nil
	}
	media, given := listed(described.Value.Content, header.Get("Content-Type"))
	if media == nil {
		all := strings.Join(slices.Sorted(maps.Keys(described.Value.Content)), " or ")
		return invalid("content type", "a request of a content type that the spec does not list", all, fmt.Sprintf("%q", header.Get("Content-Type")), place+"/content")
	}
	if media.Schema == nil || !given.isJSON() {
		return nil
	}
	value, err := decodeJSON(body)
	if err != nil {
		return invalid("json", "a request whose body is not JSON", "JSON", err.Error(), place)
	}
	var found []problem
	if accepts(media.Schema.Value, value, openapi3.VisitAsRequest()) {
		return nil
	}
	place = bodyPlace(op)
	for _, e := range schemaErrors(media.Schema.Value.VisitJSON(value, append(options, openapi3.VisitAsRequest())...)) {
		found = append(found, e.problem(RequestInvalid, "a request", media.Schema, place))
	}
	return found
}

// parameterProblems holds path, query and headers of a client's request against the spec.
func parameterProblems(op *operation, r *http.Request, values map[string]string) []problem {
	bare := r.WithContext(r.Context())
	bare.Body = http.NoBody // else kin-openapi reads it whole, however large it is, to look at the token
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request:    bare,
		PathParams: values,
		Route:      op.route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody:      true,
			MultiError:              true,
			AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc, // a server's to judge
			SchemaValidationOptions: options,
		},
	})
	var found []problem
	all, ok := err.(openapi3.MultiError)
	if !ok && err != nil {
		all = openapi3.MultiError{err}
	}
	for _, e := range all {
		request, ok := errors.AsType[*openapi3filter.RequestError](e)
		if !ok || request.Parameter == nil {
			continue
		}
		name := request.Parameter.In + " parameter " + request.Parameter.Name
		reason := parameterReason(request.Err)
		found = append(found, problem{RequestInvalid, name, fmt.Sprintf("a request whose %s is wrong: %s", name, reason), reason, short(r.URL.Query().Get(request.Parameter.Name)), op.place + "/parameters"})
	}
	return found
}

// writeError answers for the proxy itself, in the shape of Lightdash's errors.
func writeError(w http.ResponseWriter, status int, name, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(errorBody(status, name, message))
}

func errorBody(status int, name, message string) []byte {
	text, err := json.Marshal(map[string]any{
		"status": "error",
		"error":  map[string]any{"statusCode": status, "name": name, "message": message, "data": map[string]any{}},
	})
	if err != nil {
		panic(err) // made of texts and numbers
	}
	return text
}

// replace puts an error in the place of an answer.
func replace(response *http.Response, message string) {
	text := errorBody(http.StatusBadGateway, "ContractError", message)
	response.StatusCode, response.Status = http.StatusBadGateway, statusText(http.StatusBadGateway)
	response.Header = http.Header{"Content-Type": {"application/json"}}
	response.Trailer = nil
	response.TransferEncoding = nil
	response.ContentLength = int64(len(text))
	response.Header.Set("Content-Length", fmt.Sprint(len(text)))
	response.Body = io.NopCloser(bytes.NewReader(text))
}
