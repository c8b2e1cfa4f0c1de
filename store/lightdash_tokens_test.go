package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

// A Lightdash with two people, a token of each kind that it keeps, and a role of its own.
const (
	lightdashSecret = "an example secret"
	newToken        = "ldpat_00112233445566778899aabbccddeeff"
	oldToken        = "00112233445566778899aabbccddeeff"
	lightdashUser   = "5a1c0000-0000-4000-8000-000000000001"
	lightdashPeople = `
		INSERT INTO organizations (organization_uuid, organization_name) VALUES ('0e1c0000-0000-4000-8000-000000000001', 'Ours');
		INSERT INTO users (user_uuid, first_name, last_name) VALUES ('` + lightdashUser + `', 'Ada', 'Lovelace');
		INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'Ada@example.com', true FROM users;
		INSERT INTO emails (user_id, email) SELECT user_id, 'ada@example.org' FROM users;
		INSERT INTO organization_memberships (organization_id, user_id, role) SELECT organization_id, user_id, 'admin' FROM organizations, users;
		INSERT INTO roles (role_uuid, name, organization_uuid) SELECT '201e0000-0000-4000-8000-000000000001', 'Keepers', organization_uuid FROM organizations;
		INSERT INTO scoped_roles (role_uuid, scope_name) SELECT role_uuid, 'view:Dashboard' FROM roles;
		INSERT INTO personal_access_tokens (created_by_user_id, description, token_hash)
			SELECT user_id, 'new', '$2b$10$0d87c879762854667eeacuiVghrXbJvByCVxjYoVsd1E4NruWd7hm' FROM users;
		INSERT INTO personal_access_tokens (created_by_user_id, description, token_hash)
			SELECT user_id, 'old', '5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720' FROM users`
	roleOfItsOwn = `UPDATE organization_memberships SET role_uuid = (SELECT role_uuid FROM roles)`
)

// lightdashWithPeople opens the store on such a database.
func lightdashWithPeople(t *testing.T, beside store.Lightdash, changes ...string) *store.Store {
	t.Helper()
	url := storetest.Lightdash(t, storetest.Single)
	execute(t, url, append([]string{lightdashPeople}, changes...)...)
	return storetest.OpenLightdash(t, url, beside)
}

func TestAuthenticateBesideALightdash(t *testing.T) {
	tests := []struct {
		name, secret, token, change string
		want                        store.Kind // "" is success
		role                        string
	}{
		{name: "a token of today", token: newToken, role: "admin"},
		{name: "a token of old", token: oldToken, role: "admin"},
		{name: "a token that nobody has", token: "ldpat_ffeeddccbbaa99887766554433221100", want: store.Unauthenticated},
		{name: "no token", token: "", want: store.Unauthenticated},
		{name: "what is kept of a token", token: "$2b$10$0d87c879762854667eeacuiVghrXbJvByCVxjYoVsd1E4NruWd7hm", want: store.Unauthenticated},
		{name: "another secret", secret: "s", token: newToken, want: store.Unauthenticated},
		{name: "a token of old needs none", secret: "s", token: oldToken, role: "admin"},
		{name: "one that has not expired", token: newToken, change: `UPDATE personal_access_tokens SET expires_at = now() AT TIME ZONE 'UTC' + interval '1 hour'`, role: "admin"},
		{name: "one that has expired", token: newToken, change: `UPDATE personal_access_tokens SET expires_at = now() AT TIME ZONE 'UTC' - interval '1 second'`, want: store.Unauthenticated},
		{name: "an inactive user", token: newToken, change: `UPDATE users SET is_active = false`, want: store.Unauthenticated},
		{name: "a user of whom it is not known", token: newToken, change: `UPDATE users SET is_active = NULL`, want: store.Unauthenticated},
		{name: "a user in no organization", token: newToken, change: `DELETE FROM organization_memberships`, want: store.Unauthenticated},
		{name: "another role", token: newToken, change: `UPDATE organization_memberships SET role = 'interactive_viewer'`, role: "interactive_viewer"},
		{name: "a role of its own", token: newToken, change: roleOfItsOwn, role: "custom"},
		{name: "one that may manage something else", token: newToken, change: roleOfItsOwn + `; UPDATE scoped_roles SET scope_name = 'manage:OrganizationMemberProfile'`, role: "custom"},
		{name: "one that may manage the organization", token: newToken, role: "admin",
			change: roleOfItsOwn + `, role = 'viewer'; INSERT INTO scoped_roles (role_uuid, scope_name) SELECT role_uuid, 'manage:Organization' FROM roles`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			secret := lightdashSecret
			if tt.secret != "" {
				secret = tt.secret
			}
			s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(secret)}, tt.change)
			caller, err := s.Authenticate(t.Context(), tt.token)
			if got := kindOf(t, err); got != tt.want || caller.Role != tt.role {
				t.Fatalf("kind %q, role %q; want %q and %q: %v", got, caller.Role, tt.want, tt.role, err)
			}
			if err == nil && (caller.UserUUID != lightdashUser || caller.Organization.UUID != "0e1c0000-0000-4000-8000-000000000001") {
				t.Errorf("caller %+v", caller)
			}
			if left := storetest.Query[int](t, s, `SELECT count(*) FROM personal_access_tokens`)[0]; left != 2 {
				t.Errorf("%d of two tokens are left, which are Lightdash's to remove", left)
			}
		})
	}
}

