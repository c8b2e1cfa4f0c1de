package rest

import (
	"fmt"
	"strconv"
	"strings"
)

// preference is what a client asks for of a mock, as Prism has it.
type preference struct {
	code    int    // 0: the success
	example string // "": any
}

// preferred reads the header Prefer (RFC 7240). What it does not know, or cannot be read, is ignored, as the
// RFC says; of two preferences of a name the first counts.
func preferred(headers []string) preference {
	var p preference
	for _, part := range splitOutsideQuotes(strings.Join(headers, ",")) {
		part, _, _ = strings.Cut(part, ";") // parameters, of which these have none
		name, value, _ := strings.Cut(part, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "code":
			if code, err := strconv.Atoi(value); err == nil && code >= 200 && code <= 599 && p.code == 0 {
				p.code = code
			}
		case "example":
			if p.example == "" {
				p.example = value
			}
		}
	}
	return p
}

// splitOutsideQuotes cuts a text at its commas, but for those in quotes.
func splitOutsideQuotes(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// applied is the header Preference-Applied of the answer, "" for none.
func (p preference) applied() string {
	var all []string
	if p.code != 0 {
		all = append(all, fmt.Sprintf("code=%d", p.code))
	}
	if p.example != "" {
		all = append(all, fmt.Sprintf("example=%q", p.example))
	}
	return strings.Join(all, ", ")
}
