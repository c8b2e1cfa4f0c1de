package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// WriteJUnit writes the report as JUnit's XML: a test case for each operation, or one
// for each of its findings.
func (r *Report) WriteJUnit(w io.Writer) error {
	suite := junit.Testsuite{Name: "contract", Time: fmt.Sprintf("%.3f", r.Seconds)}
	suite.AddProperty("url", r.URL)
	suite.AddProperty("seed", fmt.Sprint(r.Seed))
	failed := map[string]bool{}
	for _, f := range r.Findings {
		failed[f.Operation] = true
		suite.AddTestcase(junit.Testcase{
			Classname: f.Operation,
			Name:      printable(string(f.Class) + ": " + f.Fault),
			Failure: &junit.Result{
				Type:    string(f.Class),
				Message: printable(f.Fault),
				Data:    printable(fmt.Sprintf("expected %s\ngot      %s\nspec     %s\nagain    %s\n", f.Expected, f.Got, f.Place, f.Curl)),
			},
		})
	}
	for _, operation := range slices.Sorted(maps.Keys(r.Operations)) {
		if !failed[operation] {
			suite.AddTestcase(junit.Testcase{Classname: operation, Name: fmt.Sprintf("%d answers", r.Operations[operation])})
		}
	}
	all := junit.Testsuites{Name: "contract"}
	all.AddSuite(suite)
	return all.WriteXML(w)
}

// printable leaves out what XML cannot hold.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0xfffe || c == 0xffff {
			return '·'
		}
		return c
	}, strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "]]>", "]] >"))
}
