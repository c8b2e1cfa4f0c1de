package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// UserAttribute is a named value that an organization gives to its users and
// groups. Dashboards filter rows by it: who may write one decides who sees what.
type UserAttribute struct {
	UUID             string    // random (v4), assigned by the store
	CreatedAt        time.Time // UTC, whole milliseconds: all that the API tells
	OrganizationUUID string
	Draft
}

// How long texts are, in characters. A longer name or description is refused by the database
// itself; a group's longer value, Lightdash's own older database would not hold. A caller
// checks before.
const (
	NameLimit        = 255 // of Draft.Name
	DescriptionLimit = 255 // of Draft.Description
	GroupValueLimit  = 255 // of each of GroupValue.Values; those of a user and of a default have no limit
)

// Draft is the part of a UserAttribute that a client writes.
type Draft struct {
	Name        string       // 1 to NameLimit characters, unique in the organization, case-sensitive
	Description *string      // at most DescriptionLimit characters; nil and "" are both none
	Defaults    []string     // for users without values of their own; nil is no default, which is told from one without a value
	Users       []UserValue  // at most one per user; answered sorted by e-mail, then uuid
	Groups      []GroupValue // at most one per group; answered sorted by uuid
}

// UserValue is what one user has.
type UserValue struct {
	UserUUID string   // lower case
	Values   []string // in their order, also twice the same; none is another thing than no UserValue
	Email    string   // the user's primary e-mail, "" without one; set by the store
}

// GroupValue is what the members of one group have.
type GroupValue struct {
	GroupUUID string   // lower case
	Values    []string // as a user's, each at most GroupValueLimit characters
}

// Precondition reports whether a change may be made to an attribute that is as
// current. It is asked while nobody else can change it. A nil one always may.
type Precondition func(current UserAttribute) bool

// CreateUserAttribute adds a user attribute with all its values, or nothing. It
// returns a Conflict if the organization already uses the name, and before that
// an UnknownReference if a user or a group is not of the organization.
func (s *Store) CreateUserAttribute(ctx context.Context, organization Organization, draft Draft) (UserAttribute, error) {
	draft, err := s.dialect.keptDraft(draft)
	if err != nil {
		return UserAttribute{}, err
	}
	row := userAttributeRow{
		UserAttributeUUID: uuid.NewString(),
		Name:              draft.Name,
		Description:       noneIfEmpty(draft.Description),
		AttributeDefaults: s.dialect.listOrNull(draft.Defaults),
		OrganizationID:    organization.id,
		CreatedAt:         timestampOf(s.now()),
	}
	event := s.auditEvent(ctx, organization.UUID, row.UserAttributeUUID)
	create := s.insertUserAttribute
	if s.dialect.oneStatement {
		create = s.insertUserAttributeAtOnce
	}
	named, err := create(ctx, row, s.pairsOf(draft), event, createdBy(row, draft))
	if err != nil {
		return UserAttribute{}, err
	}
	return written(organization, row, named, draft), nil
}

// written is the attribute of row after the values of draft were written with it.
func written(organization Organization, row userAttributeRow, named references, draft Draft) UserAttribute {
	attribute := UserAttribute{
		UUID: row.UserAttributeUUID, CreatedAt: row.CreatedAt.Time, OrganizationUUID: organization.UUID,
		Draft: Draft{
			Name: row.Name, Description: row.Description, Defaults: slices.Clone(draft.Defaults),
			Users: named.withEmails(draft.Users), Groups: slices.Clone(draft.Groups),
		},
	}
	attribute.sortValues()
	return attribute
}

// noneIfEmpty is how a description is kept: the API does not tell an empty one from none.
func noneIfEmpty(description *string) *string {
	if description != nil && *description == "" {
		return nil
	}
	return description
}

// insertUserAttribute writes row and its values in one transaction, whose number
// of statements does not depend on how many values there are.
func (s *Store) insertUserAttribute(ctx context.Context, row userAttributeRow, values valuePairs, event auditEvent, created difference) (references, error) {
	var named references
	err := s.transaction(ctx, "create user attribute", func(tx *gorm.DB) (err error) {
		if named, err = s.lookUpReferences(tx, row, values); err != nil {
			return err
		}
		if err := s.nameTaken(tx.Create(&row).Error); err != nil {
			return err
		}
		commands := []command{event.changed(s.queries.audit.changed, created)}
		if len(values.users) > 0 {
			commands = append(commands, command{s.queries.insertUserValues, []any{row.OrganizationID, row.UserAttributeUUID, values.users}})
		}
		if len(values.groups) > 0 {
			commands = append(commands, command{s.queries.insertGroupValues, []any{row.UserAttributeUUID, values.groups}})
		}
		_, err = s.together(tx, commands...)
		return err
	})
	return named, err
}

