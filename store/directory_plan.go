package store

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
)

// directoryPlan is what an import writes. Pairs but those of groups begin with a user's uuid.
type directoryPlan struct {
	organization organizationRow // without an id if it is to be made
	users        []userRow       // to be made, with their uuids
	groups       jsonPairs       // to be made: uuids and names

	emails, memberships, roles, joined, left jsonPairs // joined and left: with the uuid of a group
	firstNames, lastNames, actives           jsonPairs

	hadAdmin, hasAdmin bool // whether there is an active admin, before and after

	changes Changes
}

// directoryUser is a user whom a person's e-mail names.
type directoryUser struct {
	uuid, firstName, lastName, role string
	active                          bool
	organization                    int64 // 0 is none
}

// planDirectory compares the people with what the database has. It returns an Invalid
// with all problems there are.
func (s *Store) planDirectory(tx *gorm.DB, name string, people []Person, deactivateMissing bool) (directoryPlan, error) {
	people = inOneForm(people)
	organization, err := organizationNamed(tx, name)
	if err != nil {
		return directoryPlan{}, err
	}
	plan := directoryPlan{organization: organization}
	if organization.OrganizationID == 0 {
		fault := textFault("its name", name)
		if strings.TrimSpace(name) != name || name == "" {
			fault = "its name is empty, or begins or ends with a space"
		}
		if fault != "" {
			return directoryPlan{}, &Error{Kind: Invalid, Message: "The organization cannot be made: " + fault + "."}
		}
		plan.note(Add, OrganizationSubject, name, "")
	}
	if len(people) == 0 {
		return directoryPlan{}, &Error{Kind: Invalid, Message: "There is nobody in the directory: nothing was changed."}
	}
	known, err := s.usersOf(tx, people)
	if err != nil {
		return directoryPlan{}, err
	}
	found := append(problems(people), collisions(people, known, organization.OrganizationID)...)
	if len(found) > 0 {
		slices.SortStableFunc(found, func(a, b Problem) int { return cmp.Compare(a.Person, b.Person) })
		return directoryPlan{}, &Error{Kind: Invalid, Message: "Some people cannot be imported; nothing was changed.", Problems: found}
	}
	groups, err := groupsByName(tx, organization.OrganizationID)
	if err != nil {
		return directoryPlan{}, err
	}
	memberships, err := groupsOfUsers(tx, organization.OrganizationID)
	if err != nil {
		return directoryPlan{}, err
	}
	for i, person := range people {
		id := plan.user(person, known[i])
		plan.groupsOf(person, id, memberships[id], groups)
	}
	if deactivateMissing {
		if err := s.planMissing(tx, &plan, known); err != nil {
			return directoryPlan{}, err
		}
	}
	return plan, plan.admins(tx, people, known, deactivateMissing)
}

// admins finds out whether the organization has an active admin, and will have.
func (p *directoryPlan) admins(tx *gorm.DB, people []Person, known []*directoryUser, deactivateMissing bool) error {
	var now []string // uuids
	err := membersOf(tx, p.organization.OrganizationID).Where("membership.role = 'admin' AND users.is_active").
		Pluck("users.user_uuid", &now).Error
	p.hadAdmin = len(now) > 0
	named := uuidsOf(known)
	p.hasAdmin = slices.ContainsFunc(people, func(person Person) bool { return person.Active && person.Role == "admin" }) ||
		!deactivateMissing && slices.ContainsFunc(now, func(id string) bool { return !named[id] })
	return err
}

// uuidsOf is the set of those who are known.
func uuidsOf(known []*directoryUser) map[string]bool {
	uuids := make(map[string]bool, len(known))
	for _, user := range known {
		if user != nil {
			uuids[user.uuid] = true
		}
	}
	return uuids
}

func (p *directoryPlan) note(verb Verb, subject Subject, name, detail string) {
	p.changes = append(p.changes, Change{verb, subject, name, detail})
}

// usersOf returns the user whom each person's e-mail names, nil where there is none. All
// e-mails are one parameter (see dialect.texts): SQLite takes only some 30,000.
func (s *Store) usersOf(tx *gorm.DB, people []Person) ([]*directoryUser, error) {
	emails := make([]string, len(people))
	for i, person := range people {
		if emailFault(person.Email) == "" { // else it is nobody's, and perhaps no text for a database
			emails[i] = person.Email
		}
	}
	if err := inStoredForm(tx, emails); err != nil {
		return nil, err
	}
	text, err := json.Marshal(emails)
	if err != nil {
		return nil, err
	}
	known := make([]*directoryUser, len(people))
	query := tx.Raw(`
		SELECT named.position, users.user_uuid, users.first_name, users.last_name, users.is_active,
		       COALESCE(membership.organization_id, 0), COALESCE(membership.role, '')
		FROM `+s.dialect.texts+` AS named
		JOIN emails ON lower(emails.email) = lower(named.value)
		JOIN users ON users.user_id = emails.user_id
		LEFT JOIN organization_memberships AS membership ON membership.user_id = users.user_id
		WHERE named.value <> ''
		ORDER BY named.position`, string(text))
	err = eachRow(query, func(rows *sql.Rows) error {
		var position int
		var user directoryUser
		err := rows.Scan(&position, &user.uuid, &user.firstName, &user.lastName, &user.active, &user.organization, &user.role)
		known[position] = &user
		return err
	})
	return known, err
}

