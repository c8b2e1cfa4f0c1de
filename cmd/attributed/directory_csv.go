package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"attributed/store"
)

const directoryHeader = "email,first_name,last_name,role,active,groups"

var directoryColumns = strings.Split(directoryHeader, ",")

const groupSeparator = ";"

// directoryFile is what a CSV file says of people.
type directoryFile struct {
	name   string
	people []store.Person
	lines  []int       // where each of the people stands, from 1
	faults []lineFault // what is wrong; people on such lines may be left out
}

type lineFault struct {
	line   int
	reason string
}

func (f *directoryFile) fault(line int, format string, arguments ...any) {
	f.faults = append(f.faults, lineFault{line, fmt.Sprintf(format, arguments...)})
}

// add takes up what the store says of the people.
func (f *directoryFile) add(problems []store.Problem) {
	for _, problem := range problems {
		if problem.Earlier < 0 {
			f.fault(f.lines[problem.Person], "%s", problem.Reason)
			continue
		}
		f.fault(f.lines[problem.Person], "%s, on line %d", problem.Reason, f.lines[problem.Earlier])
	}
}

// refuse prints what is wrong with the file, and returns the error that ends the program.
func (f *directoryFile) refuse(w io.Writer) error {
	slices.SortStableFunc(f.faults, func(a, b lineFault) int { return a.line - b.line })
	for _, fault := range f.faults {
		fmt.Fprintf(w, "line %d: %s\n", fault.line, fault.reason)
	}
	return fmt.Errorf("%s cannot be imported: nothing was changed", f.name)
}

// readDirectory reads a file to its end, whatever is wrong with it. Its error is that
// of r.
func readDirectory(r io.Reader, name string) (directoryFile, error) {
	f := directoryFile{name: name}
	buffered := bufio.NewReader(r)
	if mark, _ := buffered.Peek(3); string(mark) == "\uFEFF" {
		buffered.Discard(len(mark))
	}
	records := csv.NewReader(buffered)
	records.FieldsPerRecord = len(directoryColumns)
	header, err := records.Read()
	if _, syntax := errors.AsType[*csv.ParseError](err); err != nil && err != io.EOF && !syntax {
		return f, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	if !slices.Equal(header, directoryColumns) {
		f.fault(1, "it is not the header %s, in UTF-8 and with commas", directoryHeader)
		return f, nil // without it there is no telling what the rest means
	}
	for {
		record, err := records.Read()
		if err == io.EOF {
			return f, nil
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			f.syntaxFault(wrong, record)
			continue
		}
		if err != nil {
			return f, fmt.Errorf("%s cannot be read: %w", name, err)
		}
		line, _ := records.FieldPos(0)
		f.person(line, record)
	}
}

func (f *directoryFile) syntaxFault(wrong *csv.ParseError, record []string) {
	switch {
	case errors.Is(wrong, csv.ErrFieldCount):
		f.fault(wrong.StartLine, "it has %d fields and not %d", len(record), len(directoryColumns))
	case wrong.Line != wrong.StartLine:
		f.fault(wrong.StartLine, "its quotes are wrong, at line %d, column %d", wrong.Line, wrong.Column)
	default:
		f.fault(wrong.StartLine, "its quotes are wrong, at column %d", wrong.Column)
	}
}

func (f *directoryFile) person(line int, record []string) {
	person := store.Person{Email: record[0], FirstName: record[1], LastName: record[2], Role: record[3]}
	switch strings.ToLower(record[4]) { // a spreadsheet writes TRUE
	case "true":
		person.Active = true
	case "false":
	default:
		f.fault(line, "active is %.60q, and neither true nor false", record[4])
	}
	if record[5] != "" {
		person.Groups = strings.Split(record[5], groupSeparator)
	}
	f.people, f.lines = append(f.people, person), append(f.lines, line)
}

// writeDirectory writes what readDirectory reads.
func writeDirectory(w io.Writer, people []store.Person) error {
	var whole bytes.Buffer
	records := csv.NewWriter(&whole)
	records.Write(directoryColumns)
	for _, person := range people {
		records.Write([]string{person.Email, person.FirstName, person.LastName, person.Role,
			strconv.FormatBool(person.Active), strings.Join(person.Groups, groupSeparator)})
	}
	records.Flush() // to a buffer, which takes all
	_, err := w.Write(whole.Bytes())
	return err
}

// formulaStarts are the characters at which spreadsheets take a value for a formula, the
// wide forms too, and those that they skip before one.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// escapeFormulas puts an apostrophe, which a spreadsheet takes for the sign of a text,
// before each value that would be a formula. Of groups it escapes each: some
// spreadsheets split at semicolons.
func escapeFormulas(people []store.Person) {
	escape := func(value *string) {
		if first, _ := utf8.DecodeRuneInString(*value); *value != "" && strings.ContainsRune(formulaStarts, first) {
			*value = "'" + *value
		}
	}
	for i := range people {
		escape(&people[i].Email)
		escape(&people[i].FirstName)
		escape(&people[i].LastName)
		for j := range people[i].Groups {
			escape(&people[i].Groups[j])
		}
	}
}
