package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"attributed/cmd/commandline"
	"attributed/contract"
	"attributed/contract/proxy"
)

// Run passes requests on until ctx ends, then reports.
func (c *contractProxyCommand) Run(ctx context.Context, std commandline.Streams) error {
	spec, err := c.read()
	if err != nil {
		return err
	}
	if err := c.ready(); err != nil {
		return err
	}
	screen := isTerminal(std.Log)
	cfg := proxy.Config{Upstream: c.Upstream, Spec: spec, BasePath: c.BasePath, Enforce: c.Enforce, MaxBody: int64(c.MaxBody)}
	if !screen {
		cfg.OnFinding = func(f contract.Finding) { fmt.Fprintf(std.Log, "%s: %s %s\n", f.Class, f.Operation, f.Fault) }
	}
	proxy, err := proxy.New(cfg)
	if err != nil {
		return commandline.UsageError{Err: err}
	}
	listener, err := c.Listen.listen("--listen")
	if err != nil {
		return err
	}
	defer listener.Close()
	told := fmt.Sprintf("Send requests to http://%s; they go on to %s. Ctrl-C ends it and prints the report.\n", listener.Addr(), c.Upstream)
	if _, err := io.WriteString(std.Out, told); err != nil { // whoever starts it with port 0 reads it there
		return err
	}
	show := func() error { return nil }
	if screen {
		show = func() error {
			if _, err := io.WriteString(std.Log, "\033[H\033[2J"+told); err != nil { // the top of an empty screen
				return err
			}
			return proxy.Report().WriteSummary(std.Log)
		}
	}
	if err := c.serve(ctx, listener, proxy, show); err != nil {
		return err
	}
	result := proxy.Report()
	if err := errors.Join(c.write(std.Out, result), result.WriteSummary(std.Out)); err != nil {
		return err
	}
	return outcome(result, c.Fail, c.Strict)
}

// serve serves until ctx ends, and then lets running requests finish. Once a second it
// shows how things stand, as long as that works.
func (c *contractProxyCommand) serve(ctx context.Context, listener net.Listener, proxy *proxy.Proxy, show func() error) error {
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	refresh := time.NewTicker(time.Second)
	defer refresh.Stop()
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("proxy: %w", err)
		case <-refresh.C:
			if show() != nil {
				refresh.Stop()
			}
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if server.Shutdown(ctx) != nil {
				return server.Close()
			}
			return nil
		}
	}
}
