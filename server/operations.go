package server

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
)

// operation is what the guard of one operation must know, made once at start.
type operation struct {
	route *routers.Route // what kin-openapi would find, had it to search for it
	path  string         // as Echo writes it: /attributes/:userAttributeUuid
	body  *shape         // nil: no body is read
	rules bodyRules      // none: the schema says it all

	parameters openapi3.Parameters // those of its path, too
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// operationAt returns the operation of a route, without what its body is held against.
func operationAt(route *routers.Route) *operation {
	return &operation{
		route: route,
		path:  pathParameter.ReplaceAllString(strings.ReplaceAll(route.Path, ":", `\:`), ":$1"),

		parameters: slices.Concat(route.PathItem.Parameters, route.Operation.Parameters),
	}
}

// operationsOf prepares all operations of spec, by operationId. It refuses what
// could only be let in unchecked.
func operationsOf(spec *openapi3.T, rules map[string]bodyRules) (map[string]*operation, error) {
	operations := map[string]*operation{}
	for path, item := range spec.Paths.Map() {
		for method, described := range item.Operations() {
			id := described.OperationID
			if id == "" || operations[id] != nil {
				return nil, fmt.Errorf("%s %s: its operationId %q is not its own", method, path, id)
			}
			body, err := bodyOf(described)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", id, err)
			}
			op := operationAt(&routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: described})
			op.body, op.rules = body, rules[id]
			operations[id] = op
		}
	}
	for id, r := range rules {
		if operations[id] == nil || operations[id].body == nil {
			return nil, fmt.Errorf("%s: there is a rule for its body, but no such operation, or no body", id)
		}
		if err := r.fit(operations[id].body); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	return operations, nil
}

// routes are operations by method and path, as Echo writes it.
type routes map[string]*operation

func routesOf(operations map[string]*operation) routes {
	all := routes{}
	for _, op := range operations {
		all[op.route.Method+" "+op.path] = op
	}
	return all
}

// of returns the operation that a request is for, nil if there is none.
func (r routes) of(c echo.Context) *operation {
	method := c.Request().Method
	if method == http.MethodHead { // answered as GET; its body is left out later, by net/http
		method = http.MethodGet
	}
	return r[method+" "+c.Path()]
}

// conditional reports whether a client may have op's answer already, and say so: whether the
// spec has a 304 for it.
func (op *operation) conditional() bool {
	return op.route.Operation.Responses.Status(http.StatusNotModified) != nil
}

// bodyOf returns the shape of an operation's body, nil if it takes none.
func bodyOf(described *openapi3.Operation) (*shape, error) {
	if described.RequestBody == nil {
		return nil, nil
	}
	body := described.RequestBody.Value
	media := body.Content["application/json"]
	if media == nil || media.Schema == nil || len(body.Content) != 1 || !body.Required {
		return nil, errors.New("only a required body of application/json with a schema can be checked")
	}
	return shapeOf(media.Schema.Value), nil
}

// agree fails if a route is neither an operation nor public, or if one of those
// has no route: then the generated code and the spec have parted. A HEAD that stands
// beside its GET is a part of it.
func agree(routes []*echo.Route, operations map[string]*operation, public map[string]echo.HandlerFunc) error {
	unserved := map[string]bool{}
	for _, op := range operations {
		unserved[op.route.Method+" "+op.path] = true
	}
	for path := range public {
		unserved[http.MethodGet+" "+path] = true
	}
	for _, route := range slices.Collect(maps.Keys(unserved)) {
		if path, get := strings.CutPrefix(route, http.MethodGet+" "); get {
			unserved[http.MethodHead+" "+path] = true
		}
	}
	for _, r := range routes {
		route := r.Method + " " + r.Path
		if !unserved[route] {
			return fmt.Errorf("%s is served, but is no operation", route)
		}
		delete(unserved, route)
	}
	if len(unserved) > 0 {
		return fmt.Errorf("operations that are not served: %q", slices.Sorted(maps.Keys(unserved)))
	}
	return nil
}
