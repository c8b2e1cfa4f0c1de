//go:build system

package system

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// asked is what is typed before the tab, and what the shell makes of it. Each leads to one
// completion only, which is typed in full then.
var asked = []struct{ typed, want string }{
	{"attributed comp", "attributed completion"},
	{"attributed serve --log-f", "attributed serve --log-format"},
	{"attributed serve --log-format j", "attributed serve --log-format json"},
	{"attributed completion z", "attributed completion zsh"},
	{"attributed directory import peo", "attributed directory import people.csv"}, // the shell's own, of files
}

// variables are an environment with the program in the path, and a home without files of the shell's.
func variables(program, home string) []string {
	return append(os.Environ(), "PATH="+program+":"+os.Getenv("PATH"), "HOME="+home, "ZDOTDIR="+home, "XDG_CONFIG_HOME="+home, "TERM=dumb", "PS1=$ ")
}

// folder returns one with a file to complete the name of.
func folder(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "people.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestCompletionAtATerminal(t *testing.T) {
	program := build(t)
	packaged, err := filepath.Abs("../deploy") // with the file that packages install for zsh
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		shell []string
		load  string
	}{
		{"bash", []string{"bash", "--norc", "--noprofile", "-i"}, "source <(attributed completion bash)"},
		{"zsh", []string{"zsh", "-f", "-i"}, "source <(attributed completion zsh)"},
		{"zsh from a package", []string{"zsh", "-f", "-i"}, "fpath=(" + packaged + " $fpath); autoload -Uz compinit; compinit -u -D"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := folder(t)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // what never comes is waited for no longer
			defer cancel()
			cmd := exec.CommandContext(ctx, tt.shell[0], tt.shell[1:]...)
			cmd.Dir, cmd.Env = home, variables(program, home)
			terminal, err := pty.Start(cmd)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { terminal.Close(); cmd.Wait() }()
			say := func(typed, want string) {
				if _, err := terminal.WriteString(typed); err != nil {
					t.Fatal(err)
				}
				var seen strings.Builder
				for part := make([]byte, 4096); !strings.Contains(seen.String(), want); {
					n, err := terminal.Read(part)
					if err != nil {
						t.Fatalf("typed %q, saw %q, and not %q", typed, seen.String(), want)
					}
					seen.Write(part[:n])
				}
			}
			say(tt.load+"; echo it is re''ady\n", "it is ready")
			for _, ask := range asked {
				say(ask.typed+"\t", ask.want)
				say("\x15\necho is em''pty\n", "is empty") // ^U: the line is taken back
			}
		})
	}
}

func TestCompletionInFish(t *testing.T) {
	program, home := build(t), folder(t)
	for _, ask := range asked {
		cmd := exec.CommandContext(t.Context(), "fish", "--no-config", "--command", `attributed completion fish | source; complete --do-complete "`+ask.typed+`"`)
		cmd.Dir, cmd.Env = home, variables(program, home)
		cmd.Stderr = t.Output()
		offered, err := cmd.Output()
		words := strings.Fields(ask.want)
		if err != nil || strings.TrimSpace(string(offered)) != words[len(words)-1] {
			t.Errorf("%q: %v, offered %q, want %q alone", ask.typed, err, offered, words[len(words)-1])
		}
	}
}
