package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
)

// AuditEvent is what was written down of a change.
type AuditEvent struct {
	ID                int64     // greater than that of any earlier one of the same attribute
	CreatedAt         time.Time // UTC, whole milliseconds
	OrganizationUUID  string
	Origin            Origin
	UserAttributeUUID string

	// What the change has changed, as it was and as it is since; nil is nothing.
	Before, After json.RawMessage
}

// ExportAudit calls each with the events of an organization that are from since on and before
// until, where that is not zero, by time and then id. It holds one of them at a time. It ends with
// the first error of each.
func (s *Store) ExportAudit(ctx context.Context, organizationUUID string, since, until time.Time, each func(AuditEvent) error) error {
	// What the database broke off goes on after the last event that each has seen.
	last := AuditEvent{ID: 0, CreatedAt: since}
	var refused error
	err := s.reading(ctx, s.shares.people, "export the audit", func(db *gorm.DB) error {
		at := timestampOf(last.CreatedAt)
		query := db.Table(s.dialect.auditTable()).
			Select(`id, created_at, COALESCE(CAST(actor_user_uuid AS text), ''), operation, COALESCE(request_id, ''), CAST(user_attribute_uuid AS text), CAST(before AS text), CAST(after AS text)`).
			Where("organization_uuid = ? AND created_at >= ? AND (created_at > ? OR id > ?)", organizationUUID, at, at, last.ID).
			Order("created_at, id")
		if !until.IsZero() {
			query = query.Where("created_at < ?", timestampOf(until))
		}
		return eachRow(query, func(rows *sql.Rows) error {
			event := AuditEvent{OrganizationUUID: organizationUUID}
			var created timestamp
			var before, after sql.NullString
			err := rows.Scan(&event.ID, &created, &event.Origin.UserUUID, &event.Origin.Operation, &event.Origin.RequestID, &event.UserAttributeUUID, &before, &after)
			if err != nil {
				return err
			}
			event.CreatedAt, event.Before, event.After = created.Time, rawOrNil(before), rawOrNil(after)
			last = event
			if refused = each(event); refused != nil {
				return errEnough // and not an error that the database might be blamed for
			}
			return nil
		})
	})
	if refused != nil {
		return refused
	}
	return err
}

var errEnough = errors.New("no more rows are wanted")

func rawOrNil(text sql.NullString) json.RawMessage {
	if !text.Valid {
		return nil
	}
	return json.RawMessage(text.String)
}

// pruneBatch is how many events are removed in one transaction, so that others who write need not
// wait long.
const pruneBatch = 5000

// PruneAudit removes the events of all organizations from before a time, the oldest first, and
// returns how many there were; an error leaves those that are left for another call.
func (s *Store) PruneAudit(ctx context.Context, before time.Time) (int64, error) {
	limit, last, removed := timestampOf(before), int64(0), int64(0)
	for {
		var to sql.NullInt64
		err := s.reading(ctx, s.shares.people, "find what to prune", func(db *gorm.DB) error {
			return db.Raw(`SELECT max(id) FROM (SELECT id FROM `+s.dialect.auditTable()+` WHERE id > ? AND created_at < ? ORDER BY id LIMIT ?) AS batch`, last, limit, pruneBatch).
				Row().Scan(&to)
		})
		if err != nil || !to.Valid {
			return removed, err
		}
		err = s.statement(ctx, "prune the audit", func(db *gorm.DB) error {
			result := db.Exec(`DELETE FROM `+s.dialect.auditTable()+` WHERE id > ? AND id <= ? AND created_at < ?`, last, to.Int64, limit)
			removed += result.RowsAffected
			return result.Error
		})
		if err != nil {
			return removed, err
		}
		last = to.Int64
	}
}
