package store

import (
	"encoding/json"
	"strings"
	"unsafe"
)

// Columns of several texts are arrays in PostgreSQL and JSON in SQLite. A statement is given
// each as a text of the engine's own form, since PostgreSQL would take a query for each to
// make an array of JSON; what it answers, a listReader reads.

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

// alone stands before the value of a list of one, which is most of them: to make JSON of it and
// read that took a fifth longer for a whole list of attributes.
const alone = "="

// postgresListAsText is a dialect.asText. An array that others wrote, and we would not, is JSON.
func postgresListAsText(column string) string {
	return `COALESCE(CASE WHEN cardinality(` + column + `) = 1 THEN '` + alone + `' || (` + column + `)[1] END, array_to_json(` + column + `)::text)`
}

// listReader reads what dialect.asText gives, JSON or a value alone. The zero one is ready.
type listReader struct {
	room []string // for lists of one, many in one piece of memory
}

func (r *listReader) read(text string) ([]string, error) {
	if one, ok := strings.CutPrefix(text, alone); ok {
		return r.list(one), nil
	}
	if one, ok := strings.CutPrefix(text, `["`); ok {
		if one, ok = strings.CutSuffix(one, `"]`); ok && !strings.ContainsAny(one, `"\`) {
			return r.list(one), nil
		}
	}
	values := []string{}
	err := json.Unmarshal([]byte(text), &values)
	return values, err
}

// forget has the memory of the lists used for others.
func (r *listReader) forget() { r.room = r.room[:0] }

// list returns a list of one, which nothing can be appended to in place.
func (r *listReader) list(value string) []string {
	at := len(r.room)
	if at == cap(r.room) {
		r.room, at = make([]string, 0, min(2*at+1, 256)), 0
	}
	r.room = append(r.room, value)
	return r.room[at : at+1 : at+1]
}

// listOrNull is dialect.list of a default, of which nil is none.
func (d dialect) listOrNull(values []string) *string {
	if values == nil {
		return nil
	}
	text := d.list(values)
	return &text
}

// reusedTexts makes texts in memory that is used again: of 10,000 attributes it takes what one does.
type reusedTexts struct{ room []byte }

// of returns what b says, until forget is called. Where the room grows, it is made anew, and earlier texts stay where they are.
func (t *reusedTexts) of(b []byte) string {
	at := len(t.room)
	t.room = append(t.room, b...)
	return unsafe.String(unsafe.SliceData(t.room[at:]), len(b))
}

// forget ends the texts: what is made next takes their place.
func (t *reusedTexts) forget() { t.room = t.room[:0] }
