package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValuesAsATable(t *testing.T) {
	eachServerThereIs(t, func(t *testing.T, s *site) {
		s.apply(t, regions)
		want := `email,group,attribute,value
,EMEA,sales_region,Europe
ada@example.com,,sales_region,EMEA
bob@example.com,,sales_region,APAC
bob@example.com,,team,
`
		exported := s.must(t, "values", "export").stdout
		if diff := cmp.Diff(want, exported); diff != "" {
			t.Fatalf("exported, -want +got:\n%s", diff)
		}
		if got := s.must(t, "values", "import", "--yes", file(t, "v.csv", exported)); got.stdout != "Nothing to do.\n" {
			t.Errorf("what was exported: %s", got.stdout)
		}
		got := s.must(t, "values", "import", "--yes", "--clear-empty", file(t, "v.csv", "\ufeffvalue,email,attribute\r\nUS,EVE@example.com,team\r\n,bob@example.com,sales_region\r\n"))
		if want := `~ change "sales_region"
-     user "bob@example.com": "APAC"
~ change "team"
+     user "eve@example.com": "US"
Attributes: 0 to create, 2 to change, 0 to remove. Values: 1 to set, 0 to change, 1 to clear.
`; got.stdout != want {
			t.Errorf("imported, -want +got:\n%s", cmp.Diff(want, got.stdout))
		}
		s.must(t, "values", "import", "--yes", "--prune=values", file(t, "v.csv", "email,attribute,value\nada@example.com,sales_region,\n"))
		if want := "ada@example.com,,sales_region,\nbob@example.com,,team,\neve@example.com,,team,US\n"; !strings.HasSuffix(s.must(t, "values", "export").stdout, "value\n"+want) {
			t.Errorf("pruned: %s", s.must(t, "values", "export").stdout)
		}
	})
}

func TestMistakesInATable(t *testing.T) {
	s := newSite(t, "sqlite:"+t.TempDir()+"/test.db")
	s.apply(t, regions)
	for _, tt := range []struct{ name, text, want string }{
		{"header", "email,attribute\n", ":1: it is not the header"},
		{"both", "email,group,attribute,value\nada@example.com,EMEA,team,x\n,,team,x\n", ":2: one of email and group"},
		{"neither", "email,group,attribute,value\nada@example.com,EMEA,team,x\n,,team,x\n", ":3: one of email and group"},
		{"fields", "email,attribute,value\nada@example.com,team\nbob@example.com,team,x\n", ":2: this is no line of CSV"},
		{"attribute", "email,attribute,value\nada@example.com,taem,x\n", `:2: the server has no attribute "taem" (did you mean "team"?)`},
		{"twice", "email,attribute,value\nada@example.com,team,x\nADA@example.com,team,y\n", ":3: user \"ADA@example.com\" has a value at"},
		{"UTF-8", "email,attribute,value\nada@example.com,team,\xff\n", ":2: this is not UTF-8"},
	} {
		got := s.run(t, "values", "import", "--yes", file(t, "v.csv", tt.text))
		if exitStatus(got.err) != 1 || !strings.Contains(got.stderr, tt.want) {
			t.Errorf("%s: %v\n%swant %s", tt.name, got.err, got.stderr, tt.want)
		}
	}
	if got := s.exported(t); got != regions {
		t.Errorf("something was changed:\n%s", got)
	}
}

func TestHostileValuesInATable(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		s.must(t, "apply", "--yes", "-f", file(t, "attributes.json", hostileFile(t)))
		before := s.exported(t)
		exported := file(t, "v.csv", s.must(t, "values", "export").stdout)
		if got := s.must(t, "values", "import", exported, "--yes", "--prune=attributes"); got.stdout != "Nothing to do.\n" {
			t.Errorf("what was exported: %s", got.stdout)
		}
		var names strings.Builder
		for _, text := range hostile {
			fmt.Fprintf(&names, `,{"name": %s, "users": {"ada@example.com": "x"}}`, quotedJSON(t, text))
		}
		s.apply(t, `{"attributes": [`+names.String()[1:]+"]}", "--prune=values")
		s.must(t, "values", "import", exported, "--yes")
		if diff := cmp.Diff(before, s.exported(t)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
}

// A table of 100,000 values, which is 10,000 people and 10 attributes.
func TestATableOfManyValues(t *testing.T) {
	var directory, table, attributes strings.Builder
	directory.WriteString(header + "ada@example.com,Ada,,admin,true,\n")
	attributes.WriteString("attributes:\n")
	rows := csv.NewWriter(&table)
	rows.Write([]string{"email", "attribute", "value"})
	for person := range 10_000 {
		fmt.Fprintf(&directory, "person%d@example.com,,,viewer,true,\n", person)
		for attribute := range 10 {
			rows.Write([]string{fmt.Sprintf("person%d@example.com", person), fmt.Sprintf("attribute%d", attribute), fmt.Sprintf("value %d", person*attribute)})
		}
	}
	rows.Flush()
	for attribute := range 10 {
		fmt.Fprintf(&attributes, "  - name: attribute%d\n", attribute)
	}
	s := newSiteOf(t, "sqlite:"+t.TempDir()+"/test.db", directory.String())
	s.apply(t, attributes.String())
	path := file(t, "v.csv", table.String())
	s.must(t, "values", "import", "--yes", path)
	if got := s.must(t, "values", "import", "--yes", path); got.stdout != "Nothing to do.\n" {
		t.Errorf("imported twice: %.300s", got.stdout)
	}
	if got := s.must(t, "values", "export").stdout; strings.Count(got, "\n") != 100_001 {
		t.Errorf("%d lines", strings.Count(got, "\n"))
	}
}

// More values than one call takes are set in several, at a server that sets many.
func TestMoreValuesThanOneCallTakes(t *testing.T) {
	var directory, first, second strings.Builder
	directory.WriteString(header + "ada@example.com,Ada,,admin,true,\n")
	for person := range 10_001 {
		fmt.Fprintf(&directory, "person%d@example.com,,,viewer,true,\n", person)
		fmt.Fprintf(&first, "      person%d@example.com: one\n", person)
		fmt.Fprintf(&second, "      person%d@example.com: two\n", person)
	}
	s := newSiteOf(t, "sqlite:"+t.TempDir()+"/test.db", directory.String())
	for _, users := range []string{first.String(), second.String()} {
		text := "attributes:\n  - name: a\n    users:\n" + users
		s.apply(t, text)
		if again := s.apply(t, text); again.stdout != "Nothing to do.\n" {
			t.Errorf("applied twice: %.300s", again.stdout)
		}
	}
}

func quotedJSON(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
