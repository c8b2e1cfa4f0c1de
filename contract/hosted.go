package contract

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"attributed/contract/spec"
	"attributed/contract/wire"
	"attributed/openapi"
)

// mocked is what [openapi.Answered] is of an operation whose answers a server makes up.
const mocked = "mock"

// askWhoAnswers asks a server that hosts a whole spec which operations it does not answer itself. It says so
// in its own description, where the spec that it is held against does not. Any other server is asked once, in vain.
func askWhoAnswers(ctx context.Context, cfg Config, operations []*spec.Operation) {
	if slices.ContainsFunc(operations, func(op *spec.Operation) bool { return op.Route.Operation.Extensions[openapi.Answered] != nil }) {
		return
	}
	asked := &spec.Operation{ID: "openapi.json", Accept: "application/json", Route: &routers.Route{Spec: cfg.Spec, Operation: &openapi3.Operation{}}}
	answer := wire.NewClient(cfg.URL, cfg.Timeout).Send(ctx, wire.Call{Op: asked, Method: http.MethodGet, Path: "/openapi.json"})
	var described struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if !answer.OK() || json.Unmarshal(answer.Body, &described) != nil {
		return
	}
	answers := map[string]string{}
	for path, item := range described.Paths {
		for method, member := range item {
			var op struct {
				Answered string `json:"x-attributed"`
			}
			if json.Unmarshal(member, &op) == nil {
				answers[strings.ToUpper(method)+" "+openapi.Template(path)] = op.Answered
			}
		}
	}
	for _, op := range operations {
		if how := answers[op.Method()+" "+openapi.Template(op.Route.Path)]; how != openapi.Real {
			op.Elsewhere = how
		}
	}
}

// split tells the operations that a server answers itself from the others of a whole spec that it hosts: there
// may be nobody behind those, or somebody else.
func split(all []*spec.Operation) (own, elsewhere []*spec.Operation) {
	for _, op := range all {
		if op.Elsewhere == "" {
			own = append(own, op)
		} else {
			elsewhere = append(elsewhere, op)
		}
	}
	return own, elsewhere
}
