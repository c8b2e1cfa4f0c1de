package store_test

import (
	"fmt"
	"os"
	"testing"

	"attributed/store/storetest"
)

// The tests take some 20 seconds on two cores. A third of that are the two of model_test.go, with
// 100 random sequences each, of which make test runs 20: what one operation leaves for the next to
// stumble over shows only in many of them. Lists of 1,000 attributes and creates of as many values as the API takes need a
// second each. All others are short: half of their time makes and removes their database.
//
// What they send to the database is looked at, too: a statement that is not bound to an
// organization fails the package, see unbound.
func TestMain(m *testing.M) {
	statements := boundStatements{seen: map[string]bool{}, used: map[string]bool{}}
	storetest.OnOpen(statements.watch)
	storetest.Main(m)
	if err := statements.err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
