package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"attributed/cmd/commandline"
	"attributed/store"
)

// replicaFlags are for reading attributes from replicas of the database.
type replicaFlags struct {
	DatabaseRead replicasURL `placeholder:"URL" help:"Read attributes from these replicas of the database, postgres://USER:PASSWORD@HOST,HOST/NAME, and all else, or what they do not have yet, from --database; default: all from there."`
	MaxLag       lag         `default:"1s" placeholder:"TIME" help:"Do not read from a replica that is further behind; default ${default}."`

	ReadsWithoutPrimary delay `default:"0s" placeholder:"TIME" help:"With --database-read: while the primary cannot be reached, answer reads for so long from the replicas, to tokens that it accepted no longer ago, so that a revocation or a changed role is heeded so much later at most; default ${default}, not at all."`
}

// use has st read from the replicas, if there are any.
func (f *replicaFlags) use(ctx context.Context, st *store.Store, log *slog.Logger) error {
	if f.DatabaseRead == "" {
		return nil
	}
	st.ReadWithoutPrimary(time.Duration(f.ReadsWithoutPrimary))
	if err := st.ReadFrom(ctx, string(f.DatabaseRead), time.Duration(f.MaxLag)); err != nil {
		return fmt.Errorf("--database-read: %w", err)
	}
	log.InfoContext(ctx, "attributes are read from replicas", "database", f.DatabaseRead.place(), "max_lag", time.Duration(f.MaxLag), "without_primary", time.Duration(f.ReadsWithoutPrimary))
	return nil
}

// fit returns an error where the database has no replicas, or what is said of them is said of none.
func (f *replicaFlags) fit(database databaseURL) error {
	if f.DatabaseRead == "" && f.ReadsWithoutPrimary > 0 {
		return commandline.UsageError{Err: errors.New("--reads-without-primary is for reads from replicas: name them with --database-read, or leave it out")}
	}
	if f.DatabaseRead != "" && strings.HasPrefix(string(database), "sqlite:") {
		return commandline.UsageError{Err: errors.New("--database-read is for replicas of a PostgreSQL database, and --database is an SQLite file: name their primary with --database postgres" + placeholders + "HOST/NAME, or leave --database-read out")}
	}
	return nil
}

// replicasURL is where replicas are; "" is nowhere.
type replicasURL string

func (u replicasURL) Validate() error {
	if u == "" {
		return nil
	}
	err := store.CheckURL(string(u))
	if err == nil && strings.HasPrefix(string(u), "sqlite:") {
		err = errors.New("an SQLite file has no replicas")
	}
	if err != nil {
		return fmt.Errorf("write postgres"+placeholders+"HOST,HOST/NAME, with special characters of a password %%-encoded: %w", err)
	}
	return nil
}

// place returns where they are, without user, password or anything else secret.
func (u replicasURL) place() string {
	if u == "" {
		return ""
	}
	return store.Place(string(u))
}

// lag is a time that a replica may be behind.
type lag time.Duration

// UnmarshalText reads a duration of Go's.
func (l *lag) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < store.LeastMaxLag {
		return fmt.Errorf("write a time of at least %s, as in 1s or 30s", store.LeastMaxLag)
	}
	*l = lag(d)
	return nil
}

func (l lag) String() string { return time.Duration(l).String() }
