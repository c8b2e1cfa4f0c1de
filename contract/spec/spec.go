// Package spec reads what a spec says of its operations and schemas, and finds what is wrong with
// one message: an answer, or a request that passes a proxy.
package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"attributed/openapi"
)

// Parameters lists an operation's parameters beside those of its path. Its own stand before
// those of the same name that the whole path has, and three headers are described elsewhere
// (OpenAPI 3.0.3, Parameter Object).
func Parameters(item *openapi3.PathItem, described *openapi3.Operation) []*openapi3.Parameter {
	var all []*openapi3.Parameter
	for _, ref := range slices.Concat(described.Parameters, item.Parameters) {
		p := ref.Value
		if p == nil || p.In == openapi3.ParameterInPath {
			continue
		}
		isHeader := p.In == openapi3.ParameterInHeader
		if isHeader && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Name)) {
			continue
		}
		if !slices.ContainsFunc(all, func(other *openapi3.Parameter) bool {
			return other.In == p.In && (other.Name == p.Name || isHeader && strings.EqualFold(other.Name, p.Name))
		}) {
			all = append(all, p)
		}
	}
	return all
}

// Operation is one operation of the spec.
type Operation struct {
	ID       string // operationId, else method and path
	Selected bool   // its findings are asked for
	Route    *routers.Route
	Params   []string              // of the path, in order
	Others   []*openapi3.Parameter // of query, header and cookies
	Body     *openapi3.SchemaRef   // of JSON; nil: it takes none
	MediaKey string                // of body, in the spec
	Accept   string                // the header of that name, for its answers
	Secured  bool                  // it needs a token
	Place    string                // in the spec, a JSON pointer

	Elsewhere string // where a server hosts a whole spec, and does not answer this itself: how else
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// Operations lists the operations of a spec, in the order of their paths.
func Operations(spec *openapi3.T) ([]*Operation, error) {
	var all []*Operation
	for _, path := range slices.Sorted(maps.Keys(spec.Paths.Map())) {
		item := spec.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			described := item.Operations()[method]
			op := &Operation{
				ID:     cmp.Or(described.OperationID, method+" "+path),
				Route:  &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: described},
				Place:  "#/paths/" + escape(path) + "/" + strings.ToLower(method),
				Accept: acceptable(described),
			}
			op.Secured = op.needsToken()
			how, _ := described.Extensions[openapi.Answered].(string)
			op.Elsewhere = Elsewhere(how)
			for _, m := range pathParameter.FindAllStringSubmatch(path, -1) {
				op.Params = append(op.Params, m[1])
			}
			op.Others = Parameters(item, described)
			if described.RequestBody != nil && described.RequestBody.Value != nil {
				if key, media := jsonOf(described.RequestBody.Value.Content); media != nil && media.Schema != nil {
					op.Body, op.MediaKey = media.Schema, key
				}
			}
			all = append(all, op)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the spec has no operations")
	}
	return all, nil
}

// Elsewhere is how a server that hosts a whole spec answers an operation but by itself, by what it says in
// [openapi.Answered]; "" is by itself, as is whatever else it says than one of the ways.
func Elsewhere(answered string) string {
	switch answered {
	case "mock", "proxy", "none":
		return answered
	}
	return ""
}

// OperationIDs lists the ids of operations, in their order.
func OperationIDs(operations []*Operation) []string {
	ids := make([]string, len(operations))
	for i, op := range operations {
		ids[i] = op.ID
	}
	return ids
}

// escape makes a text a token of a JSON pointer.
func escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// Method returns the operation's method, in capitals.
func (op *Operation) Method() string { return op.Route.Method }

// TakesQuery reports whether an operation has a query parameter of a name, in any case.
func (op *Operation) TakesQuery(name string) bool {
	return op.Parameter(openapi3.ParameterInQuery, name) != nil
}

