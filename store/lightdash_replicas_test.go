package store_test

import (
	"net/url"
	"testing"
	"time"

	"attributed/store/storetest"
	"attributed/store/storetest/postgres"
)

// TestReplicasOfALightdashsDatabase are read from by the role with the least rights, in either form.
func TestReplicasOfALightdashsDatabase(t *testing.T) {
	primary, err := postgres.Start(t.Context(), postgres.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { primary.Stop() })
	t.Setenv(postgres.URLVariable, primary.URL()) // where roles are made
	at, err := url.Parse(primary.URL())
	if err != nil {
		t.Fatal(err)
	}
	h := host{primary, t, at.Host}
	h.run(`CREATE ROLE app LOGIN PASSWORD 'app'`)
	standby := h.standby()
	for form, tables := range map[string]string{"single": storetest.LightdashTables, "several": storetest.LightdashTables + storetest.SeveralValues} {
		t.Run(form, func(t *testing.T) {
			h.run(`CREATE DATABASE ` + form + ` OWNER app`)
			database := "postgres://app:app@" + h.address + "/" + form + "?sslmode=disable"
			execute(t, database, tables)
			s := storetest.BesideLightdash(t, database)
			organization := demo(t, s)
			role, err := url.Parse(storetest.LeastRights(t, database))
			if err != nil {
				t.Fatal(err)
			}
			role.Host = standby.address
			if err := s.ReadFrom(t.Context(), role.String(), time.Hour); err != nil {
				t.Fatal(err)
			}
			usable(t, s, standby.address, true)
			_, left := created(t, s, organization, "new")
			oneByReplica(t, s, organization, left)

		})
	}
}
