package server

import (
	"encoding/json"
	"os"
	"strconv"
	"syscall"
	"testing"

	"attributed/gen"
)

func TestGreet(t *testing.T) {
	if pid, err := strconv.Atoi(os.Getenv("KILL_SPECBUMP")); err == nil {
		syscall.Kill(pid, syscall.SIGKILL)
		syscall.Kill(0, syscall.SIGKILL) // and go test, so that nothing is left
	}
	if number, err := strconv.Atoi(os.Getenv("SIGNAL")); err == nil {
		pid, _ := strconv.Atoi(os.Getenv("SIGNAL_SPECBUMP"))
		syscall.Kill(pid, syscall.Signal(number))
		select {} // until specbump ends go test
	}
	if file := os.Getenv("WRITE_FILE"); file != "" {
		if err := os.WriteFile(file, []byte("written meanwhile"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := Server{}.Greet(t.Context(), gen.GreetRequestObject{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(answer); err != nil || string(text) != `{"text":"hello"}` {
		t.Errorf("%s %v", text, err)
	}
}
