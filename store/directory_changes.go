package store

// Verb says what an import does.
type Verb string

const (
	Add        Verb = "add"
	Update     Verb = "update"
	Deactivate Verb = "deactivate" // a user, who stays a member
	Remove     Verb = "remove"
)

// Subject says to what an import does it.
type Subject string

const (
	OrganizationSubject    Subject = "organization"
	UserSubject            Subject = "user"
	MembershipSubject      Subject = "membership" // of a user in the organization, with a role
	GroupSubject           Subject = "group"
	GroupMembershipSubject Subject = "group membership"
)

// Change is one thing that an import does, or would do.
type Change struct {
	Verb    Verb
	Subject Subject
	Name    string // the user's e-mail; of an organization or a group its name
	Detail  string // in words; the name of a group in quotes
}

// Changes are all things that an import does, in the order of its people.
type Changes []Change

// Count returns how many changes are of one kind.
func (c Changes) Count(verb Verb, subject Subject) int {
	n := 0
	for _, change := range c {
		if change.Verb == verb && change.Subject == subject {
			n++
		}
	}
	return n
}
