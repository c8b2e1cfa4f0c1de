package server

import (
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"attributed/store"
)

// metrics is what an operator can watch. A label is one of a few words that stand in our code or
// in the spec; none holds a path, a token or a value, which anybody can send any number of.
// A nil one measures nothing.
type metrics struct {
	routes   routes
	requests *prometheus.HistogramVec // by operation and class of status
	inFlight prometheus.Gauge
	refused  *prometheus.CounterVec // by limit
}

// newMetrics registers all metrics of a server. It fails where one of their names is taken.
func newMetrics(registry prometheus.Registerer, s *Server, routes routes) (*metrics, error) {
	m := &metrics{
		routes: routes,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "attributed_http_request_duration_seconds",
			Help: "Time from a request's headers to the end of its answer, by operationId (none: what is no operation, as probes and pages) and class of status.",

			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},

			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  100,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"operation", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "attributed_http_requests_in_flight",
			Help: "Requests that are being answered.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "attributed_http_requests_refused_total",
			Help: "Requests refused for a limit: rejected_tokens and rate (429), body_memory and lists (503).",
		}, []string{"limit"}),
	}
	for _, limit := range []string{limitRejectedTokens, limitRate, limitBodyMemory, limitLists} {
		m.refused.WithLabelValues(limit) // there from the start, so that the first is seen as one more
	}
	return m, errors.Join(
		registry.Register(m.requests),
		registry.Register(m.inFlight),
		registry.Register(m.refused),
		registry.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "attributed_responses_checked_total",
			Help: "Answers that were held against the spec, see --check-responses.",
		}, func() float64 { return float64(s.responses.checked.Load()) })),
		registry.Register(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "attributed_responses_broken_total",
			Help: "Answers that were found to break the spec.",
		}, func() float64 { return float64(s.responses.broken.Load()) })),
		registry.Register(storeMetrics{s.store}),
	)
}

// The limits that a request is refused for.
const (
	limitRejectedTokens = "rejected_tokens"
	limitRate           = "rate"
	limitBodyMemory     = "body_memory"
	limitLists          = "lists"
)

// refuse counts an answer that was given for a limit's sake; "" is none.
func (m *metrics) refuse(limit string) {
	if m != nil && limit != "" {
		m.refused.WithLabelValues(limit).Inc()
	}
}

// measure times a request. It stands outside of whatever answers it.
func (m *metrics) measure(next echo.HandlerFunc) echo.HandlerFunc {
	if m == nil {
		return next
	}
	return func(c echo.Context) error {
		start := time.Now()
		m.inFlight.Inc()
		defer func() {
			m.inFlight.Dec()
			operation := "none"
			if op := m.routes.of(c); op != nil {
				operation = op.route.Operation.OperationID
			}
			class := fmt.Sprintf("%dxx", c.Response().Status/100)
			m.requests.WithLabelValues(operation, class).Observe(time.Since(start).Seconds())
		}()
		return next(c)
	}
}

// storeMetrics are the metrics of a database.
type storeMetrics struct{ store *store.Store }

// storeMetric is one of them: its values by its label's, or one by "" where it has no label.
type storeMetric struct {
	description *prometheus.Desc
	kind        prometheus.ValueType
	values      func(store.Stats) map[string]float64
}

