package store

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
)

// tokenCacheSize bounds the memory that remembered tokens take: about 4 MB.
const tokenCacheSize = 10_000

// tokenDigest stands for a token in the memory of this process, and says nothing to any other.
type tokenDigest [sha256.Size]byte

// refusedTokens bounds the memory that tokens take which nobody has: about 100 kB.
const refusedTokens = 1000

// tokenCache remembers who stands behind a token, for tokenLife, and then which row is the token's.
type tokenCache struct {
	key     [sha256.Size]byte
	known   *lru.Cache[tokenDigest, knownToken]
	refused *lru.Cache[tokenDigest, time.Time] // when a token was looked up that nobody has
	lookups singleflight.Group                 // one at a time for each token, however many requests wait
}

type knownToken struct {
	caller Caller
	until  time.Time
	noted  time.Time // when it was last asked for that a use be written
	row    tokenRow

	asked   time.Time // when it was looked up
	expires time.Time // zero is never
	refusal error     // why it was of no use then; nil is none
}

// tokenRow is where a token was found.
type tokenRow struct{ uuid, hash string }

func newTokenCache() (*tokenCache, error) {
	known, err := lru.New[tokenDigest, knownToken](tokenCacheSize)
	if err != nil {
		return nil, err
	}
	refused, err := lru.New[tokenDigest, time.Time](refusedTokens)
	if err != nil {
		return nil, err
	}
	cache := &tokenCache{known: known, refused: refused}
	_, err = rand.Read(cache.key[:])
	return cache, err
}

func (c *tokenCache) digest(token string) (digest tokenDigest) {
	keyed := hmac.New(sha256.New, c.key[:])
	keyed.Write([]byte(token))
	keyed.Sum(digest[:0])
	return digest
}
