package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"attributed/cmd/commandline"
	"attributed/server"
	"attributed/store"
)

type serveCommand struct {
	databaseFlag
	listenFlag
	Migrate        string `default:"auto" enum:"auto,off" placeholder:"MODE" help:"auto (bring the database to the newest migration first) or off (wait for attributed migrate up, and answer 503 until then); default ${default}."`
	Demo           bool   `help:"Fill an empty database with a demo organization, and print a request ready to paste."`
	MaxBody        size   `default:"5MiB" placeholder:"SIZE" help:"Largest body of a request, also after decompression; default ${default}."`
	RequestTimeout period `default:"10s" placeholder:"TIME" help:"Time for the database's part of a request; default ${default}."`
	Grace          period `default:"10s" placeholder:"TIME" help:"Time for running requests at shutdown; default ${default}."`
	Drain          delay  `default:"0s" placeholder:"TIME" help:"Time at shutdown in which /readyz answers 503 and all else as ever, for load balancers to see it; default ${default}."`
	replicaFlags
	lightdashFlags
	limitFlags
	adminFlag
	traceFlag
	wholeFlags

	CheckResponses       string  `default:"off" enum:"off,report,enforce" placeholder:"MODE" help:"Hold our own answers against the spec: off, report (log those that break it) or enforce (answer 500 instead); default ${default}."`
	CheckResponsesSample portion `default:"1" placeholder:"PART" help:"The part of the answers that report looks at, above 0 and up to 1; default ${default}."`

	LogLevel  string `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"debug, info, warn or error; default ${default}."`
	LogFormat string `default:"text" enum:"text,json" placeholder:"FORMAT" help:"text or json; default ${default}."`
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, std commandline.Streams) (err error) {
	log := c.logger(std.Log)
	beside, err := c.lightdashFlags.beside(c)
	if err != nil {
		return err
	}
	if err := c.replicaFlags.fit(c.Database); err != nil {
		return err
	}
	whole, err := c.wholeFlags.read(ctx, log)
	if err != nil {
		return err
	}
	listener, err := c.Listen.listen("--listen") // first: a start that fails for it has changed no database
	if err != nil {
		return err
	}
	defer listener.Close()
	admin, err := c.AdminListen.listen(log)
	if err != nil {
		return err
	}
	defer admin.stop()
	tracing, err := c.traceFlag.start(ctx, log)
	if err != nil {
		return err
	}
	defer tracing.stop(ctx)
	st, err := tracing.open(ctx, string(c.Database), log, beside)
	if err != nil {
		return c.Database.unusable(err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if beside == nil {
		if err := c.own(ctx, st, log); err != nil {
			return err
		}
	} else {
		log.InfoContext(ctx, "serving beside a Lightdash: nothing is made in its database", "database", c.Database.place(), "audit", toldWhere(st))
	}
	if err := c.replicaFlags.use(ctx, st, log); err != nil {
		return err
	}
	sweeping, stop := context.WithCancel(ctx)
	var swept sync.WaitGroup
	swept.Go(func() { st.KeepAnswersSwept(sweeping) })
	defer func() { stop(); swept.Wait() }()
	cfg := server.Config{
		MaxBody:        int64(c.MaxBody),
		RequestTimeout: time.Duration(c.RequestTimeout),
		Stopping:       ctx.Done(),
		Rest:           whole,

		CheckResponses:       server.ResponseCheck(c.CheckResponses),
		CheckResponsesSample: float64(c.CheckResponsesSample),

		Metrics:    admin.metrics(),
		Traces:     tracing.traces(),
		Propagator: tracing.callers(),
	}
	c.limitFlags.apply(&cfg)
	api, err := server.New(st, log, cfg)
	if err != nil {
		return err
	}
	if c.Demo {
		token, err := st.CreateToken(ctx, store.DemoEmail, "serve --demo", time.Now().Add(day))
		if err != nil {
			return err
		}
		printDemo(std.Out, address(listener.Addr().String()), token)
	}
	if err := admin.serve(api, st.NewestMigration()); err != nil {
		return err
	}
	c.collectSooner()
	log.InfoContext(ctx, "listening", "address", listener.Addr().String(), "admin", admin.String(), "database", c.Database.place(), "version", programVersion())
	return c.serve(ctx, listener, api, log)
}

// own makes a database of our own what it has to be.
func (c *serveCommand) own(ctx context.Context, st *store.Store, log *slog.Logger) error {
	if err := c.migrate(ctx, st, log); err != nil {
		return err
	}
	if c.Demo {
		if err := st.LoadDemo(ctx); err != nil {
			return fmt.Errorf("%s: %w", c.Database.place(), err)
		}
	}
	return nil
}

// migrate brings the schema that the program needs, or says why it does not.
func (c *serveCommand) migrate(ctx context.Context, st *store.Store, log *slog.Logger) error {
	database, program, err := st.SchemaVersion(ctx)
	switch {
	case err != nil:
		return err
	case database > program:
		log.InfoContext(ctx, "the database is newer than this program, which works on it all the same: migrations only add", "migration", database, "known", program)
		return st.CheckMigrated(ctx)
	case c.Migrate == "auto":
		return st.MigrateUp(ctx)
	case database == program:
		return nil
	case c.Demo:
		return st.CheckMigrated(ctx)
	}
	log.WarnContext(ctx, "waiting for attributed migrate up: until then every operation and /readyz answer 503", "migration", database, "needed", program)
	st.WaitForSchema()
	return nil
}

func (c *serveCommand) logger(w io.Writer) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	options := &slog.HandlerOptions{Level: level[c.LogLevel]}
	if c.LogFormat == "json" {
		options.ReplaceAttr = readableDuration
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// readableDuration writes a duration with its unit, as slog's text does: its JSON has
// bare nanoseconds.
func readableDuration(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// serve answers on listener until ctx ends and the drain is over, then lets running
// requests finish while new ones are refused.
func (c *serveCommand) serve(ctx context.Context, listener net.Listener, api http.Handler, log *slog.Logger) error {
	httpServer := &http.Server{
		Handler: api,

		DisableGeneralOptionsHandler: true, // OPTIONS * is the API's to answer, too

		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute, // a body of 5 MiB on a slow line
		WriteTimeout:      time.Minute + time.Duration(c.RequestTimeout) + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	listener = server.LimitConnections(listener, httpServer, c.connections(ctx, log))
	listener = server.WatchFraming(listener, httpServer)
	go func() { failed <- httpServer.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	if c.Drain > 0 {
		log.InfoContext(ctx, "draining", "drain", time.Duration(c.Drain))
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-time.After(time.Duration(c.Drain)):
		}
	}
	log.InfoContext(ctx, "stopping", "grace", time.Duration(c.Grace))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(c.Grace))
	defer cancel()
	if err := httpServer.Shutdown(ctx); err != nil {
		log.WarnContext(ctx, "requests cut off", "grace", time.Duration(c.Grace))
		return httpServer.Close()
	}
	return nil
}

// printDemo prints what a newcomer pastes into a shell. All of it may be pasted: the
// comments hold no quote, since zsh takes a comment that is typed for a command.
func printDemo(w io.Writer, listening address, token string) {
	fmt.Fprintf(w, `# The demo organization is there, and a token of its admin that is good for 24 hours.
# Pages to try the API, and to see and change who has which value, with this token: http://%s/docs http://%s/admin
# To create a user attribute, paste the next line into another terminal:
curl -sS -w '\n' http://%s/api/v1/org/attributes -H 'Authorization: ApiKey %s' -H 'Content-Type: application/json' -d '{"name":"sales_region","description":"Where a person sells","attributeDefault":null,"users":[{"userUuid":"%s","value":"EMEA"}],"groups":[{"groupUuid":"%s","value":"AMER"}]}'
`, listening.reachable(), listening.reachable(), listening.reachable(), token, store.DemoUserUUID, store.DemoOtherGroupUUID)
}
