package store

import (
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// deadAfter is when a connection is given up whose other end acknowledges nothing, as where its host
// was lost or cut off: by the kernel's own rules that takes a quarter of an hour for what was sent, and
// two hours where nothing was.
const deadAfter = 10 * time.Second

// dialer notices within deadAfter that the other end is gone. It says so to the kernel: as options of
// the URL these would be the server's parameters, of which PgBouncer refuses those that it does not know.
var dialer = net.Dialer{
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadAfter / 2, Interval: deadAfter / 10, Count: 5},
	Control:         limitUnacknowledged,
}

// places returns how many hosts config has, each with its port.
func places(config *pgconn.Config) int {
	type place struct {
		host string
		port uint16
	}
	all := map[place]bool{{config.Host, config.Port}: true}
	for _, other := range config.Fallbacks { // the same host comes twice where TLS is only preferred
		all[place{other.Host, other.Port}] = true
	}
	return len(all)
}

// connectTimeout is how long one of so many hosts may take to connect: of several the next one is to
// be asked while a call still waits for it.
func connectTimeout(hosts int) time.Duration {
	if hosts > 1 {
		return 2 * time.Second
	}
	return 5 * time.Second
}
