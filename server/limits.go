package server

import (
	"cmp"
	"crypto/sha256"
	"math"
	"net"
	"net/netip"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// Rate is how often something may happen: Count times in each Per, and Burst times at once
// by who has not done it lately. Without a Count there is no limit.
type Rate struct {
	Count int
	Per   time.Duration
	Burst int // 0 is Count
}

func (r Rate) limiter() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(r.Count)/r.Per.Seconds()), cmp.Or(r.Burst, r.Count))
}

// wait is how long it takes until a limiter that has so many tokens left lets another through.
func wait(l *rate.Limiter, tokens float64) time.Duration {
	return time.Duration(math.Ceil((1 - tokens) / float64(l.Limit()) * float64(time.Second)))
}

const (
	// rememberedAddresses bounds the memory for addresses that tokens were rejected from,
	// to some 5 MB.
	rememberedAddresses = 20_000

	// acceptedFor is how long a token that was accepted is known to be no made-up one.
	acceptedFor = time.Hour

	// acceptedTokens bounds the memory for those, to some 5 MB.
	acceptedTokens = 20_000
)

// limits bounds how often tokens are rejected and used.
type limits struct {
	reject, use Rate
	now         func() time.Time
	addresses   *lru.Cache[netip.Prefix, *rejections]
	accepted    *lru.Cache[[sha256.Size]byte, *acceptance] // by a token's hash
}

// rejections is what is known of an address. Look-ups that go on count as if they were to
// end badly: else as many as there are connections could go on at once.
type rejections struct {
	mu      sync.Mutex
	limiter *rate.Limiter
	pending int
}

// acceptance is what is known of a token that was accepted.
type acceptance struct {
	until time.Time
	uses  *rate.Limiter // nil: there is no limit
}

func newLimits(cfg Config) (*limits, error) {
	addresses, err := lru.New[netip.Prefix, *rejections](rememberedAddresses)
	if err != nil {
		return nil, err
	}
	accepted, err := lru.New[[sha256.Size]byte, *acceptance](acceptedTokens)
	return &limits{reject: cfg.RejectLimit, use: cfg.RateLimit, now: time.Now, addresses: addresses, accepted: accepted}, err
}

// admit decides whether a token that comes from an address may be looked up. It returns what
// must be called once that is done, with the error that it ended in; an error is the answer to the request.
// A token that was accepted lately is always looked up, unless it has used up its rate: who
// shares an address with somebody else must not suffer from their made-up tokens.
func (l *limits) admit(address, token string) (done func(error), err error) {
	hash := sha256.Sum256([]byte(token))
	now := l.now()
	if known, ok := l.accepted.Get(hash); ok && now.Before(known.until) {
		if known.uses != nil && !known.uses.AllowN(now, 1) {
			return nil, tooMany(limitRate, "This token is used more often than it may be; try again later.", wait(known.uses, known.uses.TokensAt(now)))
		}
		return func(err error) { l.learn(hash, known.uses, err) }, nil
	}
	from, err := l.from(address, now)
	if err != nil {
		return nil, err
	}
	return func(err error) {
		from.end(l.now(), isUnauthenticated(err))
		var uses *rate.Limiter
		if l.use.Count > 0 {
			uses = l.use.limiter()
			uses.AllowN(l.now(), 1)
		}
		l.learn(hash, uses, err)
	}, nil
}

// learn keeps how a look-up ended; one that failed says nothing of the token.
func (l *limits) learn(hash [sha256.Size]byte, uses *rate.Limiter, err error) {
	switch {
	case err == nil:
		l.accepted.Add(hash, &acceptance{l.now().Add(acceptedFor), uses})
	case isUnauthenticated(err):
		l.accepted.Remove(hash)
	}
}

// from begins a look-up for an address, or returns the answer to one that had too many
// tokens rejected.
func (l *limits) from(address string, now time.Time) (*rejections, error) {
	if l.reject.Count == 0 {
		return &rejections{}, nil
	}
	network := networkOf(address)
	r, known := l.addresses.Get(network)
	if !known {
		r = &rejections{limiter: l.reject.limiter()}
		if earlier, there, _ := l.addresses.PeekOrAdd(network, r); there {
			r = earlier
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if left := r.limiter.TokensAt(now) - float64(r.pending); left < 1 {
		return nil, tooMany(limitRejectedTokens, "Too many tokens from this address were rejected; try again later.", wait(r.limiter, left))
	}
	r.pending++
	return r, nil
}

// end ends a look-up.
func (r *rejections) end(now time.Time, rejected bool) {
	if r.limiter == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending--
	if rejected {
		r.limiter.AllowN(now, 1)
	}
}

// networkOf is what an address is counted as: one of IPv6 as its /64, of which a single host
// has all addresses.
func networkOf(address string) netip.Prefix {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{} // all that cannot be told apart is one
	}
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	network, _ := ip.Prefix(bits) // so many bits there always are
	return network
}

// addressOf returns how to find the address that a request comes from: that of the
// connection, or what the proxies of these networks say in X-Forwarded-For.
func addressOf(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, network := range trusted {
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: network.Addr().AsSlice(), Mask: net.CIDRMask(network.Bits(), network.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
