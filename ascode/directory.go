package ascode

import (
	"fmt"
	"regexp"
	"strings"
)

// directory knows who is meant by a name, and what to call whom.
type directory struct {
	users, groups map[string][]string // uuids, by e-mail in lower case and by name
	names         map[who]string      // e-mails and groups' names, as the server has them
	emails        []string
	groupNames    []string
}

func newDirectory(s *State) *directory {
	d := &directory{users: map[string][]string{}, groups: map[string][]string{}, names: map[who]string{}}
	add := func(kind Kind, uuid, name string) {
		w := who{kind, strings.ToLower(uuid)}
		if _, known := d.names[w]; known {
			return
		}
		d.names[w] = name
		switch {
		case name == "":
		case kind == User:
			email := strings.ToLower(name)
			d.users[email] = append(d.users[email], w.UUID)
			d.emails = append(d.emails, name)
		default:
			d.groups[name] = append(d.groups[name], w.UUID)
			d.groupNames = append(d.groupNames, name)
		}
	}
	for _, person := range s.people {
		add(User, person.UserUuid, person.Email)
	}
	for _, group := range s.groups {
		add(Group, group.Uuid, group.Name)
	}
	for _, a := range s.attributes { // some may have a value and be in no list
		for w := range a.values {
			add(w.Kind, w.UUID, a.emails[w.UUID])
		}
	}
	return d
}

// known returns all who have that name: none, one or several.
func (d *directory) known(kind Kind, name string) []string {
	if kind == User {
		return d.users[strings.ToLower(name)]
	}
	return d.groups[name]
}

// call returns a name by which only this one is found: the uuid where no other name would do.
func (d *directory) call(w who) string {
	name := d.names[w]
	if strings.HasPrefix(name, uuidPrefix) || len(d.known(w.Kind, name)) != 1 {
		return uuidPrefix + w.UUID
	}
	return name
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// find returns who is meant, or what is wrong. It suggests a similar name only if hint is set,
// since looking for one takes time.
func (d *directory) find(kind Kind, name string, hint bool) (w who, wrong string) {
	what, known := "e-mail", d.emails
	if kind == Group {
		what, known = "group", d.groupNames
	}
	if uuid, ok := strings.CutPrefix(name, uuidPrefix); ok {
		w := who{kind, strings.ToLower(uuid)}
		if _, known := d.names[w]; !known || !uuidForm.MatchString(w.UUID) {
			return w, fmt.Sprintf("the server has no %s with the uuid %q", kind, uuid)
		}
		return w, ""
	}
	switch found := d.known(kind, name); len(found) {
	case 1:
		return who{kind, found[0]}, ""
	case 0:
		nearest := ""
		if hint {
			nearest = suggestion(name, known)
		}
		return who{}, fmt.Sprintf("the server has no %s %q%s", map[Kind]string{User: "person with the e-mail", Group: "group"}[kind], name, nearest)
	default:
		return who{}, fmt.Sprintf("the server has %d with the %s %q: write uuid:%s, or another's uuid", len(found), what, name, found[0])
	}
}
