package openapi

import (
	"fmt"
	"slices"
	"strconv"

	"attributed/openapi/tree"
)

// circles returns an error if a schema leads back to itself without a property,
// an item or the like on the way: such a schema says nothing, and what reads it
// may never come to an end. A schema that is but a reference to itself is none: Mend
// puts that right. It also returns an error if a schema comes to more than maxMade.
func (s *Spec) circles() error {
	c := circle{spec: s, onWay: map[*tree.Value]bool{}, done: map[*tree.Value]made{}}
	var err error
	walk(s.Root, nil, false, func(v *tree.Value, names []string, inMap bool) {
		if err == nil && !inMap && v.Is(tree.Object) {
			_, err = c.enter(v, names)
		}
	})
	return err
}

// made is what a schema comes to when it is written out: references followed, and unions
// that allOf puts together multiplied out. A few lines can come to millions, and we and
// libraries go through all of them.
type made struct{ schemas, cases int }

const maxMade = 10_000

func (m made) tooMuch() bool { return m.schemas > maxMade || m.cases > maxMade }

type circle struct {
	spec  *Spec
	onWay map[*tree.Value]bool
	done  map[*tree.Value]made
}

func (c *circle) enter(v *tree.Value, names []string) (made, error) {
	if m, done := c.done[v]; done {
		return m, nil
	}
	if c.onWay[v] {
		return made{}, fmt.Errorf("%s: the schema leads back to itself in a circle", pointer(names))
	}
	if len(c.onWay) == tree.MaxDepth {
		return made{}, fmt.Errorf("%s: schemas lead to each other over more than %d steps", pointer(names), tree.MaxDepth)
	}
	c.onWay[v] = true
	defer delete(c.onWay, v)
	m, err := c.below(v, names)
	if err == nil && m.tooMuch() {
		err = fmt.Errorf("%s: the schema comes to more than %d schemas or cases when it is written out, which is too much to be compared", pointer(names), maxMade)
	}
	c.done[v] = m
	return m, err
}

// below puts together what a schema comes to.
func (c *circle) below(v *tree.Value, names []string) (made, error) {
	if ref := v.Ref(); ref != "" {
		target, at, err := c.spec.follow(ref)
		switch {
		case err != nil:
			return made{}, fmt.Errorf("%s: %w", pointer(names), err)
		case target == v:
			return made{1, 1}, nil
		}
		return c.enter(target, at)
	}
	whole := made{1, 1}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf", "not"} {
		branches := v.Get(keyword).Elements()
		if not := v.Get("not"); keyword == "not" && not.Is(tree.Object) {
			branches = []*tree.Value{not}
		}
		cases := 0
		for i, branch := range branches {
			at := append(slices.Clone(names), keyword)
			if keyword != "not" {
				at = append(at, strconv.Itoa(i))
			}
			m, err := c.enter(branch, at)
			if err != nil {
				return made{}, err
			}
			whole.schemas += m.schemas
			if keyword == "allOf" {
				whole.cases *= m.cases
			} else {
				cases += m.cases
			}
			if whole.tooMuch() { // before it is too much for an int
				return whole, nil
			}
		}
		whole.cases *= max(cases, 1)
	}
	return whole, nil
}
