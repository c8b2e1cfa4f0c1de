package server

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// LimitConnections returns a listener for web that has at most so many connections at a time.
// For one more, the one on which nothing was asked for the longest time is closed; where all are
// in use, it waits. The listener takes web's ConnState.
func LimitConnections(listener net.Listener, web *http.Server, most int) net.Listener {
	l := &limitedListener{Listener: listener, places: make(chan struct{}, most), closed: make(chan struct{}), idle: map[net.Conn]*list.Element{}}
	web.ConnState = l.state
	return l
}

type limitedListener struct {
	net.Listener
	places chan struct{} // holds one for each connection

	closing sync.Once
	closed  chan struct{}

	mu      sync.Mutex
	idle    map[net.Conn]*list.Element
	longest list.List // of net.Conn that are idle, the longest first
}

// Accept returns the next connection once there is a place for it.
func (l *limitedListener) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case l.places <- struct{}{}:
	default:
		l.closeIdle()
		select {
		case l.places <- struct{}{}:
		case <-l.closed:
			connection.Close()
			return nil, net.ErrClosed
		}
	}
	return &placedConnection{Conn: connection, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends Accept, also where it waits for a place.
func (l *limitedListener) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// state notes which connections are idle: those on which an answer was read, or nothing was
// asked yet.
func (l *limitedListener) state(connection net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if place := l.idle[connection]; place != nil {
		l.longest.Remove(place)
		delete(l.idle, connection)
	}
	if state == http.StateNew || state == http.StateIdle {
		l.idle[connection] = l.longest.PushBack(connection)
	}
}

// closeIdle closes the connection that has been idle for the longest time, if there is one.
func (l *limitedListener) closeIdle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.longest.Front(); first != nil {
		connection := l.longest.Remove(first).(net.Conn)
		delete(l.idle, connection)
		connection.Close()
	}
}

// placedConnection gives its place back when it is closed.
type placedConnection struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *placedConnection) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
