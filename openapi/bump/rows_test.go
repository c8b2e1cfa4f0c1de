package bump_test

import (
	"testing"

	"attributed/openapi/bump"
	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
)

// object is a part of a spec.
type object = difftest.Object

// compared compares two specs in a way that must not fail.
func compared(t *testing.T, before, after []byte) *diff.Report {
	t.Helper()
	report, err := bump.Diff(before, after, difftest.Served)
	if err != nil {
		t.Fatal(err)
	}
	if (len(report.Findings) == 0) != (report.Wire == diff.WireUnchanged) {
		t.Errorf("wire %s with %d findings: nothing may pass in silence", report.Wire, len(report.Findings))
	}
	return report
}

// Whatever oasdiff says, and whether code can be generated or not, the verdict is that of the
// proof.
func TestTheVerdictIsThatOfTheProof(t *testing.T) {
	for _, row := range difftest.Rows(t, "../diff/testdata") {
		t.Run(row.Name, func(t *testing.T) {
			report, err := bump.Diff(row.Before, row.After, row.Served)
			if err != nil {
				t.Fatal(err)
			}
			row.Check(t, report)
		})
	}
}
