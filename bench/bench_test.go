package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSmoke carries out all that the benchmark does, as briefly as can be: it says
// nothing about speed, only that the benchmark itself is sound.
func TestSmoke(t *testing.T) {
	r, err := measure(t.Context(), smoke, "", t.Output())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	var told bytes.Buffer
	if err := r.publish(folder, &told); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{
		"create, 0 values, 32 callers, of the limit", "create, 12 values, 32 callers, of the ceiling", "of the naive",
		"create, 0 values, 32 callers, p99 of the ceiling's", "create, 12 values, 256 callers, p99 of p50",
		"server's CPU", "resident memory", "validation, 12 values", "list of 1000 attributes, faster than Preload",
		"start to the first 200", "SQLite, synchronous=full", "database 1 ms away", "import of", "plan of",
		"start beside a Lightdash", "beside a Lightdash, token first seen", "create beside a Lightdash, 12 values, 32 callers",
		"values in effect, 10000 people, 32 callers, of the ceiling", "values in effect, 10020 people, time of that with 10000",
	} {
		if !strings.Contains(told.String(), what) {
			t.Errorf("nothing is told of %q in\n%s", what, told.String())
		}
	}
	for _, file := range []string{"results.json", "table.md", "throughput-0.svg", "throughput-12.svg", "p99-0.svg", "p99-12.svg", "list.svg"} {
		if info, err := os.Stat(filepath.Join(folder, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
}
