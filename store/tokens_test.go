package store_test

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
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
		{name: "a user in no organization", change: `DELETE FROM organization_memberships`, want: store.Unauthenticated},
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

func TestListTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		demo(t, s)
		otherOrganization(t, s)
		storetest.Exec(t, s, `DELETE FROM personal_access_tokens`)
		elsewhere := time.FixedZone("of no Lightdash", 2*60*60) // which is nothing to our own
		if got, err := s.ListTokens(t.Context(), elsewhere); err != nil || got == nil || len(got) > 0 {
			t.Errorf("of none: %v, %v", got, err)
		}
		start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
		for i, token := range []struct {
			owner, description string
			expires            time.Time
		}{
			{store.DemoEmail, "for CI", start.Add(time.Hour)},
			{"them@example.com", "", time.Time{}},
			{"editor@lightdash.com", "expired", start.Add(-time.Hour)},
		} {
			secret, err := s.CreateToken(t.Context(), token.owner, token.description, token.expires)
			if err != nil {
				t.Fatal(err)
			}
			created := start.Add(time.Duration(i) * time.Minute)
			storetest.Exec(t, s, `UPDATE personal_access_tokens SET created_at = ? WHERE description = ?`, created.Format(time.DateTime+".000"), token.description)
			if i == 0 {
				store.SetClock(s, func() time.Time { return start })
				if _, err := s.Authenticate(t.Context(), secret); err != nil {
					t.Fatal(err)
				}
				store.WaitForTokenUses(s)
			}
		}
		storetest.Exec(t, s, `DELETE FROM emails WHERE email = 'them@example.com'`)
		got, err := s.ListTokens(t.Context(), elsewhere)
		if err != nil || len(got) != 3 {
			t.Fatalf("%+v, %v", got, err)
		}
		want := []store.Token{
			{UUID: got[0].UUID, Description: "for CI", Owner: store.DemoEmail, CreatedAt: start, LastUsedAt: start, ExpiresAt: start.Add(time.Hour)},
			{UUID: got[1].UUID, CreatedAt: start.Add(time.Minute)},
			{UUID: got[2].UUID, Description: "expired", Owner: "editor@lightdash.com", CreatedAt: start.Add(2 * time.Minute), ExpiresAt: start.Add(-time.Hour)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestRevokeToken(t *testing.T) {
	const unknown = "99999999-0000-4000-8000-00000000000a"
	tests := []struct {
		name string
		id   func(of string) string
		want store.Kind
	}{
		{"its uuid", func(of string) string { return of }, ""},
		{"its uuid in capitals", strings.ToUpper, ""},
		{"another uuid", func(string) string { return unknown }, store.NotFound},
		{"no uuid", func(string) string { return "' OR 1=1 --\x00\xff" }, store.NotFound},
		{"nothing", func(string) string { return "" }, store.NotFound},
		{"its uuid in braces", func(of string) string { return "{" + of + "}" }, store.NotFound},
		{"its uuid without dashes", func(of string) string { return strings.ReplaceAll(of, "-", "") }, store.NotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				if err := s.LoadDemo(t.Context()); err != nil {
					t.Fatal(err)
				}
				var secrets [2]string
				for i := range secrets {
					var err error
					if secrets[i], err = s.CreateToken(t.Context(), store.DemoEmail, "", time.Time{}); err != nil {
						t.Fatal(err)
					}
					if _, err := s.Authenticate(t.Context(), secrets[i]); err != nil {
						t.Fatal(err)
					}
				}
				first := storetest.Query[string](t, s, `SELECT personal_access_token_uuid FROM personal_access_tokens WHERE token_hash = ?`, store.HashOf(secrets[0]))[0]
				if got := kindOf(t, s.RevokeToken(t.Context(), tt.id(first))); got != tt.want {
					t.Fatalf("kind %q, want %q", got, tt.want)
				}
				want := store.Kind("")
				if tt.want == "" {
					want = store.Unauthenticated
				}
				_, err := s.Authenticate(t.Context(), secrets[0])
				if got := kindOf(t, err); got != want {
					t.Errorf("the token afterwards: kind %q, want %q", got, want)
				}
				if _, err := s.Authenticate(t.Context(), secrets[1]); err != nil {
					t.Errorf("another token afterwards: %v", err)
				}
			})
		})
	}
}