// collisions finds people who are another organization's users, or one user twice.
func collisions(people []Person, known []*directoryUser, organization int64) []Problem {
	var found []Problem
	first := make(map[string]int, len(people)) // by uuid
	for i, user := range known {
		if user == nil {
			continue
		}
		if user.organization != 0 && user.organization != organization {
			found = append(found, people[i].problem(i, -1, "the e-mail is that of another organization's user"))
		}
		earlier, twice := first[user.uuid]
		if !twice {
			first[user.uuid] = i
		} else if inOneCase(people[earlier].Email) != inOneCase(people[i].Email) { // else that is a problem of the e-mail's
			found = append(found, people[i].problem(i, earlier, "the e-mail is another one of the same user"))
		}
	}
	return found
}

// groupsByName returns the uuid of each group of the organization, by the name in NFC: of
// those that have one such name, the one that is stored so.
func groupsByName(tx *gorm.DB, organization int64) (map[string]string, error) {
	var found []groupRow
	err := tx.Find(&found, "organization_id = ?", organization).Error
	uuids := make(map[string]string, len(found))
	for _, group := range found {
		form := norm.NFC.String(group.Name)
		if _, taken := uuids[form]; !taken || form == group.Name {
			uuids[form] = group.GroupUUID
		}
	}
	return uuids, err
}

// user plans what becomes of the person's own rows, and returns the uuid of the user.
func (p *directoryPlan) user(person Person, user *directoryUser) string {
	if user == nil {
		user = p.newUser(person)
	}
	var changed []string
	if user.firstName != person.FirstName {
		p.firstNames = append(p.firstNames, [2]string{user.uuid, person.FirstName})
		changed = append(changed, "first_name")
	}
	if user.lastName != person.LastName {
		p.lastNames = append(p.lastNames, [2]string{user.uuid, person.LastName})
		changed = append(changed, "last_name")
	}
	if user.active != person.Active {
		p.actives = append(p.actives, [2]string{user.uuid, strconv.FormatBool(person.Active)})
		changed = append(changed, "active")
	}
	switch {
	case user.active && !person.Active:
		p.note(Deactivate, UserSubject, person.Email, strings.Join(changed, ", "))
	case changed != nil:
		p.note(Update, UserSubject, person.Email, strings.Join(changed, ", "))
	}
	switch {
	case user.organization == 0:
		p.memberships = append(p.memberships, [2]string{user.uuid, person.Role})
		p.note(Add, MembershipSubject, person.Email, person.Role)
	case user.role != person.Role:
		p.roles = append(p.roles, [2]string{user.uuid, person.Role})
		p.note(Update, MembershipSubject, person.Email, user.role+" to "+person.Role)
	}
	return user.uuid
}

// newUser plans a user who is as the person, and in no organization yet.
func (p *directoryPlan) newUser(person Person) *directoryUser {
	id := uuid.NewString()
	p.users = append(p.users, userRow{UserUUID: id, FirstName: person.FirstName, LastName: person.LastName, IsActive: person.Active})
	p.emails = append(p.emails, [2]string{id, person.Email})
	detail := ""
	if !person.Active {
		detail = "inactive"
	}
	p.note(Add, UserSubject, person.Email, detail)
	return &directoryUser{uuid: id, firstName: person.FirstName, lastName: person.LastName, active: person.Active}
}

// groupsOf plans what brings the person from the groups that it is in to those that it
// is to be in. It adds those that it plans to make to existing, which has each group's
// uuid by the name in NFC.
func (p *directoryPlan) groupsOf(person Person, id string, in []userGroup, existing map[string]string) {
	staying := make(map[string]bool, len(in)) // whether, by the name of a group
	for _, group := range in {
		staying[norm.NFC.String(group.name)] = false
	}
	for _, name := range person.Groups {
		_, is := staying[name]
		staying[name] = true
		if is {
			continue
		}
		if existing[name] == "" {
			existing[name] = uuid.NewString()
			p.groups = append(p.groups, [2]string{existing[name], name})
			p.note(Add, GroupSubject, name, "")
		}
		p.joined = append(p.joined, [2]string{id, existing[name]})
		p.note(Add, GroupMembershipSubject, person.Email, strconv.Quote(name))
	}
	for _, group := range in {
		if !staying[norm.NFC.String(group.name)] {
			p.left = append(p.left, [2]string{id, group.uuid})
			p.note(Remove, GroupMembershipSubject, person.Email, strconv.Quote(group.name))
		}
	}
}

// planMissing plans that active members who are not among the known become inactive.
func (s *Store) planMissing(tx *gorm.DB, plan *directoryPlan, known []*directoryUser) error {
	present := uuidsOf(known)
	query := withPrimaryEmails(membersOf(tx, plan.organization.OrganizationID)).Where("users.is_active").
		Select("users.user_uuid, COALESCE(shown.email, '')").
		Order("COALESCE(shown.email, '')" + s.dialect.byBytes + ", users.user_uuid")
	return eachRow(query, func(rows *sql.Rows) error {
		var id, email string
		if err := rows.Scan(&id, &email); err != nil || present[id] {
			return err
		}
		plan.actives = append(plan.actives, [2]string{id, "false"})
		plan.note(Deactivate, UserSubject, email, "not in the directory")
		return nil
	})
}
