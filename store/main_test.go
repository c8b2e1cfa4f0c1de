package store_test

import (
	"testing"

	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
