package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What a shell gets that asks; how three shells ask is tested in system.
func TestWhatMayComeNext(t *testing.T) {
	program := build(t)
	for _, tt := range []struct {
		line string
		want []string // in any order, as shells sort them
	}{
		{"attributed com", []string{"completion"}},
		{"attributed token ", []string{"create", "list", "revoke"}},
		{"attributed serve --log-", []string{"--log-format", "--log-level"}},
		{"attributed serve --log-level ", []string{"debug", "error", "info", "warn"}},
		{"attributed token list --format=", []string{"json", "table"}},
		{"attributed completion ", []string{"bash", "fish", "zsh"}},
		{"attributed directory import people", nil}, // the shell knows files
	} {
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(os.Environ(), "COMP_LINE="+tt.line)
		cmd.Stderr = t.Output()
		printed, err := cmd.Output()
		got := strings.Fields(string(printed))
		slices.Sort(got)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, %q, want %q", tt.line, err, got, tt.want)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := once(t, nil, "completion", shell); got.err != nil || !strings.Contains(got.stdout, "attributed") {
			t.Errorf("%s: %+v", shell, got)
		}
	}
	refused(t, nil, "completion csh", 2, `<shell> must be one of "bash","zsh","fish"`)
}
