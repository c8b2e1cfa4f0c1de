package server

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"attributed/gen"
	"attributed/server/rest"
	"attributed/store"
	"attributed/web"
)

// Server implements the spec's operations. A handler translates: request to
// domain, one call, domain to response.
type Server struct {
	store   *store.Store
	log     *slog.Logger
	maxBody int64
	timeout time.Duration
	stall   time.Duration
	spec    *web.File // the effective spec, as JSON
	pages   map[string]http.Handler
	limits  *limits
	bodies  *memory
	lists   *memory     // of places for long lists
	long    sync.Map    // the organizations, by uuid, whose lists were long the last time
	rest    *rest.Whole // nil: nothing but what is ours is served

	stopping <-chan struct{} // see Config

	metrics   *metrics         // nil: nothing is measured
	traces    *traces          // nil: none are made
	responses *responseChecker // nil: none is checked
	outages   outageLog
	refusals  *refusalLog
}

// Breaks the build, naming the method, when a spec bump adds an operation.
var _ gen.StrictServerInterface = (*Server)(nil)

// Config is what an operator can choose. Zero values are good defaults.
type Config struct {
	MaxBody        int64         // bytes of a request's body, also after decompression; 0 is 5 MiB
	MaxBodyMemory  int64         // bytes that the bodies of all requests hold together; 0 is 64 MiB
	RequestTimeout time.Duration // for the database's part of a request; 0 is 10 s
	Stall          time.Duration // for a client to take a piece of a long list; 0 is 5 s

	RejectLimit    Rate           // of tokens that are looked up and rejected, for each address
	RateLimit      Rate           // of the use of each token
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; nil: nobody's

	// Stopping is closed when no new requests are to be sent here: /readyz answers 503
	// from then on, and all else as ever. Nil is never.
	Stopping <-chan struct{}

	// Metrics gets all that is measured. Nil is nothing, and costs nothing.
	Metrics prometheus.Registerer

	// Traces gets a span for each call of an operation. Nil is none, and costs nothing.
	Traces trace.TracerProvider

	// Propagator reads out of a call's headers which trace it is part of. Nil is W3C's traceparent.
	Propagator propagation.TextMapPropagator

	// Rest is a whole spec, of which what is not ours is answered too. Nil is none.
	Rest *rest.Whole

	CheckResponses       ResponseCheck // hold our own answers against the spec; "" is Off
	CheckResponsesSample float64       // the part of them that Report looks at; 0 is all
}

// New returns the whole API. It fails only if the embedded spec cannot be served
// as it stands, which no configuration can change, if cfg.Metrics has metrics of its names already, or if
// cfg.Rest has a path that is a page of ours.
func New(st *store.Store, log *slog.Logger, cfg Config) (http.Handler, error) {
	raw, err := gen.GetSpecJSON()
	if err != nil {
		return nil, fmt.Errorf("embedded spec: %w", err)
	}
	if raw, err = fitted(raw, st); err != nil {
		return nil, fmt.Errorf("embedded spec: %w", err)
	}
	spec, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("embedded spec: %w", err)
	}
	if cfg.Rest != nil {
		if raw, err = fitted(cfg.Rest.Document, st); err != nil {
			return nil, fmt.Errorf("the spec that is hosted: %w", err)
		}
	}
	operations, err := operationsOf(spec, rules)
	if err != nil {
		return nil, fmt.Errorf("embedded spec: %w", err)
	}
	pages, err := web.Pages()
	if err != nil {
		return nil, fmt.Errorf("embedded pages: %w", err)
	}
	s := &Server{
		store:   st,
		log:     log,
		maxBody: cmp.Or(cfg.MaxBody, 5<<20),
		timeout: cmp.Or(cfg.RequestTimeout, 10*time.Second),
		stall:   cmp.Or(cfg.Stall, 5*time.Second),
		spec:    web.NewFile("application/json", raw),
		pages:   pages,
		outages: outageLog{log: log},

		refusals: newRefusalLog(),

		stopping: cfg.Stopping,
		rest:     cfg.Rest,
		lists:    newMemory(int64(st.LongLists()), 0),
		bodies:   newMemory(cmp.Or(cfg.MaxBodyMemory, 64<<20), cmp.Or(cfg.RequestTimeout, 10*time.Second)),
	}
	s.responses = newResponseChecker(cfg, operations, log)
	s.traces = newTraces(cfg.Traces, cfg.Propagator, s.responses.operations)
	if cfg.Metrics != nil {
		if s.metrics, err = newMetrics(cfg.Metrics, s, s.responses.operations); err != nil {
			return nil, err
		}
	}
	if s.limits, err = newLimits(cfg); err != nil {
		return nil, err
	}
	e := s.router(operations)
	e.IPExtractor = addressOf(cfg.TrustedProxies)
	if err := agree(e.Routes(), operations, s.public()); err != nil {
		return nil, fmt.Errorf("embedded spec: %w", err)
	}
	if err := s.mountRest(e); err != nil {
		return nil, fmt.Errorf("the spec that is hosted: %w", err)
	}
	s.responses.announce()
	return e, nil
}

