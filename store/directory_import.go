package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ImportOptions say how a directory is imported.
type ImportOptions struct {
	DryRun            bool                  // find out what would change, and write nothing
	DeactivateMissing bool                  // members who are not among the people become inactive
	KeepAdmin         bool                  // refuse to take the last active admin away
	Progress          func(done, total int) // called as rows are written; may be nil

	// NoAdmin is called where the import changes something and leaves the organization
	// without an active admin, with whether it had one; may be nil.
	NoAdmin func(had bool)
}

// ImportDirectory makes the people members of the organization, as they are described:
// name, role, whether they are active, and exactly their groups. The organization is said
// by its uuid or its name; one of a new name and new groups are made; users, groups and
// memberships in the organization are never removed. It returns an Invalid if any person
// cannot be imported, several organizations have the name, or the last active admin is to
// be kept, a NotFound if none has the uuid, and a Conflict if another program changed the
// same rows; then nothing is changed. A dry run does not mind the last admin.
func (s *Store) ImportDirectory(ctx context.Context, organization string, people []Person, options ImportOptions) (Changes, error) {
	var plan directoryPlan
	find := func(tx *gorm.DB) (err error) {
		plan, err = s.planDirectory(tx, organization, people, options.DeactivateMissing)
		return err
	}
	if options.DryRun {
		if err := s.snapshot(ctx, "plan the import of a directory", find); err != nil {
			return nil, err
		}
		options.tellOfAdmins(plan)
		return plan.changes, nil
	}
	err := s.transaction(ctx, "import directory", func(tx *gorm.DB) error {
		if err := s.lockOrganization(tx, organization); err != nil {
			return err
		}
		if err := find(tx); err != nil {
			return err
		}
		if options.KeepAdmin && plan.hadAdmin && !plan.hasAdmin {
			return ErrNoAdminLeft
		}
		return s.writeDirectory(tx, plan, options.Progress)
	})
	if err != nil {
		return nil, err
	}
	s.tokens.known.Purge() // of those whose role changed or who became inactive
	options.tellOfAdmins(plan)
	return plan.changes, nil
}

// ErrNoAdminLeft refuses an import that would take the last active admin away.
var ErrNoAdminLeft = &Error{Kind: Invalid, Message: "No active admin would be left, and nobody could change an attribute; nothing was changed."}

func (o ImportOptions) tellOfAdmins(plan directoryPlan) {
	if o.NoAdmin != nil && !plan.hasAdmin && len(plan.changes) > 0 {
		o.NoAdmin(plan.hadAdmin)
	}
}

// lockOrganization makes imports into one organization follow each other, also where
// it is yet to be made. The lock is the weakest that does so: a stronger one would make
// those wait who create an attribute, which refers to the organization.
func (s *Store) lockOrganization(tx *gorm.DB, nameOrUUID string) error {
	lock := func() (found []int64, err error) {
		err = tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Model(&organizationRow{}).
			Where(organizationIs(nameOrUUID)).Pluck("organization_id", &found).Error
		return found, err
	}
	found, err := lock()
	if err != nil || len(found) > 0 {
		return err
	}
	if err := tx.Exec(s.dialect.lockOrganizations).Error; err != nil {
		return err
	}
	_, err = lock() // another import may have made it meanwhile
	return err
}

var errDirectoryChanged = &Error{Kind: Conflict, Message: "Another program changed the same users or groups at this moment: import again."}

// How many rows are written by one statement: of users each column is a parameter, and
// SQLite takes 32766 of them.
const (
	usersBatch = 1000
	pairsBatch = 5000
)

