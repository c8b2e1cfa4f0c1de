package store

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged has the kernel end a connection on which what was sent is not acknowledged within
// deadAfter. Probes alone would not: they are sent only where nothing else waits to be acknowledged.
func limitUnacknowledged(network, _ string, connection syscall.RawConn) (err error) {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	controlled := connection.Control(func(socket uintptr) {
		err = unix.SetsockoptInt(int(socket), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(deadAfter.Milliseconds()))
	})
	if controlled != nil {
		return controlled
	}
	return err
}