// createdBy is the difference that a draft makes which becomes the attribute of row.
func createdBy(row userAttributeRow, draft Draft) difference {
	draft.Description = row.Description // which is none where it is empty
	return differenceOf(UserAttribute{}, UserAttribute{Draft: draft})
}

// lookUpReferences returns an UnknownReference if not all that values name is of the
// organization of row.
func (s *Store) lookUpReferences(tx *gorm.DB, row userAttributeRow, values valuePairs) (references, error) {
	found, err := foundReferences(tx.Raw(s.queries.references, values.users, row.OrganizationID, values.groups, row.OrganizationID))
	if err != nil {
		return references{}, err
	}
	named := referencesIn(found, values)
	return named, named.missing()
}

// insertUserAttributeAtOnce does the same in one statement, and so in one round trip.
func (s *Store) insertUserAttributeAtOnce(ctx context.Context, row userAttributeRow, values valuePairs, event auditEvent, created difference) (references, error) {
	creation := creation{attribute: row, values: values}
	if !s.dialect.noneOurs {
		creation.event = event.created(created)
	}
	named, err := s.insertAtOnce(ctx, creation)
	if err == nil {
		err = named.missing()
	}
	if err == nil {
		s.tell(ctx, event)
	}
	return named, err
}

// insertAtOnce writes an attribute, with others where they wait together, if all that it names
// is of the organization.
func (s *Store) insertAtOnce(ctx context.Context, c creation) (references, error) {
	const operation = "create user attribute"
	if outer(ctx) == nil && s.dialect.beside == nil && c.values.count() <= mostValuesGathered {
		if named, err := s.insertGathered(ctx, c); !errors.Is(err, errAlone) {
			return named, s.failure(operation, err)
		}
	}
	var named references
	err := s.statement(ctx, operation, func(db *gorm.DB) (err error) {
		named, err = s.insertAlone(db, c)
		return err
	})
	return named, err
}

// insertAlone writes it on its own.
func (s *Store) insertAlone(db *gorm.DB, c creation) (references, error) {
	query := s.queries.createAtOnce
	if c.alone() {
		query = s.queries.createAlone
	}
	found, err := foundReferences(numbered{db, query, c.parameters()})
	return referencesIn(found, c.values), s.nameTaken(err)
}

// nameTaken makes a Conflict of a duplicate key. To be asked where the name alone
// can be the cause.
func (s *Store) nameTaken(err error) error {
	if errors.Is(s.translated(err), gorm.ErrDuplicatedKey) {
		return &Error{Kind: Conflict, Message: "Another user attribute of this organization has this name."}
	}
	return err
}

// valuePairs are a draft's values, as the parameters of a statement.
type valuePairs struct {
	users, groups jsonPairs
}

func (p valuePairs) count() int { return len(p.users) + len(p.groups) }

func (s *Store) pairsOf(draft Draft) valuePairs {
	users, groups := make(jsonPairs, len(draft.Users)), make(jsonPairs, len(draft.Groups))
	for i, user := range draft.Users {
		users[i] = [2]string{user.UserUUID, s.dialect.list(user.Values)}
	}
	for i, group := range draft.Groups {
		groups[i] = [2]string{group.GroupUUID, s.dialect.list(group.Values)}
	}
	return valuePairs{users, groups}
}

// foundReference is a user or a group that a draft names and that is of the organization.
type foundReference struct {
	IsUser   bool
	Position int // in the draft's Users or Groups
	Email    string
}

func foundReferences(query rowsQuery) ([]foundReference, error) {
	var all []foundReference
	var one foundReference
	err := eachRow(query, func(rows *sql.Rows) error {
		err := rows.Scan(&one.IsUser, &one.Position, &one.Email)
		all = append(all, one)
		return err
	})
	return all, err
}

// references says which of the users and groups that a draft names are of the organization.
type references struct {
	users  []*string // their primary e-mails; nil is no user of the organization
	groups []bool
}

func referencesIn(found []foundReference, values valuePairs) references {
	named := references{make([]*string, len(values.users)), make([]bool, len(values.groups))}
	for _, one := range found {
		if one.IsUser {
			named.users[one.Position] = &one.Email
		} else {
			named.groups[one.Position] = true
		}
	}
	return named
}

// missing is nil if all that was named is of the organization. Otherwise it is an
// UnknownReference.
func (r references) missing() error {
	unknown := &Error{Kind: UnknownReference, Message: "Some users or groups are not of this organization."}
	for i, email := range r.users {
		if email == nil {
			unknown.Users = append(unknown.Users, i)
		}
	}
	for i, found := range r.groups {
		if !found {
			unknown.Groups = append(unknown.Groups, i)
		}
	}
	if unknown.Users == nil && unknown.Groups == nil {
		return nil
	}
	return unknown
}

// withEmails returns users with their e-mails.
func (r references) withEmails(users []UserValue) []UserValue {
	answered := make([]UserValue, len(users))
	for i, user := range users {
		user.Email = *r.users[i]
		answered[i] = user
	}
	return answered
}
