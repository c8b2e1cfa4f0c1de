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
	fault         *fault
	tried         int
	calls         int
	acknowledged  int             // changes
	failed        map[int]int     // calls, by status
	rereads       int             // reads of what the reader had written, by its position
	stale         int             // of those, that did not find it
	two           int             // times that two primaries were seen
	writes, reads []time.Duration // until they work again
	away, waited  time.Duration   // the longest that no reader had a good answer, and that one of them had none
	took          []time.Duration // with all that is before and after
}

// note counts answers.
func (r *row) note(answers []witness.Answer) {
	for _, a := range answers {
		r.calls++
		if a.OK() {
			if isChange(a) {
				r.acknowledged++
			}
			continue
		}
		r.Must(!a.Early, "%s failed before the fault: %d %.200s", a.What, a.Status, a.Body)
		r.Must(slices.Contains(r.fault.may, a.Status), "%s: %d %.200s", a.What, a.Status, a.Body)
		r.failed[a.Status]++
	}
}

// outcome is what came of all faults.
type outcome struct {
	rows  []*row
	load  *load
	short bool
}

// keep writes what publish does to a file, for whoever ends the run by force.
func (o *outcome) keep(name string) error {
	var text strings.Builder
	if err := o.publish(&text); err != nil {
		fmt.Fprintln(&text, err)
	}
	return os.WriteFile(name, []byte(text.String()), 0o644)
}

// shown is how many of what is wrong with a row are written.
const shown = 5

// publish writes the table, and below it what is wrong, of which it also returns an error. Rows that were not tried are left out.
func (o *outcome) publish(w io.Writer) error {
	out := table.NewWriter()
	out.AppendHeader(table.Row{"fault", "times", "calls", "failed (status)", "lost, of acknowledged", "half, twice", "stale of own reads", "two primaries",
		"writes back, p50 / max", "reads back, p50 / max", "no good answer to any, to one reader, longest", "one takes, p50 / max"})
	var wrong []string
	for _, r := range o.rows {
		if r.tried == 0 && r.calls == 0 {
			continue
		}
		out.AppendRow(table.Row{r.fault.name, r.tried, r.calls, failures(r.failed), fmt.Sprintf("%d of %d", r.Lost, r.acknowledged), fmt.Sprintf("%d, %d", r.Half, r.Twice),
			fmt.Sprintf("%d of %d", r.stale, r.rereads), r.two, spread(r.writes), spread(r.reads), fmt.Sprintf("%s, %s s", seconds(r.away), seconds(r.waited)), spread(r.took)})
		all := r.broken(o.short)
		if len(all) > shown {
			all = append(all[:shown], fmt.Sprintf("and %d more", len(all)-shown))
		}
		for _, one := range all {
			wrong = append(wrong, r.fault.name+": "+one+"\n")
		}
	}
	if _, err := fmt.Fprintf(w, "%v\n\n%s\n\n%s", o.load, out.RenderMarkdown(), strings.Join(wrong, "")); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return errors.New("not all is as it must be")
	}
	return nil
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
	return fmt.Sprintf("%s / %s s", seconds(times[len(times)/2]), seconds(times[len(times)-1]))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()) }
