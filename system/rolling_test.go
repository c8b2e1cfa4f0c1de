//go:build system

package system

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"attributed/store/storetest"
)

// createAndRemove makes an attribute, reads it, lists all and removes it. It returns the first call that fails.
func (c client) createAndRemove(ctx context.Context, name string) error {
	var created struct{ Results struct{ UUID string } }
	path := "http://" + c.address + "/api/v1/org/attributes"
	draft := fmt.Appendf(nil, `{"name":%q,"attributeDefault":"x","users":[],"groups":[]}`, name)
	for _, call := range []struct {
		method string
		of     bool // the attribute, else all
	}{{http.MethodPost, false}, {http.MethodGet, true}, {http.MethodGet, false}, {http.MethodDelete, true}} {
		target, body := path, []byte(nil)
		if call.of {
			target += "/" + created.Results.UUID
		}
		if call.method == http.MethodPost {
			body = draft
		}
		request, err := http.NewRequestWithContext(ctx, call.method, target, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "ApiKey "+c.token)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", call.method, name, err)
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s of %s: %s: %s %w", call.method, name, response.Status, answer, err)
		}
		if call.method == http.MethodPost {
			if err := json.Unmarshal(answer, &created); err != nil {
				return err
			}
		}
	}
	return nil
}

// up waits until HAProxy, whose state is told at address, sends requests to so many servers.
func up(t *testing.T, address string, want int) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for range time.Tick(50 * time.Millisecond) {
		count := 0
		if response, err := http.Get("http://" + address + "/;csv"); err == nil {
			rows, _ := csv.NewReader(response.Body).ReadAll()
			response.Body.Close()
			for _, row := range rows {
				if row[0] == "attributed" && (row[1] == "a" || row[1] == "b") && row[17] == "UP" {
					count++
				}
			}
		}
		if count == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d servers are up, want %d", count, want)
		}
	}
}

// TestRollingRestarts: two programs behind HAProxy as deploy/ has it are restarted ten times by turns
// while callers go on, and no call fails, nor would one without HAProxy's trying it on the other.
func TestRollingRestarts(t *testing.T) {
	database := storetest.PostgresURL(t)
	program := filepath.Join(build(t), "attributed")
	tell(t, program, "migrate", "up", "--database", database)
	token, addresses := "", []string{freeAddress(t), freeAddress(t)}
	serve := func(address string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, "serve", "--demo", "--migrate=off", "--drain=5s", "--log-level=warn", "--listen="+address, "--database", database)
		start(t, cmd, func(line string) bool {
			found := printed.FindStringSubmatch(line)
			if found != nil {
				token = found[2]
			}
			return found != nil
		})
		return cmd
	}
	running := []*exec.Cmd{serve(addresses[0]), serve(addresses[1])}
	here, state := freeAddress(t), freeAddress(t)
	proxy := exec.CommandContext(t.Context(), "haproxy", "-db", "-f", configure(t, "haproxy.cfg", "retries 2", "retries 0", "bind :8080", "bind "+here, "10.0.0.1:8080", addresses[0], "10.0.0.2:8080", addresses[1], "    server c 10.0.0.3:8080\n", "", "127.0.0.1:8404", state))
	proxy.Stdout, proxy.Stderr = t.Output(), t.Output()
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proxy.Wait() }) // the context has ended by now, which kills it
	up(t, state, 2)

	var callers sync.WaitGroup
	var calls atomic.Int64
	done := make(chan struct{})
	stop := sync.OnceFunc(func() { close(done); callers.Wait() })
	defer stop()
	c := client{here, token}
	for n := range 4 {
		callers.Go(func() {
			for m := 0; ; m++ {
				select {
				case <-done:
					return
				default:
				}
				if err := c.createAndRemove(context.WithoutCancel(t.Context()), fmt.Sprintf("%d.%d", n, m)); err != nil {
					t.Error(err)
				}
				calls.Add(4)
			}
		})
	}
	for n := range 10 {
		which, before := n%2, calls.Load()
		if err := running[which].Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := running[which].Wait(); err != nil {
			t.Errorf("restart %d: %v", n, err)
		}
		running[which] = serve(addresses[which])
		up(t, state, 2)
		if calls.Load() == before {
			t.Errorf("restart %d: nobody called meanwhile", n)
		}
	}
	stop()
	t.Logf("%d calls in ten restarts", calls.Load())
}
