package ascode

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Action is what is done to an attribute or to a value.
type Action string

// What is done to an attribute is Create, Edit or Remove; to a value, Set, Edit or Clear.
const (
	Create Action = "create"
	Edit   Action = "change"
	Remove Action = "remove"
	Set    Action = "set"
	Clear  Action = "clear"
)

// Plan is what leads from what a server has to what files ask for.
type Plan struct {
	Format  int      `json:"format"` // of this JSON: 1
	Changes []Change `json:"attributes"`
}

// Change is what is done to one attribute.
type Change struct {
	Action      Action        `json:"action"`
	Name        string        `json:"name"`
	UUID        string        `json:"uuid,omitempty"` // none where it is created
	Description *Texts        `json:"description,omitempty"`
	Default     *Lists        `json:"default,omitempty"`
	Values      []ValueChange `json:"values"`

	// Digests of the whole attribute as it was when the plan was made, and as it will be; ""
	// where it is not there. They show what has changed since, and what is done already.
	Before string `json:"before"`
	After  string `json:"after"`
}

// Texts are a text before and after.
type Texts struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// Lists are values before and after: nil is nothing, an empty list is the empty text.
type Lists struct {
	Old []string `json:"old"`
	New []string `json:"new"`
}

// ValueChange is what is done to what one person or group has.
type ValueChange struct {
	Action Action `json:"action"`
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"` // as a file would have it
	UUID   string `json:"uuid"`
	Lists
}

func (v ValueChange) who() who { return who{v.Kind, v.UUID} }

// change returns what leads from one attribute to the other, either of which may be nil.
func change(old, wanted *attribute, names *directory) (Change, bool) {
	c := Change{Name: cmp.Or(wanted, old).name, Before: old.digest(), After: wanted.digest(), Values: []ValueChange{}}
	if c.Before == c.After {
		return c, false
	}
	switch {
	case old == nil:
		c.Action, old = Create, &attribute{}
	case wanted == nil:
		c.Action, c.UUID, wanted = Remove, old.uuid, &attribute{}
	default:
		c.Action, c.UUID = Edit, old.uuid
	}
	if old.description != wanted.description {
		c.Description = &Texts{old.description, wanted.description}
	}
	if !sameValues(old.defaults, wanted.defaults) {
		c.Default = &Lists{old.defaults, wanted.defaults}
	}
	all := maps.Clone(old.values)
	if all == nil {
		all = map[who][]string{}
	}
	maps.Copy(all, wanted.values)
	for w := range all {
		before, after := old.values[w], wanted.values[w]
		if sameValues(before, after) {
			continue
		}
		v := ValueChange{Action: Edit, Kind: w.Kind, Name: names.call(w), UUID: w.UUID, Lists: Lists{before, after}}
		switch {
		case before == nil:
			v.Action = Set
		case after == nil:
			v.Action = Clear
		}
		c.Values = append(c.Values, v)
	}
	slices.SortFunc(c.Values, func(a, b ValueChange) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return c, true
}

// sameValues reports whether two lists are the same, nil being another than the empty one.
func sameValues(a, b []string) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) }

// onto returns an attribute with the change made to it; a is nil where it is created.
func (c Change) onto(a *attribute) *attribute {
	if c.Action == Remove {
		return nil
	}
	if a == nil {
		a = &attribute{name: c.Name, values: map[who][]string{}}
	}
	result := a.copy()
	if c.Description != nil {
		result.description = c.Description.New
	}
	if c.Default != nil {
		result.defaults = c.Default.New
	}
	for _, v := range c.Values {
		if v.New == nil {
			delete(result.values, v.who())
		} else {
			result.values[v.who()] = v.New
		}
	}
	return result
}

// Shifted returns the attributes that are neither as they were when the plan was made nor as
// it would make them.
func (p *Plan) Shifted(s *State) []string {
	var names []string
	for _, c := range p.Changes {
		if is := s.attribute(c.Name).digest(); is != c.Before && is != c.After {
			names = append(names, c.Name)
		}
	}
	return names
}

// done reports whether a server has a change already.
func (p *Plan) done(c Change, s *State) bool { return s.attribute(c.Name).digest() == c.After }

// WriteJSON writes the plan for machines, and to be kept for [ReadPlan].
func (p *Plan) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(p)
}

// planFormat is the only form of a kept plan that there has been.
const planFormat = 1

// ReadPlan reads a plan that was kept.
func ReadPlan(r io.Reader) (*Plan, error) {
	var p Plan
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		return nil, fmt.Errorf("this is no plan: %w", err)
	}
	if p.Format != planFormat {
		return nil, fmt.Errorf("this is no plan that plan --out has written: its format is %d, not %d", p.Format, planFormat)
	}
	for _, c := range p.Changes {
		if !slices.Contains([]Action{Create, Edit, Remove}, c.Action) || c.Action != Create && !uuidForm.MatchString(c.UUID) {
			return nil, fmt.Errorf("this is no plan that plan --out has written: %q is to be %q", c.Name, c.Action)
		}
	}
	return &p, nil
}

// WithoutValues returns the plan with what is secret left out, for a log; it cannot be applied.
func (p *Plan) WithoutValues() *Plan {
	hidden := &Plan{Format: 0, Changes: slices.Clone(p.Changes)}
	for i, c := range hidden.Changes {
		if c.Default != nil {
			hidden.Changes[i].Default = c.Default.hidden()
		}
		values := slices.Clone(c.Values)
		for j, v := range values {
			values[j].Lists = *v.hidden()
		}
		hidden.Changes[i].Values, hidden.Changes[i].Before, hidden.Changes[i].After = values, "", ""
	}
	return hidden
}

const hiddenValue = "(hidden)"

func (l *Lists) hidden() *Lists {
	hide := func(values []string) []string {
		if values == nil {
			return nil
		}
		return []string{hiddenValue}
	}
	return &Lists{hide(l.Old), hide(l.New)}
}
