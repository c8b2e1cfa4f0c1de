package proxy

import (
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
	"attributed/contract/wire"
)

// exchange is a request and its answer, on their way.
type exchange struct {
	op         *spec.Operation
	request    *http.Request
	sent       *copied        // of the request's body, as far as it was read
	problems   []spec.Problem // of the request
	unpromised bool           // the spec says nothing of how this is asked and answered
}

// unknownID stands for the id of an operation that the spec does not have.
const unknownID = "(none)"

// exchange finds out what a request is, and what is wrong with it but for its body.
func (p *Proxy) exchange(r *http.Request) *exchange {
	op, values, known := p.match(r.Method, r.URL.Path)
	if op != nil {
		return &exchange{op: op, request: r, problems: spec.ParameterProblems(op, r, values)}
	}
	if known && (r.Method == http.MethodHead || r.Method == http.MethodOptions) {
		return p.implied(r)
	}
	return &exchange{op: p.unknown(r), request: r, problems: []spec.Problem{unknownOperation(r, known)}, unpromised: true}
}

// implied is a request by one of the methods that a path has without the spec's saying so
// (RFC 9110, 9.3.2 and 9.3.7). HEAD is asked and answered as GET, but for the body. Of
// OPTIONS, and of HEAD where there is no GET, nothing is promised.
func (p *Proxy) implied(r *http.Request) *exchange {
	if r.Method == http.MethodHead {
		if op, values, _ := p.match(http.MethodGet, r.URL.Path); op != nil {
			op = op.By(http.MethodHead)
			return &exchange{op: op, request: r, problems: spec.ParameterProblems(op, r, values)}
		}
	}
	asked := append([]string{r.Header.Get("Access-Control-Request-Method")}, // of a browser before the request that it means
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace)
	for _, method := range asked {
		if op, _, _ := p.match(method, r.URL.Path); op != nil {
			return &exchange{op: op.By(r.Method), request: r, unpromised: true}
		}
	}
	return &exchange{op: p.unknown(r), request: r, problems: []spec.Problem{unknownOperation(r, true)}, unpromised: true}
}

// match finds the operation of a request, under the first base path where there is one.
func (p *Proxy) match(method, path string) (op *spec.Operation, values map[string]string, known bool) {
	for _, base := range p.bases {
		rest, ok := spec.UnderBase(base, path)
		if !ok {
			continue
		}
		found, named, there := p.matcher.Match(method, rest)
		if known = known || there; found != nil {
			return found, named, true
		}
	}
	return nil, nil, known
}

// unknown stands for an operation that the spec does not have.
func (p *Proxy) unknown(r *http.Request) *spec.Operation {
	known := p.matcher.Operations[0].Route
	route := *known
	route.Method, route.Path, route.Operation = r.Method, r.URL.Path, &openapi3.Operation{}
	return &spec.Operation{ID: unknownID, Route: &route, Place: "#/paths"}
}

func unknownOperation(r *http.Request, known bool) spec.Problem {
	what := "a path that the spec does not have"
	if known {
		what = "a method that the spec does not have at this path"
	}
	return spec.Problem{Class: report.UnknownOperation, Key: what, Fault: what, Expected: "an operation of the spec", Got: spec.Short(r.Method + " " + r.URL.Path), Place: "#/paths"}
}

// outcome is what is wrong with how a request was taken.
func (x *exchange) outcome(status int) []spec.Problem {
	place := x.op.TokenPlace()
	switch {
	case x.op.ID == unknownID: // a finding already
		return nil
	case status >= 500:
		return []spec.Problem{{Class: report.ServerError, Key: fmt.Sprint(status), Fault: fmt.Sprintf("answers %d", status), Expected: x.op.Documented(), Got: spec.StatusText(status), Place: x.op.Place}}
	case status >= 300, x.unpromised:
	case len(x.problems) > 0:
		return []spec.Problem{{Class: report.FaultAccepted, Key: x.problems[0].Key, Fault: "takes a request that breaks the spec: " + x.problems[0].Fault, Expected: "4xx", Got: spec.StatusText(status), Place: x.problems[0].Place}}
	case x.op.Secured && place.In == openapi3.ParameterInHeader && x.request.Header.Get(place.Name) == "":
		return []spec.Problem{{Class: report.TokenUnchecked, Key: "none", Fault: "answers a request with no token", Expected: "401", Got: spec.StatusText(status), Place: x.op.Place}}
	}
	return nil
}

// call is the exchange's request as one that can be shown again.
func (x *exchange) call() wire.Call {
	one := wire.Call{Op: x.op, Method: x.request.Method, Path: x.request.URL.EscapedPath(), Query: x.request.URL.Query(), ContentType: x.request.Header.Get("Content-Type")}
	if name := x.op.TokenPlace().Name; x.request.Header.Get(name) != "" {
		one.As = wire.Credential{Token: "$TOKEN", Name: "TOKEN"}
	}
	if x.sent != nil && !x.sent.over && x.sent.kept.Len() > 0 {
		one.Body = x.sent.kept.Bytes()
	}
	return one
}
