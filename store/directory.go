package store

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Person is a user with all that an organization says of them: one line of a directory.
type Person struct {
	Email     string // by which the user is found, in any case, be it the primary one or not
	FirstName string
	LastName  string
	Role      string   // one of Roles
	Active    bool     // an inactive user's tokens are of no use
	Groups    []string // the names of exactly those groups that the person is in
}

// Problem is why a person cannot be imported or exported.
type Problem struct {
	Person  int    // index into the people
	Earlier int    // index of the person with whom this one collides, or -1
	Who     string // the person's e-mail, or name if there is no e-mail
	Reason  string // a part of a sentence
}

// Roles are those that a member of an organization can have, the mightiest first.
func Roles() []string {
	return []string{"admin", "developer", "editor", "interactive_viewer", "viewer", "member"}
}

// NamedOrganization is an organization as an operator knows it.
type NamedOrganization struct{ UUID, Name string }

// Organizations returns all organizations, by name and then uuid, by bytes.
func (s *Store) Organizations(ctx context.Context) ([]NamedOrganization, error) {
	var rows []organizationRow
	err := s.reading(ctx, s.shares.people, "read the names of the organizations", func(db *gorm.DB) error { return db.Select("organization_uuid", "organization_name").Find(&rows).Error })
	if err != nil {
		return nil, err
	}
	all := make([]NamedOrganization, len(rows))
	for i, row := range rows {
		all[i] = NamedOrganization{UUID: row.OrganizationUUID, Name: row.OrganizationName}
	}
	slices.SortFunc(all, func(a, b NamedOrganization) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UUID, b.UUID))
	})
	return all, nil
}

// FindOrganization returns the organization with this uuid or name, as organizationNamed
// does, and one without a uuid where no organization has the name.
func (s *Store) FindOrganization(ctx context.Context, nameOrUUID string) (NamedOrganization, error) {
	var row organizationRow
	err := s.reading(ctx, s.shares.people, "find an organization", func(db *gorm.DB) (err error) {
		row, err = organizationNamed(db, nameOrUUID)
		return err
	})
	return NamedOrganization{UUID: row.OrganizationUUID, Name: row.OrganizationName}, err
}

// organizationNamed returns the organization with this uuid or with this name, in its exact
// case, and one without an id where none has the name. It returns a NotFound where none
// has the uuid, and an Invalid where several have the name.
func organizationNamed(tx *gorm.DB, nameOrUUID string) (organizationRow, error) {
	var found []organizationRow
	if err := tx.Select("organization_id", "organization_uuid", "organization_name").Where(organizationIs(nameOrUUID)).Order("organization_uuid").Find(&found).Error; err != nil {
		return organizationRow{}, err
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && IsUUID(nameOrUUID): // to make one of this name would be to take a mistyped uuid for a wish
		return organizationRow{}, &Error{Kind: NotFound, Message: "There is no organization of this uuid."}
	case len(found) == 0:
		return organizationRow{OrganizationName: nameOrUUID}, nil
	}
	uuids := make([]string, len(found))
	for i, row := range found {
		uuids[i] = row.OrganizationUUID
	}
	return organizationRow{}, &Error{Kind: Invalid, Message: fmt.Sprintf("%d organizations have this name: say which is meant by its uuid, %s.",
		len(found), strings.Join(uuids, " or "))}
}

// organizationIs is a condition: what has the form of a uuid is one, and all else a name.
func organizationIs(nameOrUUID string) clause.Expr {
	if IsUUID(nameOrUUID) {
		return gorm.Expr("organization_uuid = ?", strings.ToLower(nameOrUUID))
	}
	return gorm.Expr("organization_name = ?", nameOrUUID)
}

// textLimit is the most characters that a name or an e-mail has in Lightdash's own columns.
const textLimit = 255

// problems finds what is wrong with people already without a look into the database.
func problems(people []Person) []Problem {
	var found []Problem
	first := make(map[string]int, len(people)) // by e-mail in one case
	for i, person := range people {
		for _, reason := range person.faults() {
			found = append(found, person.problem(i, -1, reason))
		}
		email := inOneCase(person.Email)
		earlier, twice := first[email]
		switch {
		case email == "": // a fault already
		case twice:
			found = append(found, person.problem(i, earlier, "the e-mail stands there already"))
		default:
			first[email] = i
		}
	}
	return found
}

