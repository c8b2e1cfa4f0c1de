package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/trace"
	"gorm.io/gorm"
)

// Lightdash is what must be known of a Lightdash to stand beside it, on its own database.
type Lightdash struct {
	Secret   []byte               // its LIGHTDASH_SECRET, which its tokens are hashed with
	Timezone *time.Location       // of the times at which its tokens expire, which have no zone there; nil is UTC
	Traces   trace.TracerProvider // of the statements, as OpenTraced has it; nil is none
}

// OpenLightdash is Open for the database of a Lightdash, at a postgres://…. It makes nothing there, and
// changes no table. Where its tables or the role's rights are not as LookAtLightdash wants them, it returns an Invalid
// that lists what is wrong. It goes without tables of PrepareLightdash that the role may not write, and logs which rights it lacks.
func OpenLightdash(ctx context.Context, url string, log *slog.Logger, beside Lightdash) (*Store, error) {
	if beside.Timezone == nil {
		beside.Timezone = time.UTC
	}
	d, err := lightdashDialect(url, log, &beside)
	if err != nil {
		return nil, err
	}
	pools := poolOpener(sql.OpenDB)
	if beside.Traces != nil {
		pools = tracedPools(url, beside.Traces)
	}
	return openWith(ctx, url, log, d, pools)
}

// lockLightdashValues are the locks of a change, in the order in which Lightdash takes its own: values of
// users, values of groups, and then the attribute. It locks the tables, since rows would not do: a PUT of
// Lightdash's deletes the values that it sees, waits for the attribute, and inserts its own; what we had
// inserted meanwhile would stay among them. Reads go on. Nobody is made to wait for long: what does not get
// its lock in half the time after which PostgreSQL looks for deadlocks is tried again from its start, so that
// whoever queues behind it gets on, and the one to be broken off is not Lightdash.
const lockLightdashValues = `
	SET LOCAL lock_timeout = '500ms';
	LOCK TABLE organization_member_user_attributes, group_user_attributes IN SHARE ROW EXCLUSIVE MODE`

// lightdashDialect is that of a database that is a Lightdash's: of PostgreSQL, with what the catalog says.
func lightdashDialect(url string, log *slog.Logger, beside *Lightdash) (dialect, error) {
	if strings.HasPrefix(url, "sqlite:") {
		return dialect{}, &Error{Kind: Invalid, Message: "Lightdash's own database is a PostgreSQL: name it by postgres://…."}
	}
	d := postgresDialect
	d.beside = beside
	d.created = func(column string) string { return `date_trunc('milliseconds', ` + column + `)` } // which has microseconds there
	d.lockValues = lockLightdashValues
	d.transient = func(err error) bool {
		e, ok := errors.AsType[*pgconn.PgError](err)
		return postgresDialect.transient(err) || ok && e.Code == "55P03" // lock_not_available, of a short lock_timeout
	}
	d.check = func(ctx context.Context, pool *sql.DB, found *dialect) error {
		if err := checkPostgres(ctx, pool, found); err != nil {
			return err
		}
		session, err := gorm.Open(found.gorm(pool), &gorm.Config{DisableAutomaticPing: true})
		if err != nil {
			return err
		}
		look, err := lookWithRights(session.WithContext(ctx))
		if err == nil {
			err = look.refusal()
		}
		if err != nil {
			return err
		}
		if !look.Several {
			found.keepSingleValues()
		}
		found.ours, found.noneOurs = preparedSchema+".", !look.keepsOurs()
		if len(look.LackingPrepared) > 0 {
			log.WarnContext(ctx, "the tables of lightdash prepare are not used: this role lacks rights on them", "needs", "GRANT "+strings.Join(look.LackingPrepared, "; GRANT "))
		}
		return nil
	}
	return d, nil
}

// KeepsAnswers reports whether there is room for the answers of calls that may come again, which Once needs.
func (s *Store) KeepsAnswers() bool { return !s.dialect.noneOurs }

// LookAtLightdash looks at the catalog of the database at url, and at nothing else: whether the tables
// are there that a Lightdash has, as far as they are used, in which form, and what the role may do with them.
func LookAtLightdash(ctx context.Context, url string) (look LightdashLook, err error) {
	err = onLightdash(ctx, url, "look at the tables", func(s *Store) (err error) {
		look, err = lookWithRights(s.read.WithContext(ctx))
		return err
	})
	return look, err
}

