package contract_test

import (
	"fmt"
	"testing"

	"attributed/contract"
	"attributed/store"
	"attributed/store/storetest"
)

// TestHealthyServerIsClean runs 20 seeds on each engine. Nothing may be found, and
// nothing be left.
func TestHealthyServerIsClean(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		handler, token := healthy(t, s)
		url, spec := listen(t, handler), effectiveSpec(t)
		operations := 0
		for _, item := range spec.Paths.Map() {
			operations += len(item.Operations())
		}
		for seed := range uint64(20) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				report := check(t, contract.Config{URL: url, Spec: spec, Token: token, Seed: seed, Cases: 10})
				if len(report.Findings)+len(report.Notes) > 0 {
					t.Error(textOf(t, report))
				}
				if len(report.Operations) != operations || report.Requests < 500 {
					t.Errorf("%d requests to %d operations", report.Requests, len(report.Operations))
				}
				if n := storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes`)[0]; n != 0 {
					t.Errorf("%d attributes were left behind", n)
				}
			})
		}
	})
}
