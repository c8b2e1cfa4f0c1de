package storetest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"testing"

	"github.com/peterldowns/pgtestdb"
)

// lightdashTables make the tables of a Lightdash of version 0.2110, as its own migrations leave them.
//
//go:embed lightdash/tables.sql
var lightdashTables string

// SeveralValues makes of them those of a newer version, with several values for each.
//
//go:embed lightdash/several.sql
var SeveralValues string

// Form is in which form a Lightdash's database keeps values.
type Form string

// The two forms that there are.
const (
	Single  Form = "single"
	Several Form = "several"
)

// Lightdash returns the URL of a database that is a Lightdash's, in one of its forms, and empty. Its user
// owns it.
func Lightdash(t testing.TB, form Form) string {
	t.Helper()
	return clone(t, lightdash(form))
}

// EachLightdash runs test with a database of each form, at the same time.
func EachLightdash(t *testing.T, test func(t *testing.T, form Form, url string)) {
	for _, form := range []Form{Single, Several} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			test(t, form, Lightdash(t, form))
		})
	}
}

// lightdash is a template with these tables.
type lightdash Form

func (l lightdash) script() string {
	if Form(l) == Single {
		return lightdashTables
	}
	return lightdashTables + SeveralValues
}

// Hash tells templates apart on a server that outlives an edit of the tables.
func (l lightdash) Hash() (string, error) {
	hash := sha256.Sum256([]byte(l.script()))
	return "lightdash" + hex.EncodeToString(hash[:]), nil
}

// Migrate makes the tables.
func (l lightdash) Migrate(ctx context.Context, db *sql.DB, _ pgtestdb.Config) error {
	_, err := db.ExecContext(ctx, l.script())
	return err
}
