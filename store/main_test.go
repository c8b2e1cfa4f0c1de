package store_test

import (
	"testing"

	"attributed/store/storetest"
)

// The tests take some 20 seconds on two cores. A third of that are the two of model_test.go, with
// 100 random sequences each: what one operation leaves for the next to stumble over shows only
// in many of them. Lists of 1,000 attributes and creates of as many values as the API takes need a
// second each. All others are short: half of their time makes and removes their database.
func TestMain(m *testing.M) { storetest.Main(m) }
