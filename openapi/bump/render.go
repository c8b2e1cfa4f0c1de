package bump

import (
	"fmt"
	"io"
	"strings"

	"attributed/openapi/diff"
)

// WriteText writes what became of it for a person at a terminal.
func (a *Applied) WriteText(w io.Writer) error { return a.write(w, diff.Text) }

// WriteMarkdown writes what became of it for a pull request.
func (a *Applied) WriteMarkdown(w io.Writer) error { return a.write(w, diff.Markdown) }

func (a *Applied) write(w io.Writer, form diff.Form) error {
	p := diff.NewPage(w, form)
	a.WriteOn(p)
	if len(a.Theirs) > 0 {
		p.Heading("The overlay's own that upstream has too (served.yaml can take upstream's)")
		for _, t := range a.Theirs {
			p.Item(t.line())
		}
	}
	if len(a.Overlay) > 0 {
		p.Heading("Actions of the overlay to look at")
		for _, effect := range a.Overlay {
			p.Item(effect.line())
		}
	}
	if a.Failed() {
		step := a.Steps[len(a.Steps)-1]
		p.Heading(step.Name + " failed")
		p.Code(step.Output)
	}
	if len(a.ToDecide) > 0 {
		p.Heading("To decide (docs/spec-bumps.md says how)")
		for _, sentence := range a.ToDecide {
			p.Item(sentence)
		}
	}
	p.Sentence(a.outcome())
	return p.Err()
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
	case e.Superseded:
		return e.Target + ": does nothing anymore: upstream has it so itself, or no longer has what it was about"
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
	case a.Wire == diff.Breaking:
		sentence = "Nothing was changed. With --accept-breaking the bump goes on."
	default:
		sentence = "Nothing to do."
	}
	if a.Recovered != "" {
		sentence = "First, " + a.Recovered + ". " + sentence
	}
	return sentence
}
