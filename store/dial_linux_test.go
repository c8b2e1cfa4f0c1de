package store_test

import (
	"net"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"
)

// TestADeadConnectionIsNoticed by the kernel, which is asked what it was told.
func TestADeadConnectionIsNoticed(t *testing.T) {
	pool, err := store.OpenPostgres(storetest.PostgresURL(t), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	connection, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	err = connection.Raw(func(driver any) error {
		raw, err := driver.(*stdlib.Conn).Conn().PgConn().Conn().(*net.TCPConn).SyscallConn()
		if err != nil {
			return err
		}
		return raw.Control(func(socket uintptr) {
			for _, option := range []struct {
				name                string
				level, number, most int
			}{
				{"SO_KEEPALIVE", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
				{"TCP_KEEPIDLE", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 5},
				{"TCP_KEEPINTVL", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 1},
				{"TCP_KEEPCNT", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 5},
				{"TCP_USER_TIMEOUT", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 10_000},
			} {
				if got, err := unix.GetsockoptInt(int(socket), option.level, option.number); err != nil || got == 0 || got > option.most {
					t.Errorf("%s is %d (%v), want 1 to %d", option.name, got, err, option.most)
				}
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
