package contract_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/store"
	"attributed/store/storetest"
)

var seeds = flag.Uint64("seeds", 2, "how many seeds a healthy server is checked with, on each engine")

// TestHealthyServerIsClean runs several seeds on each engine, and beside a Lightdash whose database has room for
// all that our spec has. Nothing may be found, and nothing be left.
func TestHealthyServerIsClean(t *testing.T) {
	storetest.EachWithSeveralPrepared(t, func(t *testing.T, s *store.Store) {
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

// TestHealthyServerBesideALightdashIsClean, where there is less room, by the spec that it serves: there is no
// Idempotency-Key, and in the older form one value for each.
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

// TestHealthyServerInACrowdIsClean has creates of another organization wait for connections all the time, so that those
// of the check are written in one statement with them: some whose name is taken, some of unknown users.
func TestHealthyServerInACrowdIsClean(t *testing.T) {
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	handler, token := Healthy(t, s)
	theirs := otherAdmin(t, s)
	ctx, leave := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	create := func(body string, want int) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/org/attributes", strings.NewReader(body))
		r.Header.Set("Authorization", "ApiKey "+theirs)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	create(`{"name":"taken","attributeDefaults":[],"users":[],"groups":[]}`, http.StatusOK)
	for i := range 12 * runtime.GOMAXPROCS(0) {
		crowd.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				create(fmt.Sprintf(`{"name":"theirs %d %d","attributeDefaults":["v"],"users":[],"groups":[]}`, i, n), http.StatusOK)
				create(`{"name":"taken","attributeDefaults":[],"users":[],"groups":[]}`, http.StatusConflict)
				create(`{"name":"of nobody","attributeDefaults":[],"users":[{"userUuid":"`+uuid.NewString()+`","values":["v"]}],"groups":[]}`, http.StatusUnprocessableEntity)
			}
		})
	}
	result := Check(t, contract.Config{URL: Listen(t, handler), Spec: EffectiveSpec(t), Token: token, Cases: -1})
	leave()
	crowd.Wait()
	if len(result.Findings)+len(result.Notes) > 0 {
		t.Error(TextOf(t, result))
	}
	if n := storetest.Query[int](t, s, `SELECT count(*) FROM user_attributes JOIN organizations USING (organization_id) WHERE organization_uuid = ?`, store.DemoOrganizationUUID)[0]; n != 0 {
		t.Errorf("%d attributes were left behind", n)
	}
	together := storetest.Query[int](t, s, `SELECT count(*) FROM (SELECT xmin::text FROM audit_events GROUP BY xmin::text
		HAVING bool_or(organization_uuid::text = ?) AND count(DISTINCT organization_uuid) > 1) AS statements`, store.DemoOrganizationUUID)[0]
	if together < 10 {
		t.Errorf("%d statements wrote for both organizations", together)
	}
}

// otherAdmin makes another organization, and returns a token of its admin.
func otherAdmin(t *testing.T, s *store.Store) string {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO organizations (organization_name) VALUES ('Theirs')`,
		`INSERT INTO users (user_uuid, first_name, last_name, is_active) VALUES ('5a1c0000-0000-4000-8000-000000000001', '', '', true)`,
		`INSERT INTO emails (user_id, email, is_primary) SELECT user_id, 'their.admin@example.com', true FROM users WHERE user_uuid = '5a1c0000-0000-4000-8000-000000000001'`,
		`INSERT INTO organization_memberships (organization_id, user_id, role) SELECT organization_id, user_id, 'admin' FROM users, organizations
			WHERE user_uuid = '5a1c0000-0000-4000-8000-000000000001' AND organization_name = 'Theirs'`,
	} {
		storetest.Exec(t, s, statement)
	}
	token, err := s.CreateToken(t.Context(), "their.admin@example.com", "a test", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
