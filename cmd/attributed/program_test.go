package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests of this file run the program as people do: built, started by its name,
// and called with curl. What signals do to it is in signals_test.go.

// root is the project's folder, where the README's commands are typed.
const root = "../.."

// process is a command that runs.
type process struct {
	*exec.Cmd
	output *bufio.Scanner // both of its streams
}

// launch starts a command, and ends it with the test.
func launch(t *testing.T, folder string, variables []string, name string, args ...string) process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), variables...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // make passes that on
	cmd.WaitDelay = time.Minute
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Wait() }) // the test's context has ended by now, which calls Cancel
	return process{cmd, bufio.NewScanner(output)}
}

// lineWith reads on to the next line with text.
func lineWith(t *testing.T, lines *bufio.Scanner, text string) string {
	t.Helper()
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return lines.Text()
		}
	}
	t.Fatalf("the output ended without %q", text)
	return ""
}

// paste runs a line in a shell and returns what it printed and the status that curl saw.
func paste(t *testing.T, line string) (status, printed string) {
	t.Helper()
	home := t.TempDir()
	headers := filepath.Join(home, "headers")
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte(`dump-header = "`+headers+`"`), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Env = append(os.Environ(), "CURL_HOME="+home)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	dumped, err := os.ReadFile(headers)
	if err != nil {
		t.Fatal(err)
	}
	status, _, _ = strings.Cut(string(dumped), "\r\n")
	return status, string(out)
}

// blocks returns the first so many blocks of a page: commands, files and what is printed.
func blocks(t *testing.T, page string, number int) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```(?:sh|json|yaml|text)\n(.*?)```").FindAllStringSubmatch(string(text), number)
	if len(found) < number {
		t.Fatalf("%s has %d blocks, not %d", page, len(found), number)
	}
	var all []string
	for _, block := range found {
		all = append(all, block[1])
	}
	return all
}

func TestWhatTheReadmeTellsANewcomer(t *testing.T) {
	fenced := blocks(t, "README.md", 7)
	command, request, answer, repeated := fenced[0], fenced[1], fenced[2], fenced[3]
	file, plan, planned := fenced[4], fenced[5], fenced[6]
	fenced = blocks(t, "docs/api.md", 2)
	session, prints := fenced[0], fenced[1]

	folder := t.TempDir()
	database := "ATTRIBUTED_DATABASE=sqlite:" + filepath.Join(folder, "test.db")
	program := launch(t, root, []string{
		"BIN=" + filepath.Join(folder, "bin"),
		"ATTRIBUTED_LISTEN=127.0.0.1:0", // the README's port may be taken
		database,
		"ATTRIBUTED_CHECK_RESPONSES=enforce",
	}, "sh", "-c", "exec "+command)
	curl := lineWith(t, program.output, "curl")

	if status, printed := paste(t, curl); status != "HTTP/1.1 200 OK" || !reflect.DeepEqual(masked(t, printed), masked(t, answer)) {
		t.Errorf("pasted: %s\n%s\nREADME.md has\n%s", status, printed, answer)
	}
	if status, printed := paste(t, curl); status != "HTTP/1.1 409 Conflict" || !reflect.DeepEqual(masked(t, printed), masked(t, repeated)) {
		t.Errorf("pasted again: %s\n%s\nREADME.md has\n%s", status, printed, repeated)
	}

	printed := listenAddress.ReplaceAllString(curl, "127.0.0.1:8080")
	printed = tokenPattern.ReplaceAllString(printed, "ldpat_…")
	told := strings.TrimSpace(regexp.MustCompile(`\s*\\\n\s*`).ReplaceAllString(request, " "))
	if printed != told {
		t.Errorf("the program prints\n%s\nREADME.md has\n%s", printed, told)
	}

	if err := os.WriteFile(filepath.Join(folder, "attributes.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(plan, "127.0.0.1:8080", listenAddress.FindString(curl)))
	cmd.Dir, cmd.Env, cmd.Stderr = folder, append(os.Environ(), database), t.Output()
	if printed, err := cmd.Output(); err != nil || string(printed) != planned {
		t.Errorf("the plan: %v\n%s\nREADME.md has\n%s", err, printed, planned)
	}

	session = strings.ReplaceAll(session, "127.0.0.1:8080", listenAddress.FindString(curl))
	if _, printed := paste(t, "cd '"+folder+"' && export '"+database+"'\n"+session); varying.ReplaceAllString(printed, "") != varying.ReplaceAllString(prints, "") {
		t.Errorf("the session prints\n%s\ndocs/api.md has\n%s", printed, prints)
	}
}

func TestTheDirectorySessionOfTheDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/commands.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```sh\n([^`]*directory import.*?)```\\s+prints\\s+```text\n(.*?)```").FindStringSubmatch(string(page))
	if found == nil {
		t.Fatal("docs/commands.md has no session that imports a directory, with what it prints")
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(build(t), filepath.Join(folder, "bin", "attributed")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", found[1])
	cmd.Dir = folder
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("the session fails: %v", err)
	}
	mask := func(text string) string { return sessionVarying.ReplaceAllString(text, "…") }
	if mask(string(printed)) != mask(found[2]) {
		t.Errorf("the session prints\n%s\ndocs/commands.md has\n%s", printed, found[2])
	}
}

// sessionVarying is what each run of commands prints otherwise: uuids, times and tokens.
var sessionVarying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d( at)? \d\d:\d\d(:\d\d)?|ldpat_[0-9a-f]+`)

// listenAddress is where the program listens; varying is what its answers differ in each time.
var (
	listenAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	varying       = regexp.MustCompile(`"(uuid|userAttributeUuid|createdAt)":"[^"]*"`)
)

// masked is a JSON text without what differs each time.
func masked(t *testing.T, text string) any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if results, ok := value["results"].(map[string]any); ok {
		results["uuid"], results["createdAt"] = "", ""
	}
	return value
}

// here is the package's folder, wherever a test goes.
var here, _ = os.Getwd()

// programFolder has the program, once a test has asked for it; TestMain removes it.
var programFolder string

var buildOnce = sync.OnceValue(func() (err error) {
	if programFolder, err = os.MkdirTemp("", "attributed-program-"); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-o", programFolder, ".")
	cmd.Dir = here
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

// build returns the program.
func build(t *testing.T) string {
	t.Helper()
	if err := buildOnce(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(programFolder, "attributed")
}

func TestMistakeIsOneLineAndAnExitStatus(t *testing.T) {
	program := build(t)
	for _, tt := range []struct {
		args   []string
		status int
	}{
		{[]string{"serve", "--nosuch"}, 2},
		{[]string{"serve", "--database=sqlite:nosuchfolder/x.db"}, 1},
	} {
		cmd := exec.CommandContext(t.Context(), program, tt.args...)
		var stdout, stderr bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), &stdout, &stderr
		cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != tt.status {
			t.Errorf("%v: exit %d, want %d", tt.args, got, tt.status)
		}
		if told := stderr.String(); !strings.HasPrefix(told, "attributed: ") || strings.Count(told, "\n") != 1 || stdout.Len() > 0 {
			t.Errorf("%v: printed %q and %q, want one line on standard error", tt.args, told, stdout.String())
		}
	}
}