// inOneCase is an e-mail as it is compared: only the letters of ASCII have two cases,
// since emailFault refuses capitals of any other. Engines and locales differ in those.
func inOneCase(email string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, email)
}

func (p Person) problem(index, earlier int, reason string) Problem {
	who := p.Email
	if who == "" {
		who = strings.TrimSpace(p.FirstName + " " + p.LastName)
	}
	return Problem{Person: index, Earlier: earlier, Who: who, Reason: reason}
}

// faults are what is wrong with the person alone. What it lets pass is the same after
// an export and an import.
func (p Person) faults() []string {
	all := []string{emailFault(p.Email), textFault("first_name", p.FirstName), textFault("last_name", p.LastName)}
	if !slices.Contains(Roles(), p.Role) {
		all = append(all, fmt.Sprintf("there is no role %.60q, only %s", p.Role, strings.Join(Roles(), ", ")))
	}
	for _, name := range p.Groups {
		all = append(all, groupFault(name))
	}
	return slices.DeleteFunc(all, func(fault string) bool { return fault == "" })
}

func emailFault(email string) string {
	if email == "" {
		return "the e-mail is empty"
	}
	if fault := textFault("email", email); fault != "" {
		return fault
	}
	if strings.ToLower(email) != inOneCase(email) {
		return "the e-mail has capital letters that are not A to Z: write them small"
	}
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email { // it takes "Ada <ada@example.com>" too
		return "the e-mail is not of the form name@example.com"
	}
	if strings.ContainsFunc(email, func(r rune) bool { return unseen(r) || unicode.IsSpace(r) }) {
		return "the e-mail has a character that cannot be seen"
	}
	return ""
}

func groupFault(name string) string {
	switch {
	case name == "":
		return "a group's name is empty"
	case strings.TrimSpace(name) != name: // "Europe; America" is hardly meant so
		return fmt.Sprintf("the group's name %.60q begins or ends with a space", name)
	case strings.Contains(name, ";"):
		return fmt.Sprintf("the group's name %.60q has a semicolon, which stands between groups", name)
	}
	if fault := textFault("a group's name", name); fault != "" {
		return fault
	}
	characters := []rune(name)
	for i, r := range characters {
		if unseen(r) && !inEmoji(characters, i) {
			return fmt.Sprintf("the group's name %.60q has a character that cannot be seen, U+%04X, at place %d", name, r, i+1)
		}
	}
	return ""
}

// unseen reports whether a text looks the same with and without the character: so two
// names could be told apart by no reader.
func unseen(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// inEmoji reports whether the character at i joins two emoji into one, as in 👩‍💻, or asks
// for the colored form of the one before it, as in ❤️: that can be seen (Unicode Technical
// Standard 51, definitions 9a and 16).
func inEmoji(characters []rune, i int) bool {
	const joiner, colored = '\u200d', '\ufe0f'
	isEmoji := func(i int) bool { return 0 <= i && i < len(characters) && unicode.Is(emoji, characters[i]) }
	switch characters[i] {
	case joiner:
		before := i - 1
		if before > 0 && characters[before] == colored {
			before--
		}
		return isEmoji(before) && isEmoji(i+1)
	case colored:
		return isEmoji(i - 1)
	}
	return false
}

// emoji are the blocks of Unicode that have those which are joined or come in two forms,
// with the skin tones that may follow one.
var emoji = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x2190, Hi: 0x21ff, Stride: 1}, {Lo: 0x2600, Hi: 0x27bf, Stride: 1}, {Lo: 0x2b00, Hi: 0x2bff, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1faff, Stride: 1}},
}

// inOneForm returns the people with e-mails and groups in NFC: what looks the same is then
// the same.
func inOneForm(people []Person) []Person {
	people = slices.Clone(people)
	for i, person := range people {
		people[i].Email = norm.NFC.String(person.Email)
		people[i].Groups = slices.Clone(person.Groups)
		for j, name := range person.Groups {
			people[i].Groups[j] = norm.NFC.String(name)
		}
	}
	return people
}

func textFault(what, text string) string {
	switch {
	case !utf8.ValidString(text):
		return what + " is not UTF-8"
	case strings.ContainsRune(text, 0):
		return what + " has the character U+0000"
	case strings.ContainsRune(text, '\r'): // a CSV file's readers change it
		return what + " has a carriage return"
	case utf8.RuneCountInString(text) > textLimit:
		return fmt.Sprintf("%s is longer than %d characters", what, textLimit)
	}
	return ""
}
