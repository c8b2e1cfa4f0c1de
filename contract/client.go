package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxAnswer is how much of an answer is read: beyond, it is taken to have no end.
const maxAnswer = 64 << 20

// credential says as whom a request is sent.
type credential struct {
	token  string // "" is nobody
	name   string // in a curl line: TOKEN
	scheme string // before the token, where it is not the spec's
}

// call is one request to be sent.
type call struct {
	op          *operation
	method      string // as the operation's, unless given
	path        string // with its values
	query       url.Values
	header      http.Header
	cookies     []*http.Cookie
	body        []byte
	contentType string // of the body; "" sends none
	as          credential
	whole       bool   // once sent, the answer is awaited also when the run is interrupted
	what        string // in words: a name of 255 characters
	kind        string // of case: cases of one kind and one fault are one finding
	place       string // in the spec, that the case is about
	answered    []byte // the body that came back, where that is what a finding is about
}

// answer is what came back.
type answer struct {
	call
	status int
	head   http.Header
	body   []byte
	err    error
	broken Class // NoAnswer or BrokenBody where err is set
}

func (a *answer) ok() bool { return a.err == nil && a.status >= 200 && a.status < 300 }

// gone tells the answer about a thing that is not there.
func (a *answer) gone() bool { return a.status == http.StatusNotFound || a.status == http.StatusGone }

// client sends requests one by one, and counts them.
type client struct {
	base     string
	http     *http.Client
	timeout  time.Duration
	sent     int
	timeouts map[*operation]int // in a row
	late     int                // answers that did not come in time

	waited    time.Duration // since the server asked for it
	throttled bool          // that was too long: it is asked no more
}

func newClient(url string, timeout time.Duration) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// Each on a connection of its own: none is then repeated unseen, nor suffers
	// from what an answer before it left behind.
	transport.DisableKeepAlives = true
	transport.MaxResponseHeaderBytes = 1 << 20
	return &client{
		base:     url,
		timeout:  timeout,
		timeouts: map[*operation]int{},
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // another host must not see the token
		},
	}
}

// patience is how often in a row an operation may not answer in time; then it is not
// asked again. Where that happens now and then, to several, all patience ends sooner.
const (
	patience    = 2
	patienceAll = 5
)

// maxWaiting is how long, in all, a server that limits the rate of requests is waited for.
const maxWaiting = 10 * time.Minute

var errDeaf = errors.New("the operation has ceased to answer")

// deaf tells whether an operation has used up all patience.
func (c *client) deaf(op *operation) bool {
	return c.throttled || c.timeouts[op] >= patience || c.timeouts[op] > 0 && c.late > patienceAll
}

// forget gives back all patience.
func (c *client) forget() { c.timeouts, c.late, c.throttled = map[*operation]int{}, 0, false }

// send sends a call. It comes back in bounded time, and with a bounded answer. An
// operation that has ceased to answer is asked no more.
func (c *client) send(ctx context.Context, one call) *answer {
	if c.deaf(one.op) {
		return &answer{call: one, head: http.Header{}, err: errDeaf}
	}
	a := c.try(ctx, one)
	for range 3 {
		seconds, err := strconv.Atoi(a.head.Get("Retry-After"))
		if a.status != http.StatusTooManyRequests || err != nil || seconds > 60 {
			break
		}
		wait := time.Duration(max(seconds, 1)) * time.Second
		if c.waited += wait; c.waited > maxWaiting {
			c.throttled = true
			return &answer{call: one, head: http.Header{}, err: errDeaf}
		}
		select {
		case <-ctx.Done():
			return a
		case <-time.After(wait):
		}
		a = c.try(ctx, one)
	}
	return a
}

