package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)`)

// licenses returns, as one file, those of all that is in the program for a system and a kind of machine:
// they ask to come with it. It fails where a module has none.
func (s *source) licenses(system, machine string) (file, error) {
	variables := []string{"CGO_ENABLED=0", "GOFLAGS=", "GOOS=" + system, "GOARCH=" + machine}
	listed, err := s.output(variables, "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/attributed")
	if err != nil {
		return file{}, err
	}
	root, err := s.output(nil, "go", "env", "GOROOT")
	if err != nil {
		return file{}, err
	}
	modules := append(strings.Split(strings.TrimSpace(string(listed)), "\n"), "Go and its standard library\t"+strings.TrimSpace(string(root)),
		"Swagger UI\t"+filepath.Join(s.root, "web/vendored"))
	slices.Sort(modules)
	var text bytes.Buffer
	for _, module := range slices.Compact(modules) {
		name, folder, _ := strings.Cut(module, "\t")
		entries, err := os.ReadDir(folder)
		if err != nil {
			return file{}, err
		}
		before := text.Len()
		for _, entry := range entries {
			if entry.IsDir() || !licenseName.MatchString(entry.Name()) {
				continue
			}
			content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			if err != nil {
				return file{}, err
			}
			fmt.Fprintf(&text, "===== %s: %s =====\n\n%s\n\n", name, entry.Name(), bytes.TrimSpace(content))
		}
		if text.Len() == before {
			return file{}, fmt.Errorf("%s has no license in %s", name, folder)
		}
	}
	return file{"THIRD-PARTY-LICENSES.txt", text.Bytes(), 0o644}, nil
}
