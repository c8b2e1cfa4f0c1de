package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
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

	// tokenCacheSize bounds the memory that remembered tokens take: about 2 MB.
	tokenCacheSize = 10_000
)

// tokenHash is what is kept of a token. A token has 128 random bits, so that no
// salt and no slow hash is needed: there is nothing to guess from.
type tokenHash [sha256.Size]byte

func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }

func (h tokenHash) String() string { return hex.EncodeToString(h[:]) }

// tokenCache remembers who stands behind a token, for tokenLife.
type tokenCache struct {
	known   *lru.Cache[tokenHash, knownToken]
	lookups singleflight.Group // one at a time for each token, however many requests wait
}

type knownToken struct {
	caller Caller
	until  time.Time
	noted  time.Time // when it was last asked for that a use be written
}

func newTokenCache() (*tokenCache, error) {
	known, err := lru.New[tokenHash, knownToken](tokenCacheSize)
	return &tokenCache{known: known}, err
}

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
// three seconds old.
func (s *Store) Authenticate(ctx context.Context, token string) (Caller, error) {
	hash := hashOf(token)
	if known, ok := s.tokens.known.Get(hash); ok && s.now().Before(known.until) {
		s.counters.tokenHits.Add(1)
		return known.caller, nil
	}
	s.counters.tokenMisses.Add(1)
	found := s.tokens.lookups.DoChan(string(hash[:]), func() (any, error) {
		// Not the first caller's context: others wait for the same answer, and
		// must not fail because that one has gone away.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenLookupTime)
		defer cancel()
		return s.lookUpToken(ctx, hash)
	})
	select {
	case <-ctx.Done():
		return Caller{}, s.failure("authenticate", ctx.Err())
	case result := <-found:
		if result.Err != nil {
			return Caller{}, s.failure("authenticate", result.Err)
		}
		return result.Val.(Caller), nil
	}
}

func (s *Store) lookUpToken(ctx context.Context, hash tokenHash) (Caller, error) {
	if err := s.checkSchema(ctx); err != nil {
		return Caller{}, err
	}
	now := s.now()
	var found struct {
		Caller
		token               string
		active              bool
		role, organization  *string
		organizationID      *int64
		expiresAt, lastUsed *timestamp
	}
	err := s.reading(ctx, s.shares.tokens, "authenticate", func(db *gorm.DB) error {
		return db.Table("personal_access_tokens AS token").
			Joins("JOIN users ON users.user_id = token.created_by_user_id").
			Joins("LEFT JOIN organization_memberships AS membership ON membership.user_id = users.user_id").
			Joins("LEFT JOIN organizations AS organization ON organization.organization_id = membership.organization_id").
			Where("token.token_hash = ?", hash.String()).
			Select("token.personal_access_token_uuid, token.expires_at, token.last_used_at, users.user_uuid, users.is_active, membership.role, organization.organization_id, organization.organization_uuid").
			Row().Scan(&found.token, &found.expiresAt, &found.lastUsed,
			&found.UserUUID, &found.active, &found.role, &found.organizationID, &found.organization)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Caller{}, errUnknownToken
	case err != nil:
		return Caller{}, err
	case found.expiresAt != nil && !now.Before(found.expiresAt.Time):
		return Caller{}, errExpiredToken
	case !found.active:
		return Caller{}, errInactiveUser
	case found.role == nil || found.organizationID == nil || found.organization == nil:
		return Caller{}, errNoOrganization
	}
	found.Role, found.Organization = *found.role, Organization{UUID: *found.organization, id: *found.organizationID}
	until := now.Add(tokenLife)
	if found.expiresAt != nil && found.expiresAt.Before(until) {
		until = found.expiresAt.Time
	}
	earlier, _ := s.tokens.known.Peek(hash)
	known := knownToken{found.Caller, until, earlier.noted}
	// Asked of both: the row is the replicas' memory, ours holds while it cannot be written.
	if (found.lastUsed == nil || now.Sub(found.lastUsed.Time) >= tokenUsageEvery) && now.Sub(known.noted) >= tokenUsageEvery {
		s.usage.note(found.token, now)
		known.noted = now
	}
	s.tokens.known.Add(hash, known)
	return found.Caller, nil
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
// those that have expired too.
func (s *Store) ListTokens(ctx context.Context) ([]Token, error) {
	var tokens []Token
	err := s.reading(ctx, s.shares.people, "list tokens", func(db *gorm.DB) error {
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
			token.CreatedAt = created.Time
			if used != nil {
				token.LastUsedAt = used.Time
			}
			if expires != nil {
				token.ExpiresAt = expires.Time
			}
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
