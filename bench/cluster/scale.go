package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"gonum.org/v1/plot/plotter"

	"attributed/bench/picture"
	"attributed/bench/witness"
	"attributed/store"
)

// Each attributed and each PostgreSQL has a part of a processor, so that more of them are faster where the
// machine has few.
const (
	serverPart   = 0.1
	databasePart = 0.15
	callersEach  = 8 // of each attributed
	measuredFor  = 5 * time.Second
)

// scaled is what so many hosts answered.
type scaled struct {
	databases, servers int
	perSecond          float64
	p50, p99           time.Duration
}

// scale measures how many reads a second, of one person's values in effect, one to three attributed answer, with
// one PostgreSQL and with its two replicas. It writes a table, and a picture into the folder of the logs.
func (c *cluster) scale(ctx context.Context, stdout io.Writer) error {
	w := witness.NewCaller("http://"+c.servers[0].host.address+":8080", c.token, callersEach)
	for n := range 20 {
		body := map[string]any{"name": fmt.Sprint("scale ", n), "attributeDefaults": []string{"none"}, "groups": []any{},
			"users": []any{map[string]any{"userUuid": store.DemoUserUUID, "values": []string{"one", "two"}}}}
		if a := w.Call(ctx, http.MethodPost, witness.AttributesPath, body); !a.OK() {
			return fmt.Errorf("create: %d %s", a.Status, a.Body)
		}
	}
	for _, d := range c.databases {
		pids, err := d.host.processes(ctx, "postgres")
		if err != nil {
			return err
		}
		if err := limit(d.host.name, databasePart, pids...); err != nil {
			return err
		}
	}
	var all []scaled
	for _, databases := range []int{1, 3} {
		if err := c.readFrom(ctx, databases); err != nil {
			return err
		}
		for servers := 1; servers <= len(c.servers); servers++ {
			c.tell("%d PostgreSQL, %d attributed", databases, servers)
			one, err := c.read(ctx, servers)
			if err != nil {
				return err
			}
			one.databases, one.servers = databases, servers
			all = append(all, one)
		}
	}
	return publishScale(all, filepath.Join(c.logs, "scale.svg"), stdout)
}

// readFrom starts all attributed anew, to read from the primary alone or from its replicas.
func (c *cluster) readFrom(ctx context.Context, databases int) error {
	var hosts []string
	for _, d := range c.databases {
		hosts = append(hosts, d.host.address)
	}
	url := "postgres://attributed:" + c.password + "@" + strings.Join(hosts, ",") + "/attributed"
	replicas := "" // none
	if databases > 1 {
		replicas = url
	}
	for _, s := range c.servers {
		s.main.env = append(s.main.env, "ATTRIBUTED_DATABASE="+url+"?target_session_attrs=read-write", "ATTRIBUTED_DATABASE_READ="+replicas)
		if err := s.main.end(ctx, syscall.SIGKILL); err != nil {
			return err
		}
		if err := s.main.start(); err != nil {
			return err
		}
	}
	if err := c.served(ctx, len(c.servers)); err != nil {
		return err
	}
	for _, s := range c.servers {
		if err := limit(s.host.name, serverPart, s.main.cmd.Process.Pid); err != nil {
			return err
		}
	}
	return nil
}

// read has callers read from so many attributed for a while, after as long to warm up.
func (c *cluster) read(ctx context.Context, servers int) (scaled, error) {
	answers := make([][]witness.Answer, servers*callersEach)
	var running sync.WaitGroup
	began := time.Now().Add(measuredFor)
	for i := range answers {
		caller := witness.NewCaller("http://"+c.servers[i%servers].host.address+":8080", c.token, 1)
		running.Go(func() {
			defer caller.HTTP.CloseIdleConnections()
			for ctx.Err() == nil && time.Since(began) < measuredFor {
				answers[i] = append(answers[i], caller.Call(ctx, http.MethodGet, "/api/v1/org/users/"+store.DemoUserUUID+"/attributes", nil))
			}
		})
	}
	running.Wait()
	var took []time.Duration
	for _, a := range slices.Concat(answers...) {
		if !a.OK() {
			return scaled{}, errors.Join(ctx.Err(), fmt.Errorf("%s: %d %s", a.What, a.Status, a.Body))
		}
		if a.Ended.After(began) {
			took = append(took, a.Took)
		}
	}
	if len(took) == 0 {
		return scaled{}, errors.New("nothing was answered")
	}
	slices.Sort(took)
	return scaled{perSecond: float64(len(took)) / measuredFor.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100]}, nil
}

// processes are those of h that are named so.
func (h *host) processes(ctx context.Context, name string) (pids []int, err error) {
	told, err := execute(ctx, "ip", "netns", "pids", h.name)
	if err != nil {
		return nil, err
	}
	for _, word := range strings.Fields(told) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		its, err := os.ReadFile(filepath.Join("/proc", word, "comm"))
		if err == nil && strings.TrimSpace(string(its)) == name { // else it has ended meanwhile
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func publishScale(all []scaled, file string, w io.Writer) error {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"PostgreSQL", "attributed", "reads a second", "p50", "p99"})
	curves := []picture.Curve{{Name: "one PostgreSQL"}, {Name: "a primary and two replicas", Look: 1}}
	for _, one := range all {
		t.AppendRow(table.Row{one.databases, one.servers, fmt.Sprintf("%.0f", one.perSecond), one.p50.Round(100 * time.Microsecond), one.p99.Round(100 * time.Microsecond)})
		curve := &curves[min(one.databases-1, 1)]
		curve.Points = append(curve.Points, plotter.XY{X: float64(one.servers), Y: one.perSecond})
	}
	if _, err := fmt.Fprintln(w, t.RenderMarkdown()); err != nil {
		return err
	}
	title := fmt.Sprintf("Values in effect, each attributed with %.0f %% of a processor, each PostgreSQL with %.0f %%", serverPart*100, databasePart*100)
	return picture.Draw(file, title, picture.Axes{X: "attributed", Y: "reads a second"}, curves)
}
