package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"attributed/cmd/commandline"
	"attributed/store"
)

type auditCommand struct {
	Export auditExportCommand `cmd:"" help:"Print the changes of an organization's attributes and values, one a line, as JSON."`
	Prune  auditPruneCommand  `cmd:"" help:"Remove what is written down of changes from before a time, of all organizations."`
}

// moment is a time, given as one or by how long ago it is; zero is none.
type moment struct{ time.Time }

func (m *moment) UnmarshalText(text []byte) error {
	if at, err := time.Parse(time.RFC3339, string(text)); err == nil {
		m.Time = at
		return nil
	}
	age, err := parseDays(string(text))
	if err != nil || age < 0 {
		return errors.New("write a time as 2026-11-29T05:30:00Z, or an age as 30d or 12h")
	}
	m.Time = time.Now().Add(-age)
	return nil
}

// String is a time that reads back, "" where there is none.
func (m moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.Format(time.RFC3339)
}

type auditExportCommand struct {
	databaseFlag
	organizationFlag
	Since moment `placeholder:"TIME|AGE" help:"From when on, as 2026-11-29T05:30:00Z or by how long ago as 30d or 12h; from the first change on if it is left out."`
	Until moment `placeholder:"TIME|AGE" help:"Until before when; until now if it is left out."`
}

// Help returns what --help prints beside the flags.
func (c *auditExportCommand) Help() string {
	return `Each line is a JSON object, sorted by time and then id:

  {"id":7,"createdAt":"2026-11-29T05:30:00.125Z","organizationUuid":"…","actorUserUuid":"…","operation":"setUserAttributeUserValue",
   "userAttributeUuid":"…","before":{"users":{"…":["EMEA"]}},"after":{"users":{"…":["EMEA","APAC"]}},"requestId":"…"}

Operation is the operationId in the spec, or what was removed in the database together with the values that it had; then there is
no actor and no request. Before and after have what changed and nothing else; null is that there was, or is, nothing.
Values are in it: it is as sensitive as the tables.

Examples:

  attributed audit export --since 1d --database postgres://USER:PASSWORD@HOST/NAME
  attributed audit export --since 2026-11-01T00:00:00Z --until 2026-12-01T00:00:00Z --organization Example > november.jsonl`
}

// auditLine is an event as it is printed.
type auditLine struct {
	ID                int64           `json:"id"`
	CreatedAt         string          `json:"createdAt"`
	OrganizationUUID  string          `json:"organizationUuid"`
	ActorUserUUID     string          `json:"actorUserUuid,omitempty"` // absent: who is not known
	Operation         string          `json:"operation"`
	UserAttributeUUID string          `json:"userAttributeUuid"`
	Before            json.RawMessage `json:"before"` // null: nothing
	After             json.RawMessage `json:"after"`
	RequestID         string          `json:"requestId,omitempty"` // absent: there was no request
}

func (c *auditExportCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withAudit(ctx, std, func(st *store.Store) error {
		organization, err := c.audited(ctx, st)
		if err != nil {
			return err
		}
		buffer := bufio.NewWriter(std.Out)
		out := json.NewEncoder(buffer)
		out.SetEscapeHTML(false)
		err = st.ExportAudit(ctx, organization, c.Since.Time, c.Until.Time, func(event store.AuditEvent) error {
			return out.Encode(auditLine{
				ID: event.ID, CreatedAt: event.CreatedAt.Format("2006-01-02T15:04:05.000Z07:00"), OrganizationUUID: event.OrganizationUUID,
				ActorUserUUID: event.Origin.UserUUID, Operation: event.Origin.Operation, UserAttributeUUID: event.UserAttributeUUID,
				Before: event.Before, After: event.After, RequestID: event.Origin.RequestID,
			})
		})
		return errors.Join(err, buffer.Flush())
	})
}

// withAudit opens the database for a task where the audit is: with our own tables, or where lightdash prepare
// has made it.
func (f databaseFlag) withAudit(ctx context.Context, std commandline.Streams, task func(*store.Store) error) error {
	if err := f.Database.exists(); err != nil {
		return err
	}
	return f.withStore(ctx, std, func(st *store.Store) error {
		prepared, err := st.ReadPrepared(ctx)
		if err == nil && !prepared {
			err = st.CheckMigrated(ctx)
		}
		if err != nil {
			return err
		}
		return task(st)
	})
}

// audited returns the uuid of the organization that is meant. It need not be there any more:
// what was written down outlives it.
func (c *auditExportCommand) audited(ctx context.Context, st *store.Store) (string, error) {
	if store.IsUUID(c.Organization) {
		return strings.ToLower(c.Organization), nil
	}
	organization, err := c.find(ctx, st)
	if err == nil && organization.UUID == "" {
		err = fmt.Errorf("there is no organization named %q", organization.Name)
	}
	return organization.UUID, err
}

type auditPruneCommand struct {
	databaseFlag
	Before moment `required:"" placeholder:"TIME|AGE" help:"From before when, as 2026-11-29T05:30:00Z or by how long ago as 365d."`
}

// Help returns what --help prints beside the flags.
func (c *auditPruneCommand) Help() string {
	return `They are removed for good, some thousands at a time: the server goes on meanwhile, and what was cut short goes on when it is run again.
Export them before.

Examples:

  attributed audit prune --before 365d
  attributed audit prune --before 2026-01-01T00:00:00Z --database postgres://USER:PASSWORD@HOST/NAME`
}

func (c *auditPruneCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withAudit(ctx, std, func(st *store.Store) error {
		removed, err := st.PruneAudit(ctx, c.Before.Time)
		fmt.Fprintf(std.Log, "Removed %s from before %s.\n", english.Plural(int(removed), "change", ""), c.Before)
		return err
	})
}
