package store_test

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// pooler passes on what clients say to a PostgreSQL server, as PgBouncer does in
// transaction mode: each transaction gets the connection that has waited longest.
type pooler struct {
	url      string      // of the server
	session  atomic.Bool // in session mode: a client keeps its connection
	idle     chan *pgconn.HijackedConn
	listener net.Listener
	running  sync.WaitGroup
}

// startPooler starts a pooler before the database of s, until the test ends.
func startPooler(t *testing.T, s *store.Store, connections int) *pooler {
	t.Helper()
	p := &pooler{url: storetest.URL(s), idle: make(chan *pgconn.HijackedConn, 10)}
	p.connect(t, connections)
	var err error
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		p.listener.Close()
		p.running.Wait()
		for len(p.idle) > 0 {
			(<-p.idle).Conn.Close()
		}
	})
	return p
}

// clientURL is where the pooler is, with options in their place.
func (p *pooler) clientURL(t *testing.T, options url.Values) string {
	t.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	for name, values := range u.Query() {
		options[name] = values
	}
	u.RawQuery = options.Encode()
	return u.String()
}

// connect opens more connections to the server.
func (p *pooler) connect(t *testing.T, connections int) {
	t.Helper()
	for range connections {
		connection, err := connectTo(t.Context(), p.url)
		if err != nil {
			t.Fatal(err)
		}
		p.idle <- connection
	}
}

func connectTo(ctx context.Context, url string) (*pgconn.HijackedConn, error) {
	connection, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	return connection.Hijack()
}

func (p *pooler) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the test has ended
		}
		p.running.Go(func() {
			defer client.Close()
			p.serve(pgproto3.NewBackend(client, client))
		})
	}
}

// serve ends with the client, or with whatever else fails: the client sees it.
func (p *pooler) serve(client *pgproto3.Backend) {
	if first, err := client.ReceiveStartupMessage(); err != nil || !isStartup(first) {
		return
	}
	if p.welcome(client) != nil {
		return
	}
	var connection *pgconn.HijackedConn
	defer func() {
		if connection != nil {
			p.idle <- connection
		}
	}()
	for {
		message, err := client.Receive()
		if err != nil {
			return
		}
		if _, ends := message.(*pgproto3.Terminate); ends {
			return
		}
		if connection == nil {
			connection = <-p.idle
		}
		if err := transaction(client, connection.Frontend, message); err != nil {
			connection = p.replace(connection)
			return
		}
		if !p.session.Load() {
			p.idle <- connection
			connection = nil
		}
	}
}

// replace ends a connection that a client has left in the middle of a transaction, and
// gives another.
func (p *pooler) replace(left *pgconn.HijackedConn) *pgconn.HijackedConn {
	left.Conn.Close()
	connection, err := connectTo(context.Background(), p.url)
	if err != nil {
		return nil
	}
	return connection
}

func isStartup(message pgproto3.FrontendMessage) bool {
	_, ok := message.(*pgproto3.StartupMessage)
	return ok
}

func (p *pooler) welcome(client *pgproto3.Backend) error {
	connection := <-p.idle
	defer func() { p.idle <- connection }()
	client.Send(&pgproto3.AuthenticationOk{})
	for name, value := range connection.ParameterStatuses {
		client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return client.Flush()
}

// transaction passes messages on, from the first until the server is in no transaction.
func transaction(client *pgproto3.Backend, server *pgproto3.Frontend, message pgproto3.FrontendMessage) error {
	for {
		server.Send(message)
		switch message.(type) {
		case *pgproto3.Sync, *pgproto3.Query:
			status, err := answers(client, server)
			if err != nil || status == 'I' {
				return err
			}
		}
		var err error
		if message, err = client.Receive(); err != nil {
			return err
		}
	}
}

// answers passes on what the server says until it is ready for more.
func answers(client *pgproto3.Backend, server *pgproto3.Frontend) (status byte, err error) {
	if err := server.Flush(); err != nil {
		return 0, err
	}
	for {
		answer, err := server.Receive()
		if err != nil {
			return 0, err
		}
		client.Send(answer)
		if ready, ok := answer.(*pgproto3.ReadyForQuery); ok {
			return ready.TxStatus, client.Flush()
		}
	}
}

func TestAPoolerIsFoundAtTheStart(t *testing.T) {
	owner := storetest.Open(t, storetest.PostgresURL(t))
	for _, connections := range []int{1, 2, 3, 5} {
		pooler := startPooler(t, owner, connections)
		s, err := store.Open(t.Context(), pooler.clientURL(t, url.Values{}), slog.New(slog.DiscardHandler))
		if err == nil {
			t.Fatal("opened", s.Close())
		}
		if kindOf(t, err) != store.Invalid || !strings.Contains(err.Error(), "PgBouncer") || !strings.Contains(err.Error(), "default_query_exec_mode=exec") {
			t.Errorf("%d connections: %v", connections, err)
		}
	}
}

// TestAPoolerAfterTheStartIsNamed in the error that the log tells.
func TestAPoolerAfterTheStartIsNamed(t *testing.T) {
	owner := storetest.Open(t, storetest.PostgresURL(t))
	if err := owner.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, owner)
	pooler := startPooler(t, owner, 5)
	pooler.session.Store(true)
	s := storetest.Open(t, pooler.clientURL(t, url.Values{}))
	if _, err := s.ListUserAttributes(t.Context(), organization); err != nil {
		t.Error(err)
	}
	pooler.session.Store(false)
	for range 10 {
		if _, err := s.ListUserAttributes(t.Context(), organization); err != nil {
			if !strings.Contains(err.Error(), "default_query_exec_mode=exec") {
				t.Error(err)
			}
			return
		}
	}
	t.Error("no statement was lost")
}

func TestBehindAPoolerWithTheOption(t *testing.T) {
	owner := storetest.Open(t, storetest.PostgresURL(t))
	if err := owner.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	organization := demo(t, owner)
	for name, connections := range map[string]int{"one": 1, "three": 3} {
		pooler := startPooler(t, owner, connections)
		s := storetest.Open(t, pooler.clientURL(t, url.Values{"default_query_exec_mode": {"exec"}}))
		if err := s.MigrateUp(t.Context()); err != nil { // there is nothing to do
			t.Error(err)
		}
		everyConnection(t, s, organization)
		everyChange(t, s, organization, name, true)
	}
}
