package store_test

import (
	"bufio"
	"io"
	"log/slog"
	"strings"
	"testing"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/pressly/goose/v3/lock"
)

func TestWhoWaitsForAMigrationSaysSo(t *testing.T) {
	for _, tt := range []struct {
		name, lock string
		key        []any
	}{
		{"of another program", `SELECT pg_advisory_lock($1)`, []any{lock.DefaultLockID}},
		{"of one that takes over a history", `SELECT pg_advisory_lock(1635021924, 0)`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := storetest.PostgresURL(t)
			other := storetest.Connect(t, url)
			if _, err := other.Exec(t.Context(), tt.lock, tt.key...); err != nil {
				t.Fatal(err)
			}
			read, log := io.Pipe()
			s, err := store.Open(t.Context(), url, slog.New(slog.NewTextHandler(log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			migrated := make(chan error, 1)
			go func() {
				migrated <- s.MigrateUp(t.Context())
				log.Close()
			}()
			told, err := bufio.NewReader(read).ReadString('\n')
			if err != nil || !strings.Contains(told, "waiting for another program") {
				t.Errorf("the log has %q (%v)", told, err)
			}
			if _, err := other.Exec(t.Context(), `SELECT pg_advisory_unlock_all()`); err != nil {
				t.Fatal(err)
			}
			if err := <-migrated; err != nil {
				t.Error(err)
			}
		})
	}
}
