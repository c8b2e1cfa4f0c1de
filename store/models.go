package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// The rows, with Lightdash's own names. What the database fills in when it is
// left out (uuids, times) is declared as a default, so that GORM leaves it out.

type organizationRow struct {
	OrganizationID   int64  `gorm:"primaryKey"`
	OrganizationUUID string `gorm:"default:(-)"`
	OrganizationName string
	CreatedAt        timestamp `gorm:"default:(-)"`
}

func (organizationRow) TableName() string { return "organizations" }

type userRow struct {
	UserID    int64  `gorm:"primaryKey"`
	UserUUID  string `gorm:"default:(-)"`
	FirstName string
	LastName  string
	IsActive  bool
	CreatedAt timestamp `gorm:"default:(-)"`
	UpdatedAt timestamp `gorm:"default:(-)"`
}

func (userRow) TableName() string { return "users" }

type emailRow struct {
	EmailID   int64 `gorm:"primaryKey"`
	UserID    int64
	Email     string
	IsPrimary bool
	CreatedAt timestamp `gorm:"default:(-)"`
}

func (emailRow) TableName() string { return "emails" }

type organizationMembershipRow struct {
	OrganizationID int64
	UserID         int64
	Role           string
	CreatedAt      timestamp `gorm:"default:(-)"`
}

func (organizationMembershipRow) TableName() string { return "organization_memberships" }

type groupRow struct {
	GroupUUID         string `gorm:"primaryKey;default:(-)"`
	Name              string
	OrganizationID    int64
	CreatedAt         timestamp `gorm:"default:(-)"`
	UpdatedAt         timestamp `gorm:"default:(-)"`
	CreatedByUserUUID *string
	UpdatedByUserUUID *string
}

func (groupRow) TableName() string { return "groups" }

type groupMembershipRow struct {
	GroupUUID      string
	UserID         int64
	OrganizationID int64
}

func (groupMembershipRow) TableName() string { return "group_memberships" }

type personalAccessTokenRow struct {
	PersonalAccessTokenUUID string `gorm:"primaryKey;default:(-)"`
	CreatedByUserID         int64
	TokenHash               string
	Description             string
	CreatedAt               timestamp `gorm:"default:(-)"`
	ExpiresAt               *timestamp
	RotatedAt               *timestamp
	LastUsedAt              *timestamp
}

func (personalAccessTokenRow) TableName() string { return "personal_access_tokens" }

type userAttributeRow struct {
	UserAttributeUUID string `gorm:"primaryKey"`
	Name              string
	Description       *string
	AttributeDefaults *string // as dialect.list writes them
	OrganizationID    int64
	CreatedAt         timestamp
}

func (userAttributeRow) TableName() string { return "user_attributes" }

// idempotencyRecordRow is what was answered to a call with an idempotency key.
type idempotencyRecordRow struct {
	UserID      int64  `gorm:"primaryKey;autoIncrement:false"`
	Operation   string `gorm:"primaryKey"`
	Path        string `gorm:"primaryKey"`
	Key         string `gorm:"primaryKey"`
	RequestHash string
	Status      int
	ETag        string `gorm:"column:etag"`
	Body        []byte
	CreatedAt   timestamp
}

func (idempotencyRecordRow) TableName() string { return "idempotency_records" }

// timestamp is a time as both engines keep it: without a zone, in UTC, with
// milliseconds. PostgreSQL's driver would write the wall clock of whatever zone
// a time.Time is in; SQLite has no times at all, only text that must sort.
type timestamp struct{ time.Time }

const timestampLayout = "2006-01-02 15:04:05.000"

// timestampOf cuts t to what the database keeps.
func timestampOf(t time.Time) timestamp { return timestamp{t.UTC().Truncate(time.Millisecond)} }

// Value implements driver.Valuer.
func (t timestamp) Value() (driver.Value, error) { return t.UTC().Format(timestampLayout), nil }

// Scan implements sql.Scanner. Both drivers give times; SQLite's gives text where
// a column of a query has lost its type.
func (t *timestamp) Scan(src any) error {
	switch v := src.(type) {
	case time.Time:
		*t = timestampOf(v)
		return nil
	case string:
		parsed, err := time.ParseInLocation(timestampLayout, v, time.UTC)
		*t = timestamp{parsed}
		return err
	}
	return fmt.Errorf("%T is no timestamp", src)
}
