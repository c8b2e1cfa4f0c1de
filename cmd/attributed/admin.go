package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// adminFlag is for what operators alone see.
type adminFlag struct {
	AdminListen adminAddress `default:"off" placeholder:"HOST:PORT" help:"Where operators ask for /metrics, /livez, /readyz, /version and /debug/pprof, without a token: no address for everybody; off is nowhere; default ${default}."`
}

// adminAddress is where an adminPort listens: off, or an address.
type adminAddress string

const adminOff adminAddress = "off"

// Validate is called by kong.
func (a adminAddress) Validate() error {
	if a == adminOff || address(a).Validate() == nil {
		return nil
	}
	return errors.New("write HOST:PORT, as in 127.0.0.1:9464, or off")
}

// adminPort is what operators ask, on a listener of its own: it tells of all organizations'
// requests, and asks for no token. A nil one is off, and does nothing.
type adminPort struct {
	listener net.Listener
	registry *prometheus.Registry
	web      *http.Server
	log      *slog.Logger
}

// listen takes the port, so that a start that fails for it has done nothing else.
func (a adminAddress) listen(log *slog.Logger) (*adminPort, error) {
	if a == adminOff {
		return nil, nil
	}
	listener, err := address(a).listen("--admin-listen")
	if err != nil {
		return nil, err
	}
	return &adminPort{listener: listener, registry: prometheus.NewRegistry(), log: log}, nil
}

// String returns where it listens.
func (p *adminPort) String() string {
	if p == nil {
		return string(adminOff)
	}
	return p.listener.Addr().String()
}

// metrics returns where what is measured is registered, nil where nothing is to be.
func (p *adminPort) metrics() prometheus.Registerer {
	if p == nil {
		return nil
	}
	return p.registry
}

// serve answers until stop. The probes are api's own.
func (p *adminPort) serve(api http.Handler, migration int64) error {
	if p == nil {
		return nil
	}
	running, err := runningVersions(migration)
	if err != nil {
		return err
	}
	err = errors.Join(
		p.registry.Register(collectors.NewGoCollector()),
		p.registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
		p.registry.Register(running.metric()),
	)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelError)}))
	mux.Handle("GET /livez", api)
	mux.Handle("GET /readyz", api)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(running)
	})
	// All of pprof but cmdline: the command line may have the database's password.
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	p.web = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := p.web.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("the admin port has failed", "error", err)
		}
	}()
	return nil
}

// stop closes the port, and cuts off whoever asks.
func (p *adminPort) stop() {
	switch {
	case p == nil:
	case p.web == nil:
		p.listener.Close()
	default:
		p.web.Close()
	}
}
