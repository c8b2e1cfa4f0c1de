//go:build system

package system

import (
	"testing"

	"attributed/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
