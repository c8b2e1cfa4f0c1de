package ascode

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// suggestion is a few words that name the known name nearest to one, or none where none is near.
func suggestion(name string, known []string) string {
	best, distance := "", max(2, len(name)/6)+1
	for _, candidate := range known {
		if len(candidate)-len(name) >= distance || len(name)-len(candidate) >= distance {
			continue
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