var allStoreMetrics = []storeMetric{
	{
		prometheus.NewDesc("attributed_token_cache_requests_total", "Tokens asked for, by result: hit (looked up within the last 2 seconds) or miss (looked up in the database now).", []string{"result"}, nil),
		prometheus.CounterValue,
		func(s store.Stats) map[string]float64 {
			return map[string]float64{"hit": float64(s.TokenHits), "miss": float64(s.TokenMisses)}
		},
	},
	{
		prometheus.NewDesc("attributed_token_hashes_total", "Tokens that were hashed with bcrypt, beside a Lightdash: those that are not known, some 50 ms each.", nil, nil),
		prometheus.CounterValue,
		func(s store.Stats) map[string]float64 { return map[string]float64{"": float64(s.TokenHashes)} },
	},
	{
		prometheus.NewDesc("attributed_database_errors_total", "Calls that failed for the database's sake, by kind: timeout, canceled (the client had gone), full (no room on the disk), unavailable (all other outages) or unexpected (a bug).", []string{"kind"}, nil),
		prometheus.CounterValue,
		func(s store.Stats) map[string]float64 {
			kinds := map[string]float64{}
			for kind, count := range s.Failures {
				kinds[kind] = float64(count)
			}
			return kinds
		},
	},
	{
		prometheus.NewDesc("attributed_database_retries_total", "Transactions that the database broke off for another's sake, and that were run again.", nil, nil),
		prometheus.CounterValue,
		func(s store.Stats) map[string]float64 { return map[string]float64{"": float64(s.Retries)} },
	},
	{
		prometheus.NewDesc("attributed_database_reads_total", "Reads of attributes that --database-read is for, by who answered: replica, or primary where no replica might be asked or could answer.", []string{"from"}, nil),
		prometheus.CounterValue,
		func(s store.Stats) map[string]float64 {
			reads := map[string]float64{}
			for from, count := range s.ReadsFrom {
				reads[from] = float64(count)
			}
			return reads
		},
	},
	{
		prometheus.NewDesc("attributed_primary_reachable", "Whether the primary of the replicas can be reached.", nil, nil),
		prometheus.GaugeValue,
		func(s store.Stats) map[string]float64 {
			if s.Replicas == nil {
				return nil
			}
			return map[string]float64{"": oneIf(!s.PrimaryAway)}
		},
	},
	replicaMetric("attributed_replica_usable", "Whether a replica may be asked: it answers, follows the primary, and is no further behind than --max-lag.", prometheus.GaugeValue,
		func(r store.ReplicaStats) float64 { return oneIf(r.Usable) }),
	replicaMetric("attributed_replica_lag_seconds", "How far a replica is behind at the most, to a fraction of a second; +Inf where that is not known, as where it does not answer.", prometheus.GaugeValue,
		func(r store.ReplicaStats) float64 { return r.Lag }),
	replicaMetric("attributed_replica_reads_failed_total", "Reads that a replica was asked for and did not answer, so that the primary did.", prometheus.CounterValue,
		func(r store.ReplicaStats) float64 { return float64(r.Failed) }),
	poolMetric("attributed_database_connections_max", "Connections that there may be to the database, by pool.", prometheus.GaugeValue,
		func(p store.PoolStats) float64 { return float64(p.Most) }),
	poolMetric("attributed_database_connections_open", "Connections that there are to the database, by pool.", prometheus.GaugeValue,
		func(p store.PoolStats) float64 { return float64(p.Open) }),
	poolMetric("attributed_database_connections_in_use", "Connections to the database that somebody has, by pool.", prometheus.GaugeValue,
		func(p store.PoolStats) float64 { return float64(p.InUse) }),
	poolMetric("attributed_database_connections_waiting", "Calls that wait for a connection to the database, by pool.", prometheus.GaugeValue,
		func(p store.PoolStats) float64 { return float64(p.Waiting) }),
	poolMetric("attributed_database_connection_waits_total", "Waits for a connection to the database, by pool.", prometheus.CounterValue,
		func(p store.PoolStats) float64 { return float64(p.Waits) }),
	poolMetric("attributed_database_connection_wait_seconds_total", "Time of the waits for a connection to the database together, by pool.", prometheus.CounterValue,
		func(p store.PoolStats) float64 { return p.WaitTime.Seconds() }),
}

// oneIf is how Prometheus has what is so.
func oneIf(so bool) float64 {
	if so {
		return 1
	}
	return 0
}

// replicaMetric is a number of each replica.
func replicaMetric(name, help string, kind prometheus.ValueType, of func(store.ReplicaStats) float64) storeMetric {
	return storeMetric{prometheus.NewDesc(name, help, []string{"replica"}, nil), kind, func(s store.Stats) map[string]float64 {
		replicas := map[string]float64{}
		for place, replica := range s.Replicas {
			replicas[place] = of(replica)
		}
		return replicas
	}}
}

// poolMetric is a number of each pool.
func poolMetric(name, help string, kind prometheus.ValueType, of func(store.PoolStats) float64) storeMetric {
	return storeMetric{prometheus.NewDesc(name, help, []string{"pool"}, nil), kind, func(s store.Stats) map[string]float64 {
		pools := map[string]float64{}
		for name, pool := range s.Pools {
			pools[name] = of(pool)
		}
		return pools
	}}
}

// Describe implements [prometheus.Collector].
func (storeMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, metric := range allStoreMetrics {
		descriptions <- metric.description
	}
}

// Collect implements [prometheus.Collector].
func (m storeMetrics) Collect(collected chan<- prometheus.Metric) {
	stats := m.store.Stats()
	for _, metric := range allStoreMetrics {
		for label, value := range metric.values(stats) {
			var labels []string
			if label != "" {
				labels = []string{label}
			}
			collected <- prometheus.MustNewConstMetric(metric.description, metric.kind, value, labels...)
		}
	}
}
