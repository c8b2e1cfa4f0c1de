// Postgres stands in for PostgreSQL's server: it says that it is ready, and ends
// when it is asked to shut down at once.
package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGQUIT)
	pid := filepath.Join(os.Args[2], "postmaster.pid")
	if err := os.WriteFile(pid, []byte("ready\n"), 0o600); err != nil {
		panic(err)
	}
	<-end
	if err := os.Remove(pid); err != nil {
		panic(err)
	}
}
