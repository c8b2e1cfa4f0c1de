package ascode

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// tableColumns are what a table of values has: one of the first two is filled, and a file
// may lack one of them.
var tableColumns = []string{"email", "group", "attribute", "value"}

// WriteTable writes all values that people and groups have, as CSV, a value a line: several of
// one are several lines in their order. Defaults are not in it. The same state is the same bytes.
func (s *State) WriteTable(w io.Writer) error {
	table := csv.NewWriter(w)
	_ = table.Write(tableColumns) // it keeps its error
	for _, e := range s.exported() {
		for _, entry := range e.groups {
			for _, value := range lines(entry.values) {
				_ = table.Write([]string{"", entry.name, e.name, value})
			}
		}
		for _, entry := range e.users {
			for _, value := range lines(entry.values) {
				_ = table.Write([]string{entry.name, "", e.name, value})
			}
		}
	}
	table.Flush()
	return table.Error()
}

func lines(values []string) []string {
	if len(values) == 0 {
		return []string{""}
	}
	return values
}

// ReadTable returns what a table of values asks for of existing attributes. An empty value
// is the empty text, or clears what somebody has. Its error is of type [Mistakes] where the
// table can be read and is not understood.
func ReadTable(r io.Reader, name string, clearEmpty bool) ([]Wanted, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	t := table{file: name, clearEmpty: clearEmpty, entries: map[tableKey]*Entry{}}
	if !utf8.Valid(data) {
		return nil, Mistakes{{Place{name, invalidLine(data)}, "this is not UTF-8"}}
	}
	t.read(bytes.TrimPrefix(data, []byte("\ufeff")))
	if len(t.mistakes) > 0 {
		return nil, t.mistakes
	}
	return t.wanted(), nil
}

// table reads a file. It goes on after a mistake, to report all of them.
type table struct {
	file       string
	clearEmpty bool
	columns    [4]int // where each of tableColumns is, or -1
	attributes []Wanted
	keys       []tableKey // in the order of the file
	entries    map[tableKey]*Entry
	mistakes   Mistakes
}

// tableKey is the attribute and the user or group of a line: lines that share it are several values.
type tableKey struct {
	attribute, who string
	kind           Kind
}

func (t *table) read(data []byte) {
	records := csv.NewReader(bytes.NewReader(withReturns(data)))
	records.ReuseRecord = true
	header, err := records.Read()
	if err != nil || !t.header(header) {
		t.mistakes.add(Place{t.file, 1}, "it is not the header email,group,attribute,value; email or group may be left out")
		return
	}
	for {
		record, err := records.Read()
		if err == io.EOF {
			return
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			t.mistakes.add(Place{t.file, wrong.StartLine}, "this is no line of CSV: %v", wrong.Err)
			continue
		}
		line, _ := records.FieldPos(0)
		t.line(Place{t.file, line}, record)
	}
}

// withReturns doubles the return of a line's end within quotes: the CSV library takes one away.
func withReturns(data []byte) []byte {
	if !bytes.Contains(data, []byte("\r\n")) {
		return data
	}
	result := make([]byte, 0, len(data)+len(data)/100)
	within := false
	for i, b := range data {
		within = within != (b == '"')
		if result = append(result, b); within && b == '\r' && i+1 < len(data) && data[i+1] == '\n' {
			result = append(result, b)
		}
	}
	return result
}

func (t *table) header(header []string) bool {
	for i, column := range tableColumns {
		t.columns[i] = slices.Index(header, column)
	}
	known := 0
	for _, at := range t.columns {
		if at >= 0 {
			known++
		}
	}
	return known == len(header) && t.columns[2] >= 0 && t.columns[3] >= 0 && (t.columns[0] >= 0 || t.columns[1] >= 0)
}

func (t *table) line(at Place, record []string) {
	var fields [4]string
	for i, column := range t.columns {
		if column >= 0 {
			fields[i] = strings.Clone(record[column]) // else it would keep the whole line
		}
	}
	email, group, attribute, value := fields[0], fields[1], fields[2], fields[3]
	switch {
	case attribute == "":
		t.mistakes.add(at, "attribute is empty")
		return
	case (email == "") == (group == ""):
		t.mistakes.add(at, "one of email and group has to be filled, and not both")
		return
	}
	key := tableKey{attribute, email, User}
	if group != "" {
		key = tableKey{attribute, group, Group}
	}
	e := t.entries[key]
	if e == nil {
		e = &Entry{Who: key.who, At: at}
		t.entries[key], t.keys = e, append(t.keys, key)
	}
	e.Values = append(e.Values, value)
}

// wanted puts the entries under their attributes.
func (t *table) wanted() []Wanted {
	index := map[string]int{}
	for _, key := range t.keys {
		e := t.entries[key]
		i, known := index[key.attribute]
		if !known {
			i = len(t.attributes)
			index[key.attribute] = i
			t.attributes = append(t.attributes, Wanted{Name: key.attribute, ValuesOnly: true, At: e.At})
		}
		e.Clear = t.clearEmpty && len(e.Values) == 1 && e.Values[0] == ""
		if w := &t.attributes[i]; key.kind == User {
			w.Users = append(w.Users, *e)
		} else {
			w.Groups = append(w.Groups, *e)
		}
	}
	return t.attributes
}
