package contracttest

import (
	"bytes"
	"testing"

	"attributed/contract"
)

// FirstOf returns the first finding of a class, nil if there is none.
func FirstOf(result *contract.Report, class contract.Class) *contract.Finding {
	for i := range result.Findings {
		if result.Findings[i].Class == class {
			return &result.Findings[i]
		}
	}
	return nil
}

// Check runs a check that can be run.
func Check(t *testing.T, cfg contract.Config) *contract.Report {
	t.Helper()
	result, err := contract.Check(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TextOf is what a person sees of a report.
func TextOf(t *testing.T, result *contract.Report) string {
	t.Helper()
	var text bytes.Buffer
	if err := result.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
