//go:build system

package system

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"attributed/store"
	"attributed/store/storetest"
)

// TestBesideALightdashBehindPgBouncer in transaction mode, as the role with the least rights: values are locked
// and set, answers and the audit are kept, and nothing needs a session.
func TestBesideALightdashBehindPgBouncer(t *testing.T) {
	for _, form := range []storetest.Form{storetest.Single, storetest.Several} {
		t.Run(string(form), func(t *testing.T) {
			database := storetest.Lightdash(t, form)
			st := storetest.BesideLightdash(t, database)
			storetest.LoadDemo(t, st)
			if err := store.PrepareLightdash(t.Context(), database); err != nil {
				t.Fatal(err)
			}
			role := storetest.LeastRights(t, database)
			storetest.GrantPrepared(t, database, role)
			through := startPgBouncer(t, role)
			through.RawQuery += "&default_query_exec_mode=exec"
			secret := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, []byte(storetest.LightdashSecret), 0o600); err != nil {
				t.Fatal(err)
			}
			c := client{token: storetest.CreateToken(t, st, store.DemoEmail)}
			start(t, exec.CommandContext(t.Context(), filepath.Join(build(t), "attributed"), "serve", "--lightdash", "--lightdash-secret-file", secret,
				"--listen=127.0.0.1:0", "--check-responses=enforce", "--database", through.String()), func(line string) bool {
				if found := listening.FindStringSubmatch(line); found != nil {
					c.address = found[1]
				}
				return c.address != ""
			})
			shared := c.create(t, "shared")
			var callers sync.WaitGroup
			for n := range 8 {
				callers.Go(func() {
					for m := range 5 {
						value := fmt.Sprintf("%d.%d", n, m)
						if problem := c.createAndRemove(t.Context(), value); problem != nil {
							t.Error(problem)
						}
						c.call(t, http.MethodPut, "attributes/"+shared, map[string]any{"name": "shared", "attributeDefault": value,
							"users": []any{map[string]any{"userUuid": store.DemoUserUUID, "value": value}}, "groups": []any{}})
						c.call(t, http.MethodPut, "attributes/"+shared+"/groups/"+store.DemoGroupUUID, map[string]any{"value": value})
						var effective []any
						c.results(t, http.MethodGet, "users/"+store.DemoUserUUID+"/attributes", nil, &effective)
					}
				})
			}
			callers.Wait()
			if names := c.names(t); len(names) != 1 {
				t.Errorf("there are %q", names)
			}
			if events := storetest.Query[int](t, st, `SELECT count(*) FROM attributed.audit_events`)[0]; events < 8*5*4 {
				t.Errorf("%d changes are written down", events)
			}
		})
	}
}
