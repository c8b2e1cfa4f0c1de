package store

import (
	"strings"

	"github.com/google/uuid"
)

// IsUUID takes the one form of a UUID that the API uses (RFC 9562, section 4: 36
// characters, hexadecimal in any case), not the others that there are.
func IsUUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

// canonical gives id as it is stored, or otherwise if it is none: what has no
// UUID does not exist, and neither engine need be asked.
func canonical(id string, otherwise *Error) (string, error) {
	if !IsUUID(id) {
		return "", otherwise
	}
	return strings.ToLower(id), nil
}
