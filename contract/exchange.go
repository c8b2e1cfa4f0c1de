package contract

import (
	"fmt"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// exchange is a request and its answer, on their way.
type exchange struct {
	op         *operation
	request    *http.Request
	sent       *copied   // of the request's body, as far as it was read
	problems   []problem // of the request
	unpromised bool      // the spec says nothing of how this is asked and answered
}

// unknownID stands for the id of an operation that the spec does not have.
const unknownID = "(none)"

// exchange finds out what a request is, and what is wrong with it but for its body.
func (p *Proxy) exchange(r *http.Request) *exchange {
	op, values, known := p.match(r.Method, r.URL.Path)
	if op != nil {
		return &exchange{op: op, request: r, problems: parameterProblems(op, r, values)}
	}
	if known && (r.Method == http.MethodHead || r.Method == http.MethodOptions) {
		return p.implied(r)
	}
	return &exchange{op: p.unknown(r), request: r, problems: []problem{unknownOperation(r, known)}, unpromised: true}
}

// implied is a request by one of the methods that a path has without the spec's saying so
// (RFC 9110, 9.3.2 and 9.3.7). HEAD is asked and answered as GET, but for the body. Of
// OPTIONS, and of HEAD where there is no GET, nothing is promised.
func (p *Proxy) implied(r *http.Request) *exchange {
	if r.Method == http.MethodHead {
		if op, values, _ := p.match(http.MethodGet, r.URL.Path); op != nil {
			op = op.by(http.MethodHead)
			return &exchange{op: op, request: r, problems: parameterProblems(op, r, values)}
		}
	}
	asked := append([]string{r.Header.Get("Access-Control-Request-Method")}, // of a browser before the request that it means
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace)
	for _, method := range asked {
		if op, _, _ := p.match(method, r.URL.Path); op != nil {
			return &exchange{op: op.by(r.Method), request: r, unpromised: true}
		}
	}
	return &exchange{op: p.unknown(r), request: r, problems: []problem{unknownOperation(r, true)}, unpromised: true}
}

// by is the operation as one of another method.
func (op *operation) by(method string) *operation {
	other, route := *op, *op.route
	route.Method = method
	other.route = &route
	return &other
}

// match finds the operation of a request, under the first base path where there is one.
func (p *Proxy) match(method, path string) (op *operation, values map[string]string, known bool) {
	for _, base := range p.bases {
		rest, ok := underBase(base, path)
		if !ok {
			continue
		}
		found, named, there := p.matcher.match(method, rest)
		if known = known || there; found != nil {
			return found, named, true
		}
	}
	return nil, nil, known
}

// unknown stands for an operation that the spec does not have.
func (p *Proxy) unknown(r *http.Request) *operation {
	known := p.matcher.operations[0].route
	route := *known
	route.Method, route.Path, route.Operation = r.Method, r.URL.Path, &openapi3.Operation{}
	return &operation{id: unknownID, route: &route, place: "#/paths"}
}

func unknownOperation(r *http.Request, known bool) problem {
	what := "a path that the spec does not have"
	if known {
		what = "a method that the spec does not have at this path"
	}
	return problem{class: UnknownOperation, key: what, fault: what, expected: "an operation of the spec", got: short(r.Method + " " + r.URL.Path), place: "#/paths"}
}

// outcome is what is wrong with how a request was taken.
func (x *exchange) outcome(status int) []problem {
	in, name, _ := x.op.tokenPlace("")
	switch {
	case x.op.id == unknownID: // a finding already
		return nil
	case status >= 500:
		return []problem{{class: ServerError, key: fmt.Sprint(status), fault: fmt.Sprintf("answers %d", status), expected: x.op.documented(), got: statusText(status), place: x.op.place}}
	case status >= 300, x.unpromised:
	case len(x.problems) > 0:
		return []problem{{class: FaultAccepted, key: x.problems[0].key, fault: "takes a request that breaks the spec: " + x.problems[0].fault, expected: "4xx", got: statusText(status), place: x.problems[0].place}}
	case x.op.secured && in == openapi3.ParameterInHeader && x.request.Header.Get(name) == "":
		return []problem{{class: TokenUnchecked, key: "none", fault: "answers a request with no token", expected: "401", got: statusText(status), place: x.op.place}}
	}
	return nil
}

// call is the exchange's request as one that can be shown again.
func (x *exchange) call() call {
	one := call{op: x.op, method: x.request.Method, path: x.request.URL.EscapedPath(), query: x.request.URL.Query(), contentType: x.request.Header.Get("Content-Type")}
	if _, name, _ := x.op.tokenPlace(""); x.request.Header.Get(name) != "" {
		one.as = credential{token: "$TOKEN", name: "TOKEN"}
	}
	if x.sent != nil && !x.sent.over && x.sent.kept.Len() > 0 {
		one.body = x.sent.kept.Bytes()
	}
	return one
}
