package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"attributed/bench/witness"
)

// row is what came of a fault.
type row struct {
	witness.Findings
	engine       *engine
	fault        string
	tried        int
	acknowledged int // changes
	wrong        int // answers of 5xx other than 503
	to503        []time.Duration
	recovery     []time.Duration

	abused *abused // of one that is abuse
	timed  *timed  // of one that is a look for others' ids
}

// note counts answers to changes.
func (r *row) note(answers []witness.Answer) {
	for _, a := range answers {
		switch {
		case a.Early:
			r.Must(false, "a call failed before the fault: %d %.200s", a.Status, a.Body)
		case a.OK():
			r.acknowledged++
		case a.Unavailable():
			r.to503 = append(r.to503, a.Took)
		case a.Status == http.StatusServiceUnavailable:
			r.Must(false, "503 without Retry-After")
		case a.Status >= http.StatusInternalServerError:
			r.wrong++
			r.Must(false, "%d %.200s", a.Status, a.Body)
		case a.Status != 0:
			r.Must(false, "%s: %d %.200s", a.What, a.Status, a.Body)
		}
		r.Must(a.Took < witness.Patience, "a call hung for %s", a.Took)
	}
}

func (r *row) failed() bool { return r.Lost+r.Half+r.wrong+len(r.Problems) > 0 }

// shown is how many of a row's problems are written.
const shown = 5

// publish writes the table, and what is wrong, of which it also returns an error.
func publish(rows []*row, w io.Writer) error {
	faults, abuses, ids := table.NewWriter(), table.NewWriter(), table.NewWriter()
	faults.AppendHeader(table.Row{"fault", "tried", "acknowledged", "lost", "half-written", "other 5xx", "to 503", "recovery"})
	abuses.AppendHeader(table.Row{"abuse", "good calls", "refused", "p99 alone", "p99 beside it", "most memory", "memory after"})
	ids.AppendHeader(table.Row{"with an id", "that is unknown", "that is another organization's", "the longer of the shorter"})
	failed := false
	for _, r := range rows {
		failed = failed || r.failed()
		if a := r.abused; a != nil {
			abuses.AppendRow(table.Row{r.fault, a.calls, a.refused, told(a.alone), told(a.beside), megabytes(a.peak), megabytes(a.after)})
			continue
		}
		if t := r.timed; t != nil {
			ids.AppendRow(table.Row{r.fault, told(t.unknown), told(t.others), fmt.Sprintf("%.0f %%", 100*t.part())})
			continue
		}
		faults.AppendRow(table.Row{r.fault, r.tried, r.acknowledged, r.Lost, r.Half, r.wrong, spread(r.to503), spread(r.recovery)})
	}
	if _, err := fmt.Fprintf(w, "%s\n\nTimes are the median and the longest.\n\n%s\n\n%s\n\n", faults.RenderMarkdown(), abuses.RenderMarkdown(), ids.RenderMarkdown()); err != nil {
		return err
	}
	for _, r := range rows {
		for i, problem := range r.Problems {
			if i == shown {
				problem = fmt.Sprintf("and %d more", len(r.Problems)-i)
			}
			if _, err := fmt.Fprintf(w, "%s: %s\n", r.fault, problem); err != nil {
				return err
			}
			if i == shown {
				break
			}
		}
	}
	if failed {
		return errors.New("not all is as it must be")
	}
	return nil
}

// spread tells the median and the longest of times.
func spread(times []time.Duration) string {
	if len(times) == 0 {
		return "–"
	}
	slices.Sort(times)
	return fmt.Sprintf("%s / %s", told(times[len(times)/2]), told(times[len(times)-1]))
}

func megabytes(n float64) string { return fmt.Sprintf("%.0f MB", n) }

func told(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
}
