// Package picture draws what was measured.
package picture

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// Curve is a line of a picture. Those of one Look look the same in every picture.
type Curve struct {
	Name   string
	Look   int
	Points plotter.XYs
}

// Axes are a picture's, each by powers or from zero.
type Axes struct {
	X, Y       string
	LogX, LogY bool
}

// Draw draws curves into an SVG file. The X axis is marked where there are points; of what was not measured
// there is no picture.
func Draw(file, title string, axes Axes, curves []Curve) error {
	if len(curves[0].Points) == 0 {
		return nil
	}
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, axes.X, axes.Y
	p.X.Tick.Marker = at(curves[0].Points)
	if axes.LogX {
		p.X.Scale = plot.LogScale{}
	}
	if axes.LogY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	} else {
		p.Y.Min = 0
	}
	p.Add(plotter.NewGrid())
	for _, one := range curves {
		line, marks, err := plotter.NewLinePoints(one.Points)
		if err != nil {
			return err
		}
		line.Color, line.Dashes = plotutil.Color(one.Look), plotutil.Dashes(one.Look)
		marks.Color, marks.Shape = plotutil.Color(one.Look), plotutil.Shape(one.Look)
		p.Add(line, marks)
		p.Legend.Add(one.Name, line, marks)
	}
	p.Legend.Top, p.Legend.Left = true, true
	return p.Save(16*vg.Centimeter, 10*vg.Centimeter, file)
}

func at(points plotter.XYs) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, point := range points {
		ticks = append(ticks, plot.Tick{Value: point.X, Label: fmt.Sprint(point.X)})
	}
	return ticks
}
