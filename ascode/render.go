package ascode

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// signs stand before what is done.
var signs = map[Action]string{Create: "+", Set: "+", Edit: "~", Remove: "-", Clear: "-"}

// WriteText writes the plan for people, and how much there is in it. Texts are quoted as in
// Go, so that each change is a line whatever is in them.
func (p *Plan) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	p.lines(func(sign, text string) { fmt.Fprintln(out, sign+" "+text) })
	fmt.Fprintln(out, p.Summary())
	return out.Flush()
}

// lines calls write with each line of the plan.
func (p *Plan) lines(write func(sign, text string)) {
	for _, c := range p.Changes {
		write(signs[c.Action], fmt.Sprintf("%s %s", c.Action, strconv.Quote(c.Name)))
		if c.Description != nil {
			write("~", fmt.Sprintf("    description: %s → %s", strconv.Quote(c.Description.Old), strconv.Quote(c.Description.New)))
		}
		if c.Default != nil {
			write("~", fmt.Sprintf("    default: %s → %s", shown(c.Default.Old), shown(c.Default.New)))
		}
		for _, v := range c.Values {
			text := fmt.Sprintf("    %s %s: ", v.Kind, strconv.Quote(v.Name))
			switch v.Action {
			case Set:
				text += shown(v.New)
			case Clear:
				text += shown(v.Old)
			default:
				text += shown(v.Old) + " → " + shown(v.New)
			}
			write(signs[v.Action], text)
		}
	}
}

func shown(values []string) string {
	switch {
	case values == nil:
		return "null"
	case len(values) == 0:
		return `""`
	}
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = strconv.Quote(value)
	}
	if len(values) == 1 {
		return quoted[0]
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Summary is a sentence that says how much the plan does.
func (p *Plan) Summary() string {
	if len(p.Changes) == 0 {
		return "Nothing to do."
	}
	attributes, values := map[Action]int{}, map[Action]int{}
	for _, c := range p.Changes {
		attributes[c.Action]++
		for _, v := range c.Values {
			values[v.Action]++
		}
	}
	return fmt.Sprintf("Attributes: %d to create, %d to change, %d to remove. Values: %d to set, %d to change, %d to clear.",
		attributes[Create], attributes[Edit], attributes[Remove], values[Set], values[Edit], values[Clear])
}

// markdownLimit keeps a comment under the 65,536 characters that GitHub takes.
const markdownLimit = 60_000

// WriteMarkdown writes the plan for a comment on a pull request, cut off where a comment would be too long.
func (p *Plan) WriteMarkdown(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "**Attributes.** %s\n", strings.TrimPrefix(p.Summary(), "Attributes: "))
	written, left := 0, 0
	if len(p.Changes) > 0 {
		fmt.Fprintln(out, "\n```diff")
		p.lines(func(sign, text string) {
			if sign == "~" {
				sign = "!" // what a diff is colored by
			}
			line := sign + " " + text
			if written += len(line) + 1; written > markdownLimit {
				left++
				return
			}
			fmt.Fprintln(out, line)
		})
		fmt.Fprintln(out, "```")
	}
	if left > 0 {
		fmt.Fprintf(out, "\nAnd %d more lines: see the text that `attributed plan` prints.\n", left)
	}
	return out.Flush()
}
