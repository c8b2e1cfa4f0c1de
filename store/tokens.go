package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"gorm.io/gorm"
)

const (
	tokenPrefix = "ldpat_" // Lightdash's own

	// tokenLife is how long a token that was looked up is believed, and so how late
	// a revoked one, a deactivated user or a changed role takes effect at most.
	tokenLife = 2 * time.Second

	// tokenLookupTime bounds a look-up. Those who wait for one together get an answer
	// that is as old as it took, so that it counts towards the 5 seconds in which a
	// revocation must hold everywhere.
	tokenLookupTime = 3 * time.Second
)

// tokenHash is what is kept of a token. A token has 128 random bits, so that no
// salt and no slow hash is needed: there is nothing to guess from.
type tokenHash [sha256.Size]byte

func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }

func (h tokenHash) String() string { return hex.EncodeToString(h[:]) }

// Reasons why a token is of no use. What they tell apart is for the log: callers get one answer.
var (
	errUnknownToken    = unauthenticated("the token is unknown or was revoked")
	errExpiredToken    = unauthenticated("the token has expired")
	errInactiveUser    = unauthenticated("the token's user is inactive")
	errNoOrganization  = unauthenticated("the token's user is in no organization")
	errUnauthenticated = unauthenticated("the token's user, or the organization, is gone since the token was looked up")
)

func unauthenticated(reason string) *Error {
	return &Error{Kind: Unauthenticated, Message: "Failed to authorize user", cause: errors.New(reason)}
}

// Authenticate returns who stands behind token. It returns an Unauthenticated for
// every token that is of no use, whatever the reason. Its answer may be two or
// three seconds old. Beside a Lightdash it takes some 50 ms for a token that was not seen
// before, and longer where many are.
func (s *Store) Authenticate(ctx context.Context, token string) (Caller, error) {
	digest := s.tokens.digest(token)
	if known, ok := s.tokens.known.Get(digest); ok && s.now().Before(known.until) {
		s.counters.tokenHits.Add(1)
		return known.caller, nil
	}
	s.counters.tokenMisses.Add(1)
	var caller Caller
	var err error
	if s.hashes == nil {
		caller, err = s.lookUpOnce(ctx, digest, "token.token_hash = ?", hashOf(token).String())
	} else {
		caller, err = s.lookUpBeside(ctx, digest, token)
	}
	if s.withoutPrimary > 0 && errors.Is(err, errUnknownToken) { // else nobody asks for it
		s.tokens.refused.Add(digest, s.now())
	}
	if err != nil {
		return Caller{}, s.failure("authenticate", err)
	}
	return caller, nil
}

// lookUpOnce looks a token up by a condition, together with all who ask for the same one.
func (s *Store) lookUpOnce(ctx context.Context, digest tokenDigest, condition string, parameters ...any) (Caller, error) {
	found := s.tokens.lookups.DoChan(string(digest[:]), func() (any, error) {
		// Not the first caller's context: others wait for the same answer, and
		// must not fail because that one has gone away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenLookupTime)
		defer cancel()
		return s.lookUpToken(ctx, digest, condition, parameters)
	})
	select {
	case <-ctx.Done():
		return Caller{}, context.Cause(ctx)
	case result := <-found:
		if result.Err != nil {
			return Caller{}, result.Err
		}
		return result.Val.(Caller), nil
	}
}

func (s *Store) lookUpToken(ctx context.Context, digest tokenDigest, condition string, parameters []any) (Caller, error) {
	if err := s.checkSchema(ctx); err != nil {
		return Caller{}, err
	}
	now := s.now()
	found, err := s.findToken(ctx, condition, parameters)
	if errors.Is(err, sql.ErrNoRows) {
		s.tokens.known.Remove(digest)
		return Caller{}, errUnknownToken
	}
	if err != nil {
		return Caller{}, err
	}
	earlier, _ := s.tokens.known.Peek(digest)
	known := knownToken{noted: earlier.noted, row: found.row, asked: now, expires: found.expires}
	if err = found.refusal(now); err == nil {
		known.caller, known.until = found.caller(), now.Add(tokenLife)
		if !found.expires.IsZero() && found.expires.Before(known.until) {
			known.until = found.expires
		}
		// Asked of both: the row is the replicas' memory, ours holds while it cannot be written.
		if now.Sub(found.lastUsed) >= tokenUsageEvery && now.Sub(known.noted) >= tokenUsageEvery {
			s.usage.note(found.row.uuid, now)
			known.noted = now
		}
	}
	known.refusal = err
	s.tokens.known.Add(digest, known) // one that is refused too: its row is there
	s.tokens.refused.Remove(digest)
	return known.caller, err
}

// foundToken is a token with all that its use depends on.
type foundToken struct {
	row               tokenRow
	user              string
	active            sql.NullBool // Lightdash takes NULL for inactive
	role, uuid        *string      // the organization's uuid; nil is in none
	id                *int64       // the organization's
	expires, lastUsed time.Time    // zero is never
}

