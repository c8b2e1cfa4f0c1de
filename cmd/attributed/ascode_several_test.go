package main

import (
	"regexp"
	"strings"
	"testing"

	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const severalRegions = `attributes:
  - name: sales_region
    description: Where a person sells
    default: [none, "", none]
    groups:
      EMEA: [Europe, Africa]
    users:
      ada@example.com: [EMEA, US, EMEA]
      bob@example.com: APAC
  - name: team
    default: null
    users:
      bob@example.com: ""
`

func TestSeveralValuesAsCode(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		s.apply(t, regions) // a server without a spec of its own shows by its answers that it keeps several
		s.apply(t, severalRegions)
		if diff := cmp.Diff(severalRegions, s.exported(t)); diff != "" {
			t.Errorf("applied, -want +got:\n%s", diff)
		}
		if again := s.apply(t, severalRegions); again.stdout != "Nothing to do.\n" {
			t.Errorf("applied twice: %s", again.stdout)
		}
		another := strings.NewReplacer("[EMEA, US, EMEA]", "[US, EMEA]", "bob@example.com: APAC", "bob@example.com: [APAC, US]").Replace(severalRegions)
		s.apply(t, another) // of values alone
		if diff := cmp.Diff(another, s.exported(t)); diff != "" {
			t.Errorf("changed, -want +got:\n%s", diff)
		}
		table := s.must(t, "values", "export").stdout
		if !strings.Contains(table, "ada@example.com,,sales_region,US\nada@example.com,,sales_region,EMEA\n") {
			t.Errorf("as a table: %s", table)
		}
		if got := s.must(t, "values", "import", "--yes", file(t, "v.csv", table)); got.stdout != "Nothing to do.\n" {
			t.Errorf("what was exported: %s", got.stdout)
		}
	})
}

// TestSeveralValuesWhereALightdashKeepsOne are told of by a plan, with their places: the server would refuse them.
func TestSeveralValuesWhereALightdashKeepsOne(t *testing.T) {
	s := newSiteBesideLightdash(t, storetest.Lightdash(t, storetest.Single))
	s.apply(t, regions)
	path := file(t, "attributes.yaml", severalRegions)
	for _, command := range []string{"plan", "apply"} {
		got := s.run(t, command, "-f", path)
		for _, line := range []string{":2", ":6", ":8"} {
			if want := path + line + ": this server keeps one value and not "; exitStatus(got.err) != 1 || !strings.Contains(got.stderr, want) {
				t.Errorf("%s: exit %d, %s, want %q", command, exitStatus(got.err), got.stderr, want)
			}
		}
	}
	if diff := cmp.Diff(regions, s.exported(t)); diff != "" {
		t.Errorf("something was sent, -want +got:\n%s", diff)
	}
}

func TestMigrateDownSaysBeforeWhatIsLost(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, database string) {
		s := newSite(t, database)
		s.apply(t, severalRegions)
		const loss = "Of several values only the first stays: all others of 1 default, 1 user and 1 group are lost.\n"
		for { // newer migrations first
			got := once(t, variablesOf{"DATABASE_URL": database}, "migrate", "down")
			if got.err != nil {
				t.Fatal(got.err)
			}
			if pending := regexp.MustCompile(`00003_several_values.sql +pending`); pending.MatchString(got.stdout) {
				if got.stderr != loss {
					t.Errorf("%q, want %q", got.stderr, loss)
				}
				return
			}
		}
	})
}
