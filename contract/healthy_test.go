package contract_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/store"
	"attributed/store/storetest"
)

var seeds = flag.Uint64("seeds", 2, "how many seeds a healthy server is checked with, on each engine")

// TestHealthyServerIsClean runs several seeds on each engine. Nothing may be found, and
// nothing be left.
func TestHealthyServerIsClean(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		handler, token := Healthy(t, s)
		url, spec := Listen(t, handler), EffectiveSpec(t)
		operations := 0
		for _, item := range spec.Paths.Map() {
			operations += len(item.Operations())
		}
		for seed := range *seeds {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				result := Check(t, contract.Config{URL: url, Spec: spec, Token: token, Seed: seed, Cases: 10})
				if len(result.Findings)+len(result.Notes) > 0 {
					t.Error(TextOf(t, result))
				}
				if len(result.Operations) != operations || result.Requests < 500 {
					t.Errorf("%d requests to %d operations", result.Requests, len(result.Operations))
				}
				if n := storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes`)[0]; n != 0 {
					t.Errorf("%d attributes were left behind", n)
				}
			})
		}
	})
}

// TestHealthyServerBesideALightdashIsClean, by the spec that it serves: there is no Idempotency-Key, and in the
// older form one value for each.
func TestHealthyServerBesideALightdashIsClean(t *testing.T) {
	storetest.EachLightdash(t, func(t *testing.T, _ storetest.Form, url string) {
		s := storetest.BesideLightdash(t, url)
		handler, token := Healthy(t, s)
		served := httptest.NewRecorder()
		handler.ServeHTTP(served, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.json", nil))
		spec, err := contract.ReadSpec(served.Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		result := Check(t, contract.Config{URL: Listen(t, handler), Spec: spec, Token: token, Cases: 5})
		if len(result.Findings)+len(result.Notes) > 0 || result.Requests < 300 {
			t.Errorf("%d requests\n%s", result.Requests, TextOf(t, result))
		}
		if n := storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes`)[0]; n != 0 {
			t.Errorf("%d attributes were left behind", n)
		}
	})
}