// TestTokensExpireInTheZoneOfTheLightdash: its column has no zone.
func TestTokensExpireInTheZoneOfTheLightdash(t *testing.T) {
	for zone, end := range map[string]string{"UTC": "2026-07-15T12:00:00Z", "Europe/Berlin": "2026-07-15T10:00:00Z", "America/New_York": "2026-07-15T16:00:00Z"} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			location, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			expires, err := time.Parse(time.RFC3339, end)
			if err != nil {
				t.Fatal(err)
			}
			s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(lightdashSecret), Timezone: location},
				`UPDATE personal_access_tokens SET expires_at = '2026-07-15 12:00'`)
			now := expires.Add(-time.Second)
			store.SetClock(s, func() time.Time { return now })
			if _, err := s.Authenticate(t.Context(), oldToken); err != nil {
				t.Errorf("a second before: %v", err)
			}
			now = expires
			if _, err := s.Authenticate(t.Context(), oldToken); kindOf(t, err) != store.Unauthenticated {
				t.Errorf("at the end: %v", err)
			}
			if tokens, err := s.ListTokens(t.Context(), location); err != nil || !tokens[0].ExpiresAt.Equal(expires) || tokens[0].Owner != "Ada@example.com" {
				t.Errorf("listed %+v, %v", tokens, err)
			}
		})
	}
}

// TestATokenIsHashedOnce: as long as its row is there, which is looked at all the same.
func TestATokenIsHashedOnce(t *testing.T) {
	s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(lightdashSecret)})
	now := time.Now()
	store.SetClock(s, func() time.Time { return now })
	for _, step := range []struct {
		name, change string
		want         store.Kind
		hashes       int64
	}{
		{"at first", ``, "", 1},
		{"then", ``, "", 1},
		{"deactivated", `UPDATE users SET is_active = false`, store.Unauthenticated, 1},
		{"active again", `UPDATE users SET is_active = true`, "", 1},
		{"expired", `UPDATE personal_access_tokens SET expires_at = '2020-01-01'`, store.Unauthenticated, 1},
		{"prolonged", `UPDATE personal_access_tokens SET expires_at = NULL`, "", 1},
		{"demoted", `UPDATE organization_memberships SET role = 'viewer'`, "", 1},
		{"rotated", `UPDATE personal_access_tokens SET token_hash = token_hash || 'x'`, store.Unauthenticated, 2},
		{"rotated, once more", ``, store.Unauthenticated, 3},
		{"turned back", `UPDATE personal_access_tokens SET token_hash = left(token_hash, -1)`, "", 4},
		{"in another row", `UPDATE personal_access_tokens SET personal_access_token_uuid = uuid_generate_v4()`, "", 5},
		{"in that row", ``, "", 5},
		{"removed", `DELETE FROM personal_access_tokens`, store.Unauthenticated, 6},
	} {
		now = now.Add(5 * time.Second) // the promise to operators, see docs/security.md
		if step.change != "" {
			storetest.Exec(t, s, step.change)
		}
		_, err := s.Authenticate(t.Context(), newToken)
		if got, hashes := kindOf(t, err), s.Stats().TokenHashes; got != step.want || hashes != step.hashes {
			t.Errorf("%s: kind %q after %d hashes, want %q after %d", step.name, got, hashes, step.want, step.hashes)
		}
	}
}

