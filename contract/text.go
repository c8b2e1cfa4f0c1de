package contract

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var text strings.Builder
	for i, f := range r.Findings {
		fmt.Fprintf(&text, "%d. %s: %s %s\n", i+1, f.Class, f.Operation, f.Fault)
		fmt.Fprintf(&text, "   expected  %s\n   got       %s\n   spec      %s\n", f.Expected, f.Got, f.Place)
		if f.Cases > 1 {
			fmt.Fprintf(&text, "   cases     %d\n", f.Cases)
		}
		fmt.Fprintf(&text, "   again     %s\n\n", f.Curl)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	if r.Unchecked > 0 {
		fmt.Fprintf(&text, "note: %d bodies were too large or in an unknown encoding, and passed on unchecked\n", r.Unchecked)
	}
	fmt.Fprintf(&text, "%s: %s in %d requests to %d operations", r.URL, counted(len(r.Findings), "finding"), r.Requests, len(r.Operations))
	if r.Spec != "" {
		fmt.Fprintf(&text, ", against %s", r.Spec)
	}
	if r.Seed != 0 {
		fmt.Fprintf(&text, ", seed %d", r.Seed)
	}
	fmt.Fprintf(&text, " (%.1f s)\n", r.Seconds)
	_, err := io.WriteString(w, text.String())
	return err
}

// WriteSummary writes a table of the findings by operation and class.
func (r *Report) WriteSummary(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OPERATION\tANSWERS\tFINDINGS")
	for _, operation := range slices.Sorted(maps.Keys(r.byOperation())) {
		var told []string
		classes := r.byOperation()[operation]
		for _, class := range slices.Sorted(maps.Keys(classes)) {
			told = append(told, fmt.Sprintf("%s %d", class, classes[class]))
		}
		fmt.Fprintf(table, "%s\t%d\t%s\n", operation, r.Operations[operation], strings.Join(told, ", "))
	}
	return table.Flush()
}

// byOperation counts the cases of each operation and class.
func (r *Report) byOperation() map[string]map[Class]int {
	all := map[string]map[Class]int{}
	for operation := range r.Operations {
		all[operation] = map[Class]int{}
	}
	for _, f := range r.Findings {
		if all[f.Operation] == nil {
			all[f.Operation] = map[Class]int{}
		}
		all[f.Operation][f.Class] += f.Cases
	}
	return all
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
