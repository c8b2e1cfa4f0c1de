package server

import (
	"errors"
	"maps"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/labstack/echo/v4"

	"attributed/openapi/alternatives"
)

// check adds the faults that the schema finds in a body. First it only asks
// whether there is one, which costs next to nothing on either answer: a list of
// faults is expensive, and kin-openapi's has no end.
func (sh *shape) check(body any, f *faults) {
	if !sh.accepts(body) {
		sh.collect("body", body, f)
	}
}

func (sh *shape) accepts(value any) bool {
	return sh.schema.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.FailFast()) == nil
}

// collect adds the faults of a value, in bounded work: all of them where the
// schema bounds their number, of the elements of arrays only those that have
// any, and of what is opaque the first.
func (sh *shape) collect(place string, value any, f *faults) {
	if sh.opaque {
		f.addSchema(place, value, sh.schema.VisitJSON(value, openapi3.VisitAsRequest(), briefly))
		return
	}
	f.addSchema(place, value, sh.skeleton.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.MultiErrors(), briefly))
	sh.descend(place, value, f)
}

// descend goes to the arrays and opaque places below value, which a skeleton
// leaves out.
func (sh *shape) descend(place string, value any, f *faults) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			m := sh.members[name].shape
			if m.opaque {
				m.collect(memberPlace(place, name), value[name], f)
			} else {
				m.descend(memberPlace(place, name), value[name], f)
			}
		}
	case []any:
		for i, element := range value {
			if f.full() {
				return
			}
			if !sh.elements.accepts(element) {
				sh.elements.collect(elementPlace(place, i), element, f)
			}
		}
	}
}

// briefly keeps kin-openapi from printing schema and value, which it does for
// each composed schema that fails and which nobody reads.
var briefly = openapi3.SetSchemaErrorMessageCustomizer(func(*openapi3.SchemaError) string { return "refused" })

// addSchema adds the faults that kin-openapi found in the value at place.
func (f *faults) addSchema(place string, value any, err error) {
	switch err := err.(type) {
	case nil:
	case openapi3.MultiError:
		for _, e := range err {
			f.addSchema(place, value, e)
		}
	case *openapi3.SchemaError:
		if inner, ok := errors.AsType[openapi3.MultiError](err.Origin); ok && err.SchemaField == "allOf" {
			f.addSchema(place, value, inner)
			return
		}
		place = placeIn(place, value, err.JSONPointer())
		if names := alternatives.Of(err.Schema); err.SchemaField == "not" && len(names) > 0 {
			place = memberPlace(place, names[0])
		}
		f.add(place, wording(err))
	default: // an error in the schema; the value is not known to be good
		f.add(place, "is not acceptable")
	}
}

// placeIn follows a pointer into value, which knows what a number in it is: an
// index or a name.
func placeIn(place string, value any, pointer []string) string {
	for _, token := range pointer {
		switch v := value.(type) {
		case []any:
			i, _ := strconv.Atoi(token)
			place, value = elementPlace(place, i), v[i]
		case map[string]any:
			place, value = memberPlace(place, token), v[token]
		}
	}
	return place
}

// checkParameters adds the faults of path, query and headers.
func (op *operation) checkParameters(c echo.Context, f *faults) error {
	if !op.hasParameters(c.Request()) {
		return nil
	}
	op.plainNumbers(c.Request().URL)
	bare := c.Request().WithContext(c.Request().Context())
	bare.Body = http.NoBody // else kin-openapi reads it whole, past any limit, to look at the token
	err := openapi3filter.ValidateRequest(bare.Context(), &openapi3filter.RequestValidationInput{
		Request:    bare,
		PathParams: pathOf(c),
		Route:      op.route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody:      true, // the guard's, see shape
			MultiError:              true,
			AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc, // the guard's
			SchemaValidationOptions: []openapi3.SchemaValidationOption{briefly},
		},
	})
	found, ok := err.(openapi3.MultiError)
	if err != nil && !ok {
		return err
	}
	for _, e := range found {
		if err := f.addParameter(e); err != nil {
			return err
		}
	}
	return op.checkQuery(c.Request().URL.RawQuery, f)
}

