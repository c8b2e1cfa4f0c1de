package contract

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
)

// operation is one operation of the spec.
type operation struct {
	id       string // operationId, else method and path
	selected bool   // its findings are wanted
	route    *routers.Route
	params   []string              // of the path, in order
	others   []*openapi3.Parameter // of query, header and cookies
	body     *openapi3.SchemaRef   // of JSON; nil: it takes none
	mediaKey string                // of body, in the spec
	accept   string                // the header of that name, for its answers
	secured  bool                  // it needs a token
	place    string                // in the spec, a JSON pointer
}

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// operationsOf lists the operations of a spec, in the order of their paths.
func operationsOf(spec *openapi3.T) ([]*operation, error) {
	var all []*operation
	for _, path := range slices.Sorted(maps.Keys(spec.Paths.Map())) {
		item := spec.Paths.Value(path)
		for _, method := range slices.Sorted(maps.Keys(item.Operations())) {
			described := item.Operations()[method]
			op := &operation{
				id:      cmp.Or(described.OperationID, method+" "+path),
				route:   &routers.Route{Spec: spec, Path: path, PathItem: item, Method: method, Operation: described},
				secured: needsToken(spec, described),
				place:   "#/paths/" + escape(path) + "/" + strings.ToLower(method),
				accept:  acceptable(described),
			}
			for _, m := range pathParameter.FindAllStringSubmatch(path, -1) {
				op.params = append(op.params, m[1])
			}
			op.others = parametersOf(item, described)
			if described.RequestBody != nil && described.RequestBody.Value != nil {
				if key, media := jsonOf(described.RequestBody.Value.Content); media != nil && media.Schema != nil {
					op.body, op.mediaKey = media.Schema, key
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

// escape makes a text a token of a JSON pointer.
// operationIDs lists the ids of operations, in their order.
func operationIDs(operations []*operation) []string {
	ids := make([]string, len(operations))
	for i, op := range operations {
		ids[i] = op.id
	}
	return ids
}

func escape(token string) string {
	return strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

func needsToken(spec *openapi3.T, op *openapi3.Operation) bool {
	requirements := spec.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	for _, r := range requirements {
		if len(r) == 0 {
			return false // one of the ways is to send nothing
		}
	}
	return len(requirements) > 0
}

func (op *operation) method() string { return op.route.Method }

func (op *operation) takesQuery(name string) bool {
	return op.parameter(openapi3.ParameterInQuery, name) != nil
}

func (op *operation) parameter(in, name string) *openapi3.Parameter {
	for _, p := range op.others {
		if p.In == in && strings.EqualFold(p.Name, name) {
			return p
		}
	}
	return nil
}

// promise is what the spec says of the answers with one status.
type promise struct {
	response   *openapi3.Response
	place      string
	documented bool // by its status or its range, not only by default
}

// promised finds what is said of a status; nil is nothing at all.
func (op *operation) promised(status int) *promise {
	responses := op.route.Operation.Responses
	if responses == nil {
		return nil
	}
	code := fmt.Sprint(status)
	for _, key := range []string{code, code[:1] + "XX", code[:1] + "xx"} {
		if r := responses.Value(key); r != nil && r.Value != nil {
			return &promise{r.Value, op.place + "/responses/" + key, true}
		}
	}
	if r := responses.Default(); r != nil && r.Value != nil {
		return &promise{r.Value, op.place + "/responses/default", false}
	}
	return nil
}

// success is what the lowest documented status promises that says that all went well,
// nil if there is none.
func (op *operation) success() *promise {
	for status := 200; status < 300; status++ {
		if p := op.promised(status); p != nil && p.documented {
			return p
		}
	}
	return nil
}

// documented lists the statuses that the spec names, for a sentence.
func (op *operation) documented() string {
	var named []string
	for code := range op.route.Operation.Responses.Map() {
		if code != "default" {
			named = append(named, code)
		}
	}
	slices.Sort(named)
	return strings.Join(named, " or ")
}

// schemaOf is the schema of a JSON answer, nil if there is none.
func (p *promise) schemaOf() *openapi3.SchemaRef {
	if p == nil {
		return nil
	}
	if _, media := jsonOf(p.response.Content); media != nil {
		return media.Schema
	}
	return nil
}

// answered is the schema of the answers that say that all went well.
func (op *operation) answered() *openapi3.SchemaRef { return op.success().schemaOf() }

// matcher finds the operation of a request.
type matcher struct{ operations []*operation }

// match gives the operation for a method and a path, and whether the path has any.
// A path with more literal segments wins.
func (m matcher) match(method, path string) (found *operation, values map[string]string, known bool) {
	best := -1
	for _, op := range m.operations {
		v, literals, ok := fits(op.route.Path, path)
		if !ok {
			continue
		}
		known = true
		if op.method() == method && literals > best {
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
