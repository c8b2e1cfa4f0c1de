package ascode

import (
	"fmt"
	"strings"
)

// Wanted is what files say of one attribute.
type Wanted struct {
	Name        string
	Description *string // nil keeps what is there, the empty text clears it
	Default     *[]string
	Users       []Entry
	Groups      []Entry

	ValuesOnly bool // it must be there already: a table of values makes no attributes
	At         Place
}

// Entry is what a person or a group shall have.
type Entry struct {
	Who    string   // an e-mail or a group's name, or uuid: and a uuid
	Values []string // one or several; without any, the empty text
	Clear  bool     // it shall have nothing of its own
	At     Place
}

// uuidPrefix stands before a uuid where a name would not tell who is meant.
const uuidPrefix = "uuid:"

// Place is a line of a file, from 1; 0 where the line is not known.
type Place struct {
	File string
	Line int
}

func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Mistake is something in a file that cannot be done.
type Mistake struct {
	At   Place
	Text string
}

func (m Mistake) String() string { return m.At.String() + ": " + m.Text }

// Mistakes are all that there are in the files, by file and line. They are reported together,
// before anything is sent.
type Mistakes []Mistake

// Error has a mistake a line, at most 100.
func (m Mistakes) Error() string {
	var text strings.Builder
	for i, mistake := range m {
		if i == mistakesTold {
			fmt.Fprintf(&text, "and %d more\n", len(m)-i)
			break
		}
		text.WriteString(mistake.String() + "\n")
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// mistakesTold is how many are listed, so that they can be read.
const mistakesTold = 100

func (m *Mistakes) add(at Place, format string, args ...any) {
	*m = append(*m, Mistake{at, fmt.Sprintf(format, args...)})
}

// canonical is values as they are compared and kept: one empty text is none, as Lightdash has it.
func canonical(values []string) []string {
	if len(values) == 1 && values[0] == "" {
		return []string{}
	}
	if values == nil {
		return []string{}
	}
	return values
}
