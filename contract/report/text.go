package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize/english"
	"github.com/jedib0t/go-pretty/v6/table"
	pretty "github.com/jedib0t/go-pretty/v6/text"
)

// Text is how a report is written for people.
type Text struct {
	Color bool // for a terminal; NO_COLOR in the environment turns it off again

	// File keeps what is too long for a line, and gives the name to open it by. Nil keeps
	// nothing, and the text refers to the report as JSON.
	File func(name string, content []byte) (path string, err error)
}

// WriteText writes the report for people, as a zero [Text] does.
func (r *Report) WriteText(w io.Writer) error { return Text{}.Write(w, r) }

// maxLine is the most bytes of a line, beside its number or label and its color.
const maxLine = 270

// Write writes a report: how many findings there are of each class, the findings, the
// worst first and those of one cause together, and what else there is to say. No line
// is longer than 300 characters.
func (how Text) Write(w io.Writer, r *Report) error {
	var out strings.Builder
	if len(r.Findings) > 0 {
		out.WriteString(how.classes(r) + "\n\n")
	}
	for i, c := range causes(r.Findings) {
		if err := how.cause(&out, i+1, c); err != nil {
			return err
		}
	}
	for _, note := range r.notes() {
		out.WriteString(strings.TrimRight(pretty.WrapSoft(printable("note: "+note), maxLine), "\n ") + "\n")
	}
	out.WriteString(fit(r.summary()) + "\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// classes is a table of the classes of findings and their counts, the worst first.
func (how Text) classes(r *Report) string {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft = ""
	t.SetStyle(style)
	t.AppendHeader(table.Row{"class", "findings", "operations", "cases"})
	for _, class := range slices.Compact(mapped(r.Findings, func(f Finding) Class { return f.Class })) { // they are sorted
		cases, findings, operations := 0, 0, map[string]bool{}
		for _, f := range r.Findings {
			if f.Class == class {
				cases, findings, operations[f.Operation] = cases+f.Cases, findings+1, true
			}
		}
		t.AppendRow(table.Row{how.paint(class, string(class)), findings, len(operations), cases})
	}
	t.SuppressTrailingSpaces()
	return t.Render()
}

// cause writes the findings of one cause.
func (how Text) cause(out *strings.Builder, number int, c cause) error {
	f := c.findings[0]
	fmt.Fprintf(out, "%d. %s\n", number, how.paint(f.Class, fit(fmt.Sprintf("%s: %s %s", f.Class, f.Operation, f.Fault))))
	line := func(label, value string) {
		fmt.Fprintf(out, "   %s%s\n", how.faint(fmt.Sprintf("%-10s", label)), fit(value))
	}
	line("expected", f.Expected)
	line("got", f.Got)
	line("spec", f.Place)
	if cases := c.cases(); cases > 1 {
		line("cases", fmt.Sprint(cases))
	}
	if operations := c.operations(); len(operations) > 1 {
		how.list(out, "at", operations)
	}
	if others := c.faults()[1:]; len(others) > 0 {
		how.list(out, "also", others)
	}
	again, err := how.again(number, f)
	if err != nil {
		return err
	}
	line("again", again)
	out.WriteString("\n")
	return nil
}

// list writes items over as many lines as they need, up to a limit.
func (how Text) list(out *strings.Builder, label string, items []string) {
	const most, width = 30, 110
	items = mapped(items, fit)
	if more := len(items) - most; more > 0 {
		items = append(items[:most:most], fmt.Sprintf("and %d more", more))
	}
	line := items[0]
	for _, item := range append(items[1:len(items):len(items)], "") {
		if item != "" && len([]rune(line+item)) <= width {
			line += ", " + item
			continue
		}
		if item != "" {
			line += ","
		}
		fmt.Fprintf(out, "   %s%s\n", how.faint(fmt.Sprintf("%-10s", label)), line)
		label, line = "", item
	}
}

// again is the line for the shell that shows a finding again, or where it stands.
func (how Text) again(number int, f Finding) (string, error) {
	script := f.Curl
	if f.Sent == "" && len(script) <= maxLine {
		return script, nil
	}
	if how.File == nil {
		return `is too long for a line: "curl" in the report as JSON`, nil
	}
	if f.Sent != "" {
		path, err := how.File(fmt.Sprintf("%d.json", number), []byte(f.Sent))
		if err != nil {
			return "", err
		}
		script = strings.ReplaceAll(script, BodyFile, "@"+Quote(path))
	}
	path, err := how.File(fmt.Sprintf("%d.sh", number), []byte(script+"\n"))
	if err != nil {
		return "", err
	}
	return "bash " + Quote(path), nil
}

// paint gives a text the color of a class: red for the worse half, yellow for the rest.
func (how Text) paint(class Class, line string) string {
	color := pretty.FgYellow
	if class.rank() <= FaultAccepted.rank() {
		color = pretty.FgRed
	}
	return how.colored(color, line)
}

func (how Text) faint(line string) string { return how.colored(pretty.Faint, line) }

func (how Text) colored(color pretty.Color, line string) string {
	if !how.Color {
		return line
	}
	return color.Sprint(line)
}

// fit makes a text one line that is not too long, and that a terminal can be trusted with.
func fit(line string) string {
	line = strings.Join(strings.Fields(printable(line)), " ")
	if len(line) > maxLine {
		return strings.ToValidUTF8(line[:maxLine-len("…")], "") + "…"
	}
	return line
}

// notes are all that is to be said beside the findings.
func (r *Report) notes() []string {
	all := slices.Clone(r.Notes)
	if r.Unchecked > 0 {
		all = append(all, fmt.Sprintf("%d bodies were too large or in an unknown encoding, and passed on unchecked", r.Unchecked))
	}
	if len(r.Known) > 0 {
		all = append(all, fmt.Sprintf("%s accepted, and told no more", english.Plural(len(r.Known), "known finding", "")))
	}
	if len(r.Mended) > 0 {
		all = append(all, fmt.Sprintf("%s not found this time: strike what is mended from the list", english.Plural(len(r.Mended), "accepted finding", "")))
	}
	for _, a := range r.Mended {
		all = append(all, fmt.Sprintf("not found this time: %s: %s %s", a.Class, a.Operation, a.Fault))
	}
	return all
}

func (r *Report) summary() string {
	said := fmt.Sprintf("%s: %s in %d requests to %d operations", r.URL, english.Plural(len(r.Findings), "finding", ""), r.Requests, len(r.Operations))
	if r.Spec != "" {
		said += ", against " + r.Spec
	}
	if r.Seed != 0 {
		said += fmt.Sprintf(", seed %d", r.Seed)
	}
	return said + fmt.Sprintf(" (%.1f s)", r.Seconds)
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
