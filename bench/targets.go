package main

import "fmt"

// target is a promise and what was measured of it. It is kept if the median is
// within the limit.
type target struct {
	what    string
	unit    string
	atLeast bool // else: at most
	limit   float64
	stretch float64 // 0: none
	values  []float64
}

func (t target) met(limit float64) bool {
	if t.atLeast {
		return median(t.values) >= limit
	}
	return median(t.values) <= limit
}

func (t target) verdict() string {
	switch {
	case !t.met(t.limit):
		return "MISSED"
	case t.stretch != 0 && t.met(t.stretch):
		return "met, stretch too"
	}
	return "met"
}

// targets are the project's promises about speed, those that r can tell about.
func (r *results) targets() []target {
	all := r.createTargets()
	all = append(all, r.validationTargets()...)
	all = append(all, r.listTargets()...)
	all = append(all, r.effectiveTargets()...)
	all = append(all, r.otherTargets()...)
	all = append(all, r.asCodeTargets()...)
	var told []target
	for _, t := range all {
		if len(t.values) > 0 {
			told = append(told, t)
		}
	}
	return told
}

func (r *results) createTargets() []target {
	var all []target
	ratios := []struct {
		to             string
		limit, stretch map[int][2]float64 // by callers: for the small and the large shape
	}{
		{limit, map[int][2]float64{1: {0.55, 0.55}, 32: {0.45, 0.62}}, map[int][2]float64{1: {0.60, 0.60}, 32: {0.50, 0.70}}},
		{ceiling, map[int][2]float64{1: {0.85, 0.85}, 32: {0.85, 0.85}}, map[int][2]float64{1: {0.95, 0.95}, 32: {0.95, 0.95}}},
		{naive, map[int][2]float64{1: {3, 3}, 32: {7, 7}}, nil},
	}
	for _, ratio := range ratios {
		for i, s := range shapes {
			for _, callers := range []int{1, 32} {
				all = append(all, target{
					what: fmt.Sprintf("create, %s, of the %s", situation(s, callers), ratio.to), unit: "×", atLeast: true,
					limit: ratio.limit[callers][i], stretch: ratio.stretch[callers][i],
					values: paired(r.creates(attributed, s, callers, throughput), r.creates(ratio.to, s, callers, throughput)),
				})
			}
		}
	}
	p50, p99 := func(c created) float64 { return c.P50 }, func(c created) float64 { return c.P99 }
	for _, s := range shapes {
		all = append(all,
			target{
				what: fmt.Sprintf("create, %s, p99 of the ceiling's", situation(s, 32)), unit: "×", limit: 1.2,
				values: paired(r.creates(attributed, s, 32, p99), r.creates(ceiling, s, 32, p99)),
			},
			target{
				what: fmt.Sprintf("create, %s, p99 of p50", situation(s, crowd)), unit: "×", limit: 2,
				values: paired(r.creates(attributed, s, crowd, p99), r.creates(attributed, s, crowd, p50)),
			})
	}
	for i, s := range shapes {
		all = append(all, target{
			what: fmt.Sprintf("server's CPU, a create, %s", situation(s, 32)), unit: "ms", limit: []float64{0.22, 0.42}[i],
			values: r.creates(attributed, s, 32, func(c created) float64 { return c.CPU }),
		})
	}
	all = append(all, target{
		what: "load generator's CPU, a create, " + situation(shapes[0], 32), unit: "ms", limit: 0.03,
		values: r.creates(attributed, shapes[0], 32, func(c created) float64 { return c.Generator }),
	})
	var resident []float64
	for _, s := range shapes {
		resident = append(resident, r.creates(attributed, s, 32, func(c created) float64 { return c.Resident })...)
	}
	return append(all, target{what: "resident memory, 32 callers", unit: "MB", limit: 40, values: resident})
}

// situation names a shape and a number of callers.
func situation(s shape, callers int) string {
	return fmt.Sprintf("%d values, %s", s.values(), plural(callers, "caller"))
}

func plural(count int, one string) string {
	if count == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", count, one)
}

func (r *results) validationTargets() []target {
	var all []target
	for i, s := range shapes {
		for _, one := range r.Validations {
			if (shape{one.Users, one.Groups}) == s {
				all = append(all,
					target{what: fmt.Sprintf("validation, %d values", s.values()), unit: "µs", limit: []float64{9, 43}[i], values: []float64{one.Microseconds}},
					target{what: fmt.Sprintf("validation, %d values, allocations", s.values()), limit: []float64{32, 135}[i], values: []float64{one.Allocations}})
			}
		}
	}
	return all
}

func (r *results) listTargets() []target {
	var all []target
	for i, attributes := range []int{1_000, 10_000} {
		time := func(l listed) float64 { return l.P50 }
		all = append(all,
			target{
				what: fmt.Sprintf("list of %d attributes, faster than Preload", attributes), unit: "×", atLeast: true, limit: []float64{5.5, 5}[i],
				values: paired(r.lists(naive, attributes, time), r.lists(attributed, attributes, time)),
			},
			target{
				what: fmt.Sprintf("list of %d attributes, allocated", attributes), unit: "MB", limit: []float64{6, 4}[i],
				values: r.lists(attributed, attributes, func(l listed) float64 { return l.Allocated }),
			},
			target{
				what: fmt.Sprintf("list of %d attributes, first byte", attributes), unit: "ms", limit: []float64{20, 5}[i],
				values: r.lists(attributed, attributes, func(l listed) float64 { return l.First }),
			})
	}
	return all
}

func (r *results) otherTargets() []target {
	all := []target{{what: "start to the first 200", unit: "ms", limit: 40, values: r.Starts}}
	for _, one := range r.SQLite {
		all = append(all, target{
			what: "SQLite, synchronous=" + one.Synchronous + ", p99 of p50, 16 callers", unit: "×", limit: 10, values: []float64{one.P99 / one.P50},
		})
	}
	for _, s := range shapes {
		var over, trips []float64
		for _, one := range r.Networks {
			if one.Shape == s {
				over = append(over, one.Far-one.Limit)
				trips = append(trips, (one.Far-one.Near)/one.RoundTrip)
			}
		}
		all = append(all,
			target{what: fmt.Sprintf("database 1 ms away, %s, over the database's own time", situation(s, 1)), unit: "ms", limit: 1.6, values: over},
			target{what: fmt.Sprintf("database 1 ms away, %s, round trips a create", situation(s, 1)), limit: 1.2, values: trips})
	}
	return all
}
