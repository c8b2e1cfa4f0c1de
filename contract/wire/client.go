// Package wire sends one request at a time and reads its answer, whatever the server does, and
// writes the line that sends it again in a shell.
package wire

import (
	"bytes"
	"cmp"
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

	"attributed/contract/report"
	"attributed/contract/spec"
)

// maxAnswer is how much of an answer is read: beyond, it is taken to have no end.
const maxAnswer = 64 << 20

// Credential says as whom a request is sent.
type Credential struct {
	Token  string // "" is nobody
	Name   string // in a curl line: TOKEN
	Scheme string // before the token, where it is not the spec's
}

// Bare is the scheme of a token that has nothing before it.
const Bare = "bare"

// Call is one request to be sent.
type Call struct {
	Op          *spec.Operation
	Method      string // as the operation's, unless given
	Path        string // with its values
	Query       url.Values
	header      http.Header
	cookies     []*http.Cookie
	Body        []byte
	ContentType string // of the body; "" sends none
	As          Credential
	Whole       bool   // once sent, the answer is awaited also when the run is interrupted
	What        string // in words: a name of 255 characters
	Kind        string // of case: cases of one kind and one fault are one finding
	Place       string // in the spec, that the case is about
	Answered    []byte // the body that came back, where that is what a finding is about
}

// WithBody returns a call with a body, of JSON in the media type that the spec has for it.
func (one Call) WithBody(raw []byte, contentType string) Call {
	one.Body, one.ContentType = raw, contentType
	if contentType == spec.PlainJSON {
		one.ContentType = spec.Sendable(one.Op.MediaKey)
	}
	return one
}

// Answer is what came back.
type Answer struct {
	Call
	Status int
	Head   http.Header
	Body   []byte
	Err    error
	Broken report.Class // NoAnswer or BrokenBody where err is set
}

// OK reports whether a whole answer came, and said that all went well.
func (a *Answer) OK() bool { return a.Err == nil && a.Status >= 200 && a.Status < 300 }

// Gone reports whether the answer says that a thing is not there.
func (a *Answer) Gone() bool { return a.Status == http.StatusNotFound || a.Status == http.StatusGone }

// Client sends requests one by one, and counts them.
type Client struct {
	Base     string
	http     *http.Client
	timeout  time.Duration
	Sent     int
	timeouts map[*spec.Operation]int // in a row
	late     int                     // answers that did not come in time

	position string // as the last change was answered: a server that reads from replicas shows it to who asks for it

	waited    time.Duration // since the server asked for it
	Throttled bool          // that was too long: it is asked no more
}

// NewClient returns a client of the server at url, which waits for each answer up to timeout.
func NewClient(url string, timeout time.Duration) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// Each on a connection of its own: none is then repeated unseen, nor suffers
	// from what an answer before it left behind.
	transport.DisableKeepAlives = true
	transport.MaxResponseHeaderBytes = 1 << 20
	return &Client{
		Base:     url,
		timeout:  timeout,
		timeouts: map[*spec.Operation]int{},
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // another host must not see the token
		},
	}
}

// positionHeader is attributed's, of an answer to a change and of the reads after it.
const positionHeader = "X-Attributed-Position"

// patience is how often in a row an operation may not answer in time; then it is not
// asked again. Where that happens now and then, to several, all patience ends sooner.
const (
	patience    = 2
	patienceAll = 5
)

// MaxWaiting is how long, in all, a server that limits the rate of requests is waited for.
const MaxWaiting = 10 * time.Minute

// ErrDeaf is the error of an answer that was not asked for any more.
var ErrDeaf = errors.New("the operation has ceased to answer")

// Deaf reports whether an operation has used up all patience.
func (c *Client) Deaf(op *spec.Operation) bool {
	return c.Throttled || c.timeouts[op] >= patience || c.timeouts[op] > 0 && c.late > patienceAll
}

// Forget gives back all patience.
func (c *Client) Forget() { c.timeouts, c.late, c.Throttled = map[*spec.Operation]int{}, 0, false }

