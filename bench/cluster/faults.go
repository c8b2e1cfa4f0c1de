package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	psutil "github.com/shirou/gopsutil/v4/process"
)

// unavailable is the one status of calls that cannot be carried out now.
var unavailable = []int{http.StatusServiceUnavailable}

// faults are all there are, or those of asynchronous replicas.
func faults(async bool) []*fault {
	if async {
		return []*fault{
			asynchronous(cutOff("host of the primary cut off, asynchronous", "primary", bothWays)),
			asynchronous(cutOff("primary cut off from its replicas, not from callers, asynchronous", "primary", fromReplicas)),
		}
	}
	return []*fault{
		{name: "switchover, planned", short: true, begin: switchover, may: unavailable},
		{name: "primary killed (kill -9)", short: true, begin: killPrimary, may: unavailable, within: afterKill},
		{name: "rolling restart of all attributed", short: true, begin: restartServers},
		killServer(),
		cutOff("host of the primary cut off", "primary", bothWays),
		cutOff("host of the primary hears nothing", "primary", hearsNothing),
		cutOff("host of the primary is not heard", "primary", isNotHeard),
		cutOff("host of the synchronous replica cut off", "synchronous", bothWays),
		killEtcd(),
		{name: "all HAProxy reloaded", begin: reloadHAProxy},
		{name: "PgBouncer restarted", begin: restartPgBouncer, may: unavailable},
		fillDisk(),
		holdBack(),
		mistime(),
	}
}

// switchover asks Patroni for another primary.
func switchover(ctx context.Context, c *cluster) error {
	p, err := c.databaseThatIs("primary")
	if err != nil {
		return err
	}
	return c.switchTo(ctx, p, nil)
}

// switchTo makes next the primary instead of p; nil is whoever Patroni chooses.
func (c *cluster) switchTo(ctx context.Context, p, next *database) error {
	order := map[string]string{"leader": p.letter}
	if next != nil {
		order["candidate"] = next.letter
	}
	return c.order(ctx, p, http.MethodPost, "switchover", order)
}

// order has the Patroni of d do something.
func (c *cluster) order(ctx context.Context, d *database, method, what string, how any) error {
	body, err := json.Marshal(how)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+d.host.address+":8008/"+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth("patroni", c.password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %s", what, response.Status, said)
	}
	return err
}

// killPrimary ends the primary's PostgreSQL, all processes at once.
func killPrimary(ctx context.Context, c *cluster) error {
	p, err := c.databaseThatIs("primary")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(p.folder, "15", "main", "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	postmaster, err := psutil.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return err
	}
	children, err := postmaster.ChildrenWithContext(ctx)
	if err != nil {
		return err
	}
	for _, one := range append([]*psutil.Process{postmaster}, children...) {
		if err := syscall.Kill(int(one.Pid), syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			return err
		}
	}
	return nil
}

// restartServers restarts one attributed after the other, as docs/operating.md has it.
func restartServers(ctx context.Context, c *cluster) error {
	for _, s := range c.servers {
		if err := s.main.end(ctx, syscall.SIGTERM); err != nil {
			return err
		}
		if err := s.main.start(); err != nil {
			return err
		}
		if err := c.served(ctx, len(c.servers)); err != nil {
			return err
		}
	}
	return nil
}

// killServer kills one attributed, another each time.
func killServer() *fault {
	n := -1
	return &fault{name: "one attributed killed (kill -9)", lasts: 5 * time.Second,
		may: []int{0, http.StatusBadGateway, http.StatusServiceUnavailable}, // what was on its way there
		begin: func(ctx context.Context, c *cluster) error {
			n++
			return c.servers[n%len(c.servers)].main.end(ctx, syscall.SIGKILL)
		},
		end: func(_ context.Context, c *cluster) error { return c.servers[n%len(c.servers)].main.start() }}
}
