package web

import (
	"runtime"
	"testing"
)

// TestPagesAreReadWhereTheyAre fails where what is embedded, nearly 2 MB, is copied: a program keeps
// as much again free for its garbage.
func TestPagesAreReadWhereTheyAre(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	pages, err := Pages()
	runtime.ReadMemStats(&after)
	if err != nil || len(pages) == 0 {
		t.Fatal(len(pages), err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1_000_000 {
		t.Errorf("all pages take %d bytes of memory before anybody asks for one", allocated)
	}
}
