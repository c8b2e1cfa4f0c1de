package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"attributed/bench/witness"
)

// row is what came of a fault.
type row struct {
	witness.Findings
	fault         string
	tried         int
	calls         int
	failed        map[int]int     // calls, by status
	rereads       int             // reads of what the reader had just written
	stale         int             // of those, that did not find it
	two           int             // times that two primaries were seen
	writes, reads []time.Duration // until they work again
	at            span            // of the last time
}

// note counts answers.
func (r *row) note(answers []witness.Answer) {
	for _, a := range answers {
		r.calls++
		if a.OK() {
			continue
		}
		r.Must(!a.Early, "%s failed before the fault: %d %.200s", a.What, a.Status, a.Body)
		r.Must(a.Status == 0 || a.Status >= 500, "%s: %d %.200s", a.What, a.Status, a.Body)
		r.failed[a.Status]++
	}
}

// keep writes what publish does to a file, for whoever interrupts the run.
func keep(rows []*row, name string) error {
	var text strings.Builder
	if err := publish(rows, &text); err != nil {
		fmt.Fprintln(&text, err)
	}
	return os.WriteFile(name, []byte(text.String()), 0o644)
}

// publish writes the table, and what is wrong, of which it also returns an error.
func publish(rows []*row, w io.Writer) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"fault", "times", "calls", "failed (status)", "lost", "half", "stale of own reads", "two primaries", "writes back, p50 / max", "reads back, p50 / max"})
	var problems []string
	for _, r := range rows {
		t.AppendRow(table.Row{r.fault, r.tried, r.calls, failures(r.failed), r.Lost, r.Half, fmt.Sprintf("%d of %d", r.stale, r.rereads), r.two, spread(r.writes), spread(r.reads)})
		if r.stale+r.two > 0 {
			problems = append(problems, fmt.Sprintf("%s: %d stale reads, two primaries %d times", r.fault, r.stale, r.two))
		}
		for i, problem := range r.Problems {
			if i == 5 {
				problems = append(problems, fmt.Sprintf("%s: and %d more", r.fault, len(r.Problems)-i))
				break
			}
			problems = append(problems, r.fault+": "+problem)
		}
	}
	if _, err := fmt.Fprintln(w, t.RenderMarkdown()); err != nil {
		return err
	}
	if len(problems) == 0 {
		return nil
	}
	return errors.New("not all is as it must be:\n" + strings.Join(problems, "\n"))
}

// failures tells how many calls failed with which status.
func failures(by map[int]int) string {
	var all []string
	for _, status := range slices.Sorted(maps.Keys(by)) {
		name := fmt.Sprint(status)
		if status == 0 {
			name = "no answer"
		}
		all = append(all, fmt.Sprintf("%d (%s)", by[status], name))
	}
	if len(all) == 0 {
		return "0"
	}
	return strings.Join(all, ", ")
}

// spread tells the median and the longest.
func spread(times []time.Duration) string {
	if len(times) == 0 {
		return "–"
	}
	slices.Sort(times)
	return fmt.Sprintf("%.1f / %.1f s", times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
}