// router mounts all that is served: the operations, each behind its guard, and
// what needs no token. It and mountRest are the only places where routes are made.
func (s *Server) router(operations map[string]*operation) *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = s.fail
	e.Binder = checkedBinder{}
	e.Pre(plainPath)
	e.Use(envelope, answerAnyway, closeUnfinished, s.metrics.measure, s.traces.trace, s.logRequest, s.checkResponses, s.recoverPanic, oneLength, browsersToDocs, wholeSegments)

	guards := make(map[string][]echo.MiddlewareFunc, len(operations))
	for id, op := range operations {
		guards[id] = []echo.MiddlewareFunc{s.guard(op)}
		switch changes := op.route.Method != http.MethodGet; {
		case op.takesKey():
			guards[id] = append(guards[id], s.once(op))
		case changes && !s.store.KeepsAnswers():
			guards[id] = append(guards[id], withoutKeys)
		}
		if op.conditional() {
			guards[id] = append(guards[id], conditional)
		}
	}
	handler := gen.NewStrictHandler(s, []gen.StrictMiddlewareFunc{onlyChecked})
	routes := getAndHead{e}
	gen.RegisterHandlersWithOptions(routes, handler, gen.RegisterHandlersOptions{OperationMiddlewares: guards})

	for path, handle := range s.public() {
		routes.GET(path, handle)
	}
	return e
}

// getAndHead answers HEAD wherever it answers GET, in the same way: net/http leaves the
// body out (RFC 9110, section 9.3.2).
type getAndHead struct{ *echo.Echo }

func (e getAndHead) GET(path string, handle echo.HandlerFunc, middleware ...echo.MiddlewareFunc) *echo.Route {
	e.Echo.HEAD(path, handle, middleware...)
	return e.Echo.GET(path, handle, middleware...)
}

// encodedUnreserved is an unreserved character that is percent-encoded, which means the
// same as the character (RFC 3986, section 2.3).
var encodedUnreserved = regexp.MustCompile(`%(2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])`)

// plainPath lets the router see a path in the one form that all its spellings have. What
// an encoded slash or another reserved character means is left as it is.
func plainPath(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		address := c.Request().URL
		address.RawPath = encodedUnreserved.ReplaceAllStringFunc(address.RawPath, func(encoded string) string {
			plain, _ := url.PathUnescape(encoded) // two hexadecimal digits, always
			return plain
		})
		return next(c)
	}
}

// wholeSegments refuses a path in which a parameter is no segment, or several, as
// Echo lets the last one be: /attributes/, or /users/a/b for /users/:userUuid. A
// slash that is written %2F is a part of its segment.
func wholeSegments(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path, route := echo.GetPath(c.Request()), c.Path()
		if strings.Count(path, "/") != strings.Count(route, "/") || strings.Contains(path+"/", "//") {
			return errNotFound
		}
		return next(c)
	}
}

// Where load balancers and supervisors ask.
const (
	livePath  = "/livez"
	readyPath = "/readyz"
)

// public lists what is served without a token: it tells nothing of anybody's.
func (s *Server) public() map[string]echo.HandlerFunc {
	handlers := map[string]echo.HandlerFunc{
		"/openapi.json": s.openAPI,
		livePath:        s.live,
		readyPath:       s.ready,
	}
	for path, page := range s.pages {
		handlers[path] = echo.WrapHandler(page)
	}
	return handlers
}
