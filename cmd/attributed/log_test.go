package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestDurationsInTheLogHaveTheirUnit(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var log bytes.Buffer
		(&serveCommand{LogLevel: "info", LogFormat: format}).logger(&log).Info("stopping", "grace", 1500*time.Millisecond)
		if !strings.Contains(log.String(), "1.5s") {
			t.Errorf("%s: %s", format, log.String())
		}
	}
}
