package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// curve is a line of a picture.
type curve struct {
	name   string
	points plotter.XYs
}

// draw draws the pictures into folder, as SVG.
func (r *results) draw(folder string) error {
	for _, s := range shapes {
		title := fmt.Sprintf("Creates with %d values", s.values())
		err := picture(filepath.Join(folder, fmt.Sprintf("throughput-%d.svg", s.values())), title, "callers", "creates a second", false,
			r.createCurves(systems, s, throughput))
		if err != nil {
			return err
		}
		err = picture(filepath.Join(folder, fmt.Sprintf("p99-%d.svg", s.values())), title, "callers", "99 of 100 answered within, ms", true,
			r.createCurves(systems[1:], s, func(c created) float64 { return c.P99 })) // pgbench does not tell its own
		if err != nil {
			return err
		}
	}
	var curves []curve
	for _, system := range []string{attributed, naive} {
		line := curve{name: system}
		for _, attributes := range r.listSizes() {
			line.points = append(line.points, plotter.XY{X: float64(attributes), Y: median(r.lists(system, attributes, func(l listed) float64 { return l.P50 }))})
		}
		curves = append(curves, line)
	}
	return picture(filepath.Join(folder, "list.svg"), "Lists, 10 users and 2 groups an attribute", "attributes", "median, ms", true, curves)
}

func (r *results) createCurves(systems []string, s shape, f func(created) float64) []curve {
	var curves []curve
	for _, system := range systems {
		line := curve{name: system}
		for _, callers := range r.callers() {
			if measured := r.creates(system, s, callers, f); len(measured) > 0 {
				line.points = append(line.points, plotter.XY{X: float64(callers), Y: median(measured)})
			}
		}
		curves = append(curves, line)
	}
	return curves
}

// picture draws curves over an axis by powers; the other is so only if logY. Of what was not
// measured there is none.
func picture(file, title, x, y string, logY bool, curves []curve) error {
	if len(curves[0].points) == 0 {
		return nil
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, at(curves[0].points)
	if logY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	} else {
		p.Y.Min = 0
	}
	p.Add(plotter.NewGrid())
	for _, one := range curves {
		line, marks, err := plotter.NewLinePoints(one.points)
		if err != nil {
			return err
		}
		look := slices.Index(systems, one.name) // the same in every picture
		line.Color, line.Dashes = plotutil.Color(look), plotutil.Dashes(look)
		marks.Color, marks.Shape = plotutil.Color(look), plotutil.Shape(look)
		p.Add(line, marks)
		p.Legend.Add(one.name, line, marks)
	}
	p.Legend.Top, p.Legend.Left = true, true
	return p.Save(16*vg.Centimeter, 10*vg.Centimeter, file)
}

// at marks an axis where there are points.
func at(points plotter.XYs) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, point := range points {
		ticks = append(ticks, plot.Tick{Value: point.X, Label: fmt.Sprint(point.X)})
	}
	return ticks
}
