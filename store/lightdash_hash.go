package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/go-crypt/x/bcrypt"
)

const (
	// lightdashBcrypt is how Lightdash's own bcrypt hashes begin: version 2b, cost 10.
	lightdashBcrypt = "$2b$10$"
	lightdashCost   = 10
)

// lightdashSalt returns the salt of all hashes of tokens that a Lightdash with this secret
// (its LIGHTDASH_SECRET) keeps: it finds a token by its hash, and so can have no salt for each.
// It is written as the first 22 characters of the secret's hex SHA-256, of which the last
// carries two bits only.
func lightdashSalt(secret []byte) ([]byte, error) {
	sum := sha256.Sum256(secret)
	return bcrypt.Base64Decode([]byte(hex.EncodeToString(sum[:])[:bcrypt.EncodedSaltSize]))
}

// lightdashHash returns what a Lightdash with this salt keeps of a token. It takes some 50 ms,
// by design. Of a token longer than 72 bytes only those count, as upstream has it.
func lightdashHash(token string, salt []byte) (string, error) {
	key, err := bcrypt.Key([]byte(token), salt, lightdashCost)
	if err != nil {
		return "", fmt.Errorf("bcrypt: %w", err)
	}
	return lightdashBcrypt + string(bcrypt.Base64Encode(salt)) + string(key), nil
}