// findToken returns the token that a condition names, or sql.ErrNoRows.
func (s *Store) findToken(ctx context.Context, condition string, parameters []any) (found foundToken, err error) {
	var expires, lastUsed *timestamp
	err = s.reading(ctx, s.shares.tokens, "authenticate", func(db *gorm.DB) error {
		return db.Table("personal_access_tokens AS token").
			Joins("JOIN users ON users.user_id = token.created_by_user_id").
			Joins("LEFT JOIN organization_memberships AS membership ON membership.user_id = users.user_id").
			Joins("LEFT JOIN organizations AS organization ON organization.organization_id = membership.organization_id").
			Where(condition, parameters...).
			Select("token.personal_access_token_uuid, token.token_hash, token.expires_at, token.last_used_at, users.user_uuid, users.is_active, "+s.roleInForce()+", organization.organization_id, organization.organization_uuid").
			Row().Scan(&found.row.uuid, &found.row.hash, &expires, &lastUsed, &found.user, &found.active, &found.role, &found.id, &found.uuid)
	})
	found.expires, found.lastUsed = momentOf(expires, s.zone()), momentOf(lastUsed, s.zone())
	return found, err
}

// refusal is why the token is of no use now; nil is none.
func (f foundToken) refusal(now time.Time) error {
	switch {
	case !f.expires.IsZero() && !now.Before(f.expires):
		return errExpiredToken
	case !f.active.Bool:
		return errInactiveUser
	case f.role == nil || f.id == nil || f.uuid == nil:
		return errNoOrganization
	}
	return nil
}

// caller is who stands behind a token that is of use.
func (f foundToken) caller() Caller {
	return Caller{UserUUID: f.user, Role: *f.role, Organization: Organization{UUID: *f.uuid, id: *f.id}}
}

// CreateToken makes a personal access token for the active user with this e-mail
// (in any case), who must be in an organization; else it returns a NotFound. The
// token is shown only this once: only its hash is kept. A zero expires is never.
func (s *Store) CreateToken(ctx context.Context, email, description string, expires time.Time) (string, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	token := tokenPrefix + hex.EncodeToString(random)
	err := s.transaction(ctx, "create token", func(tx *gorm.DB) error {
		emails := []string{email}
		if err := inStoredForm(tx, emails); err != nil {
			return err
		}
		var users []int64
		err := tx.Table("users").
			Joins("JOIN emails ON emails.user_id = users.user_id").
			Joins("JOIN organization_memberships AS membership ON membership.user_id = users.user_id").
			Where("lower(emails.email) = lower(?) AND users.is_active", emails[0]).
			Pluck("users.user_id", &users).Error
		if err != nil {
			return err
		}
		if len(users) == 0 {
			return &Error{Kind: NotFound, Message: "No active user of an organization has this e-mail."}
		}
		row := personalAccessTokenRow{CreatedByUserID: users[0], TokenHash: hashOf(token).String(), Description: description}
		if !expires.IsZero() {
			at := timestampOf(expires)
			row.ExpiresAt = &at
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Token is what is known of a personal access token, but for the token itself.
type Token struct {
	UUID        string
	Description string
	Owner       string    // primary e-mail of the user whose token it is, "" without one
	CreatedAt   time.Time // UTC, as all three
	LastUsedAt  time.Time // to the minute; zero is never
	ExpiresAt   time.Time // zero is never
}

// ListTokens returns the tokens of all organizations, the oldest first and then by uuid,
// those that have expired too. In the database of a Lightdash the times at which they expire and
// were used are by the wall clock of zone, that Lightdash's; nil is UTC.
func (s *Store) ListTokens(ctx context.Context, zone *time.Location) ([]Token, error) {
	is, err := s.IsLightdash(ctx)
	if err != nil {
		return nil, err
	}
	if !is || zone == nil {
		zone = time.UTC
	}
	var tokens []Token
	err = s.reading(ctx, s.shares.people, "list tokens", func(db *gorm.DB) error {
		tokens = []Token{}
		query := db.Table("personal_access_tokens AS token").
			Select("token.personal_access_token_uuid, token.description, COALESCE(emails.email, ''), token.created_at, token.last_used_at, token.expires_at").
			Joins("LEFT JOIN emails ON emails.user_id = token.created_by_user_id AND emails.is_primary").
			Order("token.created_at, token.personal_access_token_uuid")
		return eachRow(query, func(rows *sql.Rows) error {
			var token Token
			var created timestamp
			var used, expires *timestamp
			err := rows.Scan(&token.UUID, &token.Description, &token.Owner, &created, &used, &expires)
			token.CreatedAt, token.LastUsedAt, token.ExpiresAt = created.Time, momentOf(used, zone), momentOf(expires, zone)
			tokens = append(tokens, token)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return tokens, nil
}

// RevokeToken ends the token with this uuid, in any case. It returns a
// NotFound if there is none. This process knows at once, others within seconds.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	id, err := canonical(id, errTokenNotFound)
	if err != nil {
		return err
	}
	var deleted int64
	err = s.transaction(ctx, "revoke token", func(tx *gorm.DB) error {
		result := tx.Delete(&personalAccessTokenRow{}, "personal_access_token_uuid = ?", id)
		deleted = result.RowsAffected
		return result.Error
	})
	if err == nil && deleted == 0 {
		return errTokenNotFound
	}
	s.tokens.known.Purge()
	return err
}

var errTokenNotFound = &Error{Kind: NotFound, Message: "There is no token with this uuid."}
