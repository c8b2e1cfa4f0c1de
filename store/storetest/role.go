package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"testing"

	"attributed/store"

	"github.com/jackc/pgx/v5"
)

// AsRole returns the URL of the same PostgreSQL database for a role of its own, which has
// only the given rights until the test ends: each the middle of a GRANT, as in
// "USAGE ON SCHEMA public". It also returns the role's name, quoted.
func AsRole(t testing.TB, s *store.Store, rights ...string) (address, role string) {
	t.Helper()
	address, role = asRole(t, URL(s))
	for _, right := range rights {
		asSuperuser(t.Context(), t, URL(s), fmt.Sprintf(`GRANT %s TO %s`, right, role))
	}
	return address, role
}

// asRole is AsRole for a role without any rights.
func asRole(t testing.TB, database string) (address, role string) {
	t.Helper()
	name := "Attributed's " + rand.Text() // a server may be shared
	role = pgx.Identifier{name}.Sanitize()
	asSuperuser(t.Context(), t, database, `CREATE ROLE `+role+` LOGIN PASSWORD 'of the test'`, `REVOKE ALL ON SCHEMA public FROM PUBLIC`)
	t.Cleanup(func() {
		asSuperuser(context.Background(), t, database, `DROP OWNED BY `+role, `DROP ROLE `+role)
	})
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "of the test")
	return u.String(), role
}

// asSuperuser runs statements in the database at a URL.
func asSuperuser(ctx context.Context, t testing.TB, database string, statements ...string) {
	t.Helper()
	address, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal("the server's URL is none") // the error would show the password
	}
	ours, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	config.Database = ours.Database
	config.RuntimeParams["default_transaction_read_only"] = "off" // a test may have turned it on
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(ctx)
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
}
