package store

import (
	"encoding/json"
	"strings"
)

// Columns of several texts are arrays in PostgreSQL and JSON in SQLite. A statement is given
// each as a text of the engine's own form, since PostgreSQL would take a query for each to
// make an array of JSON; and it answers both as JSON.

// jsonList is a dialect.list.
func jsonList(values []string) string {
	if len(values) == 0 {
		return `[]` // of nil too
	}
	text, _ := json.Marshal(values) // strings always have a JSON form
	return string(text)
}

var inPostgresQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// postgresList is a dialect.list. An array is written so that no value is taken for anything
// but a text (PostgreSQL's manual, 8.15.6).
func postgresList(values []string) string {
	var text strings.Builder
	text.WriteByte('{')
	for i, value := range values {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('"')
		_, _ = inPostgresQuotes.WriteString(&text, value) // a Builder takes all
		text.WriteByte('"')
	}
	text.WriteByte('}')
	return text.String()
}

// readList reads what dialect.asJSON gives. Most lists are one value in which nothing is
// escaped: that is as it is written.
func readList(text string) ([]string, error) {
	if one, ok := strings.CutPrefix(text, `["`); ok {
		if one, ok = strings.CutSuffix(one, `"]`); ok && !strings.ContainsAny(one, `"\`) {
			return []string{one}, nil
		}
	}
	values := []string{}
	err := json.Unmarshal([]byte(text), &values)
	return values, err
}

// listOrNull is dialect.list of a default, of which nil is none.
func (d dialect) listOrNull(values []string) *string {
	if values == nil {
		return nil
	}
	text := d.list(values)
	return &text
}
