package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
)

// publish writes all files of r into folder, and the tables to w too.
func (r *results) publish(folder string, w io.Writer) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := r.save(folder); err != nil {
		return err
	}
	if err := r.draw(folder); err != nil {
		return err
	}
	targets, figures := r.targetTable(), r.figureTable()
	text := targets.RenderMarkdown() + "\n\n" + figures.RenderMarkdown() + "\n"
	if err := os.WriteFile(filepath.Join(folder, "table.md"), []byte(text), 0o644); err != nil {
		return err
	}
	if r.Machine.busy() {
		if _, err := fmt.Fprintf(w, "The machine was busy (load %.1f before the start): these figures are of no use.\n\n", r.Machine.Load); err != nil {
			return err
		}
	}
	missed := 0
	for _, t := range r.targets() {
		if !t.met(t.limit) {
			missed++
		}
	}
	_, err := fmt.Fprintf(w, "%s\n\n%s\n\n%d targets missed. More in %s.\n", targets.Render(), figures.Render(), missed, folder)
	return err
}

// targetTable has what was promised beside what was measured.
func (r *results) targetTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"what", "target", "min", "median", "max", "verdict"})
	for _, one := range r.targets() {
		sign := "≤"
		if one.atLeast {
			sign = "≥"
		}
		promise := fmt.Sprintf("%s %v %s", sign, one.limit, one.unit)
		if one.stretch != 0 {
			promise += fmt.Sprintf(" (stretch %v)", one.stretch)
		}
		t.AppendRow(table.Row{one.what, promise, figure(slices.Min(one.values)), figure(median(one.values)), figure(slices.Max(one.values)), one.verdict()})
	}
	return t
}

// figureTable has the medians themselves, which hold for this machine only.
func (r *results) figureTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"what", "", "a second", "p50 ms (limit: mean)", "p99 ms", "CPU ms", "MB"})
	for _, s := range shapes {
		for _, callers := range r.callers() {
			for _, system := range systems {
				if len(r.creates(system, s, callers, throughput)) == 0 {
					continue
				}
				t.AppendRow(r.createRow("create, "+situation(s, callers), system, s, callers))
			}
		}
	}
	for _, one := range r.LargeBodies {
		t.AppendRow(one.row("create, 10000 values, 1 caller", one.System))
	}
	for _, one := range r.SQLite {
		t.AppendRow(one.row("create, 0 values, 16 callers, SQLite "+one.Synchronous, attributed))
	}
	for _, attributes := range r.listSizes() {
		for _, system := range []string{attributed, naive} {
			what := func(f func(listed) float64) []float64 { return r.lists(system, attributes, f) }
			t.AppendRow(table.Row{fmt.Sprintf("list of %d attributes", attributes), system,
				told(what(func(l listed) float64 { return l.PerSecond })), told(what(func(l listed) float64 { return l.P50 })), told(what(func(l listed) float64 { return l.P99 })),
				"", told(what(func(l listed) float64 { return l.Resident }))})
		}
	}
	for _, people := range r.people() {
		for _, callers := range []int{1, 32} {
			for _, system := range []string{ceiling, attributed} {
				what := func(f func(effective) float64) []float64 { return r.effective(system, people, callers, f) }
				t.AppendRow(table.Row{fmt.Sprintf("values in effect, %d people, %s", people, plural(callers, "caller")), system,
					told(what(func(one effective) float64 { return one.PerSecond })), told(what(func(one effective) float64 { return one.P50 })), told(what(func(one effective) float64 { return one.P99 })),
					told(what(func(one effective) float64 { return one.CPU })), ""})
			}
		}
	}
	t.AppendRows(r.Lightdash.rows())
	return t
}

// createRow has the medians of a system's creates.
func (r *results) createRow(title, system string, s shape, callers int) table.Row {
	what := func(f func(created) float64) []float64 { return r.creates(system, s, callers, f) }
	return table.Row{title, system,
		told(what(throughput)), told(what(func(c created) float64 { return c.P50 })), told(what(func(c created) float64 { return c.P99 })),
		told(what(func(c created) float64 { return c.CPU })), told(what(func(c created) float64 { return c.Resident }))}
}

func (m measured) row(what, system string) table.Row {
	return table.Row{what, system, figure(m.PerSecond), figure(m.P50), figure(m.P99)}
}

// told is the median, nothing where there is none.
func told(values []float64) string {
	if m := median(values); m != 0 {
		return figure(m)
	}
	return ""
}

func (r *results) callers() []int {
	return distinct(each(r.Creates, func(c created) int { return c.Callers }))
}

func (r *results) listSizes() []int {
	return distinct(each(r.Lists, func(l listed) int { return l.Attributes }))
}

func distinct(values []int) []int {
	slices.Sort(values)
	return slices.Compact(values)
}

// figure has three digits that count.
func figure(v float64) string {
	if v >= 999.5 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
