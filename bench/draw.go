package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot/plotter"

	"attributed/bench/picture"
)

// draw draws the pictures into folder, as SVG.
func (r *results) draw(folder string) error {
	for _, s := range shapes {
		title := fmt.Sprintf("Creates with %d values", s.values())
		err := picture.Draw(filepath.Join(folder, fmt.Sprintf("throughput-%d.svg", s.values())), title, picture.Axes{X: "callers", Y: "creates a second", LogX: true},
			r.createCurves(systems, s, throughput))
		if err != nil {
			return err
		}
		err = picture.Draw(filepath.Join(folder, fmt.Sprintf("p99-%d.svg", s.values())), title, picture.Axes{X: "callers", Y: "99 of 100 answered within, ms", LogX: true, LogY: true},
			r.createCurves(systems[1:], s, func(c created) float64 { return c.P99 })) // pgbench does not tell its own
		if err != nil {
			return err
		}
	}
	var curves []picture.Curve
	for _, system := range []string{attributed, naive} {
		line := picture.Curve{Name: system, Look: slices.Index(systems, system)}
		for _, attributes := range r.listSizes() {
			line.Points = append(line.Points, plotter.XY{X: float64(attributes), Y: median(r.lists(system, attributes, func(l listed) float64 { return l.P50 }))})
		}
		curves = append(curves, line)
	}
	return picture.Draw(filepath.Join(folder, "list.svg"), "Lists, 10 users and 2 groups an attribute", picture.Axes{X: "attributes", Y: "median, ms", LogX: true, LogY: true}, curves)
}

func (r *results) createCurves(systems []string, s shape, f func(created) float64) []picture.Curve {
	var curves []picture.Curve
	for _, system := range systems {
		line := picture.Curve{Name: system, Look: slices.Index(systems, system)}
		for _, callers := range r.callers() {
			if measured := r.creates(system, s, callers, f); len(measured) > 0 {
				line.Points = append(line.Points, plotter.XY{X: float64(callers), Y: median(measured)})
			}
		}
		curves = append(curves, line)
	}
	return curves
}
