package main

import (
	"time"

	"github.com/lib/pq"
)

// The tables, with GORM's associations between them.

type organization struct {
	OrganizationID   int `gorm:"primaryKey"`
	OrganizationUUID string
}

type membership struct {
	UserID         int `gorm:"primaryKey"`
	OrganizationID int
	Role           string
	Organization   organization `gorm:"foreignKey:OrganizationID;references:OrganizationID"`
}

func (membership) TableName() string { return "organization_memberships" }

type user struct {
	UserID     int `gorm:"primaryKey"`
	UserUUID   string
	IsActive   bool
	Membership membership `gorm:"foreignKey:UserID;references:UserID"`
	Emails     []email    `gorm:"foreignKey:UserID;references:UserID"`
}

type email struct {
	EmailID   int `gorm:"primaryKey"`
	UserID    int
	Email     string
	IsPrimary bool
}

type token struct {
	PersonalAccessTokenUUID string `gorm:"primaryKey"`
	TokenHash               string
	CreatedByUserID         int
	User                    user `gorm:"foreignKey:CreatedByUserID;references:UserID"`
}

func (token) TableName() string { return "personal_access_tokens" }

type group struct {
	GroupUUID      string `gorm:"primaryKey"`
	OrganizationID int
}

type userAttribute struct {
	UserAttributeUUID string `gorm:"primaryKey;default:gen_random_uuid()"`
	Name              string
	Description       *string
	AttributeDefaults pq.StringArray `gorm:"type:text[]"`
	OrganizationID    int
	CreatedAt         time.Time
	Users             []userValue  `gorm:"foreignKey:UserAttributeUUID"`
	Groups            []groupValue `gorm:"foreignKey:UserAttributeUUID"`
}

type userValue struct {
	UserID            int    `gorm:"primaryKey;autoIncrement:false"`
	UserAttributeUUID string `gorm:"primaryKey"`
	OrganizationID    int
	Values            pq.StringArray `gorm:"type:text[]"`
	User              user           `gorm:"foreignKey:UserID;references:UserID"`
}

func (userValue) TableName() string { return "organization_member_user_attributes" }

type groupValue struct {
	GroupUUID         string         `gorm:"primaryKey"`
	UserAttributeUUID string         `gorm:"primaryKey"`
	Values            pq.StringArray `gorm:"type:text[]"`
}

func (groupValue) TableName() string { return "group_user_attributes" }
