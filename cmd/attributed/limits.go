package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"attributed/server"
)

// limitFlags keep one client from taking what all need.
type limitFlags struct {
	RejectLimit    limit     `default:"60:200" placeholder:"COUNT[:BURST]" help:"Tokens a minute that may be rejected for one address, after so many at once; beyond, its calls get 429 without a look-up, but for tokens that were accepted lately; off is no limit; default ${default}."`
	RateLimit      limit     `default:"off" placeholder:"COUNT[:BURST]" help:"Calls a second for each token, after so many at once; off is no limit; default ${default}."`
	TrustedProxies []network `placeholder:"CIDR" help:"Networks of the proxies in front, whose X-Forwarded-For says where a call comes from; default: nobody's is believed."`
	MaxBodyMemory  size      `default:"64MiB" placeholder:"SIZE" help:"Memory for the bodies of all requests together; default ${default}."`
	MaxConnections count     `default:"4000" placeholder:"COUNT" help:"Connections at a time; for one more, an idle one is closed, or it waits; default ${default}."`
}

// apply puts the limits into a server's configuration.
func (f *limitFlags) apply(cfg *server.Config) {
	cfg.RejectLimit, cfg.RateLimit = f.RejectLimit.per(time.Minute), f.RateLimit.per(time.Second)
	cfg.MaxBodyMemory = int64(f.MaxBodyMemory)
	for _, n := range f.TrustedProxies {
		cfg.TrustedProxies = append(cfg.TrustedProxies, netip.Prefix(n))
	}
}

// roomForAllElse is for what connections and requests hold beside their bodies, and for garbage, in bytes.
const roomForAllElse = 128 << 20

// collectSooner has Go collect what bodies gave back before memory grows beyond what the process has now and
// twice what they may hold together, or roomForAllElse if that is more: left alone, it lets garbage come to
// as much again as what is held. Where GOMEMLIMIT is set, that is what holds.
func (f *limitFlags) collectSooner() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	var has runtime.MemStats
	runtime.ReadMemStats(&has)
	debug.SetMemoryLimit(int64(has.Sys-has.HeapReleased) + max(2*int64(f.MaxBodyMemory), roomForAllElse))
}

// otherFiles is room for the files and connections of the database, and what else a process has open.
const otherFiles = 100

// connections returns how many connections there may be: no more than the process may have files open,
// since without any left nobody gets in at all.
func (f *limitFlags) connections(ctx context.Context, log *slog.Logger) int {
	most := int(f.MaxConnections)
	if files := openFiles(); files > 0 && uint64(most)+otherFiles > files {
		most = max(int(files)-otherFiles, 1)
		log.WarnContext(ctx, "fewer connections than --max-connections, since the process may have no more files open", "connections", most, "files", files)
	}
	return most
}

// limit is how often something may happen; a zero one is no limit.
type limit struct{ count, burst int }

func (l limit) per(period time.Duration) server.Rate {
	return server.Rate{Count: l.count, Per: period, Burst: l.burst}
}

// UnmarshalText reads COUNT, COUNT:BURST or off.
func (l *limit) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*l = limit{}
		return nil
	}
	each, burst, both := strings.Cut(string(text), ":")
	if !both {
		burst = each
	}
	var read [2]count
	if read[0].UnmarshalText([]byte(each)) != nil || read[1].UnmarshalText([]byte(burst)) != nil {
		return errors.New("write COUNT or COUNT:BURST, as in 60:200, or off")
	}
	*l = limit{int(read[0]), int(read[1])}
	return nil
}

func (l limit) String() string {
	if l == (limit{}) {
		return "off"
	}
	return fmt.Sprintf("%d:%d", l.count, l.burst)
}

// count is a whole number above zero.
type count int

// UnmarshalText reads a number in decimal.
func (c *count) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 31)
	if err != nil || n == 0 {
		return errors.New("write a whole number above 0")
	}
	*c = count(n)
	return nil
}

// network is a range of addresses.
type network netip.Prefix

// UnmarshalText reads CIDR notation, or one address.
func (n *network) UnmarshalText(text []byte) error {
	prefix, err := netip.ParsePrefix(string(text))
	if address, failed := netip.ParseAddr(string(text)); failed == nil {
		prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	if err != nil {
		return errors.New("write networks as in 10.0.0.0/8,2001:db8::/32")
	}
	*n = network(prefix)
	return nil
}

func (n network) String() string { return netip.Prefix(n).String() }
