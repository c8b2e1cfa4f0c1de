package main

import (
	"os"
	"strings"
	"testing"

	"attributed/store/storetest"
)

// TestLightdashDocsAreTrue: the rights are those that are tested, and the check says what is quoted of it.
func TestLightdashDocsAreTrue(t *testing.T) {
	docs, err := os.ReadFile("../../docs/lightdash.md")
	if err != nil {
		t.Fatal(err)
	}
	grants, err := os.ReadFile("../../deploy/lightdash/grants.sql")
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := os.ReadFile("../../deploy/lightdash/grants-prepared.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, rights, _ := strings.Cut(string(grants), "\n\n") // after what they say of themselves
	_, more, _ := strings.Cut(string(prepared), "\n\n")
	checked := once(t, variablesOf{"DATABASE_URL": storetest.Lightdash(t, storetest.Single)}, "lightdash", "check")
	for name, quoted := range map[string]string{"deploy/lightdash/grants.sql": rights, "deploy/lightdash/grants-prepared.sql": more, "lightdash check": checked.stdout} {
		if quoted == "" || !strings.Contains(string(docs), "\n"+quoted+"```") {
			t.Errorf("%s is not quoted as it is:\n%s", name, quoted)
		}
	}
}
