package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// formatFlag is for every command that lists.
type formatFlag struct {
	Format string `default:"table" enum:"table,json" placeholder:"table|json" help:"How to print it; default ${default}."`
}

// printList prints rows, as JSON all that their types have, as a table what cells returns
// for each, below the titles.
func printList[T any](w io.Writer, format formatFlag, rows []T, titles []string, cells func(T) []string) error {
	if format.Format == "json" {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(rows)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(titles, "\t"))
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(cells(row), "\t"))
	}
	return table.Flush()
}
