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
	if err := os.WriteFile(filepath.Join(os.Args[2], "postmaster.pid"), []byte("ready\n"), 0o600); err != nil {
		panic(err)
	}
	<-end
}
