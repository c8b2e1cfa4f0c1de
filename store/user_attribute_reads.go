package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// EachUserAttribute calls each with every attribute of the organization, newest first and then by uuid, as they
// were at one moment, while the database still sends the others: it has a connection until each returns for the
// last time. What each gets is good until it returns, its texts too: their memory is that of the next one's.
//
// Before the database is asked begin is called, and once more where it broke off what it may be asked again: each then
// gets all anew. An error of begin or each ends the list, and is returned as it is; but where begin refuses to have the
// list read again, what broke it off.
func (s *Store) EachUserAttribute(ctx context.Context, organization Organization, begin func() error, each func(*UserAttribute) error) error {
	const operation = "list user attributes"
	var broken, ended error
	err := s.readingAttributes(ctx, ofLists, operation, func(db *gorm.DB) error {
		if ended = begin(); ended != nil {
			if broken != nil {
				ended = s.failure(operation, broken)
			}
			return nil
		}
		broken = s.eachUserAttribute(db, organization, "", func(a *UserAttribute) error {
			begins(db.Statement.Context)
			ended = each(a)
			return ended
		})
		if ended != nil {
			return nil
		}
		return broken
	})
	return cmp.Or(err, ended)
}

// LongLists is how many lists may be read no faster than somebody takes them: fewer than lists have connections,
// and so some are left to others.
func (s *Store) LongLists() int { return connections() / 4 }

// GetUserAttribute returns one attribute, or a NotFound. Here as in all methods, an id
// may be written in any case, and one that is no UUID is not found.
func (s *Store) GetUserAttribute(ctx context.Context, organization Organization, id string) (UserAttribute, error) {
	var one UserAttribute
	err := s.readingAttributes(ctx, ofAttributes, "get user attribute", func(db *gorm.DB) (err error) {
		one, err = s.readUserAttribute(db, organization, id)
		return err
	})
	return one, err
}

var errAttributeNotFound = &Error{Kind: NotFound, Message: "This user attribute does not exist."}

func (s *Store) readUserAttribute(tx *gorm.DB, organization Organization, id string) (UserAttribute, error) {
	id, err := canonical(id, errAttributeNotFound)
	if err != nil {
		return UserAttribute{}, err
	}
	var found UserAttribute
	err = s.eachUserAttribute(tx, organization, id, func(a *UserAttribute) error {
		found = *a
		return nil
	})
	if err == nil && found.UUID == "" {
		err = errAttributeNotFound
	}
	return found, err
}

// errOutOfOrder keeps an attribute from being told in two parts, of which each looks whole.
var errOutOfOrder = errors.New("the database tells attributes in another order than it was asked for")

// eachUserAttribute calls each with the attribute with this id, or with all where it is empty, in the order of a
// list. What each gets may be used until it returns, and that of the last call for ever.
func (s *Store) eachUserAttribute(tx *gorm.DB, organization Organization, id string, each func(*UserAttribute) error) error {
	query, parameters := s.queries.readAll, slices.Repeat([]any{organization.id}, s.queries.readAllTimes)
	if id != "" {
		query, parameters = s.queries.readOne, slices.Repeat([]any{organization.id, id}, 3)
	}
	// One attribute is enough for all, and the memory of its texts.
	var (
		one   UserAttribute
		texts reusedTexts
		lists listReader
	)
	give := func() error {
		if one.UUID == "" {
			return nil
		}
		one.sortValues()
		return each(&one)
	}
	err := s.eachRawRow(tx, 6, query, parameters, func(made time.Time, row [][]byte) error {
		if one.UUID != string(row[0]) {
			if newer := made.Compare(one.CreatedAt); one.UUID != "" && (newer > 0 || newer == 0 && string(row[0]) < one.UUID) {
				return errOutOfOrder
			}
			if err := give(); err != nil {
				return err
			}
			texts.forget()
			lists.forget()
			users, groups := one.Users[:0], one.Groups[:0]
			one = UserAttribute{UUID: texts.of(row[0]), OrganizationUUID: organization.UUID, CreatedAt: made}
			one.Users, one.Groups = users, groups
		}
		return one.add(row[1], row[2], row[3], row[4], &texts, &lists)
	})
	if err != nil {
		return err
	}
	return give()
}

// add adds what a row tells.
func (a *UserAttribute) add(holder, text, description, list []byte, texts *reusedTexts, lists *listReader) (err error) {
	var values []string
	if list != nil {
		values, err = lists.read(texts.of(list))
	}
	switch {
	case holder == nil:
		a.Name, a.Defaults = texts.of(text), values
		if description != nil {
			described := texts.of(description)
			a.Description = &described
		}
	case text != nil:
		if a.Users == nil {
			a.Users = make([]UserValue, 0, 4) // where it grows, that is two pieces of memory less
		}
		a.Users = append(a.Users, UserValue{UserUUID: texts.of(holder), Email: texts.of(text), Values: values})
	default:
		a.Groups = append(a.Groups, GroupValue{GroupUUID: texts.of(holder), Values: values})
	}
	return err
}

// sortValues brings users and groups into the order of an answer. They are sorted
// here, by bytes, since databases sort text as their locale does.
func (a *UserAttribute) sortValues() {
	slices.SortFunc(a.Users, func(a, b UserValue) int {
		if order := strings.Compare(a.Email, b.Email); order != 0 {
			return order
		}
		return strings.Compare(a.UserUUID, b.UserUUID)
	})
	slices.SortFunc(a.Groups, func(a, b GroupValue) int { return strings.Compare(a.GroupUUID, b.GroupUUID) })
}
