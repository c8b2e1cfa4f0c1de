// Package proxy stands before a server and holds all that passes against the spec.
package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
)

// Config says what a [Proxy] stands before. Upstream and Spec are needed.
type Config struct {
	Upstream string      // URL of the server
	Spec     *openapi3.T // OpenAPI 3.0, with its references resolved

	// BasePath stands before the spec's paths in a request's path; it may be empty. Nil is
	// what the spec's servers say, or nothing.
	BasePath *string

	// Enforce answers 422 to a request that breaks the spec, and 502 in place of an
	// answer that does. Without it all passes as it comes.
	Enforce bool

	MaxBody int64 // the largest body that is checked, in bytes; larger ones pass; 0 is 1 MiB

	// OnFinding is called with each new finding, one at a time; it may be nil.
	OnFinding func(report.Finding)
}

// Proxy passes requests on to a server, and finds where either side breaks the spec.
// It holds no more of a body than MaxBody, and changes no byte of any.
type Proxy struct {
	cfg       Config
	upstream  *url.URL
	matcher   spec.Matcher
	bases     []string // that may stand before the spec's paths
	record    *report.Record
	forward   *httputil.ReverseProxy
	requests  atomic.Int64
	unchecked atomic.Int64
	start     time.Time
}

// New returns a handler that passes all requests on.
func New(cfg Config) (*Proxy, error) {
	upstream, err := url.Parse(cfg.Upstream)
	if err != nil || upstream.Host == "" {
		return nil, fmt.Errorf("%q is no URL of a server: write http://HOST:PORT", cfg.Upstream)
	}
	if cfg.Spec == nil {
		return nil, errors.New("there is no spec to check against")
	}
	if err := spec.CheckBasePath(cfg.BasePath); err != nil {
		return nil, err
	}
	operations, err := spec.Operations(cfg.Spec)
	if err != nil {
		return nil, err
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 1 << 20
	}
	p := &Proxy{
		cfg:      cfg,
		upstream: upstream,
		matcher:  spec.Matcher{Operations: operations},
		bases:    spec.BasePaths(cfg.BasePath, cfg.Spec),
		record:   report.NewRecord(spec.OperationIDs(operations)),
		start:    time.Now(),
	}
	p.record.Latest = cfg.OnFinding
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // bytes pass as they are
	transport.MaxIdleConnsPerHost = 100
	p.forward = &httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		Transport:      transport, // which follows no redirects: they are the client's
		ModifyResponse: p.answered,
		ErrorHandler:   p.unanswered,
		ErrorLog:       log.New(io.Discard, "", 0), // what goes wrong is a finding
	}
	return p, nil
}

// Report returns what was found so far.
func (p *Proxy) Report() *report.Report {
	report := &report.Report{
		URL:        p.cfg.Upstream,
		Operations: p.record.Counts(),
		Requests:   int(p.requests.Load()),
		Unchecked:  int(p.unchecked.Load()),
		Findings:   p.record.Sorted(),
		Notes:      p.record.Unjudged(),
		Unjudged:   len(p.record.Unjudged()),
	}
	if p.cfg.Spec.Info != nil {
		report.Spec = p.cfg.Spec.Info.Title + " " + p.cfg.Spec.Info.Version
	}
	report.Took(p.start)
	return report
}

func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(p.upstream)
	r.Out.URL.RawQuery = r.In.URL.RawQuery // also what Go would not parse
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = values
		}
	}
}

type exchangeKey struct{}

// ServeHTTP passes one request on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	x := p.exchange(r)
	if p.cfg.Enforce {
		p.readRequest(x, r)
		if p.report(x, x.problems); len(x.problems) > 0 {
			writeError(w, http.StatusUnprocessableEntity, "ContractError", "The request breaks the spec: "+x.problems[0].Fault+".")
			return
		}
	} else if r.Body != nil && r.Body != http.NoBody {
		x.sent = &copied{of: r.Body, limit: p.cfg.MaxBody}
		r.Body = x.sent
	}
	p.forward.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x)))
}

