package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// killEtcd kills the leader of etcd, which is started again after a while.
func killEtcd() *fault {
	var killed *database
	return &fault{name: "leader of etcd killed (kill -9)", lasts: 10 * time.Second,
		begin: func(ctx context.Context, c *cluster) (err error) {
			if killed, err = c.etcdLeader(); err != nil {
				return err
			}
			return killed.etcd.end(ctx, syscall.SIGKILL)
		},
		end: func(context.Context, *cluster) error { return killed.etcd.start() }}
}

// etcdLeader is the host whose etcd says that it leads.
func (c *cluster) etcdLeader() (*database, error) {
	for _, d := range c.databases {
		response, err := asker.Post("http://"+d.host.address+":2379/v3/maintenance/status", "application/json", strings.NewReader("{}"))
		if err != nil {
			continue
		}
		var state struct {
			Leader string
			Header struct {
				Member string `json:"member_id"`
			}
		}
		err = json.NewDecoder(response.Body).Decode(&state)
		response.Body.Close()
		if err == nil && response.StatusCode == http.StatusOK && state.Leader == state.Header.Member {
			return d, nil
		}
	}
	return nil, fmt.Errorf("etcd has no leader")
}

// reloadHAProxy reloads all of them, as systemctl reload does.
func reloadHAProxy(_ context.Context, c *cluster) error {
	all := []*part{c.proxy}
	for _, s := range c.servers {
		if s.haproxy != nil {
			all = append(all, s.haproxy)
		}
	}
	for _, one := range all {
		if err := one.send(syscall.SIGUSR2); err != nil {
			return err
		}
	}
	return nil
}

// restartPgBouncer restarts it as systemctl restart does: it ends once nobody is in a transaction.
func restartPgBouncer(ctx context.Context, c *cluster) error {
	for _, s := range c.servers {
		if s.pgbouncer == nil {
			continue
		}
		if err := s.pgbouncer.end(ctx, syscall.SIGINT); err != nil {
			return err
		}
		if err := s.pgbouncer.start(); err != nil {
			return err
		}
	}
	return nil
}
