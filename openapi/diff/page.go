package diff

import (
	"fmt"
	"io"
)

// Form is a way to write a report for people.
type Form struct {
	verdict, heading, item, code string
}

// The forms of reports: for a terminal, and for a pull request.
var (
	Text     = Form{verdict: "wire: %s, Go: %s\n", heading: "\n%s\n", item: "  %s\n", code: "\n%s\n"}
	Markdown = Form{verdict: "**wire: %s, Go: %s**\n", heading: "\n### %s\n\n", item: "- %s\n", code: "\n```\n%s\n```\n"}
)

// Page is a report that is being written. It keeps the first error, so that what writes a
// report need not look after each line.
type Page struct {
	w    io.Writer
	form Form
	err  error
}

// NewPage returns a page in a form, which is written to w as it grows.
func NewPage(w io.Writer, form Form) *Page { return &Page{w: w, form: form} }

// Heading writes the heading of what follows.
func (p *Page) Heading(text string) { p.printf(p.form.heading, text) }

// Item writes one line of a list.
func (p *Page) Item(text string) { p.printf(p.form.item, text) }

// Code writes what a program said, as it is.
func (p *Page) Code(text string) { p.printf(p.form.code, text) }

// Sentence writes a paragraph.
func (p *Page) Sentence(text string) { p.printf("\n%s\n", text) }

// Err returns the first error of writing.
func (p *Page) Err() error { return p.err }

func (p *Page) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