// writeDirectory carries out a plan, a batch of rows at a time. It returns a Conflict
// where the rows are not as the plan takes them to be.
func (s *Store) writeDirectory(tx *gorm.DB, plan directoryPlan, progress func(done, total int)) error {
	if plan.organization.OrganizationID == 0 {
		if err := tx.Create(&plan.organization).Error; err != nil {
			return err
		}
	}
	now, organization := timestampOf(s.now()), plan.organization.OrganizationID
	for i := range plan.users {
		plan.users[i].CreatedAt, plan.users[i].UpdatedAt = now, now
	}
	writes := plan.writes(s.dialect, organization, now)
	done, total := 0, len(plan.users)
	for _, write := range writes {
		total += len(write.pairs)
	}
	wrote := func(rows int) {
		done += rows
		if progress != nil {
			progress(done, total)
		}
	}
	err := insertUsers(tx, plan.users, wrote)
	for i := 0; err == nil && i < len(writes); i++ {
		err = writes[i].run(tx, wrote)
	}
	if errors.Is(s.translated(err), gorm.ErrDuplicatedKey) {
		return errDirectoryChanged
	}
	return err
}

func insertUsers(tx *gorm.DB, users []userRow, wrote func(rows int)) error {
	for batch := range slices.Chunk(users, usersBatch) {
		if err := tx.Create(&batch).Error; err != nil {
			return err
		}
		wrote(len(batch))
	}
	return nil
}

// pairsWrite is a statement that is carried out on pairs of a uuid and a value.
type pairsWrite struct {
	statement     string
	before, after []any // parameters around the pairs
	pairs         jsonPairs
}

func (w pairsWrite) run(tx *gorm.DB, wrote func(rows int)) error {
	for batch := range slices.Chunk(w.pairs, pairsBatch) {
		result := tx.Exec(w.statement, slices.Concat(w.before, []any{batch}, w.after)...)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected != int64(len(batch)) { // a user or a group went away meanwhile
			return errDirectoryChanged
		}
		wrote(len(batch))
	}
	return nil
}

// writes are the statements of the plan that come after the organization and the new
// users, in an order that references allow.
func (p directoryPlan) writes(d dialect, organization int64, now timestamp) []pairsWrite {
	named := d.pairs + ` AS named JOIN users ON users.user_uuid = named.uuid `
	groupsOfNamed := named + `JOIN groups ON groups.group_uuid = named.value_uuid`
	setUser := func(assignment string) string {
		return `UPDATE users SET ` + assignment + `, updated_at = ? FROM ` + d.pairs + ` AS named WHERE users.user_uuid = named.uuid`
	}
	return []pairsWrite{
		{
			statement: `INSERT INTO groups (group_uuid, name, organization_id, created_at, updated_at) SELECT uuid, value, ?, ?, ? FROM ` + d.pairs + ` AS named`,
			before:    []any{organization, now, now}, pairs: p.groups,
		},
		{statement: `INSERT INTO emails (user_id, email, is_primary) SELECT users.user_id, named.value, true FROM ` + named, pairs: p.emails},
		{statement: setUser(`first_name = named.value`), before: []any{now}, pairs: p.firstNames},
		{statement: setUser(`last_name = named.value`), before: []any{now}, pairs: p.lastNames},
		{statement: setUser(`is_active = (named.value = 'true')`), before: []any{now}, pairs: p.actives},
		{
			statement: `INSERT INTO organization_memberships (organization_id, user_id, role) SELECT ?, users.user_id, named.value FROM ` + named,
			before:    []any{organization}, pairs: p.memberships,
		},
		{
			statement: `UPDATE organization_memberships SET role = named.value FROM ` + named +
				// + 0, or SQLite goes through the whole organization for each pair.
				`WHERE organization_memberships.user_id = users.user_id AND organization_memberships.organization_id + 0 = ?`,
			after: []any{organization}, pairs: p.roles,
		},
		{
			statement: `INSERT INTO group_memberships (group_uuid, user_id, organization_id)
				SELECT groups.group_uuid, users.user_id, groups.organization_id FROM ` + groupsOfNamed,
			pairs: p.joined,
		},
		{
			statement: `DELETE FROM group_memberships WHERE (group_uuid, user_id) IN (SELECT groups.group_uuid, users.user_id FROM ` + groupsOfNamed + `)`,
			pairs:     p.left,
		},
	}
}
