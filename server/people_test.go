package server_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// People and groups that a demo does not have.
const (
	theirAdmin    = "their.admin@example.com"
	theirUUID     = "5a1c0000-0000-4000-8000-000000000001"
	theirGroup    = "5a1c0000-0000-4000-8000-000000000002"
	inactiveUUID  = "5a1c0000-0000-4000-8000-000000000003"
	inactiveEmail = "inactive@lightdash.com"
	nobody        = "00000000-0000-4000-8000-000000000000"
)

// addPeople adds another organization with an admin and a group, and to ours a
// user who is inactive.
func (a *api) addPeople(t testing.TB) {
	t.Helper()
	storetest.Exec(t, a.store, `INSERT INTO organizations (organization_name) VALUES ('Theirs')`)
	a.addUser(t, theirUUID, theirAdmin, "admin", "Theirs")
	storetest.Exec(t, a.store, `INSERT INTO groups (group_uuid, name, organization_id)
		SELECT ?, 'Europe', organization_id FROM organizations WHERE organization_name = 'Theirs'`, theirGroup)
	a.addUser(t, inactiveUUID, inactiveEmail, "editor", "Jaffle Shop")
	storetest.Exec(t, a.store, `UPDATE users SET is_active = false WHERE user_uuid = ?`, inactiveUUID)
}

// addUser adds an active user with a role in the organization of this name.
func (a *api) addUser(t testing.TB, uuid, email, role, organization string) {
	t.Helper()
	storetest.Exec(t, a.store, `INSERT INTO users (user_uuid, first_name, last_name, is_active) VALUES (?, '', '', true)`, uuid)
	storetest.Exec(t, a.store, `INSERT INTO emails (user_id, email, is_primary)
		SELECT user_id, ?, true FROM users WHERE user_uuid = ?`, email, uuid)
	storetest.Exec(t, a.store, `INSERT INTO organization_memberships (organization_id, user_id, role)
		SELECT organization_id, user_id, ? FROM users, organizations WHERE user_uuid = ? AND organization_name = ?`, role, uuid, organization)
}

// expiredToken is a token of the demo's admin that was good once.
func (a *api) expiredToken(t testing.TB) string {
	t.Helper()
	token := a.tokenOf(t, store.DemoEmail)
	hash := sha256.Sum256([]byte(token))
	storetest.Exec(t, a.store, `UPDATE personal_access_tokens SET expires_at = '2026-01-01 00:00:00.000' WHERE token_hash = ?`, fmt.Sprintf("%x", hash))
	return token
}
