package server_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attributed/server"
	"attributed/store"
	"attributed/store/storetest"
)

// few is used up by a test, and not there again before it ends.
var few = server.Rate{Count: 1, Per: time.Hour, Burst: 3}

func madeUp(n int) string { return "ldpat_" + strconv.Itoa(n) }

func TestTooManyRejectedTokens(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RejectLimit: few})
		inUse, unseen := a.tokenOf(t, store.DemoEmail), a.tokenOf(t, store.DemoEmail)
		ask := func(token string) reply {
			return a.do(t, http.MethodGet, attributes, "", header("Authorization", "ApiKey "+token))
		}
		ask(inUse).want(t, http.StatusOK, "")
		for range 5 { // which are not looked up
			a.do(t, http.MethodGet, attributes, "", header("Authorization", "")).want(t, http.StatusUnauthorized, "AuthorizationError")
		}
		for n := range few.Burst {
			ask(madeUp(n)).want(t, http.StatusUnauthorized, "AuthorizationError")
		}
		for _, token := range []string{madeUp(9), unseen} {
			refused := ask(token)
			refused.want(t, http.StatusTooManyRequests, "TooManyRequestsError")
			if seconds, err := strconv.Atoi(refused.header.Get("Retry-After")); err != nil || seconds < 3000 || seconds > 3600 {
				t.Errorf("Retry-After is %q", refused.header.Get("Retry-After"))
			}
		}
		a.do(t, http.MethodPost, attributes, "", header("Authorization", "")).want(t, http.StatusUnauthorized, "AuthorizationError")
		for range 5 {
			ask(inUse).want(t, http.StatusOK, "")
		}
	})
}

// TestTokensOverTheLimitAreNotLookedUp: else they would cost the database what they cost it before.
func TestTokensOverTheLimitAreNotLookedUp(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RejectLimit: few, RateLimit: server.Rate{Count: 1, Per: time.Hour}})
		ask := func(token string) reply {
			return a.do(t, http.MethodGet, attributes, "", header("Authorization", "ApiKey "+token))
		}
		ask(a.token).want(t, http.StatusOK, "")
		for n := range few.Burst {
			ask(madeUp(n)).want(t, http.StatusUnauthorized, "AuthorizationError")
		}
		storetest.Exec(t, s, `ALTER TABLE personal_access_tokens RENAME TO gone`)
		ask(madeUp(9)).want(t, http.StatusTooManyRequests, "TooManyRequestsError")
		ask(a.token).want(t, http.StatusTooManyRequests, "TooManyRequestsError")
	})
}

// TestManyAtOnceAreNoMoreThanTheLimit: those that are being looked up count already.
func TestManyAtOnceAreNoMoreThanTheLimit(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RejectLimit: few})
		var rejected atomic.Int64
		var all sync.WaitGroup
		for n := range 50 {
			all.Go(func() {
				if a.do(t, http.MethodGet, attributes, "", header("Authorization", "ApiKey "+madeUp(n))).status == http.StatusUnauthorized {
					rejected.Add(1)
				}
			})
		}
		all.Wait()
		if n := rejected.Load(); n < 1 || n > int64(few.Burst) {
			t.Errorf("%d were looked up and rejected, of at most %d", n, few.Burst)
		}
	})
}

func TestAddressesThatTokensComeFrom(t *testing.T) {
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct {
		name        string
		trusted     []netip.Prefix
		first, then string // X-Forwarded-For
		blocked     bool
	}{
		{"one address", loopback, "192.0.2.7", "192.0.2.7", true},
		{"another address", loopback, "192.0.2.7", "192.0.2.8", false},
		{"what the client itself says before it", loopback, "192.0.2.7", "203.0.113.9, 192.0.2.7", true},
		{"behind two proxies of ours", loopback, "192.0.2.7, 10.1.2.3", "192.0.2.8, 10.1.2.3", false},
		{"one host's addresses of IPv6", loopback, "2001:db8:1:2::7", "2001:db8:1:2:8000::8", true},
		{"two networks of IPv6", loopback, "2001:db8:1:2::7", "2001:db8:1:3::7", false},
		{"IPv4 written as IPv6", loopback, "192.0.2.7", "::ffff:192.0.2.7", true},
		{"what is no address", loopback, "unknown", "nobody", true},
		{"a proxy that is not ours", nil, "192.0.2.7", "192.0.2.8", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				a := newAPI(t, s, server.Config{RejectLimit: few, TrustedProxies: tt.trusted})
				ask := func(n int, from string) reply {
					return a.do(t, http.MethodGet, attributes, "", header("Authorization", "ApiKey "+madeUp(n)), header("X-Forwarded-For", from))
				}
				for n := range few.Burst {
					ask(n, tt.first).want(t, http.StatusUnauthorized, "AuthorizationError")
				}
				if status := ask(9, tt.then).status; (status == http.StatusTooManyRequests) != tt.blocked {
					t.Errorf("answered %d", status)
				}
			})
		})
	}
}

func TestTokenThatIsUsedTooOften(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{RateLimit: few})
		other := a.tokenOf(t, store.DemoEmail)
		for range few.Burst {
			a.do(t, http.MethodGet, attributes, "").want(t, http.StatusOK, "")
		}
		refused := a.post(t, `not JSON, which nobody looks at`)
		refused.want(t, http.StatusTooManyRequests, "TooManyRequestsError")
		if refused.header.Get("Retry-After") == "" {
			t.Error("there is no Retry-After")
		}
		a.do(t, http.MethodGet, attributes, "", header("Authorization", "ApiKey "+other)).want(t, http.StatusOK, "")
		a.do(t, http.MethodGet, "/readyz", "").want(t, http.StatusOK, "")
	})
}

// TestRefusalsDoNotFillTheLog: anybody can send them by the thousand.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	storetest.EachWithSingle(t, func(t *testing.T, s *store.Store) {
		a := newAPI(t, s, server.Config{})
		const calls = 300
		start := time.Now()
		for range calls {
			a.do(t, http.MethodGet, attributes, "", header("Authorization", "")).want(t, http.StatusUnauthorized, "AuthorizationError")
		}
		most := 101 + int(time.Since(start).Seconds())
		told, untold := 0, 0
		for _, line := range a.log.lines(t, "request") {
			if line["level"] == "INFO" {
				told++
			} else {
				untold++
			}
		}
		if told < 100 || told > most || told+untold != calls {
			t.Errorf("%d refusals were told at info, and %d at debug", told, untold)
		}
	})
}