// Parameter returns the parameter of a kind and a name, in any case; nil if there is none.
func (op *Operation) Parameter(in, name string) *openapi3.Parameter {
	for _, p := range op.Others {
		if p.In == in && strings.EqualFold(p.Name, name) {
			return p
		}
	}
	return nil
}

// By is the operation as one of another method.
func (op *Operation) By(method string) *Operation {
	other, route := *op, *op.Route
	route.Method = method
	other.Route = &route
	return &other
}

// Paged reports whether one answer may be only a part of the list.
func (op *Operation) Paged() bool {
	return op.TakesQuery("page") || op.TakesQuery("offset") || op.TakesQuery("cursor") || op.TakesQuery("limit")
}

// TellsVersion reports whether the answers of an operation have an ETag.
func (op *Operation) TellsVersion() bool {
	p := op.success()
	return p != nil && p.response.Headers["ETag"] != nil
}

// BodyPlace returns the JSON pointer to the schema of an operation's body.
func BodyPlace(op *Operation) string {
	return op.Place + "/requestBody/content/" + escape(op.MediaKey) + "/schema"
}

// Promise is what the spec says of the answers with one status.
type Promise struct {
	response   *openapi3.Response
	place      string
	Documented bool // by its status or its range, not only by default
}

// Promised finds what is said of a status; nil is nothing at all.
func (op *Operation) Promised(status int) *Promise {
	responses := op.Route.Operation.Responses
	if responses == nil {
		return nil
	}
	code := fmt.Sprint(status)
	for _, key := range []string{code, code[:1] + "XX", code[:1] + "xx"} {
		if r := responses.Value(key); r != nil && r.Value != nil {
			return &Promise{r.Value, op.Place + "/responses/" + key, true}
		}
	}
	if r := responses.Default(); r != nil && r.Value != nil {
		return &Promise{r.Value, op.Place + "/responses/default", false}
	}
	return nil
}

// success is what the lowest documented status promises that says that all went well,
// nil if there is none.
func (op *Operation) success() *Promise {
	for status := 200; status < 300; status++ {
		if p := op.Promised(status); p != nil && p.Documented {
			return p
		}
	}
	return nil
}

// Documented lists the statuses that the spec names, for a sentence.
func (op *Operation) Documented() string {
	var named []string
	for code := range op.Route.Operation.Responses.Map() {
		if code != "default" {
			named = append(named, code)
		}
	}
	slices.Sort(named)
	return strings.Join(named, " or ")
}

// SchemaOf is the schema of a JSON answer, nil if there is none.
func (p *Promise) SchemaOf() *openapi3.SchemaRef {
	if p == nil {
		return nil
	}
	if _, media := jsonOf(p.response.Content); media != nil {
		return media.Schema
	}
	return nil
}

// Answered is the schema of the answers that say that all went well.
func (op *Operation) Answered() *openapi3.SchemaRef { return op.success().SchemaOf() }

// Matcher finds the operation of a request.
type Matcher struct{ Operations []*Operation }

// Match returns the operation for a method and a path, and whether the path has any.
// A path with more literal segments wins.
func (m Matcher) Match(method, path string) (found *Operation, values map[string]string, known bool) {
	best := -1
	for _, op := range m.Operations {
		v, literals, ok := fits(op.Route.Path, path)
		if !ok {
			continue
		}
		known = true
		if op.Method() == method && literals > best {
			found, values, best = op, v, literals
		}
	}
	return found, values, known
}

func fits(template, path string) (values map[string]string, literals int, ok bool) {
	values = map[string]string{}
	for {
		wanted, restWanted, more := strings.Cut(template, "/")
		got, rest, moreGot := strings.Cut(path, "/")
		switch {
		case strings.HasPrefix(wanted, "{") && strings.HasSuffix(wanted, "}") && got != "":
			values[wanted[1:len(wanted)-1]] = got
		case wanted == got:
			literals++
		default:
			return nil, 0, false
		}
		if more != moreGot {
			return nil, 0, false
		}
		if !more {
			return values, literals, true
		}
		template, path = restWanted, rest
	}
}
