package bump

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteJSON writes a report or what became of an [Apply] for machines.
func WriteJSON(w io.Writer, report any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// WriteText writes the report for a person at a terminal, the verdict first.
func (r *Report) WriteText(w io.Writer) error {
	return r.write(w, text)
}

// WriteMarkdown writes the report for a pull request.
func (r *Report) WriteMarkdown(w io.Writer) error {
	return r.write(w, markdown)
}

// form is a way to write a report.
type form struct {
	verdict, heading, item, code string
}

var (
	text     = form{verdict: "wire: %s, Go: %s\n", heading: "\n%s\n", item: "  %s\n", code: "\n%s\n"}
	markdown = form{verdict: "**wire: %s, Go: %s**\n", heading: "\n### %s\n\n", item: "- %s\n", code: "\n```\n%s\n```\n"}
)

func (r *Report) write(w io.Writer, f form) error {
	p := page{w: w, form: f}
	p.printf(f.verdict, r.Wire, r.Go)
	p.findings("Breaks clients", r.Findings, func(f Finding) bool { return f.Wire == Breaking })
	p.findings("Differs, and harms no client", r.Findings, func(f Finding) bool { return f.Wire == Compatible })
	p.findings("Generated code", r.Findings, func(f Finding) bool { return f.Wire == WireUnchanged && f.Operation == "" })
	p.findings("To know", r.Findings, func(f Finding) bool { return f.Wire == WireUnchanged && f.Operation != "" })
	if len(r.Mended) > 0 {
		p.printf(f.heading, "Mended in memory (--format json names each place)")
		for _, spec := range []string{"old", "new"} {
			if counted := count(r.Mended, spec); counted != "" {
				p.printf(f.item, spec+" spec: "+counted)
			}
		}
	}
	return p.err
}

func count(mended []Mended, spec string) string {
	kinds := map[string]int{}
	for _, m := range mended {
		if m.Spec == spec {
			kinds[m.Kind]++
		}
	}
	var texts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		texts = append(texts, fmt.Sprintf("%d × %s", kinds[kind], kind))
	}
	return strings.Join(texts, ", ")
}

// page keeps the first error, so that what writes a report need not look after each line.
type page struct {
	w    io.Writer
	form form
	err  error
}

func (p *page) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *page) findings(heading string, all []Finding, take func(Finding) bool) {
	first := true
	for _, f := range all {
		if !take(f) {
			continue
		}
		if first {
			p.printf(p.form.heading, heading)
			first = false
		}
		p.printf(p.form.item, f.line(p.form))
	}
}

// maxDetail keeps a line readable; JSON has all of it.
const maxDetail = 300

func (f Finding) line(form form) string {
	detail := []rune(f.Detail)
	if len(detail) > maxDetail {
		detail = append(detail[:maxDetail], '…')
	}
	place := strings.TrimSpace(f.Operation + ", " + f.Place)
	place = strings.TrimPrefix(place, ", ")
	if form == markdown {
		place = "`" + place + "`"
	}
	return fmt.Sprintf("%s (%s): %s", place, f.Kind, string(detail))
}

// WriteText writes what became of it for a person at a terminal.
func (a *Applied) WriteText(w io.Writer) error { return a.write(w, text) }

// WriteMarkdown writes what became of it for a pull request.
func (a *Applied) WriteMarkdown(w io.Writer) error { return a.write(w, markdown) }

func (a *Applied) write(w io.Writer, f form) error {
	if err := a.Report.write(w, f); err != nil {
		return err
	}
	p := page{w: w, form: f}
	if len(a.Theirs) > 0 {
		p.printf(f.heading, "The overlay's own that upstream has too (served.yaml can take upstream's)")
		for _, t := range a.Theirs {
			p.printf(f.item, t.line())
		}
	}
	if len(a.Overlay) > 0 {
		p.printf(f.heading, "Actions of the overlay to look at")
		for _, effect := range a.Overlay {
			p.printf(f.item, effect.line())
		}
	}
	if a.Failed() {
		step := a.Steps[len(a.Steps)-1]
		p.printf(f.heading, step.Name+" failed")
		p.printf(f.code, step.Output)
	}
	p.printf("\n%s\n", a.outcome())
	return p.err
}

func (t Theirs) line() string {
	if t.Agrees {
		return t.Operation + ": a client of upstream's can use ours"
	}
	var texts []string
	for _, f := range t.Findings {
		texts = append(texts, fmt.Sprintf("%s (%s)", f.Place, f.Kind))
	}
	return t.Operation + ": ours is another at " + strings.Join(texts, ", ")
}

func (e ActionEffect) line() string {
	switch {
	case e.Idle:
		return e.Target + ": matches nothing anymore"
	case len(e.Overlaps) > 3:
		return fmt.Sprintf("%s: upstream says this itself at %s and %d more places", e.Target, strings.Join(e.Overlaps[:3], ", "), len(e.Overlaps)-3)
	}
	return e.Target + ": upstream says this itself at " + strings.Join(e.Overlaps, ", ")
}

// outcome is the last sentence of a report.
func (a *Applied) outcome() string {
	var sentence string
	switch files := strings.Join(a.Changed, ", "); {
	case a.Swapped:
		sentence = "Swapped in: " + files + "."
	case a.Failed() && a.Staged != "":
		sentence = "Nothing was changed. The candidate is in " + a.Staged + ", to be finished there and copied back by hand."
	case a.Failed():
		sentence = "Nothing was changed. With --stage DIR the candidate stays there to be finished by hand."
	case a.Staged != "":
		sentence = "Nothing was changed. The candidate is in " + a.Staged + ", and works."
	case len(a.Steps) > 0:
		sentence = "Nothing was changed; it would be: " + files + "."
	case a.Wire == Breaking:
		sentence = "Nothing was changed. With --accept-breaking the bump goes on."
	default:
		sentence = "Nothing to do."
	}
	if a.Recovered != "" {
		sentence = "First, " + a.Recovered + ". " + sentence
	}
	return sentence
}
