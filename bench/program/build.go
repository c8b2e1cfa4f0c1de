package program

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Build compiles attributed into a folder, as make build does: in its own module, with the versions
// that it is released with.
func Build(ctx context.Context, folder string) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	return Compile(ctx, "-C", root, "-o", folder, "./cmd/attributed")
}

// Compile runs go build without cgo.
func Compile(ctx context.Context, arguments ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build"}, arguments...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// Root returns the folder of the module attributed, of which this one is a part.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "attributed").Output()
	if err != nil {
		return "", fmt.Errorf("this runs within attributed's tree: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