// TestTokensThatWaitToBeHashed: so many at once there are none, whoever sends them, and nobody waits who is known.
func TestTokensThatWaitToBeHashed(t *testing.T) {
	s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(lightdashSecret)})
	now := time.Now()
	store.SetClock(s, func() time.Time { return now })
	if _, err := s.Authenticate(t.Context(), newToken); err != nil {
		t.Fatal(err)
	}
	release := store.HashNothing(s)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	for n := range 50 {
		waiting.Go(func() {
			if _, err := s.Authenticate(ctx, fmt.Sprint("ldpat_", n)); !errors.Is(err, context.Canceled) {
				t.Errorf("one that waited: %v", err)
			}
		})
	}
	patient, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	for range 3 {
		now = now.Add(5 * time.Second)
		if _, err := s.Authenticate(patient, newToken); err != nil {
			t.Errorf("one that is known: %v", err)
		}
	}
	cancel()
	waiting.Wait()
	if hashes := s.Stats().TokenHashes; hashes != 1 {
		t.Errorf("%d tokens were hashed, want 1", hashes)
	}
	release()
	for token, good := range map[string]bool{oldToken: true, "ldpat_nobody": false} {
		before := s.Stats().TokenHashes
		for range 40 {
			waiting.Go(func() {
				if _, err := s.Authenticate(t.Context(), token); (err == nil) != good {
					t.Errorf("one of many: %v", err)
				}
			})
		}
		waiting.Wait()
		if hashes := s.Stats().TokenHashes - before; hashes != 1 {
			t.Errorf("one token of many callers (good: %t) was hashed %d times", good, hashes)
		}
	}
}

// TestOneWhoLeavesTakesNobodyAlong: many wait for one token together, and the first of them goes away.
func TestOneWhoLeavesTakesNobodyAlong(t *testing.T) {
	s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(lightdashSecret)})
	release := store.HashNothing(s)
	var waiting sync.WaitGroup
	for range 10 {
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan struct{})
		waiting.Go(func() {
			defer close(left)
			if _, err := s.Authenticate(ctx, newToken); !errors.Is(err, context.Canceled) {
				t.Errorf("one that left: %v", err)
			}
		})
		waiting.Go(func() {
			if _, err := s.Authenticate(t.Context(), newToken); err != nil {
				t.Errorf("one that stayed: %v", err)
			}
		})
		leave()
		<-left
	}
	release()
	waiting.Wait()
	if hashes := s.Stats().TokenHashes; hashes != 1 {
		t.Errorf("%d hashes, want 1", hashes)
	}
}

// TestLastUseOfALightdashsToken is written by its wall clock, and once a minute, whoever writes.
func TestLastUseOfALightdashsToken(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(lightdashSecret), Timezone: zone})
	now := time.Date(2026, 7, 15, 10, 0, 0, 0, time.UTC)
	store.SetClock(s, func() time.Time { return now })
	for _, step := range []struct{ name, change, want string }{
		{"at first", ``, "2026-07-15 12:00:00"},
		{"half a minute later", ``, "2026-07-15 12:00:00"},
		{"a minute later", ``, "2026-07-15 12:01:00"},
		{"after a use of Lightdash's", `UPDATE personal_access_tokens SET last_used_at = '2026-07-15 12:01:15.123456'`, "2026-07-15 12:01:15"},
	} {
		if step.change != "" {
			storetest.Exec(t, s, step.change)
		}
		if _, err := s.Authenticate(t.Context(), newToken); err != nil {
			t.Fatal(err)
		}
		store.WaitForTokenUses(s)
		got := storetest.Query[string](t, s, `SELECT to_char(last_used_at, 'YYYY-MM-DD HH24:MI:SS') FROM personal_access_tokens WHERE description = 'new'`)
		if got[0] != step.want {
			t.Errorf("%s: last used at %s, want %s", step.name, got[0], step.want)
		}
		now = now.Add(30 * time.Second)
	}
}

// TestMemberOfWhomItIsNotKnown: Lightdash takes a user who is neither active nor inactive for inactive.
func TestMemberOfWhomItIsNotKnown(t *testing.T) {
	s := lightdashWithPeople(t, store.Lightdash{Secret: []byte(lightdashSecret)})
	caller, err := s.Authenticate(t.Context(), oldToken)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, s, `UPDATE users SET is_active = NULL`)
	members, _, err := s.ListMembers(t.Context(), caller.Organization, store.Page{Number: 1, Size: 10}, "", 0)
	if err != nil || len(members) != 1 || members[0].IsActive || members[0].Email != "Ada@example.com" {
		t.Errorf("members %+v, %v", members, err)
	}
}
