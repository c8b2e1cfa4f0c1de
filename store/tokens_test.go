package store_test

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"
)

func TestAuthenticate(t *testing.T) {
	tests := []struct {
		name    string
		expires time.Duration // from now, 0 is never
		change  string        // what happens after the token was made
		token   string        // presented in place of the real one
		want    store.Kind    // "" is success
	}{
		{name: "a token without end"},
		{name: "a token that has not expired", expires: time.Hour},
		{name: "a token that has expired", expires: -time.Second, want: store.Unauthenticated},
		{name: "a revoked token", change: `DELETE FROM personal_access_tokens`, want: store.Unauthenticated},
		{name: "an inactive user", change: `UPDATE users SET is_active = false`, want: store.Unauthenticated},
		{name: "a user in no organisation", change: `DELETE FROM organization_memberships`, want: store.Unauthenticated},
		{name: "a user who is gone", change: `DELETE FROM users`, want: store.Unauthenticated},
		{name: "an unknown token", token: "ldpat_00000000000000000000000000000000", want: store.Unauthenticated},
		{name: "an empty token", token: " ", want: store.Unauthenticated},
		{name: "text that is no token", token: strings.Repeat("' OR 1=1 --\x00\xff", 1000), want: store.Unauthenticated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				if err := s.LoadDemo(t.Context()); err != nil {
					t.Fatal(err)
				}
				expires := time.Time{}
				if tt.expires != 0 {
					expires = time.Now().Add(tt.expires)
				}
				token, err := s.CreateToken(t.Context(), strings.ToUpper(store.DemoEmail), "test", expires)
				if err != nil {
					t.Fatal(err)
				}
				if tt.change != "" {
					storetest.Exec(t, s, tt.change)
				}
				if tt.token != "" {
					token = tt.token
				}
				caller, err := s.Authenticate(t.Context(), token)
				if got := kindOf(t, err); got != tt.want {
					t.Fatalf("kind %q, want %q: %v", got, tt.want, err)
				}
				if err == nil && (caller.UserUUID != store.DemoUserUUID || caller.Role != "admin" || caller.Organization.UUID != store.DemoOrganizationUUID) {
					t.Errorf("caller %+v", caller)
				}
			})
		})
	}
}

func TestAuthenticateBelievesATokenForSecondsOnly(t *testing.T) {
	const lease = 5 * time.Second // the promise to operators, see docs/security.md
	changes := map[string]struct {
		change string
		kind   store.Kind
		role   string
	}{
		"revoked":     {change: `DELETE FROM personal_access_tokens`, kind: store.Unauthenticated},
		"deactivated": {change: `UPDATE users SET is_active = false`, kind: store.Unauthenticated},
		"demoted":     {change: `UPDATE organization_memberships SET role = 'viewer'`, role: "viewer"},
	}
	for name, tt := range changes {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				if err := s.LoadDemo(t.Context()); err != nil {
					t.Fatal(err)
				}
				token, err := s.CreateToken(t.Context(), store.DemoEmail, "", time.Time{})
				if err != nil {
					t.Fatal(err)
				}
				var elapsed atomic.Int64
				start := time.Now()
				store.SetClock(s, func() time.Time { return start.Add(time.Duration(elapsed.Load())) })
				if _, err := s.Authenticate(t.Context(), token); err != nil {
					t.Fatal(err)
				}
				statements := store.CountStatements(s)
				if _, err := s.Authenticate(t.Context(), token); err != nil || statements.Load() != 0 {
					t.Errorf("looked up again at once: %d statements, %v", statements.Load(), err)
				}
				storetest.Exec(t, s, tt.change)
				elapsed.Store(int64(lease))
				caller, err := s.Authenticate(t.Context(), token)
				if got := kindOf(t, err); got != tt.kind || caller.Role != tt.role {
					t.Errorf("after %s: kind %q, role %q; want %q and %q", lease, got, caller.Role, tt.kind, tt.role)
				}
			})
		})
	}
}

func TestAuthenticateDoesNotBelieveATokenPastItsEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		token, err := s.CreateToken(t.Context(), store.DemoEmail, "", start.Add(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		now := start
		store.SetClock(s, func() time.Time { return now })
		if _, err := s.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		now = start.Add(time.Second)
		_, err = s.Authenticate(t.Context(), token)
		if got := kindOf(t, err); got != store.Unauthenticated {
			t.Errorf("kind %q a moment after it was remembered, want %q", got, store.Unauthenticated)
		}
	})
}

func TestLastUseOfATokenIsWrittenOnceAMinute(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		if err := s.MigrateUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		token, err := s.CreateToken(t.Context(), store.DemoEmail, "", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		for _, step := range []struct{ use, want time.Duration }{
			{0, 0}, {30 * time.Second, 0}, {59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {90 * time.Second, 60 * time.Second},
		} {
			user := storetest.Open(t, url) // a replica of its own, so that closing it tells that all is written
			store.SetClock(user, func() time.Time { return start.Add(step.use) })
			if _, err := user.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			store.WaitForTokenUses(user)
			got := storetest.Query[time.Time](t, s, `SELECT last_used_at FROM personal_access_tokens`)[0]
			if !got.Equal(start.Add(step.want)) {
				t.Errorf("after a use at %s: last used %s after the start, want %s", step.use, got.Sub(start), step.want)
			}
		}
	})
}

func TestCreateToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.LoadDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
		token, err := s.CreateToken(t.Context(), store.DemoEmail, "for CI", time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^ldpat_[0-9a-f]{32}$`).MatchString(token) {
			t.Error("the token has not the form of Lightdash's")
		}
		row := storetest.Query[struct{ TokenHash, Description string }](t, s, `SELECT token_hash, description FROM personal_access_tokens`)[0]
		if row.Description != "for CI" || strings.Contains(row.TokenHash, token[6:]) {
			t.Errorf("row %+v", row)
		}
		_, err = s.CreateToken(t.Context(), "nobody@example.com", "", time.Time{})
		if got := kindOf(t, err); got != store.NotFound {
			t.Errorf("for nobody: kind %q, want %q", got, store.NotFound)
		}
	})
}
