package contract_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
)

// TestServersThatCannotBeTested are told in a sentence, in bounded time.
func TestServersThatCannotBeTested(t *testing.T) {
	constant := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	real, _ := HealthyOnSQLite(t)
	closed := Listen(t, real)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tests := []struct{ name, url, token, want string }{
		{"nobody listens", "http://127.0.0.1:1", "t", "does not answer"},
		{"it hangs", "http://" + silent.Addr().String(), "t", "no whole answer within"},
		{"it closes the connection", Listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })), "t", "closed without an answer"},
		{"web pages", Listen(t, constant(200, "text/html; charset=utf-8", "<!doctype html><p>Hello")), "t", "answers web pages, not JSON"},
		{"another API", Listen(t, constant(404, "application/json", "{}")), "t", "knows none of the operations"},
		{"a redirect", Listen(t, http.RedirectHandler("https://example.com/", http.StatusMovedPermanently)), "t", `redirects to "https://example.com/`},
		{"no token", closed, "", "wants a token"},
		{"a token that is refused", closed, "ldpat_no", "refuses the token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := contract.Check(t.Context(), contract.Config{URL: tt.url, Spec: EffectiveSpec(t), Token: tt.token, Timeout: time.Second})
			if !errors.Is(err, contract.ErrUntestable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	tests := []struct {
		name string
		cfg  contract.Config
		want string
	}{
		{"no URL", contract.Config{URL: "localhost:8080", Spec: EffectiveSpec(t)}, "is no URL of a server"},
		{"a query in the URL", contract.Config{URL: "http://localhost/?x=1", Spec: EffectiveSpec(t)}, "has a query"},
		{"a token of two lines", contract.Config{URL: "http://localhost", Spec: EffectiveSpec(t), Token: "a\nb"}, "a token holds a line end"},
		{"no spec", contract.Config{URL: "http://localhost"}, "there is no spec"},
		{"an empty spec", contract.Config{URL: "http://localhost", Spec: &openapi3.T{Paths: openapi3.NewPaths()}}, "has no operations"},
		{"an operation that is not there", contract.Config{URL: "http://localhost", Spec: EffectiveSpec(t), Operations: []string{"createUser"}}, `no operation "createUser"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := contract.Check(t.Context(), tt.cfg)
			if err == nil || errors.Is(err, contract.ErrUntestable) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
