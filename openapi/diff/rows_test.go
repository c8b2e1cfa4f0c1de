package diff_test

import (
	"testing"

	"attributed/openapi"
	"attributed/openapi/diff"
	"attributed/openapi/diff/difftest"
)

// object is a part of a spec.
type object = difftest.Object

// reported compares two specs in a way that must not fail.
func reported(t *testing.T, before, after []byte, served []openapi.ServedOperation) *diff.Report {
	t.Helper()
	pair, err := diff.NewPair(before, after, served)
	if err != nil {
		t.Fatal(err)
	}
	report := pair.Wire()
	report.Settle()
	return report
}

func TestRows(t *testing.T) {
	for _, row := range difftest.Rows(t, "testdata") {
		t.Run(row.Name, func(t *testing.T) { row.Check(t, reported(t, row.Before, row.After, row.Served)) })
	}
}