func (c *client) try(ctx context.Context, one call) *answer {
	a := &answer{call: one, head: http.Header{}}
	if one.whole {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := one.request(ctx, c.base)
	if err != nil {
		a.err, a.broken = err, NoAnswer
		return a
	}
	c.sent++
	response, err := c.http.Do(request)
	if err != nil {
		a.err, a.broken = c.failure(one.op, err), NoAnswer
		return a
	}
	defer response.Body.Close()
	a.status, a.head = response.StatusCode, response.Header
	if coding := a.head.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") { // gzip was asked for, and is undone by now
		a.err, a.broken = fmt.Errorf("the body is in the encoding %q, which was not asked for", coding), BrokenBody
		return a
	}
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.err, a.broken = c.failure(one.op, err), NoAnswer
	case err != nil:
		a.err, a.broken = fmt.Errorf("the body was cut off after %d bytes: %w", len(a.body), err), BrokenBody
	case len(a.body) > maxAnswer:
		c.timeouts[one.op] = patience
		a.err, a.broken = fmt.Errorf("the body has no end: more than %d MiB", maxAnswer>>20), BrokenBody
	default:
		c.timeouts[one.op] = 0
	}
	return a
}

func (c *client) failure(op *operation, err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		c.timeouts[op]++
		c.late++
		return fmt.Errorf("no whole answer within %s", c.timeout)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the connection was closed without an answer")
	}
	return err
}

// largeBody is the most that is sent without asking whether the server will read it: one
// that refuses more, and closes, may break the connection before its answer is seen.
const largeBody = 64 << 10

func (one call) request(ctx context.Context, base string) (*http.Request, error) {
	target := base + one.path
	if len(one.query) > 0 {
		target += "?" + one.query.Encode()
	}
	var body io.Reader
	if one.body != nil {
		body = bytes.NewReader(one.body)
	}
	request, err := http.NewRequestWithContext(ctx, one.method, target, body)
	if err != nil {
		return nil, err
	}
	for name, values := range one.header {
		request.Header[name] = values
	}
	for _, cookie := range one.cookies {
		request.AddCookie(cookie)
	}
	if len(one.body) > largeBody {
		request.Header.Set("Expect", "100-continue")
	}
	request.Header.Set("Accept", one.op.accept)
	request.Header.Set("User-Agent", "attributed-contract")
	if one.contentType != "" {
		request.Header.Set("Content-Type", one.contentType)
	}
	if one.as.token != "" {
		one.authorize(request)
	}
	return request, nil
}

// authorize puts a token where the spec wants it; where it says nothing, where
// Lightdash wants it.
func (one call) authorize(request *http.Request) {
	in, name, value := one.tokenPlace(one.as.token)
	switch in {
	case openapi3.ParameterInQuery:
		query := request.URL.Query()
		query.Set(name, value)
		request.URL.RawQuery = query.Encode()
	case openapi3.ParameterInCookie:
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	default:
		request.Header.Set(name, value)
	}
}

// tokenPlace is where and how the call's token is sent.
func (one call) tokenPlace(token string) (in, name, value string) {
	in, name, value = one.op.tokenPlace(token)
	if one.as.scheme != "" {
		value = one.as.scheme + " " + token
	}
	return in, name, value
}

func (op *operation) tokenPlace(token string) (in, name, value string) {
	spec := op.route.Spec
	requirements := spec.Security
	if op.route.Operation.Security != nil {
		requirements = *op.route.Operation.Security
	}
	for _, requirement := range requirements {
		for scheme := range requirement {
			if spec.Components == nil || spec.Components.SecuritySchemes[scheme] == nil || spec.Components.SecuritySchemes[scheme].Value == nil {
				continue
			}
			s := spec.Components.SecuritySchemes[scheme].Value
			switch {
			case s.Type == "http" && strings.EqualFold(s.Scheme, "bearer"):
				return "header", "Authorization", "Bearer " + token
			case s.Type == "apiKey" && !strings.EqualFold(s.Name, "Authorization"):
				return s.In, s.Name, token
			}
		}
	}
	return "header", "Authorization", "ApiKey " + token
}
