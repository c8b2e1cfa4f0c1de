package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// limitScript is the create of package store as pgbench can send it: its values come
// from SQL, since pgbench has no text to make them of.
//
//go:embed limit.sql
var limitScript string

var (
	processed = regexp.MustCompile(`number of transactions actually processed: (\d+)`)
	failures  = regexp.MustCompile(`number of failed transactions: (\d+)`)
	average   = regexp.MustCompile(`latency average = ([\d.]+) ms`)
	perSecond = regexp.MustCompile(`tps = ([\d.]+)`)
)

// limit has pgbench create attributes at url, over so many connections.
func (b *bench) limit(ctx context.Context, url string, s shape, callers int) (measured, error) {
	pgbench, err := b.server.Program("pgbench")
	if err != nil {
		return measured{}, err
	}
	cmd := exec.CommandContext(ctx, pgbench,
		"--no-vacuum", "--protocol=prepared", "--file=/dev/stdin",
		"--client="+strconv.Itoa(callers), "--jobs="+strconv.Itoa(min(callers, 2)), fmt.Sprintf("--time=%d", max(1, int(b.plan.duration.Seconds()))),
		fmt.Sprintf("--define=users=%d", s.Users), fmt.Sprintf("--define=groups=%d", s.Groups),
		fmt.Sprintf("--define=organization=%d", b.results.organization),
		url)
	cmd.Stdin = strings.NewReader(limitScript)
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c plan_cache_mode=force_generic_plan") // else it is planned anew each time, at half the speed
	out, err := cmd.CombinedOutput()
	if err != nil {
		return measured{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	number := func(pattern *regexp.Regexp) float64 {
		found := pattern.FindSubmatch(out)
		if found == nil {
			err = fmt.Errorf("pgbench does not tell %s:\n%s", pattern, out)
			return 0
		}
		n, _ := strconv.ParseFloat(string(found[1]), 64)
		return n
	}
	if failed := number(failures); failed > 0 {
		return measured{}, fmt.Errorf("pgbench: %.0f creates failed\n%s", failed, out)
	}
	// pgbench tells no median: the mean stands for it.
	return measured{Requests: int(number(processed)), PerSecond: number(perSecond), P50: number(average)}, err
}
