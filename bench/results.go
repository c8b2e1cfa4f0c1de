package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	system "github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
)

// results is all that a run measured, as results.json has it. Times are
// milliseconds, sizes MB (10^6 bytes).
type results struct {
	Machine     machine
	Validations []validated
	Starts      []float64 // from the start of the program to its first 200
	Creates     []created
	LargeBodies []largeBody
	Networks    []networked
	Lists       []listed
	Effective   []effective
	SQLite      []sqliteRun
	Imports     []imported
	Plans       []planned
	Lightdash   besideLightdash

	organization int // whom all attributes belong to
}

// machine is what the figures depend on most.
type machine struct {
	Time       time.Time
	CPU        string
	Processors int
	MemoryGB   float64
	System     string
	Go         string
	PostgreSQL string
	Load       float64 // the mean number of programs that wanted a processor in the minute before
}

// busy reports whether something else was running, which falls on all that is measured.
func (m machine) busy() bool { return m.Load > 1 }

// thisMachine describes where we are; it is asked before anything else is done.
func thisMachine(ctx context.Context) machine {
	m := machine{
		Time: time.Now().UTC().Truncate(time.Second), Processors: runtime.NumCPU(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
	}
	if found, err := cpu.InfoWithContext(ctx); err == nil && len(found) > 0 {
		m.CPU = found[0].ModelName
	}
	if found, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.MemoryGB = float64(found.Total>>20) / 1024
	}
	if found, err := system.AvgWithContext(ctx); err == nil {
		m.Load = found.Load1
	}
	return m
}

// save writes results.json into folder.
func (r *results) save(folder string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "results.json"), append(text, '\n'), 0o644)
}

// creates returns what f tells of each measurement of a system, in the order of rounds.
func (r *results) creates(system string, s shape, callers int, f func(created) float64) []float64 {
	var all []float64
	for _, one := range r.Creates {
		if one.System == system && one.Shape == s && one.Callers == callers {
			all = append(all, f(one))
		}
	}
	return all
}

func (r *results) lists(system string, attributes int, f func(listed) float64) []float64 {
	var all []float64
	for _, one := range r.Lists {
		if one.System == system && one.Attributes == attributes {
			all = append(all, f(one))
		}
	}
	return all
}

func throughput(c created) float64 { return c.PerSecond }

// paired divides the measurements of each round.
func paired(a, b []float64) []float64 {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return ratios
}

// median of an even number is the mean of the two in the middle.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// each returns f of every element.
func each[From, To any](list []From, f func(From) To) []To {
	all := make([]To, len(list))
	for i, one := range list {
		all[i] = f(one)
	}
	return all
}
