package report

import (
	"slices"
	"strings"
)

// cause is what several findings come from. They are told together.
type cause struct{ findings []Finding }

// manyFaults of one class that are answered alike are taken to come from one cause: a
// server that refuses nothing, or fails at everything.
const manyFaults = 5

// causes puts findings together, in their order: those of one class and cause at several
// operations, and many of one class that are answered alike.
func causes(findings []Finding) []cause {
	same := grouped(findings, func(f Finding) string { return string(f.Class) + "\x00" + f.Cause })
	alike := map[string]int{}
	for _, c := range same {
		alike[c.findings[0].behavior()]++
	}
	return grouped(findings, func(f Finding) string {
		if alike[f.behavior()] > manyFaults {
			return f.behavior()
		}
		return string(f.Class) + "\x00" + f.Cause
	})
}

// behavior is how a finding was answered, whatever was asked.
func (f Finding) behavior() string {
	status, _, _ := strings.Cut(f.Got, ":")
	return string(f.Class) + "\x00\x00" + status
}

func grouped(findings []Finding, by func(Finding) string) []cause {
	var all []cause
	places := map[string]int{}
	for _, f := range findings {
		i, there := places[by(f)]
		if !there {
			i = len(all)
			places[by(f)] = i
			all = append(all, cause{})
		}
		all[i].findings = append(all[i].findings, f)
	}
	return all
}

func (c cause) cases() (n int) {
	for _, f := range c.findings {
		n += f.Cases
	}
	return n
}

// operations lists those where the cause was met, each once.
func (c cause) operations() []string {
	return distinct(mapped(c.findings, func(f Finding) string { return f.Operation }))
}

// faults lists what was found, one sentence for each cause within.
func (c cause) faults() []string {
	told := map[string]bool{}
	var all []string
	for _, f := range c.findings {
		if !told[f.Cause] {
			told[f.Cause] = true
			all = append(all, f.Fault)
		}
	}
	return all
}

func distinct(all []string) []string {
	var found []string
	for _, one := range all {
		if !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	return found
}

func mapped[A, B any](all []A, to func(A) B) []B {
	made := make([]B, len(all))
	for i, one := range all {
		made[i] = to(one)
	}
	return made
}