// readRequest reads a body that is not too large, and checks it.
func (p *Proxy) readRequest(x *exchange, r *http.Request) {
	if r.Body == nil {
		return
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, p.cfg.MaxBody+1))
	x.sent = &copied{limit: p.cfg.MaxBody, over: int64(len(head)) > p.cfg.MaxBody, whole: err == nil}
	x.sent.kept.Write(head[:min(int64(len(head)), p.cfg.MaxBody)])
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), rest}
	x.problems = append(x.problems, p.bodyOf(x)...)
}

// bodyOf returns the problems of a request's body, once it has passed.
func (p *Proxy) bodyOf(x *exchange) []spec.Problem {
	if x.unpromised {
		return nil
	}
	body, ok := p.plain(x.sent, x.request.Header)
	if !ok {
		return nil
	}
	found := spec.RequestBodyProblems(x.op, x.request.Header, body)
	if described := x.op.Route.Operation.RequestBody; described != nil && described.Value != nil && len(body) > 0 {
		if media, given := spec.Listed(described.Value.Content, x.request.Header.Get("Content-Type")); media != nil && media.Schema != nil && !given.IsJSON() {
			p.record.Leave(x.op.ID, given.Name)
		}
	}
	return found
}

// answered looks at an answer's head, and arranges for its body to be looked at.
func (p *Proxy) answered(response *http.Response) error {
	x, ok := response.Request.Context().Value(exchangeKey{}).(*exchange)
	if !ok || response.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	if !p.cfg.Enforce && response.Request.Method == http.MethodHead {
		p.judge(x, response.StatusCode, response.Header, &copied{whole: true}) // its head is all: the client goes on once it has passed
		return nil
	}
	if !p.cfg.Enforce {
		body := &copied{of: response.Body, limit: p.cfg.MaxBody}
		body.done = func() { p.judge(x, response.StatusCode, response.Header, body) }
		response.Body = body
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(response.Body, p.cfg.MaxBody+1))
	body := &copied{limit: p.cfg.MaxBody, over: int64(len(head)) > p.cfg.MaxBody, whole: err == nil, err: err}
	body.kept.Write(head[:min(int64(len(head)), p.cfg.MaxBody)])
	if found := p.judge(x, response.StatusCode, response.Header, body); len(found) > 0 && response.StatusCode < 500 {
		response.Body.Close()
		replace(response, "The answer breaks the spec: "+found[0].Fault+".")
		return nil
	}
	rest := response.Body
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), rest}
	return nil
}

// unanswered answers where the server did not.
func (p *Proxy) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok && r.Context().Err() == nil {
		p.report(x, []spec.Problem{{Class: report.NoAnswer, Key: "none", Fault: "does not answer", Expected: "an answer", Got: err.Error(), Place: x.op.Place}})
	}
	writeError(w, http.StatusBadGateway, "ContractError", "The server does not answer.")
}

// judge looks at an exchange when it is over.
func (p *Proxy) judge(x *exchange, status int, header http.Header, body *copied) []spec.Problem {
	p.record.Answered(x.op.ID)
	if !p.cfg.Enforce {
		x.problems = append(x.problems, p.bodyOf(x)...)
		p.report(x, x.problems)
	}
	found := x.outcome(status)
	if x.unpromised {
		p.report(x, found)
		return found
	}
	text, ok := p.plain(body, header)
	switch {
	case body.err != nil && x.request.Context().Err() == nil:
		found = append(found, spec.Problem{Class: report.BrokenBody, Key: "cut", Fault: "answers a body that is cut off", Expected: "a whole body", Got: body.err.Error(), Place: x.op.Place})
	case ok && status < 500:
		if media := x.op.Unjudged(status, header.Get("Content-Type"), text); media != "" {
			p.record.Leave(x.op.ID, media)
		}
		_, more := x.op.ProblemsOf(status, header, text)
		found = append(found, more...)
	}
	p.report(x, found)
	return found
}

// report records problems of an exchange.
func (p *Proxy) report(x *exchange, found []spec.Problem) {
	for _, one := range found {
		p.record.Add(one.Key, report.Finding{
			Class: one.Class, Operation: x.op.ID, Fault: one.Fault, Expected: one.Expected, Got: one.Got, Place: one.Place,
		}, func() string { return x.call().Curl(strings.TrimSuffix(p.cfg.Upstream, "/")) })
	}
}
