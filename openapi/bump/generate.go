package bump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"attributed/openapi"
)

// The files of a tree that a bump reads and writes.
const (
	vendored    = "openapi/swagger.json"
	overlayFile = "openapi/overlay.yaml"
	copied      = "openapi/copied.json"
	servedFile  = "openapi/served.yaml"
	configs     = "openapi/oapi-codegen*.yaml"
	generated   = "gen"
)

// ServedOf returns the operations that a tree serves.
func ServedOf(tree string) ([]openapi.ServedOperation, error) {
	data, err := os.ReadFile(filepath.Join(tree, servedFile))
	if err != nil {
		return nil, err
	}
	return openapi.ParseServed(data)
}

// Generate writes gen/ of a tree from its vendored spec, as mended, and its overlay, with
// the oapi-codegen that the tree pins. It returns an error that names an operation of
// served.yaml that neither of the two has.
func Generate(ctx context.Context, tree string) error {
	if err := served(tree); err != nil {
		return err
	}
	return generate(ctx, tree)
}

// served returns an error if an operationId of served.yaml is in no spec: the operation
// would be served by nobody, without a word.
func served(tree string) error {
	operations, err := ServedOf(tree)
	if err != nil {
		return err
	}
	slice, err := mendedSlice(tree)
	if err != nil {
		return fmt.Errorf("%s: %w", vendored, err)
	}
	actions, err := os.ReadFile(filepath.Join(tree, overlayFile))
	if err != nil {
		return err
	}
	effective, _, err := slice.Bare().WithOverlay(actions)
	if err != nil {
		return err
	}
	var problems []error
	for _, l := range effective.Locate(operations) {
		switch {
		case l.Missing():
			problems = append(problems, fmt.Errorf("%s: %s (%s %s) is in no spec: neither %s nor %s has it",
				servedFile, l.Served.OperationID, l.Served.Method, l.Served.Path, vendored, overlayFile))
		case l.Renamed():
			problems = append(problems, fmt.Errorf("%s: %s is in no spec: at %s %s it has %s",
				servedFile, l.Served.OperationID, l.Method, l.Path, l.ID))
		case l.Moved():
			problems = append(problems, fmt.Errorf("%s: %s is not at %s %s, but at %s %s",
				servedFile, l.Served.OperationID, l.Served.Method, l.Served.Path, l.Method, l.Path))
		}
	}
	return errors.Join(problems...)
}

// generate writes gen/ of a tree, a file for each of the configs, also while its served.yaml does not follow the spec yet.
func generate(ctx context.Context, tree string) error {
	slice, err := mendedSlice(tree)
	if err != nil {
		return fmt.Errorf("%s: %w", vendored, err)
	}
	if err := generatable(slice); err != nil {
		return fmt.Errorf("%s: %w", vendored, err)
	}
	folder, err := os.MkdirTemp("", "specbump-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, filepath.Base(vendored))
	if err := os.WriteFile(file, slice.Bare().Root.EncodeForYAML(), 0o600); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(tree, configs))
	if err != nil || len(found) == 0 {
		return errors.Join(err, fmt.Errorf("there is no %s, which says what to generate", configs))
	}
	for _, config := range found {
		output, err := command(ctx, filepath.Join(tree, generated), "go", "run",
			"github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen", "--config", "../openapi/"+filepath.Base(config), file)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, strings.ReplaceAll(output, file, vendored))
		}
	}
	return nil
}

func mendedSlice(tree string) (*openapi.Spec, error) {
	data, err := os.ReadFile(filepath.Join(tree, vendored))
	if err != nil {
		return nil, err
	}
	served, err := ServedOf(tree)
	if err != nil {
		return nil, err
	}
	spec, err := openapi.Read(data)
	if err != nil {
		return nil, err
	}
	located := spec.Locate(served)
	if _, err := spec.Cut(located); err != nil { // a $ref that leads out of it is never followed
		return nil, err
	}
	spec.Mend(located)
	return spec, nil
}

// patience is what a command gets to end by itself when it is interrupted.
const patience = 15 * time.Second

// command runs a command of Go's in a folder and returns what it said, without that folder's
// name in it. What the command has started ends with it.
func command(ctx context.Context, folder string, name string, args ...string) (string, error) {
	return run(ctx, folder, append(os.Environ(), "GOWORK=off"), name, args...)
}

// run is command for any command, with an environment.
func run(ctx context.Context, folder string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = folder, env
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	own(cmd)
	err := cmd.Run()
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // who is left
	}
	said := strings.TrimSpace(strings.ReplaceAll(output.String(), folder+string(filepath.Separator), ""))
	if ctx.Err() != nil {
		return said, ctx.Err()
	}
	if err != nil {
		return said, fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args[:min(len(args), 2)]...), " "), err)
	}
	return said, nil
}

// own starts a command in its own process group, which gets SIGINT when the command's
// context ends, so that go test can remove its temporary files.
func own(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = patience
}
