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
// in its own description, where the spec that it is held against does not. Any other server is asked in vain:
// wherever its paths may begin, and at its address.
func askWhoAnswers(ctx context.Context, cfg Config, operations []*spec.Operation) {
	if slices.ContainsFunc(operations, func(op *spec.Operation) bool { return op.Route.Operation.Extensions[openapi.Answered] != nil }) {
		return
	}
	client := wire.NewClient(cfg.URL, cfg.Timeout)
	asked := &spec.Operation{ID: "openapi.json", Accept: "application/json", Route: &routers.Route{Spec: cfg.Spec, Operation: &openapi3.Operation{}}}
	bases := spec.BasePaths(cfg.BasePath, cfg.Spec)
	if !slices.Contains(bases, "") {
		bases = append(bases, "")
	}
	for _, base := range bases {
		a := client.Send(ctx, wire.Call{Op: asked, Method: http.MethodGet, Path: base + "/openapi.json"})
		if a.Err != nil {
			return
		}
		if answers := answersIn(a); len(answers) > 0 {
			for _, op := range operations {
				op.Elsewhere = spec.Elsewhere(answers[op.Method()+" "+openapi.Template(op.Route.Path)])
			}
			return
		}
	}
}

// answersIn is what a server's own description says in [openapi.Answered], by method and path.
func answersIn(a *wire.Answer) map[string]string {
	var described struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if !a.OK() || json.Unmarshal(a.Body, &described) != nil {
		return nil
	}
	answers := map[string]string{}
	for path, item := range described.Paths {
		for method, member := range item {
			var op struct {
				Answered string `json:"x-attributed"`
			}
			if json.Unmarshal(member, &op) == nil && op.Answered != "" {
				answers[strings.ToUpper(method)+" "+openapi.Template(path)] = op.Answered
			}
		}
	}
	return answers
}

// choose says which operations are to be checked, once it is known who answers them. It is an error where the
// server leaves nothing to check, or not all that was named.
func (cfg Config) choose(all []*spec.Operation) error {
	for _, op := range all {
		named := slices.Contains(cfg.Operations, op.ID)
		op.Selected = (op.Elsewhere == "" || op.Elsewhere == mocked) && (len(cfg.Operations) == 0 || named)
		if named && !op.Selected {
			return untestable("%s does not answer %s itself (x-attributed: %s), as it was asked to be checked", cfg.URL, op.ID, op.Elsewhere)
		}
	}
	if !slices.ContainsFunc(all, func(op *spec.Operation) bool { return op.Selected }) {
		return untestable("%s answers none of the operations itself (x-attributed): there is nothing to check", cfg.URL)
	}
	return nil
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
