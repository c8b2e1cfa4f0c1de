package store_test

import (
	"errors"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// kindOf is the kind of err, "" for success. An error without a kind fails the test.
func kindOf(t *testing.T, err error) store.Kind {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*store.Error](err)
	if !ok {
		t.Fatalf("an error without a kind: %v", err)
	}
	return e.Kind
}

// demo fills s with the demo organization and returns it.
func demo(t *testing.T, s *store.Store) store.Organization {
	t.Helper()
	storetest.LoadDemo(t, s)
	return callerFor(t, s, store.DemoEmail).Organization
}

func callerFor(t *testing.T, s *store.Store, email string) store.Caller {
	t.Helper()
	caller, err := s.Authenticate(t.Context(), storetest.CreateToken(t, s, email))
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

// What belongs to the other organization that otherOrganization makes.
const (
	theirUser  = "99999999-0000-4000-8000-000000000001"
	theirGroup = "99999999-0000-4000-8000-000000000002"
)

func otherOrganization(t *testing.T, s *store.Store) store.Organization {
	t.Helper()
	storetest.Exec(t, s, `INSERT INTO organizations (organization_uuid, organization_name) VALUES ('99999999-0000-4000-8000-000000000000', 'Theirs')`)
	storetest.Exec(t, s, `INSERT INTO users (user_uuid, first_name, last_name) VALUES (?, '', '')`, theirUser)
	storetest.Exec(t, s, `INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'them@example.com', true FROM users WHERE user_uuid = ?`, theirUser)
	storetest.Exec(t, s, `INSERT INTO organization_memberships (organization_id, user_id, role)
		SELECT organization_id, user_id, 'admin' FROM organizations, users WHERE organization_name = 'Theirs' AND user_uuid = ?`, theirUser)
	storetest.Exec(t, s, `INSERT INTO groups (group_uuid, name, organization_id) SELECT ?, 'Theirs', organization_id FROM organizations WHERE organization_name = 'Theirs'`, theirGroup)
	return callerFor(t, s, "them@example.com").Organization
}

// rowsOf counts the rows of all three tables that a create writes.
func rowsOf(t *testing.T, s *store.Store) int {
	t.Helper()
	return storetest.Query[int](t, s, `SELECT (SELECT count(*) FROM user_attributes) +
		(SELECT count(*) FROM organization_member_user_attributes) + (SELECT count(*) FROM group_user_attributes)`)[0]
}