// onLightdash connects to the database at url for one task, whatever its tables are.
func onLightdash(ctx context.Context, url, operation string, task func(*Store) error) error {
	if err := CheckURL(url); err != nil {
		return err
	}
	d, err := lightdashDialect(url, nil, &Lightdash{})
	if err != nil {
		return err
	}
	d.check = checkPostgres
	s, err := connect(ctx, url, d, sql.OpenDB)
	if err != nil {
		return err
	}
	return errors.Join(s.failure(operation, task(s)), s.closePools())
}

// LightdashLook is what a look at a Lightdash's tables has found.
type LightdashLook struct {
	Several bool // a user, a group and a default may have several values, as in newer versions

	// Prepared is whether there are the tables for the audit and for answers that PrepareLightdash makes.
	Prepared bool

	Faults []string // what is missing or other than it must be, a sentence each; none: it can be served

	// Lacking are the rights that the role lacks, as a GRANT has them; none: it can be served. LackingPrepared are those on
	// the tables of PrepareLightdash, which a server does without.
	Lacking, LackingPrepared []string
}

// keepsOurs reports whether there are tables for the audit and for answers that can be written.
func (l LightdashLook) keepsOurs() bool { return l.Prepared && len(l.LackingPrepared) == 0 }

// refusal is nil where it can be served.
func (l LightdashLook) refusal() error {
	var why []string
	if len(l.Lacking) > 0 {
		why = append(why, fmt.Sprintf("The role lacks rights that attributed needs beside a Lightdash: GRANT %s (docs/lightdash.md).", strings.Join(l.Lacking, "; GRANT ")))
	}
	if len(l.Faults) > 0 {
		why = append(why, fmt.Sprintf("This is not the database of a Lightdash that attributed knows: %s.", strings.Join(l.Faults, "; ")))
	}
	if why == nil {
		return nil
	}
	return &Error{Kind: Invalid, Message: strings.Join(why, " ")}
}

// pingLightdash is Ping beside a Lightdash, which may have been upgraded since the start: tables of the
// other form are none that this process can go on with, nor are those that its role has lost a right on.
func (s *Store) pingLightdash(ctx context.Context) error {
	var look LightdashLook
	err := s.reading(ctx, s.shares.health, "ping", func(db *gorm.DB) (err error) {
		look, err = lookWithRights(db)
		return err
	})
	if err != nil {
		return err
	}
	cause := look.refusal()
	if cause == nil && look.Several == s.dialect.single {
		cause = errors.New("the values are kept in another form than at the start: start attributed again")
	}
	if cause == nil && !look.keepsOurs() && !s.dialect.noneOurs {
		cause = errors.New("the tables for the audit and for answers, or rights on them, are gone that were there at the start")
	}
	if cause == nil {
		return nil
	}
	return &Error{Kind: Unavailable, Message: "The database has not the schema that this server needs.", cause: cause}
}

// IsLightdash reports whether this is the database of a Lightdash, which is known by its tables: it has none of
// our migrations, and roles of its organizations, which we have no table of. They are looked for wherever the
// role's search_path leads: its first schema may be that of PrepareLightdash, where a role has its name.
func (s *Store) IsLightdash(ctx context.Context) (is bool, err error) {
	if !s.dialect.hangs {
		return false, nil // SQLite
	}
	there, err := s.lookFor(ctx, migrationTable)
	if err != nil || len(there) > 0 {
		return false, err
	}
	err = s.reading(ctx, s.shares.people, "look for a Lightdash", func(db *gorm.DB) error {
		return db.Raw(`SELECT to_regclass('user_attributes') IS NOT NULL AND to_regclass('personal_access_tokens') IS NOT NULL AND to_regclass('scoped_roles') IS NOT NULL`).Row().Scan(&is)
	})
	return is, err
}

// refuseLightdash returns an Invalid for the database of a Lightdash, in which others keep people, groups, tokens
// and the schema.
func (s *Store) refuseLightdash(ctx context.Context) error {
	is, err := s.IsLightdash(ctx)
	if err == nil && is {
		err = &Error{Kind: Invalid, Message: "This is the database of a Lightdash, which alone keeps the people, groups, tokens and tables there: attributed serve --lightdash serves attributes beside it; name another database for anything else."}
	}
	return err
}
