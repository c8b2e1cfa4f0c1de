package store

import (
	"strings"

	"github.com/google/uuid"
)

// IsUUID takes the one form of a UUID that the API uses (RFC 9562, section 4: 36
// characters, hexadecimal in any case), not the others that there are.
func IsUUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

// canonical returns id as it is stored, and the error otherwise if it is no UUID: then nothing
// has it, and neither engine need be asked.
func canonical(id string, otherwise *Error) (string, error) {
	if !IsUUID(id) {
		return "", otherwise
	}
	return strings.ToLower(id), nil
}
