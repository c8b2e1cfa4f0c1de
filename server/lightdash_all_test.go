package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// besideNone are the tests with a database that do not run beside a Lightdash of the version that keeps one
// value for each, and why.
var besideNone = map[string]string{
	"TestAddressesThatTokensComeFrom":       "is about addresses; TestTooManyRejectedTokens runs there",
	"TestSlowBodiesGiveWay":                 "is about memory, before the store is asked",
	"TestBodiesThatTogetherAreTooLarge":     "is about memory, before the store is asked",
	"TestLengthThatIsSaidInTwoWays":         "is about HTTP's framing, before the store is asked",
	"TestUnfinishedBodyIsNotWaitedFor":      "is about HTTP's framing, before the store is asked",
	"TestFileThatWasRemovedOrReplaced":      "is SQLite's",
	"TestTableThatIsLocked":                 "waits six seconds for a lock of PostgreSQL's, which is no other there",
	"TestReadinessLooksAtTheSchema":         "migrates; TestLightdashTablesThatWillNotDo in store/ asks a Lightdash's database",
	"TestMocks":                             "is about what is not ours",
	"TestWhatIsNotOursIsPassedOn":           "is about what is not ours",
	"TestALightdashThatDoesNotAnswer":       "is about what is not ours",
	"TestOperationWithoutItsGuardIsClosed":  "is closed before the store is asked",
	"TestPages":                             "pages have nothing of the database",
	"TestFilesAreCompressedAndNotSentTwice": "pages have nothing of the database",
	"TestOnlyBrowsersAreSentToTheDocs":      "pages have nothing of the database",
	"TestSeveralValuesInEffectForAUser":     "needs several values in all its rows; TestValuesInEffectForAUser runs there",
}

// besideOne are the ways to a database that is, or is among others, such a Lightdash's.
var besideOne = []string{"EachWithLightdash", "EachWithSingle", "EachWithPrepared", "EachWithSinglePrepared", "EachLightdash", "BesideLightdash", "OpenLightdash"}

// TestWhatDoesNotRunBesideALightdash is said, so that no new test of the wire is forgotten there.
func TestWhatDoesNotRunBesideALightdash(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	unsaid := maps.Clone(besideNone)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range parsed.Decls {
			test, ok := declared.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(test.Name.Name, "Test") || test.Name.Name == "TestMain" {
				continue
			}
			database, beside := false, false
			ast.Inspect(test, func(node ast.Node) bool {
				if used, ok := node.(*ast.SelectorExpr); ok {
					from, _ := used.X.(*ast.Ident)
					database = database || from != nil && from.Name == "storetest"
					beside = beside || slices.Contains(besideOne, used.Sel.Name)
				}
				return true
			})
			_, said := besideNone[test.Name.Name]
			if database && !beside && !said {
				t.Errorf("%s does not run beside a Lightdash: take storetest.EachWithSingle, or say here why it does not", test.Name.Name)
			}
			if database && !beside {
				delete(unsaid, test.Name.Name)
			}
		}
	}
	for name := range unsaid {
		t.Errorf("%s runs beside a Lightdash, or is gone", name)
	}
}
