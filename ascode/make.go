package ascode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Prune is what a plan removes although no file says so.
type Prune string

// What is removed because the files do not have it.
const (
	PruneNone       Prune = "none"
	PruneValues     Prune = "values"     // values, in attributes that the files name
	PruneAttributes Prune = "attributes" // these, and attributes
)

// Options of a plan.
type Options struct {
	Prune       Prune
	SkipUnknown bool // leave out the values of those that the server does not have
}

// Limits of Lightdash's database, in characters.
const (
	nameLimit        = 255
	descriptionLimit = 255
	groupValueLimit  = 255
)

// planner makes a plan. It goes on after a mistake, to report all of them.
type planner struct {
	*State
	Options
	names    *directory
	unknown  Mistakes
	mistakes Mistakes
}

// NewPlan returns the plan that leads from what a server has to what files ask for, and what
// SkipUnknown left out. Its error is of type [Mistakes].
func NewPlan(wanted []Wanted, state *State, options Options) (*Plan, Mistakes, error) {
	p := planner{State: state, Options: options, names: newDirectory(state)}
	plan := &Plan{Format: planFormat, Changes: []Change{}}
	first := map[string]Place{}
	for _, w := range wanted {
		if at, twice := first[w.Name]; twice && w.Name != "" {
			p.mistakes.add(w.At, "the attribute %q is at %s already", w.Name, at)
			continue
		}
		first[w.Name] = w.At
		old := p.attribute(w.Name)
		if c, differs := change(old, p.final(w, old), p.names); differs {
			plan.Changes = append(plan.Changes, c)
		}
	}
	if options.Prune == PruneAttributes {
		for _, old := range state.attributes {
			if _, named := first[old.name]; !named {
				c, _ := change(old, nil, p.names)
				plan.Changes = append(plan.Changes, c)
			}
		}
	}
	if !options.SkipUnknown {
		p.mistakes = append(p.mistakes, p.unknown...)
		p.unknown = nil
	}
	if len(p.mistakes) > 0 {
		slices.SortStableFunc(p.mistakes, func(a, b Mistake) int {
			return cmp.Or(cmp.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line))
		})
		return nil, nil, p.mistakes
	}
	slices.SortFunc(plan.Changes, func(a, b Change) int { return strings.Compare(a.Name, b.Name) })
	return plan, p.unknown, nil
}

// final returns what shall become of an attribute, which is nil where it is not there yet.
func (p *planner) final(w Wanted, old *attribute) *attribute {
	p.check(w, old)
	result := &attribute{name: w.Name, values: map[who][]string{}}
	if old != nil {
		result = old.copy()
	}
	if w.Description != nil {
		result.description = *w.Description
	}
	if w.Default != nil {
		result.defaults = *w.Default
		p.checkValues(w.At, *w.Default)
	}
	if p.Prune == PruneValues || p.Prune == PruneAttributes {
		result.values = map[who][]string{}
	}
	named := map[who]Place{}
	p.entries(result, named, Group, w.Groups)
	p.entries(result, named, User, w.Users)
	return result
}

// check finds what is wrong with an attribute's own fields.
func (p *planner) check(w Wanted, old *attribute) {
	if w.ValuesOnly && old == nil && w.Name != "" {
		var known []string
		for _, a := range p.attributes {
			known = append(known, a.name)
		}
		p.mistakes.add(w.At, "the server has no attribute %q%s", w.Name, suggestion(w.Name, known))
	}
	if w.Name == "" {
		p.mistakes.add(w.At, "an attribute's name is empty")
	}
	p.checkText(w.At, "the name", w.Name, nameLimit)
	if w.Description != nil {
		p.checkText(w.At, "the description", *w.Description, descriptionLimit)
	}
}

func (p *planner) checkText(at Place, what, text string, limit int) {
	if n := utf8.RuneCountInString(text); limit > 0 && n > limit {
		p.mistakes.add(at, "%s has %d characters, and may have %d", what, n, limit)
	}
	if strings.ContainsRune(text, 0) {
		p.mistakes.add(at, "%s has the character U+0000, which no database keeps", what)
	}
}

func (p *planner) checkValues(at Place, values []string) {
	if len(values) > 1 && !p.several {
		p.mistakes.add(at, "this server keeps one value and not %d", len(values))
	}
	for _, value := range values {
		p.checkText(at, "a value", value, 0)
	}
}

// entries sets the values of users, or of groups; named is who had an entry already, and where.
func (p *planner) entries(result *attribute, named map[who]Place, kind Kind, entries []Entry) {
	for _, e := range entries {
		w, wrong := p.names.find(kind, e.Who, len(p.unknown) < mistakesTold)
		if wrong != "" {
			p.unknown.add(e.At, "%s", wrong)
			continue
		}
		if at, twice := named[w]; twice {
			p.mistakes.add(e.At, "%s %q has a value at %s already", kind, e.Who, at)
			continue
		}
		named[w] = e.At
		p.checkValues(e.At, e.Values)
		if kind == Group {
			for _, value := range e.Values {
				p.checkText(e.At, fmt.Sprintf("the value of group %q", e.Who), value, groupValueLimit)
			}
		}
		if e.Clear {
			delete(result.values, w)
			continue
		}
		result.values[w] = canonical(e.Values)
	}
}
