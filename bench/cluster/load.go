package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"

	"attributed/bench/witness"
	"attributed/store"
)

// The load that is aimed at: 200 changes a second and 1,000 reads, 200 of which are of what was just changed. It is made
// less until a third of the processors is idle.
const (
	writing   = 8
	reading   = 16
	writeEach = writing * time.Second / 200
	readEach  = reading * time.Second / 800

	idleEnough = 1.0 / 3
	least      = 0.2 // of what is aimed at
	shortLoad  = 0.3 // of it, in the short form, which runs beside other things
	listEvery  = 100 // of so many reads one is of all attributes, the others are of what one person has
)

// load is what is called, and what that leaves of the processors, while all is well.
type load struct {
	part           float64 // of what is aimed at
	changes, reads int
	during         time.Duration
	idle, all      float64       // seconds of all processors
	generator      time.Duration // of the processors, this program's
}

// usage is what the processors and this program have done so far.
type usage struct {
	at        time.Time
	idle, all float64
	own       time.Duration
}

func used(ctx context.Context) (usage, error) {
	times, err := cpu.TimesWithContext(ctx, false)
	if err != nil {
		return usage{}, err
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return usage{}, err
	}
	t := times[0]
	idle := t.Idle + t.Iowait
	return usage{time.Now(), idle, idle + t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal, time.Duration(own.Utime.Nano() + own.Stime.Nano())}, nil
}

// add takes what was between two looks.
func (l *load) add(from, to usage) {
	l.during += to.at.Sub(from.at)
	l.idle, l.all, l.generator = l.idle+to.idle-from.idle, l.all+to.all-from.all, l.generator+to.own-from.own
}

// count takes the calls that were answered between two looks.
func (l *load) count(answers []witness.Answer, from, to usage) {
	for _, a := range answers {
		if a.Ended.Before(from.at) || a.Ended.After(to.at) {
			continue
		}
		if isChange(a) {
			l.changes++
		} else {
			l.reads++
		}
	}
}

func isChange(a witness.Answer) bool { return !strings.HasPrefix(a.What, http.MethodGet) }

// String is the table's head.
func (l *load) String() string {
	if l.during == 0 {
		return "There was no load."
	}
	return fmt.Sprintf("%.0f changes and %.0f reads a second before each fault, which left %.0f %% of the processors idle; the callers' own part was %.3f ms a call.",
		float64(l.changes)/l.during.Seconds(), float64(l.reads)/l.during.Seconds(), 100*l.idle/l.all, l.generator.Seconds()*1000/float64(max(1, l.changes+l.reads)))
}

// callers begin to change and to read. What they return waits for them, once w is stopped, and for their answers: all of those who
// change, and in turn those of each who only reads.
func (c *cluster) callers(ctx context.Context) (w *witness.Writers, wait func() (changes []witness.Answer, reads [][]witness.Answer)) {
	w = witness.NewWriters(c.token, writing)
	w.Every, w.Rereads = c.load.every(writeEach), true
	written := w.Burst(ctx, "http://"+front+":8080", true)
	read := c.readers(ctx, w)
	return w, func() ([]witness.Answer, [][]witness.Answer) { return written(), read() }
}

func (l *load) every(aim time.Duration) time.Duration { return time.Duration(float64(aim) / l.part) }

// calibrate finds the load that leaves time of the processors.
func (c *cluster) calibrate(ctx context.Context) error {
	for c.load.part = 1; ; {
		w, wait := c.callers(ctx)
		witness.Pause(ctx, calm) // connections and caches come to be
		from, err := used(ctx)
		witness.Pause(ctx, 2*calm)
		to, failed := used(ctx)
		w.Stopped.Store(true)
		changes, reads := wait()
		if err := cmp.Or(context.Cause(ctx), err, failed); err != nil {
			return err
		}
		tried := load{part: c.load.part}
		tried.add(from, to)
		tried.count(slices.Concat(changes, slices.Concat(reads...)), from, to)
		c.tell("%v", &tried)
		if err := w.Leave(ctx); err != nil {
			return err
		}
		if tried.idle >= idleEnough*tried.all || c.load.part <= least {
			return nil
		}
		c.load.part = max(least, c.load.part*0.95*(1-idleEnough)/(1-tried.idle/tried.all))
	}
}

// readers read until w is stopped: what one person has, and now and then all attributes.
func (c *cluster) readers(ctx context.Context, w *witness.Writers) (wait func() [][]witness.Answer) {
	caller := witness.NewCaller(w.Caller.Base, w.Caller.Token, reading)
	seen := make([][]witness.Answer, reading)
	var running sync.WaitGroup
	for i := range seen {
		running.Go(func() {
			next, stop := witness.Pace(ctx, c.load.every(readEach))
			defer stop()
			for !w.Stopped.Load() {
				path := "/api/v1/org/users/" + store.DemoUserUUID + "/attributes"
				if rand.IntN(listEvery) == 0 {
					path = witness.AttributesPath
				}
				a := caller.Call(ctx, http.MethodGet, path, nil)
				a.Early = !a.OK() && !w.Faulty.Load()
				if a.OK() {
					a.Body = nil // of which there are many
				}
				seen[i] = append(seen[i], a)
				next()
			}
		})
	}
	return func() [][]witness.Answer {
		running.Wait()
		return seen
	}
}
