package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"attributed/bench/program"
	"attributed/store/storetest/postgres"
)

// cluster is all hosts with what runs on them.
type cluster struct {
	logs      string
	deploy    string // the folder of the configuration
	progress  io.Writer
	binaries  string // PostgreSQL's
	password  string // of every role
	databases []*database
	servers   []*server
	proxy     *part
	token     string // of the organization's admin
	load      load

	asynchronous bool // changes wait for no replica
}

// server is a host of attributed's, with what it goes through to the primary.
type server struct {
	host               *host
	haproxy, pgbouncer *part // on the way, or nil
	main               *part
}

var databaseAddresses = [...]string{"10.0.1.1", "10.0.1.2", "10.0.1.3"}

// front is where HAProxy answers for all attributed.
const front = "10.0.0.10"

// start makes the hosts, starts all parts and returns once everything works. What it started ends with the namespaces.
func start(ctx context.Context, logs string, progress io.Writer) (*cluster, error) {
	root, err := program.Root(ctx)
	if err != nil {
		return nil, err
	}
	c := &cluster{logs: logs, deploy: filepath.Join(root, "deploy"), progress: progress, password: rand.Text()}
	found, err := postgres.Binaries()
	if err != nil {
		return nil, err
	}
	initdb, err := filepath.EvalSymlinks(filepath.Join(found, "initdb")) // beside which the others are
	if err != nil {
		return nil, err
	}
	c.binaries = filepath.Dir(initdb)
	old, err := filepath.Glob(filepath.Join(logs, "*.log"))
	if err != nil {
		return nil, err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	for i, letter := range []string{"a", "b", "c"} {
		c.databases = append(c.databases, c.newDatabase(letter, databaseAddresses[i]))
		s, err := c.newServer(i, &host{"server-" + letter, fmt.Sprintf("10.0.0.%d", i+1)})
		if err != nil {
			return nil, err
		}
		c.servers = append(c.servers, s)
	}
	proxy := &host{"proxy", front}
	c.proxy = &part{host: proxy, name: "haproxy", log: logs, argv: []string{"haproxy", "-W", "-db", "-f", filepath.Join(c.deploy, "haproxy.cfg")}}
	if err := network(ctx, c.hosts()); err != nil {
		return nil, noNamespaces(err)
	}
	c.tell("starting three PostgreSQL")
	for _, d := range c.databases {
		if err := d.start(ctx); err != nil {
			return nil, err
		}
	}
	if err := c.whole(ctx); err != nil {
		return nil, err
	}
	if err := c.fill(ctx); err != nil {
		return nil, err
	}
	c.tell("starting three attributed")
	for _, s := range c.servers {
		for _, p := range []*part{s.haproxy, s.pgbouncer, s.main} {
			if p == nil {
				continue
			}
			if err := p.start(); err != nil {
				return nil, err
			}
		}
	}
	if err := c.proxy.start(); err != nil {
		return nil, err
	}
	return c, c.served(ctx, len(c.servers))
}

func (c *cluster) tell(format string, values ...any) {
	fmt.Fprintf(c.progress, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, values...))
}

// bases are all attributed's, past HAProxy.
func (c *cluster) bases() (all []string) {
	for _, s := range c.servers {
		all = append(all, "http://"+s.host.address+":8080")
	}
	return all
}

func (c *cluster) hosts() []*host {
	all := []*host{c.proxy.host}
	for _, d := range c.databases {
		all = append(all, d.host)
	}
	for _, s := range c.servers {
		all = append(all, s.host)
	}
	return all
}

