package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteJSON writes a [Report], or what has one in it, for machines.
func WriteJSON(w io.Writer, report any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// WriteText writes the report for a person at a terminal, the verdict first.
func (r *Report) WriteText(w io.Writer) error {
	return r.write(w, Text)
}

// WriteMarkdown writes the report for a pull request.
func (r *Report) WriteMarkdown(w io.Writer) error {
	return r.write(w, Markdown)
}

func (r *Report) write(w io.Writer, form Form) error {
	p := NewPage(w, form)
	r.WriteOn(p)
	return p.Err()
}

// WriteOn writes the report on a page, the verdict first.
func (r *Report) WriteOn(p *Page) {
	p.printf(p.form.verdict, r.Wire, r.Go)
	p.findings("Breaks clients", r.Findings, func(f Finding) bool { return f.Wire == Breaking })
	p.findings("Differs, and harms no client", r.Findings, func(f Finding) bool { return f.Wire == Compatible })
	p.findings("Generated code", r.Findings, func(f Finding) bool { return f.Wire == WireUnchanged && f.Operation == "" })
	p.findings("To know", r.Findings, func(f Finding) bool { return f.Wire == WireUnchanged && f.Operation != "" })
	if len(r.Mended) > 0 {
		p.Heading("Mended in memory (--format json names each place)")
		for _, spec := range []string{"old", "new"} {
			if text := counted(r.Mended, spec); text != "" {
				p.Item(spec + " spec: " + text)
			}
		}
	}
}

// counted words how many of each kind were mended in one of the two specs.
func counted(mended []Mended, spec string) string {
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

func (p *Page) findings(heading string, all []Finding, take func(Finding) bool) {
	first := true
	for _, f := range all {
		if !take(f) {
			continue
		}
		if first {
			p.Heading(heading)
			first = false
		}
		p.Item(f.line(p.form))
	}
}

// maxDetail keeps a line readable; JSON has all of it.
const maxDetail = 300

func (f Finding) line(form Form) string {
	detail := []rune(f.Detail)
	if len(detail) > maxDetail {
		detail = append(detail[:maxDetail], '…')
	}
	place := strings.TrimSpace(f.Operation + ", " + f.Place)
	place = strings.TrimPrefix(place, ", ")
	if form == Markdown {
		place = "`" + place + "`"
	}
	return fmt.Sprintf("%s (%s): %s", place, f.Kind, string(detail))
}