// pathOf returns the parameters of the path.
func pathOf(c echo.Context) map[string]string {
	path := map[string]string{}
	for i, name := range c.ParamNames() {
		path[name] = c.ParamValues()[i]
	}
	return path
}

// hasParameters reports whether there is anything to check: of optional headers alone, which most
// requests do not have, those of the request.
func (op *operation) hasParameters(r *http.Request) bool {
	return slices.ContainsFunc(op.parameters, func(p *openapi3.ParameterRef) bool {
		return p.Value.Required || p.Value.In != openapi3.ParameterInHeader || r.Header.Values(p.Value.Name) != nil
	})
}

// decimal is a number as clients write it: upstream's send 100.000000 for a hundred.
var decimal = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// plainNumbers rewrites the whole numbers of a query in their plain form, 100.000000 and 1e2
// too: kin-openapi and the generated code read no other. What is no whole number stays
// as it is, to be refused.
func (op *operation) plainNumbers(address *url.URL) {
	sent, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return // checkQuery refuses it
	}
	changed := false
	for _, parameter := range op.route.Operation.Parameters {
		schema := parameter.Value.Schema // nil where it is written as a media type, in a spec that is hosted
		if parameter.Value.In != openapi3.ParameterInQuery || schema == nil || !schema.Value.Type.Is(openapi3.TypeInteger) {
			continue
		}
		for i, text := range sent[parameter.Value.Name] {
			plain := plainNumber(text)
			sent[parameter.Value.Name][i] = plain
			changed = changed || plain != text
		}
	}
	if changed {
		address.RawQuery = sent.Encode()
	}
}

// plainNumber is the plain form of a decimal whose value is whole, else text itself.
func plainNumber(text string) string {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil || !decimal.MatchString(text) {
		return text
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != math.Trunc(n) {
		return text
	}
	return strconv.FormatFloat(n, 'f', 0, 64)
}

// checkQuery adds the faults of query parameters that no schema can say: what no
// database text holds, and a second value where one is expected. A query that can
// be read only in part it refuses: the part might be the search.
func (op *operation) checkQuery(query string, f *faults) error {
	sent, malformed := url.ParseQuery(query)
	for _, parameter := range op.route.Operation.Parameters {
		if parameter.Value.In != openapi3.ParameterInQuery {
			continue
		}
		if malformed != nil {
			return errQuery
		}
		place := memberPlace(openapi3.ParameterInQuery, parameter.Value.Name)
		values := sent[parameter.Value.Name]
		switch text := strings.Join(values, ""); {
		case len(values) > 1 && parameter.Value.Schema != nil && !parameter.Value.Schema.Value.Type.Permits(openapi3.TypeArray):
			f.add(place, "must be sent once")
		case strings.ContainsRune(text, 0):
			f.add(place, "must not contain the character U+0000")
		case !utf8.ValidString(text):
			f.add(place, "must be UTF-8")
		}
	}
	return nil
}

// addParameter adds the fault of one parameter; an error about anything else it
// returns.
func (f *faults) addParameter(err error) error {
	request, ok := errors.AsType[*openapi3filter.RequestError](err)
	if !ok || request.Parameter == nil {
		return err
	}
	place := memberPlace(request.Parameter.In, request.Parameter.Name)
	switch cause := request.Err.(type) {
	case openapi3.MultiError, *openapi3.SchemaError:
		f.addSchema(place, nil, cause)
	case *openapi3filter.ParseError:
		if errors.Is(cause, strconv.ErrRange) {
			f.add(place, "is out of range")
		} else if schema := request.Parameter.Schema; schema != nil {
			f.add(place, typeWording(schema.Value))
		} else {
			f.add(place, "cannot be read")
		}
	default:
		if errors.Is(cause, openapi3filter.ErrInvalidRequired) {
			f.add(place, "is missing")
		} else {
			f.add(place, "must not be empty")
		}
	}
	return nil
}
