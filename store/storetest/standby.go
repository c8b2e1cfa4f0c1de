package storetest

import (
	"testing"

	"attributed/store/storetest/postgres"

	"github.com/jackc/pgx/v5"
)

// StartReplicated starts a server of its own for a test, and a standby that streams from it and answers reads.
func StartReplicated(t testing.TB) (primary, standby *postgres.Server) {
	t.Helper()
	primary, err := postgres.Start(t.Context(), postgres.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { primary.Stop() })
	return primary, StartStandby(t, primary)
}

// StartStandby starts a standby of a server for a test.
func StartStandby(t testing.TB, of *postgres.Server) *postgres.Server {
	t.Helper()
	standby, err := of.Standby(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { standby.Stop() })
	return standby
}

// PauseReplay has a standby replay nothing more of what it is sent, once it returns.
func PauseReplay(t testing.TB, standby *postgres.Server) {
	t.Helper()
	Run(t, standby, `SELECT pg_wal_replay_pause()`, `DO $$ BEGIN WHILE pg_get_wal_replay_pause_state() <> 'paused' LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`)
}

// ResumeReplay has it go on.
func ResumeReplay(t testing.TB, standby *postgres.Server) {
	t.Helper()
	Run(t, standby, `SELECT pg_wal_replay_resume()`)
}

// Run carries statements out as the superuser of a server, each on its own.
func Run(t testing.TB, server *postgres.Server, statements ...string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	for _, statement := range statements {
		if _, err := connection.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