// Send sends a call. It comes back in bounded time, and with a bounded answer. An
// operation that has ceased to answer is asked no more.
func (c *Client) Send(ctx context.Context, one Call) *Answer {
	if c.Deaf(one.Op) {
		return &Answer{Call: one, Head: http.Header{}, Err: ErrDeaf}
	}
	a := c.try(ctx, one)
	for range 3 {
		seconds, err := strconv.Atoi(a.Head.Get("Retry-After"))
		if a.Status != http.StatusTooManyRequests || err != nil || seconds > 60 {
			break
		}
		wait := time.Duration(max(seconds, 1)) * time.Second
		if c.waited += wait; c.waited > MaxWaiting {
			c.Throttled = true
			return &Answer{Call: one, Head: http.Header{}, Err: ErrDeaf}
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

func (c *Client) try(ctx context.Context, one Call) *Answer {
	a := &Answer{Call: one, Head: http.Header{}}
	if one.Whole {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := one.request(ctx, c.Base)
	if err != nil {
		a.Err, a.Broken = err, report.NoAnswer
		return a
	}
	if c.position != "" && request.Method == http.MethodGet && !one.HasHeader(positionHeader) {
		request.Header.Set(positionHeader, c.position)
	}
	c.Sent++
	response, err := c.http.Do(request)
	if err != nil {
		a.Err, a.Broken = c.failure(one.Op, err), report.NoAnswer
		return a
	}
	defer response.Body.Close()
	a.Status, a.Head = response.StatusCode, response.Header
	c.position = cmp.Or(a.Head.Get(positionHeader), c.position)
	if coding := a.Head.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") { // gzip was asked for, and is undone by now
		a.Err, a.Broken = fmt.Errorf("the body is in the encoding %q, which was not asked for", coding), report.BrokenBody
		return a
	}
	a.Body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.Err, a.Broken = c.failure(one.Op, err), report.NoAnswer
	case err != nil:
		a.Err, a.Broken = fmt.Errorf("the body was cut off after %d bytes: %w", len(a.Body), err), report.BrokenBody
	case len(a.Body) > maxAnswer:
		c.timeouts[one.Op] = patience
		a.Err, a.Broken = fmt.Errorf("the body has no end: more than %d MiB", maxAnswer>>20), report.BrokenBody
	default:
		c.timeouts[one.Op] = 0
	}
	return a
}

func (c *Client) failure(op *spec.Operation, err error) error {
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

func (one Call) request(ctx context.Context, base string) (*http.Request, error) {
	target := base + one.Path
	if len(one.Query) > 0 {
		target += "?" + one.Query.Encode()
	}
	var body io.Reader
	if one.Body != nil {
		body = bytes.NewReader(one.Body)
	}
	request, err := http.NewRequestWithContext(ctx, one.Method, target, body)
	if err != nil {
		return nil, err
	}
	for name, values := range one.header {
		request.Header[name] = values
	}
	for _, cookie := range one.cookies {
		request.AddCookie(cookie)
	}
	if len(one.Body) > largeBody {
		request.Header.Set("Expect", "100-continue")
	}
	request.Header.Set("Accept", one.Op.Accept)
	request.Header.Set("User-Agent", "attributed-contract")
	if one.ContentType != "" {
		request.Header.Set("Content-Type", one.ContentType)
	}
	if one.As.Token != "" {
		one.authorize(request)
	}
	return request, nil
}

// authorize puts a token where the spec has it; where it says nothing, where
// Lightdash takes it.
func (one Call) authorize(request *http.Request) {
	place := one.tokenPlace()
	name, value := place.Name, place.Value(one.As.Token)
	switch place.In {
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
func (one Call) tokenPlace() spec.TokenPlace {
	place := one.Op.TokenPlace()
	switch one.As.Scheme {
	case "":
	case Bare:
		place.Scheme = ""
	default:
		place.Scheme = one.As.Scheme
	}
	return place
}
