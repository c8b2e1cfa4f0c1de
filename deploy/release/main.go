// Command release writes what others install, from this tree: programs in archives, Debian and RPM
// packages, what a container's image is made of, an inventory of what is in the programs (SBOM), and
// checksums of it all. The same commit gives the same bytes.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	root := flag.String("root", "../..", "the tree that is released")
	out := flag.String("out", "", "folder to write to, which has nothing in it yet")
	targets := flag.String("targets", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "GOOS/GOARCH, comma-separated")
	flag.Parse()
	if err := release(*root, *out, strings.Split(*targets, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(root, out string, targets []string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(cmp.Or(out, filepath.Join(root, "dist"))); err != nil {
		return err
	}
	if entries, err := os.ReadDir(out); len(entries) > 0 || err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s has something in it, or cannot be read: %v", out, err)
	}
	if err := os.MkdirAll(filepath.Join(out, "image", "data"), 0o755); err != nil {
		return err
	}
	source, err := readSource(root)
	if err != nil {
		return err
	}
	completions, err := source.completions()
	if err != nil {
		return err
	}
	for _, target := range targets {
		system, machine, _ := strings.Cut(target, "/")
		program, err := source.build(system, machine, filepath.Join(out, "image", machine))
		if err != nil {
			return err
		}
		licenses, err := source.licenses(system, machine)
		if err != nil {
			return err
		}
		files := slices.Concat([]file{program, licenses}, source.documents, completions)
		name := fmt.Sprintf("attributed_%s_%s_%s", strings.TrimPrefix(source.version, "v"), system, machine)
		if err := writeArchive(out, name, system, files, source.time); err != nil {
			return err
		}
		if err := source.inventory(program.content, filepath.Join(out, name+".cdx.json")); err != nil {
			return err
		}
		if system != "linux" {
			continue
		}
		if err := os.WriteFile(filepath.Join(out, "image", machine, licenses.name), licenses.content, 0o644); err != nil {
			return err
		}
		for _, format := range []string{"deb", "rpm"} {
			if err := source.writePackage(out, format, machine, files); err != nil {
				return fmt.Errorf("%s for %s: %w", format, machine, err)
			}
		}
	}
	if err := writeCertificates(filepath.Join(out, "image", "ca-certificates.crt")); err != nil {
		return err
	}
	return writeSums(out)
}
