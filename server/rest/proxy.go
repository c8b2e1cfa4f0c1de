package rest

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// Upstream is a real Lightdash that what is not implemented is passed on to.
type Upstream struct {
	url     *url.URL
	through *http.Transport
}

// NewUpstream returns the Lightdash at an address, to which at most 100 requests go at a time. It is waited for
// until its answer begins, for as long as patience says; 0 is a minute.
func NewUpstream(at *url.URL, patience time.Duration) *Upstream {
	return &Upstream{at, &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  cmp.Or(patience, time.Minute),
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxConnsPerHost:        100,
		MaxIdleConnsPerHost:    100,
		IdleConnTimeout:        time.Minute,
		DisableCompression:     true, // the client says what it takes
		ForceAttemptHTTP2:      true,
	}}
}

// UnansweredError is why a Lightdash gave no answer that could be passed on.
type UnansweredError struct{ Err error }

// Error says what happened.
func (e *UnansweredError) Error() string { return "upstream: " + e.Err.Error() }

// Unwrap returns what happened.
func (e *UnansweredError) Unwrap() error { return e.Err }

// Pass passes a request on with its token, and the answer back, without what is of one connection alone (RFC 9110,
// 7.6.1). It returns an [*UnansweredError] where nothing has been passed back; of an answer that
// is cut off later it passes on what came, and panics with [http.ErrAbortHandler] so that the client sees it.
func (u *Upstream) Pass(w http.ResponseWriter, r *http.Request, log *slog.Logger) (err error) {
	proxy := &httputil.ReverseProxy{
		Transport: u.through,
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelInfo),
		Rewrite: func(passed *httputil.ProxyRequest) {
			passed.SetURL(u.url)
			passed.Out.Header.Del("Upgrade") // to what we would not understand
			passed.Out.Header.Del("Connection")
		},
		ModifyResponse: func(answer *http.Response) error {
			body := bufio.NewReader(answer.Body)
			if _, err := body.Peek(1); err != nil && err != io.EOF { // before anything of the answer is passed back
				return fmt.Errorf("its answer was cut off: %w", err)
			}
			answer.Body = struct {
				io.Reader
				io.Closer
			}{body, answer.Body}
			for name := range answer.Header {
				if name == "Content-Type" { // whose it is
					w.Header().Del(name)
				} else if w.Header().Get(name) != "" { // what all our answers promise
					answer.Header.Del(name)
				}
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, cause error) { err = &UnansweredError{cause} },
	}
	proxy.ServeHTTP(w, r)
	return err
}