// newServer gives each its own way to the primary: the first asks all hosts, the second has HAProxy
// beside it, the third PgBouncer before that.
func (c *cluster) newServer(i int, h *host) (*server, error) {
	s := &server{host: h}
	address := "10.0.1.1,10.0.1.2,10.0.1.3/attributed?target_session_attrs=read-write&sslmode=disable&connect_timeout=1"
	if i > 0 {
		address = "127.0.0.1:5432/attributed"
		s.haproxy = &part{host: h, name: "haproxy", log: c.logs, argv: []string{"haproxy", "-W", "-db", "-f", filepath.Join(c.deploy, "haproxy-primary.cfg")}}
	}
	if i > 1 {
		address = "127.0.0.1:6432/attributed?default_query_exec_mode=exec"
		users := filepath.Join(files, "userlist.txt")
		if err := os.WriteFile(users, fmt.Appendf(nil, "\"attributed\" %q\n", c.password), 0o644); err != nil {
			return nil, err
		}
		text, err := os.ReadFile(filepath.Join(c.deploy, "pgbouncer.ini"))
		if err != nil {
			return nil, err
		}
		file := filepath.Join(files, "pgbouncer.ini")
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "/etc/pgbouncer/userlist.txt", users)), 0o644); err != nil {
			return nil, err
		}
		s.pgbouncer = &part{host: h, name: "pgbouncer", log: c.logs, user: "postgres", argv: []string{"pgbouncer", file}, onFailure: true}
	}
	s.main = &part{host: h, name: "attributed", log: c.logs,
		argv: []string{filepath.Join(c.logs, "attributed"), "serve", "--migrate=off", "--drain=5s", "--reads-without-primary=30s"},
		env: []string{"ATTRIBUTED_LISTEN=" + h.address + ":8080", "ATTRIBUTED_DATABASE=postgres://attributed:" + c.password + "@" + address,
			"ATTRIBUTED_DATABASE_READ=postgres://attributed:" + c.password + "@10.0.1.1,10.0.1.2,10.0.1.3/attributed"}}
	return s, nil
}

// fill makes attributed's role and database, and the demo organization.
func (c *cluster) fill(ctx context.Context) error {
	primary, err := c.databaseThatIs("primary")
	if err != nil {
		return err
	}
	connection, err := pgx.Connect(ctx, fmt.Sprintf("postgres://postgres:%s@%s/postgres", c.password, primary.host.address))
	if err != nil {
		return err
	}
	defer connection.Close(ctx)
	for _, statement := range []string{"CREATE ROLE attributed LOGIN PASSWORD '" + c.password + "'", "CREATE DATABASE attributed OWNER attributed", "GRANT pg_read_all_stats TO attributed"} {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return err
		}
	}
	c.token, err = program.Fill(ctx, fmt.Sprintf("postgres://attributed:%s@%s/attributed", c.password, primary.host.address))
	return err
}

// wait asks until what it asks for is so, and names it if that takes too long.
func wait(ctx context.Context, what string, so func() (bool, error)) error {
	ctx, stop := context.WithTimeoutCause(ctx, 3*time.Minute, fmt.Errorf("in three minutes it did not come to %s", what))
	defer stop()
	for every := time.NewTicker(200 * time.Millisecond); ; {
		if done, err := so(); done || err != nil {
			return err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// restart starts what has ended by itself, as systemd would: attributed whose start failed for want of a
// primary. PgBouncer, whose 1.18 may end at the end of a canceled statement, is started again at once, see onFailure.
func (s *server) restart() error {
	for _, p := range []*part{s.haproxy, s.main} {
		if p != nil && p.gone() {
			if err := p.start(); err != nil {
				return err
			}
		}
	}
	return nil
}

// asker asks parts for how they are.
var asker = &http.Client{Timeout: 2 * time.Second}

// served waits until HAProxy sends requests to so many attributed.
func (c *cluster) served(ctx context.Context, want int) error {
	return wait(ctx, fmt.Sprintf("%d attributed behind HAProxy", want), func() (bool, error) {
		for _, s := range c.servers {
			if err := s.restart(); err != nil {
				return false, err
			}
		}
		state, err := execute(ctx, "ip", "netns", "exec", c.proxy.host.name, "curl", "-sS", "http://127.0.0.1:8404/;csv")
		up := 0
		for line := range strings.Lines(state) {
			if fields := strings.Split(line, ","); fields[0] == "attributed" && fields[1] != "FRONTEND" && fields[1] != "BACKEND" && fields[17] == "UP" {
				up++
			}
		}
		return err == nil && up == want, nil
	})
}
